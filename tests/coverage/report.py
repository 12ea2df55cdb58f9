# SPDX-License-Identifier: BSD-2-Clause
"""Says which lines the tests ran, from what --enable-coverage has counted.

Usage: report.py GCOV SRCDIR BUILDDIR [--lines] [--tap]

--lines lists the lines that never ran; --tap says whether the bounds are kept:
those below, and for single files those in the file "gaps" beside this script.
"""

import json
import os
import re
import subprocess
import sys

LIBRARY = ("base", "undo", "core", "cache", "pythons", "stages", "command")
ROOMS = (*LIBRARY, "plugins", "wheel", "lock", "kit")
BOUNDED = (*LIBRARY, "plugins")  # the rooms that the bound is for
TOTAL = 90  # percent of their lines, together
FILE = 85  # percent of each file's lines, where "gaps" says nothing else


def count_lines(gcov, srcdir, builddir):
    """{file: {line: count}}: a file may have been compiled more than once."""
    notes = [
        os.path.relpath(os.path.join(top, name), builddir)
        for top, _, names in os.walk(builddir)
        for name in sorted(names)
        if name.endswith(".gcno")
    ]
    command = [gcov, "--json-format", "--stdout", *notes]
    result = subprocess.run(command, cwd=builddir, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    files = {}
    for document in result.stdout.splitlines():
        document = json.loads(document)
        where = document["current_working_directory"]
        for entry in document["files"]:
            path = os.path.relpath(os.path.join(where, entry["file"]), srcdir)
            if path.split(os.sep)[0] in ROOMS:
                lines = files.setdefault(path, {})
                for line in entry["lines"]:
                    number = line["line_number"]
                    lines[number] = lines.get(number, 0) + line["count"]
    return files


def percent(lines):
    """(lines that ran, all lines, percent)"""
    ran = sum(1 for count in lines if count)
    return ran, len(lines), 100 * ran / max(len(lines), 1)


def room_lines(files, *rooms):
    return [n for path in files if path.split(os.sep)[0] in rooms for n in files[path].values()]


def ranges(lines):
    """The lines that never ran, as "3-5 8": what has no code doesn't part them."""
    out, last = [], None
    for number in sorted(lines):
        if lines[number]:
            last = None
        elif last is None:
            out.append([number, number])
            last = number
        else:
            out[-1][1] = last = number
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in out)


def read_gaps(path):
    """{file: percent}; each has to come with a reason."""
    gaps = {}
    with open(path, encoding="utf-8") as text:
        for line in text:
            match = re.fullmatch(r"(\S+)\s+(\d+)\s+(\S.*)\n", line)
            if match:
                gaps[match[1]] = int(match[2])
            elif line.strip() and not line.startswith(("#", " ")):
                sys.exit(f"report.py: {path}: not FILE PERCENT REASON: {line.strip()}")
    return gaps


def show(files, with_lines):
    def row(name, counts, more=""):
        ran, total, part = percent(counts)
        print(f"{name:32} {ran:6} {total:6} {part:6.1f} %{more}")

    for path in sorted(files):
        row(path, files[path].values(), "  " + ranges(files[path]) if with_lines else "")
    print()
    for room in ROOMS:
        row(room, room_lines(files, room))
    row(" and ".join(BOUNDED), room_lines(files, *BOUNDED))
    row("all", room_lines(files, *ROOMS))


def tap(files, gaps):
    failed = number = 0

    def result(ok, name):
        nonlocal failed, number
        number += 1
        failed += not ok
        print(f"{'ok' if ok else 'not ok'} {number} - {name}")

    part = percent(room_lines(files, *BOUNDED))[2]
    result(part >= TOTAL, f"{' and '.join(BOUNDED)}: {part:.1f} % of the lines run, {TOTAL} wanted")
    for path in sorted(files):
        part, bound = percent(files[path].values())[2], gaps.get(path, FILE)
        if part < bound:
            result(False, f"{path}: {part:.1f} % of its lines run, {bound} wanted")
            print(f"# lines that did not: {ranges(files[path])}")
    result(not failed, "each file has its share")
    for path in sorted(gaps):
        if path not in files:
            result(False, f"gaps: there is no {path}")
    for room in (*ROOMS, ROOMS):
        rooms = room if isinstance(room, tuple) else (room,)
        print("# coverage of %s: %d of %d lines, %.1f %%"
              % (", ".join(rooms), *percent(room_lines(files, *rooms))))
    print(f"1..{number}")
    return failed == 0


def main(gcov, srcdir, builddir, *options):
    files = count_lines(gcov, os.path.realpath(srcdir), os.path.realpath(builddir))
    if "--tap" in options:
        gaps = read_gaps(os.path.join(os.path.dirname(os.path.abspath(__file__)), "gaps"))
        return 0 if tap(files, gaps) else 1
    show(files, "--lines" in options)
    return 0


sys.exit(main(*sys.argv[1:]))
