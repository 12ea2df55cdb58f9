# Run by the environment's Python, isolated: runs pip, whose arguments these are,
# so that it installs into this environment and nowhere else.
#
# pip takes each of its options from six kinds of files and from variables, too,
# and most of them can't be contradicted on the command line.  So pip gets to read
# none of that: what it would have found there is given to it in variables, but for
# what is not to be said here.  Programs that pip starts inherit it.
import configparser
import locale
import os
import re
import runpy
import socket
import sys
import sysconfig

# What users may say: where packages come from, how to get and to build them, which
# versions, how it is told.
KEPT = frozenset('''
    all-releases break-system-packages build build-constraint build-dir build-directory
    cache-dir cert check-build-dependencies client-cert compile config-settings constraint
    debug default-timeout disable-pip-version-check exists-action extra-index-url find-links
    force-reinstall ignore-installed ignore-requires-python index-url isolated
    keyring-provider local-log log log-file no-binary no-build-isolation no-cache-dir
    no-clean no-color no-compile no-dependencies no-deps no-index no-input no-proxy-env
    no-python-version-warning no-require-hashes no-use-pep517 no-warn-conflicts
    no-warn-script-location only-binary only-final pre prefer-binary
    process-dependency-links progress-bar proxy pypi-url quiet refresh-package report
    require-hashes require-venv require-virtualenv resume-retries retries root-user-action
    skip-requirements-regex timeout trusted-host upgrade upgrade-strategy
    uploaded-prior-to use-deprecated use-feature use-pep517 verbose'''.split())

# What puts things elsewhere, or is handed to a setup.py that does; what is for other
# Pythons; what else is installed, or what is not; what has pip do something else.
LEFT_OUT = frozenset('''
    global-option install-option no-user prefix root source source-dir source-directory src
    target user
    abi implementation platform python python-version
    dry-run editable group only-dependencies only-deps requirement requirements-from-script
    help version'''.split())

# Of these, files and directories: one, or several with blanks between them.
PATHS = frozenset('''
    build build-dir build-directory cache-dir cert client-cert local-log log log-file
    report'''.split())
PATH_LISTS = frozenset('build-constraint constraint find-links'.split())


def normal(name):
    """A name as pip compares it."""
    name = name.lower().replace('_', '-')
    return name[2:] if name.startswith('--') else name


def files(start):
    """Where pip would look, the last say first."""
    own = os.environ.get('PIP_CONFIG_FILE')
    own = own and os.path.join(start, own)
    if own == os.devnull:
        return
    shared = os.environ.get('XDG_CONFIG_DIRS', '/etc/xdg')
    for directory in shared.split(os.pathsep) if shared else ():
        yield os.path.join(os.path.expanduser(directory), 'pip', 'pip.conf')
    yield '/etc/pip.conf'
    if not (own and os.path.exists(own)):
        home = os.environ.get('XDG_CONFIG_HOME') or os.path.expanduser('~/.config')
        yield os.path.expanduser('~/.pip/pip.conf')
        yield os.path.join(home, 'pip', 'pip.conf')
    yield os.path.join(sys.prefix, 'pip.conf')
    if own:
        yield own


def read_files(start):
    """The options that files set for all commands, and those for this one."""
    found = {'global': {}, 'install': {}}
    for path in files(start):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding=locale.getpreferredencoding(False))
        except (configparser.Error, UnicodeDecodeError) as error:
            sys.exit("cannot read '%s': %s" % (path, ' '.join(str(error).split())))
        for section in found:
            if parser.has_section(section):
                found[section].update((normal(name), value)
                                      for name, value in parser.items(section))
    return [found['global'], found['install']]


def below(start, name, value):
    """What an option says, a relative path taken to be one in the directory start."""
    def absolute(path):
        is_other = re.match('[~-]|[A-Za-z][A-Za-z0-9+.-]*:', path)
        return path if is_other else os.path.join(start, path)

    if name in PATHS:
        return absolute(value)
    return ' '.join(map(absolute, value.split())) if name in PATH_LISTS else value


def settle(isolated=False, start=''):
    """Replaces all that pip would find by what it may be told: nothing at all, for
    a run that is to depend on nobody's settings."""
    told = {}
    for name in [name for name in os.environ if name.startswith('PIP_')]:
        told[normal(name[4:])] = os.environ[name]
    options = {}
    for layer in [] if isolated else read_files(start) + [told]:
        for name, value in layer.items():
            if value:
                options.pop(name, None)
                options[name] = value
    for name in [name for name in os.environ if name.startswith('PIP_')]:
        del os.environ[name]
    for name, value in options.items():
        if name in KEPT:
            os.environ['PIP_' + name.upper().replace('-', '_')] = below(start, name, value)
        elif name not in LEFT_OUT and name != 'config-file':
            sys.stderr.write("pip's setting '%s' is not known here, and left out\n" % name)
    # Its output is read by venvb, and there is nobody to ask.
    os.environ.update(PIP_CONFIG_FILE=os.devnull, PIP_USER='0', PIP_NO_INPUT='1',
                      PIP_NO_COLOR='1', PIP_DISABLE_PIP_VERSION_CHECK='1')
    os.environ.pop('ENSUREPIP_OPTIONS', None)


def refuse(host, *args, **kwargs):
    raise OSError("offline: not connecting to '%s'" % host)


def go_offline():
    """A requirement file or a setting of the user may name a server in spite
    of --no-index.  Programs that pip starts get a proxy that is not there."""
    socket.getaddrinfo = refuse
    os.environ.update(PIP_NO_INDEX='1', PIP_RETRIES='0', GIT_ALLOW_PROTOCOL='file')
    for name in ('http', 'https', 'ftp', 'all'):
        os.environ[name + '_proxy'] = os.environ[name.upper() + '_PROXY'] = 'http://127.0.0.1:9'
    for name in ('no_proxy', 'NO_PROXY'):
        os.environ.pop(name, None)


def put_scripts(name):
    """Scripts go where the environment has its own, which pip asks sysconfig for."""
    for scheme in sysconfig._INSTALL_SCHEMES.values():
        if 'scripts' in scheme:
            scheme['scripts'] = os.path.join('{base}', name)


def main():
    # First stands the directory that paths are relative to, if it is not this one; then
    # that of scripts, if it is not the usual one.
    start = sys.argv.pop(1)
    scripts = sys.argv.pop(1)
    if scripts:
        put_scripts(scripts)
    settle('--isolated' in sys.argv, start)
    if '--dry-run' in sys.argv:
        os.environ.pop('PIP_QUIET', None)   # what it would do is what is asked for
    if '--no-index' in sys.argv:
        go_offline()
    runpy.run_module('pip', run_name='__main__', alter_sys=True)


if __name__ == '__main__':
    main()
