# Run by an interpreter that was started as an environment starts it, with what
# its base has told: the version, where the standard library is, and the part of
# it that is compiled; and the directory of the environment.  Fails unless it
# finds the same from there.
import os
import sys

version, stdlib, extensions, prefix = sys.argv[1:]


def is_same(path, other):
    try:
        return os.path.samefile(path, other)
    except OSError:
        return False


def check():
    found = os.path.dirname(os.path.abspath(os.__file__))
    if '%d.%d.%d' % sys.version_info[:3] != version:
        sys.exit('it is Python %d.%d.%d there, not %s' % (sys.version_info[:3] + (version,)))
    if os.path.exists(os.path.join(stdlib, 'os.py')) and not is_same(found, stdlib):
        sys.exit("it takes '%s' for its standard library, not '%s'" % (found, stdlib))
    if not is_same(sys.prefix, prefix):
        sys.exit("it takes '%s' for the environment, not '%s'" % (sys.prefix, prefix))
    import sysconfig
    # What pip asks at once; the answer is in a module whose name and place depend
    # on the platform.
    sysconfig.get_config_vars()
    if os.path.isdir(extensions) and not any(is_same(path, extensions) for path in sys.path):
        sys.exit("it does not look for modules in '%s'" % extensions)


check()
sys.stdout.write('venvb-trial=1\n')
