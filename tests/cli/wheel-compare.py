# SPDX-License-Identifier: BSD-2-Clause
"""Compares two environments, file by file: what ensurepip made, and ours.

usage: wheel-compare.py THEIRS OURS

The two must have the same files with the same modes and contents, but for
pyvenv.cfg, which tells how the environment was made.  Byte code has the time
of its source and the source's own name in it, so what is compared is that it
belongs to the source beside it.
"""
import os
import stat
import sys

sys.dont_write_bytecode = True
import trees


def tree(top):
    return {name: path for name, path, status in trees.walk(top)}


def difference(theirs, ours):
    one, two = os.lstat(theirs), os.lstat(ours)
    if one.st_mode != two.st_mode:
        return 'mode %o, not %o' % (two.st_mode, one.st_mode)
    if stat.S_ISLNK(one.st_mode):
        return os.readlink(theirs) != os.readlink(ours) and 'link'
    if not stat.S_ISREG(one.st_mode):
        return None
    if theirs.endswith('.pyc'):
        return not trees.is_current(ours) and 'byte code does not match its source'
    with open(theirs, 'rb') as file:
        expected = file.read()
    with open(ours, 'rb') as file:
        return file.read() != expected and 'contents'


def main():
    tops = [os.path.abspath(top) for top in sys.argv[1:]]
    theirs, ours = tree(tops[0]), tree(tops[1])
    problems = ['missing: ' + name for name in theirs if name not in ours]
    problems += ['not expected: ' + name for name in ours if name not in theirs]
    for name in theirs:
        if name in ours and name != 'pyvenv.cfg':
            why = difference(theirs[name], ours[name])
            if why:
                problems.append('%s: %s' % (name, why))
    print('\n'.join(problems[:20]) or '%d files equal' % len(theirs))
    return bool(problems)


if __name__ == '__main__':
    sys.exit(main())
