#!/usr/bin/env python3
# Drives an interactive shell through a pseudo terminal, so that prompts are
# really drawn.
#
#   pty-run.py MARKER COMMAND [ARG...] <LINES
#
# Types each line of standard input when the shell has drawn a prompt that
# ends in MARKER, then the end of input, and prints all that the terminal
# showed, without escape sequences.  Exits with 1, having said so, when a
# prompt does not come.

import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

PATIENCE = 10.0  # seconds to wait for a prompt
SETTLE = 0.02    # seconds of silence that tell a prompt is complete

ESCAPES = re.compile(
    rb'\x1b\[[0-9;?<=>]*[ -/]*[@-~]'      # CSI: cursor, colours, modes
    rb'|\x1b\][^\x07\x1b]*(\x07|\x1b\\)'  # OSC: window titles
    rb'|\x1b[()][0-9A-Z]|\x1b[=>78cDEHM]|\r|\x0f|\x08')


# What a terminal is asked, and what it answers: Nushell and xonsh want to know
# where the cursor is when they draw a prompt.  In the last row they don't go
# down to where there is more room.
ROWS, COLUMNS = 50, 200
QUERY, ANSWER = b'\x1b[6n', b'\x1b[%d;1R' % ROWS


def visible(raw):
    return ESCAPES.sub(b'', raw)


def read_some(fd, seconds):
    """What the terminal shows within the time; None at its end."""
    if not select.select([fd], [], [], seconds)[0]:
        return b''
    try:
        raw = os.read(fd, 65536)
        for _ in range(raw.count(QUERY)):
            os.write(fd, ANSWER)
        return raw or None
    except OSError:
        return None


def read_until_prompt(fd, marker):
    """The terminal's output up to a prompt; and whether one was drawn."""
    raw = b''
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        done = visible(raw).rstrip().endswith(marker)
        more = read_some(fd, SETTLE if done else 0.5)
        if more is None or (done and not more):
            return raw, done
        raw += more
    return raw, False


def read_rest(fd):
    raw = b''
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        more = read_some(fd, 0.5)
        if more is None:
            break
        raw += more
    return raw


def main():
    marker, command = os.fsencode(sys.argv[1]), sys.argv[2:]
    lines = sys.stdin.buffer.read().splitlines() + [b'\x04']
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', ROWS, COLUMNS, 0, 0))
    shown = b''
    for line in lines:
        raw, drawn = read_until_prompt(fd, marker)
        shown += raw
        if not drawn:
            break
        os.write(fd, line if line == b'\x04' else line + b'\r')
    if not drawn:
        os.kill(pid, 9)
    shown += read_rest(fd)
    os.waitpid(pid, 0)
    sys.stdout.buffer.write(visible(shown))
    sys.stdout.flush()
    if not drawn:
        sys.exit('no prompt ending in %r' % marker)


main()
