# Run by the base Python to tell what an environment needs to know of it, as
# key=value records, each ended by a NUL.  It has to be understood by any
# Python, so that one that is too old can say so.
import sys

# Nothing may come from the current directory; -I would see to that, but the
# oldest Pythons do not know it.
sys.path[:] = [path for path in sys.path if path]

import os  # noqa: E402


def base_executable():
    """The interpreter outside of any environment that this one belongs to."""
    executable = sys.executable
    base = getattr(sys, '_base_executable', None) or executable
    while True:
        home = environment_home(executable)
        if home is None:
            return os.path.abspath(base)
        base = base_in(home, executable, base)
        if base == executable:
            return os.path.abspath(base)
        executable = base


def base_in(home, executable, base):
    """The one in home that executable, in an environment, was made of.  What
    Python takes for it may be of another version: it goes by the name, and
    /usr/bin/python3 stands beside a python3.9."""
    plain = 'python%d.%d' % sys.version_info[:2]
    versioned = plain + sys.abiflags.replace('m', '')
    names = (os.path.basename(executable), 'python3', versioned, plain, 'python')
    found = [path for path in [os.path.join(home, name) for name in names]
             if os.path.exists(path)]
    if environment_home(base) is None and os.path.exists(base):
        found.insert(0, base)
    for path in found:
        if is_same(path, executable):
            return path
    versioned = os.path.join(home, versioned)
    return versioned if versioned in found else (found + [os.path.realpath(executable)])[0]


def is_same(path, other):
    """Whether one is the other, by a link or as a copy."""
    import filecmp
    try:
        return os.path.samefile(path, other) or filecmp.cmp(path, other, False)
    except (IOError, OSError):
        return False


def environment_home(executable):
    """The `home` of the environment that executable is in, or None."""
    here = os.path.dirname(executable)
    for directory in (here, os.path.dirname(here)):
        try:
            with open(os.path.join(directory, 'pyvenv.cfg'), 'rb') as file:
                lines = file.read().decode('utf-8', 'surrogateescape').splitlines()
        except (IOError, OSError, LookupError):
            continue
        for line in lines:
            key, separator, value = line.partition('=')
            if separator and key.strip().lower() == 'home':
                return value.strip()
    return None


def scheme_paths():
    """Where an environment has what, relative to it."""
    import sysconfig
    lib = 'lib/%s%d.%d/site-packages' % ((library_name(),) + sys.version_info[:2])
    paths = {'scripts': 'bin', 'include': 'include', 'purelib': lib, 'platlib': lib}
    base = os.sep + 'base'
    variables = dict.fromkeys(
        ('base', 'platbase', 'installed_base', 'installed_platbase'), base)
    scheme = 'venv' if 'venv' in sysconfig.get_scheme_names() else 'posix_prefix'
    wanted = list(paths) if scheme == 'venv' else ['platlib']
    for name in wanted:
        path = sysconfig.get_path(name, scheme=scheme, vars=variables)
        if path and path.startswith(base + os.sep):
            paths[name] = path[len(base) + 1:]
    if include_is_plain():
        paths['include'] = 'include'
    return paths


def library_name():
    """What the folder in lib begins with."""
    return 'pypy' if sys.implementation.name == 'pypy' else 'python'


def include_is_plain():
    """From some release on venv makes `include` only, nothing below it."""
    return sys.version_info[:2] < (3, 11) or sys.version_info >= (3, 14)


def interpreter_names():
    """The names that venv gives the interpreter, besides its own."""
    names = ['python', 'python3']
    if sys.implementation.name == 'pypy':
        return names + ['python3.%d' % sys.version_info[1], 'pypy3', 'pypy']
    if sys.implementation.name == 'graalpy':
        return names + ['python3.%d' % sys.version_info[1], 'graalpy']
    if sys.version_info >= (3, 9):
        names.append('python3.%d' % sys.version_info[1])
    if sys.version_info[:2] == (3, 14) and sys.getfilesystemencoding() == 'utf-8':
        names.append(u'\U0001d70bthon')
    return names


def has_lib64_link():
    """Until 3.15 venv has lib64 lead to lib on 64-bit systems, whatever is in
    there; then it makes the directory for extensions, wherever that is."""
    return sys.maxsize > 2**32 and sys.platform != 'darwin' and sys.version_info < (3, 15)


