"""How far an environment shares the files of its packages with others: what a program
is measured with has to be said beside the time, as a link takes a fraction of a copy."""
import fcntl
import os
import struct

FS_IOC_FIEMAP = 0xC020660B
FIEMAP_FLAG_SYNC = 1
EXTENT_SHARED = 0x2000
# struct fiemap, and one struct fiemap_extent.
HEADER, EXTENT = '=QQLLLL', '=QQQQQLLLL'

WORDS = {'symlink': 'symbolic links', 'link': 'hard links', 'clone': 'clones', 'own': 'copies'}


def is_clone(path):
    """Tells whether a file shares its blocks with another."""
    request = struct.pack(HEADER, 0, 2**64 - 1, FIEMAP_FLAG_SYNC, 0, 1, 0)
    buffer = bytearray(request + bytes(struct.calcsize(EXTENT)))
    try:
        with open(path, 'rb') as file:
            fcntl.ioctl(file, FS_IOC_FIEMAP, buffer)
    except OSError:
        return False
    if struct.unpack_from(HEADER, buffer)[3] == 0:
        return False
    flags = struct.unpack_from(EXTENT, buffer, struct.calcsize(HEADER))[5]
    return bool(flags & EXTENT_SHARED)


def kind_of(path, top):
    """What a file is to others that have the same."""
    if not os.path.realpath(path).startswith(os.path.realpath(top) + os.sep):
        return 'symlink'
    if os.stat(path).st_nlink > 1:
        return 'link'
    return 'clone' if is_clone(path) else 'own'


def most(kinds):
    return WORDS[max(sorted(kinds), key=kinds.get)] if kinds else None


def files_of(packages):
    for root, dirs, names in os.walk(packages, followlinks=True):
        dirs[:] = [name for name in dirs if not name.endswith('.dist-info')]
        for name in names:
            yield os.path.join(root, name)


def describe(env):
    """In words, what most files of packages in an environment are, and their byte code,
    where that is something else; '' where there are none."""
    sources, byte_code = {}, {}
    for library in sorted(os.listdir(os.path.join(env, 'lib'))):
        for path in files_of(os.path.join(env, 'lib', library, 'site-packages')):
            kinds = byte_code if path.endswith('.pyc') else sources
            kind = kind_of(path, env)
            kinds[kind] = kinds.get(kind, 0) + 1
    words, of_byte_code = most(sources), most(byte_code)
    if words is None:
        return ''
    same = of_byte_code in (None, words)
    return words if same else f'{words}; .pyc {"made there" if of_byte_code == "copies" else of_byte_code}'
