# SPDX-License-Identifier: BSD-2-Clause
"""Takes this virtual environment on in the Python that is running:

    runpy.run_path(path)
    exec(open(path).read(), {'__file__': path})

where path is that of this file.  The Python has to be of the version that the
environment is for.  An environment that was moved is taken on where it is.
"""

import os
import site
import sys


def read_cfg(path):
    """The keys and values of pyvenv.cfg."""
    with open(path, encoding='utf-8', errors='surrogateescape') as lines:
        pairs = [line.partition('=') for line in lines]
    return {key.strip().lower(): value.strip() for key, is_pair, value in pairs if is_pair}


def check_version(env_dir):
    """Refuses a directory that is no environment, and one of another Python."""
    path = os.path.join(env_dir, 'pyvenv.cfg')
    if not os.path.isfile(path):
        raise RuntimeError('cannot activate %r: it has no pyvenv.cfg' % env_dir)
    cfg = read_cfg(path)
    wanted = cfg.get('version') or cfg.get('version_info') or ''
    running = '%d.%d' % sys.version_info[:2]
    if wanted and wanted.split('.')[:2] != running.split('.'):
        raise RuntimeError('cannot activate %r: it is for Python %s, and this is %s'
                           % (env_dir, wanted, running))


def package_dirs(env_dir):
    """The environment's site-packages, as the running Python would have it."""
    dirs = [path for path in site.getsitepackages([env_dir]) if os.path.isdir(path)]
    if not dirs:
        raise RuntimeError('cannot activate %r: it has no packages for this Python, %s'
                           % (env_dir, sys.executable))
    return dirs


def add_packages(dirs, base_dirs):
    """Adds directories to sys.path, and what their .pth files say: as in the
    environment behind the standard library, and in front of other packages."""
    before = set(sys.path)
    added = []
    for path in dirs:
        site.addsitedir(path)
    # What a .pth file has put elsewhere stays there.
    while sys.path and sys.path[-1] not in before:
        added.insert(0, sys.path.pop())
    at = [i for i, path in enumerate(sys.path) if path in base_dirs]
    at = at[0] if at else len(sys.path)
    sys.path[at:at] = added


def activate(path):
    bin_dir = os.path.dirname(os.path.abspath(path))
    env_dir = os.path.dirname(bin_dir)
    check_version(env_dir)

    before = sys.prefix, sys.exec_prefix
    base_dirs = site.getsitepackages() + [site.getusersitepackages()]
    # Where packages are depends on it in some distributions.
    sys.prefix = sys.exec_prefix = env_dir
    try:
        dirs = package_dirs(env_dir)
    except RuntimeError:
        sys.prefix, sys.exec_prefix = before
        raise
    if env_dir not in site.PREFIXES:
        site.PREFIXES.insert(0, env_dir)
    add_packages(dirs, base_dirs)

    rest = [part for part in os.environ.get('PATH', '').split(os.pathsep) if part != bin_dir]
    os.environ['PATH'] = os.pathsep.join([bin_dir] + rest) if any(rest) else bin_dir
    os.environ['VIRTUAL_ENV'] = env_dir
    os.environ['VIRTUAL_ENV_PROMPT'] = __VENV_PROMPT__
    os.environ.pop('PYTHONHOME', None)
__VENV_VARIABLES_SET__


def is_program():
    """Tells whether this file was started, and not by somebody else's exec."""
    return (__name__ == '__main__' and sys.modules['__main__'].__dict__ is globals()
            and activate.__code__.co_filename == __file__)


if '__file__' not in globals():
    raise RuntimeError("activate_this.py has to know where it is: exec(code, {'__file__': path})")
# It would do nothing for whoever started it; "python -i" goes on, though.
if is_program() and not sys.flags.inspect:
    sys.exit('activate_this.py: to be run by a Python that is running: see its first lines')
activate(__file__)