def seed_facts():
    """Where ensurepip is, and what it would install from where."""
    import sysconfig
    # Where it is, rather than where it would be installed.
    yield 'stdlib', os.path.dirname(os.path.abspath(os.__file__))
    yield 'headers', 'include/site/python%d.%d' % sys.version_info[:2]
    yield 'wheel_pkg_dir', sysconfig.get_config_var('WHEEL_PKG_DIR') or ''
    yield 'seeds', 'pip' if sys.version_info >= (3, 12) else 'setuptools/pip'


def outermost(path):
    """A path as long as it leads to something: a library may be in an archive."""
    while path and not os.path.exists(path) and os.path.dirname(path) != path:
        path = os.path.dirname(path)
    return path


def entries(directory):
    try:
        return os.listdir(directory) if directory else []
    except OSError:
        return []


def mapped_files():
    try:
        with open('/proc/self/maps', 'rb') as maps:
            lines = [line.rstrip(b'\n').split(None, 5) for line in maps]
    except (IOError, OSError):
        return []
    return [os.fsdecode(line[5]) for line in lines if len(line) > 5]


def library():
    """The shared library that most of this interpreter is in, by the name that the
    loader has found it by, since that may be a link that comes to lead to another;
    empty where it is all in the program."""
    import sysconfig
    kinds = 'libpython', 'libpypy'
    mapped = mapped_files()
    beside = os.path.dirname(running())
    for place in (os.environ.get('LD_LIBRARY_PATH', '').split(':')
                  + [beside, os.path.join(beside, '..', 'lib'),
                     sysconfig.get_config_var('LIBDIR') or '']):
        for name in sorted(entries(place), key=len, reverse=True):
            path = os.path.abspath(os.path.join(place, name))
            if name.startswith(kinds) and os.path.realpath(path) in mapped:
                return path
    found = [path for path in mapped if os.path.basename(path).startswith(kinds)]
    return found[0] if found else ''


def running():
    """The program that this is, whatever it was called."""
    try:
        return os.path.realpath(os.readlink('/proc/self/exe'))
    except (AttributeError, OSError):
        return ''


def full_version(info):
    """A version with what stands behind the release: 3.14.0rc2."""
    level = {'alpha': 'a', 'beta': 'b', 'candidate': 'rc'}.get(info[3])
    release = '%d.%d.%d' % tuple(info[:3])
    return '%s%s%d' % (release, level, info[4]) if level else release


def pointer_size():
    """GraalPy's sys.maxsize is that of 32 bits on any machine."""
    if sys.implementation.name == 'graalpy':
        import struct
        return 8 * struct.calcsize('P')
    return 64 if sys.maxsize > 2**32 else 32


def of_graalpy(executable):
    """Its launcher finds the rest by where it lies, so that a copy does not
    work.  A release that brings compilers of its own links them into bin."""
    yield 'copies', '0'
    if not getattr(__graalpython__, 'use_system_toolchain', False):  # noqa: F821
        yield 'problem', ('is a GraalPy with compilers of its own, which only its venv can put '
                          'into an environment: graalpy -m venv')
    elif not os.access(executable, os.X_OK):
        yield 'problem', 'is a GraalPy without a launcher, which an environment needs'


def of_pypy(executable):
    """The library that most of it is in, where it lies beside the program: then
    all of it can be moved, and a copy needs that and what is in lib.  As part
    of a system it needs nothing, and its lib is that of all programs."""
    for name in 'libpypy%d.%d-c.so' % sys.version_info[:2], 'libpypy3-c.so':
        if os.path.exists(os.path.join(os.path.dirname(executable), name)):
            yield 'library', name
            return


def libc_facts():
    """The C library of the interpreter, and its version: what was built for
    another one, or a newer one, does not run in it."""
    try:
        name, version = os.confstr('CS_GNU_LIBC_VERSION').split()
        return name, version
    except (AttributeError, OSError, ValueError):
        loader = elf_facts()[2]
        return ('musl', musl_version(loader)) if 'musl' in loader else ('', '')


