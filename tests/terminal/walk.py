#!/usr/bin/env python3
# Types the command lines of a walk at a terminal of 80 columns, and writes what it shows.
#
#   walk.py WALK [WORD=SHOWN...]
#
# WALK has lines "$ COMMAND", each followed by what was shown when it was looked at last;
# lines with "#" are for who reads it.  All of it is printed anew, as it is shown now:
# where both are equal, nothing has changed.  Each WORD is replaced, the longest
# first, by what stands for it: paths and versions differ from machine to machine.

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios

ROWS, COLUMNS = 24, 80

# What differs from run to run.
VARYING = [
    (rb' +\d+(\.\d+)? (m?s)\b', rb' N \2'),
    (rb'N (m?s) +\d+ %( +#+)?', rb'N \1'),
    (rb'venvb: (pip: )?setuptools 99\.2[^\n]*\n', rb''),
    (rb'there is: .* \(venvb --list-pythons\)', rb'there is: cpython 3.X.Y (venvb --list-pythons)'),
    (rb'  would install setuptools 99\.2\r?\n', rb''),
    (rb'link mode: (clone|hardlink|copy)\b', rb'link mode: MODE'),
    (rb', setuptools 99\.2', rb''),  # for a Python that is older than 3.12
    (rb'3\.X\.Y  +', rb'3.X.Y  '),
]


def commands(walk):
    """The remarks and command lines, in their order."""
    for line in walk.splitlines():
        if line.startswith(b'$ ') or line.startswith(b'#'):
            yield line


def shown(line):
    """What a terminal shows of one command line, and its exit status."""
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', ROWS, COLUMNS, 0, 0))
        os.execvp('bash', ['bash', '--norc', '-c', os.fsdecode(line) + '\nexit $?'])
    raw = b''
    while select.select([fd], [], [], 60)[0]:
        try:
            more = os.read(fd, 65536)
        except OSError:
            break
        if not more:
            break
        raw += more
    else:
        os.kill(pid, 9)
        raw += b'\n[no end within a minute]\n'
    os.close(fd)
    return raw, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def on_screen(raw):
    """The lines that are left: colours are taken out, what was overwritten is."""
    lines = []
    for line in raw.replace(b'\r\n', b'\n').split(b'\n'):
        line = re.sub(rb'\x1b\[[0-9;]*m', b'', line)
        parts = re.split(rb'\r(?:\x1b\[K)?', line)
        lines.append(parts[-1] if len(parts) > 1 else line)
    return lines


def folded(line):
    """As a terminal breaks a line."""
    text = line.decode('utf-8', 'backslashreplace')
    return [text[i:i + COLUMNS].encode() for i in range(0, len(text), COLUMNS)] or [b'']


def main():
    with open(sys.argv[1], 'rb') as file:
        walk = file.read()
    words = [tuple(os.fsencode(x).split(b'=', 1)) for x in sys.argv[2:]]
    words.sort(key=lambda pair: -len(pair[0]))
    out = sys.stdout.buffer
    for line in commands(walk):
        out.write(line + b'\n')
        if line.startswith(b'#'):
            continue
        raw, status = shown(line[2:])
        for word, stands_for in words:
            raw = raw.replace(word, stands_for)
        for pattern, stands_for in VARYING:
            raw = re.sub(pattern, stands_for, raw)
        lines = on_screen(raw)
        while lines and not lines[-1]:
            lines.pop()
        for part in lines:
            out.write(b'\n'.join(folded(part)).rstrip() + b'\n')
        if status:
            out.write(b'[exit status %d]\n' % status)
        out.write(b'\n')


main()
