# SPDX-License-Identifier: BSD-2-Clause
"""What there is to know of a directory tree, and how two of them differ: for
the tests in Python.  Those in shell have tree_of in tests/lib.sh.

It has to run with the oldest Python that an environment is made of.
"""
import collections
import hashlib
import os
import re
import stat
import struct

# Of something in a tree.  content: the target of a link, what look() was told
# to find out about a file, else ''.
Entry = collections.namedtuple('Entry', 'kind mode owner group time content')


def walk(top):
    """All that is below a directory: (path relative to it, path, lstat())."""
    for name in os.listdir(top):
        path = os.path.join(top, name)
        status = os.lstat(path)
        yield name, path, status
        if stat.S_ISDIR(status.st_mode):
            for below, inner, inner_status in walk(path):
                yield name + '/' + below, inner, inner_status


def digest(path):
    """The contents of a file, in short."""
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


def look(top, content=digest):
    """All that is to be known of a tree: path relative to it -> Entry.
    content(path): what is told of a file."""
    found = {}
    for name, path, status in walk(top):
        kind = stat.S_IFMT(status.st_mode)
        found[name] = Entry(
            kind, stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, status.st_mtime_ns,
            os.readlink(path) if kind == stat.S_IFLNK else
            content(path) if kind == stat.S_IFREG else '')
    return found


def without_times(tree, names=None):
    """A tree, but for the times: of those names, or of all."""
    return {name: entry._replace(time=None) if names is None or name in names else entry
            for name, entry in tree.items()}


def differences(tree, wanted):
    """How a tree is not what it should be, a text for each entry."""
    names = sorted(name for name in set(tree) | set(wanted) if tree.get(name) != wanted.get(name))
    return ['%s %s' % (name, 'is gone' if name not in tree
                       else 'is new' if name not in wanted else 'differs') for name in names]


def is_current(pyc):
    """Tells whether byte code has the time and size of its source, which is
    beside __pycache__."""
    try:
        status = os.stat(re.sub(r'__pycache__/([^/]*)\.[^./]*\.pyc$', r'\1.py', pyc))
    except FileNotFoundError:
        return False
    with open(pyc, 'rb') as file:
        header = file.read(16)
    # Since 3.7 there are flags before them.
    at = 4 if header[4:8] != b'\0\0\0\0' else 8
    return struct.unpack('<2I', header[at:at + 8]) == (
        int(status.st_mtime) & 0xffffffff, status.st_size & 0xffffffff)