def musl_version(loader):
    """musl's loader tells its version when it is run without a program."""
    import re
    import subprocess
    try:
        process = subprocess.Popen([loader], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        told = process.communicate()[1].decode('ascii', 'replace')
    except OSError:
        return ''
    found = re.match(r'\s*musl[^\n]*\n\s*Version ([0-9]+\.[0-9]+)', told)
    return found.group(1) if found else ''


def elf_facts():
    """What the headers of the program tell: the machine, its flags, the loader."""
    import struct
    try:
        with open(sys.executable, 'rb') as file:
            return read_elf(file)
    except (IOError, OSError, IndexError, OverflowError, MemoryError, struct.error):
        return 0, 0, ''


def read_elf(file):
    """The same, of a file that may be anything."""
    import struct

    def read(form):
        return struct.unpack(form, file.read(struct.calcsize(form)))

    ident = bytearray(file.read(16))
    order, wide = '<' if ident[5] == 1 else '>', ident[4] == 2
    if ident[:4] != b'\x7fELF':
        return 0, 0, ''
    header = read(order + ('HHIQQQIHHH' if wide else 'HHIIIIIHHH'))
    machine, pieces, flags, size, count = [header[at] for at in (1, 4, 6, 8, 9)]
    for number in range(count):
        file.seek(pieces + number * size)
        piece = read(order + ('IIQQQQQQ' if wide else 'IIIIIIII'))
        if piece[0] == 3:  # PT_INTERP
            file.seek(piece[2 if wide else 1])
            loader = file.read(min(piece[5 if wide else 4], 4096))
            return machine, flags, os.fsdecode(loader.rstrip(b'\0'))
    return machine, flags, ''


def refused_manylinux(platform, version):
    """Which of the tags of PEP 600 a module _manylinux objects to, by which a
    distributor can do that: 2_17_x86_64."""
    try:
        import _manylinux
        major, minor = [int(part) for part in version.split('.')[:2]]
    except Exception:
        return
    named = {5: 'manylinux1', 12: 'manylinux2010', 17: 'manylinux2014'}
    machine = platform.partition('-')[2]
    narrow = {'x86_64': ['i686'], 'aarch64': ['armv8l', 'armv7l']}.get(machine, [machine])
    for machine in narrow if pointer_size() == 32 else [machine]:
        for old in range(minor, 4, -1):
            if hasattr(_manylinux, 'manylinux_compatible'):
                answer = _manylinux.manylinux_compatible(major, old, machine)
            else:
                answer = getattr(_manylinux, '%s_compatible' % named.get(old), None)
            if answer is not None and not answer:
                yield '%d_%d_%s' % (major, old, machine)


def platform_facts():
    """What decides which wheels fit, besides the version."""
    import sysconfig
    platform = sysconfig.get_platform()
    libc, version = libc_facts()
    yield 'platform', platform
    yield 'ext_suffix', sysconfig.get_config_var('EXT_SUFFIX') or ''
    yield 'libc', libc
    yield 'libc_version', version
    if pointer_size() == 32:
        machine, flags, _ = elf_facts()
        yield 'elf_machine', str(machine)
        yield 'elf_flags', str(flags)
    if libc == 'glibc':
        yield 'no_manylinux', '/'.join(refused_manylinux(platform, version))


def facts():
    yield 'implementation', sys.implementation.name
    yield 'version', '%d.%d.%d' % sys.version_info[:3]
    if sys.version_info < (3, 6):
        return
    yield 'full_version', full_version(sys.version_info)
    yield 'implementation_version', full_version(sys.implementation.version)
    yield 'abiflags', getattr(sys, 'abiflags', '')
    yield 'bits', str(pointer_size())
    executable = base_executable()
    yield 'self', sys.executable
    yield 'executable', executable
    yield 'real_executable', os.path.realpath(executable)
    yield 'running', running()
    yield 'libpython', library()
    yield 'os_file', outermost(os.path.abspath(os.__file__))
    for item in scheme_paths().items():
        yield item
    yield 'names', '/'.join(interpreter_names())
    yield 'lib64', str(int(has_lib64_link()))
    yield 'cache_tag', sys.implementation.cache_tag or ''
    for item in platform_facts():
        yield item
    for item in seed_facts():
        yield item
    special = {'graalpy': of_graalpy, 'pypy': of_pypy}.get(sys.implementation.name)
    for item in special(executable) if special else ():
        yield item


def main():
    if sys.version_info[0] < 3:
        sys.stdout.write('venvb-facts=1\0implementation=cpython\0version=%d.%d.%d\0'
                         % sys.version_info[:3])
        for key in 'self', 'executable', 'real_executable', 'libpython', 'os_file':
            sys.stdout.write('%s=%s\0' % (key, os.path.realpath(sys.executable)))
        return
    text = 'venvb-facts=1\0' + ''.join('%s=%s\0' % item for item in facts())
    sys.stdout.buffer.write(os.fsencode(text))


main()
