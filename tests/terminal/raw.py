#!/usr/bin/env python3
# Runs a command at a terminal, and prints all that it writes, with ^ for a carriage return
# and <K> for what clears a line.
#
#   raw.py COLUMNS[,COLUMNS-LATER] COMMAND [ARG...]
#
# With a second number the terminal is resized when something was written first.  With
# "^C" for the first word of the command, that is typed when the status line is there.

import fcntl
import os
import pty
import signal
import struct
import sys
import termios


def resize(fd, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))


interrupt = sys.argv[2] == '^C'
if interrupt:
    del sys.argv[2]
widths = [int(number) for number in sys.argv[1].split(',')]
pid, fd = pty.fork()
if pid == 0:
    resize(0, widths[0])
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # who runs the tests may have it ignored
    os.execvp(sys.argv[2], sys.argv[2:])
raw = b''
while True:
    try:
        more = os.read(fd, 65536)
    except OSError:
        break
    if not more:
        break
    raw += more
    resize(fd, widths[-1])
    if interrupt and b'\x1b[K' in raw:
        os.write(fd, b'\x03')
        interrupt = False
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
text = raw.replace(b'\r\n', b'\n').replace(b'\r', b'\n^').replace(b'\x1b[K', b'<K>')
sys.stdout.buffer.write(text)
sys.exit(status if status >= 0 else 128 - status)
