#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Looks whether the rooms of the code stand on their floors.

    layers.py SOURCE BUILD

reads the floors from the map in HACKING.md, the includes from SOURCE, and from
the libraries in BUILD which file calls which, and prints a line for each fault:

    up: ...       a file uses a room that is not on a lower floor
    circle: ...   files that call each other in a circle
    handed up: .. a function that is kept for later: a way around the floors
    inside: ...   an inner map that is read from outside
    map: ...      a room without a map, or with one that is too long, says nothing
                  of the room, or does not name its files and no others
    long: ...     a file that is too long
    newer: ...    a file that calls what an old glibc lacks without base/newer.h

A line "FAULT" of tests/layers.left excuses a fault that can't be untied yet; one
that excuses nothing is a fault itself, so that they only get fewer.
"""

import os
import re
import subprocess
import sys

MAP_LINES = 250
FILE_LINES = 500


def read(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


def read_floors(source):
    """{room: floor}, of the rows "| 2 | `undo/` | ..." of the map."""
    rows = re.findall(r"^\| (\d) \| `([a-z-]+)/[^`]*` \|", read(f"{source}/HACKING.md"), re.M)
    return {room: int(floor) for floor, room in rows}


class House:
    def __init__(self, source, build):
        self.source, self.build = source, build
        self.floors = read_floors(source)
        self.faults = set()
        # What is linked into libvenvb has a library; the others link with that
        # as any program does, so that its public functions are plugin-api's.
        rooms = re.search(r"^librooms_la_LIBADD = ((?:.*\\\n)*.*)", read(f"{source}/Makefile.am"), re.M)
        self.inside = set(re.findall(r"(\w+)/lib\1\.la", rooms[1]))
        self.public = set(re.findall(r"^\s+(venvb_\w+);", read(f"{source}/plugin-api/venvb.syms"), re.M))

    def room(self, path):
        return path.split("/")[0]

    def may_use(self, user, used):
        return user == used or self.floors[used] < self.floors[user]

    def files(self, *suffixes):
        """The sources of all rooms but those that others build upon."""
        for room in sorted(self.floors):
            for top, dirs, names in os.walk(f"{self.source}/{room}"):
                dirs[:] = sorted(set(dirs) - {"template"})
                for name in sorted(names):
                    if name.endswith(suffixes):
                        yield os.path.relpath(os.path.join(top, name), self.source)

    # --- Texts -------------------------------------------------------------

    def check_lengths(self):
        for path in self.files(".c", ".h", ".py"):
            lines = read(f"{self.source}/{path}").count("\n")
            if lines > FILE_LINES:
                self.faults.add(f"long: {path} has {lines} lines")

    def check_newer(self):
        for path in self.files(".c"):
            text = read(f"{self.source}/{path}")
            for name in set(re.findall(r"\b(copy_file_range|memfd_create|statx) \(", text)):
                if '"base/newer.h"' not in text:
                    self.faults.add(f"newer: {path} calls {name}")

    def check_maps(self):
        for room in self.floors:
            if room in ("plugins", "plugin-api"):
                continue
            path = f"{room}/{room}.h"
            if not os.path.exists(f"{self.source}/{path}"):
                self.faults.add(f"map: {path} is missing")
                continue
            text = read(f"{self.source}/{path}")
            if text.count("\n") > MAP_LINES:
                self.faults.add(f"map: {path} has {text.count(chr(10))} lines")
            if not re.match(r"/\* SPDX[^\n]*\n\n/\*\n \* The map of the ", text):
                self.faults.add(f"map: {path} does not say what the room is for")

    def check_named(self):
        """The table of floors has all rooms, and each room's maps all its files."""
        for top in os.listdir(self.source):
            if top not in self.floors and os.path.exists(f"{self.source}/{top}/local.mk") and \
               "_LTLIBRARIES" in read(f"{self.source}/{top}/local.mk") and top not in ("bench", "packaging", "tests"):
                self.faults.add(f"map: {top}/ has no floor in HACKING.md")
        for room in self.floors:
            names = {os.path.basename(path) for path in self.files(".c") if path.count("/") == 1
                     and self.room(path) == room}
            maps = [f"{self.source}/{room}/{name}.h" for name in (room, "room")]
            text = "".join(read(path) for path in maps if os.path.exists(path))
            named = set(re.findall(r"[a-z][a-z-]*\.c\b", text))
            for name in sorted(names - named) if text else ():
                self.faults.add(f"map: {room}/{name} is on no map")
            for name in sorted(named - names):
                if not any(os.path.exists(f"{self.source}/{other}/{name}") for other in self.floors):
                    self.faults.add(f"map: {room} has no {name}")

    def check_includes(self):
        for path in self.files(".c", ".h"):
            user = self.room(path)
            for included in re.findall(r'^\s*#\s*include "([^"]+)"', read(f"{self.source}/{path}"), re.M):
                used = self.room(included)
                if used not in self.floors:
                    continue
                if not self.may_use(user, used):
                    self.faults.add(f"up: {path} includes {included}")
                if used != user and os.path.basename(included) == "room.h":
                    self.faults.add(f"inside: {path} includes {included}")

    def check_kept_functions(self):
        """A variable of a file that holds a function calls who knows whom."""
        for path in self.files(".c"):
            for name in re.findall(r"^(?:static )?(?!typedef)[A-Za-z_][\w ]*[ *]\(\*(\w+)\) ?\([^;{]*\)(?: = [^;]*)?;",
                                   read(f"{self.source}/{path}"), re.M):
                self.faults.add(f"handed up: {path} keeps a function in {name}")

    # --- Symbols -----------------------------------------------------------

    def read_objects(self):
        """{file: (symbols it defines, symbols it lacks)}"""
        self.objects = {}
        for room in self.floors:
            archives = [f"{self.build}/{room}{libs}/lib{room}.a" for libs in ("/.libs", "")]
            self.read_symbols(room, [path for path in archives if os.path.exists(path)][:1])
        for top in ("command", "plugins"):
            for place, _, names in os.walk(f"{self.build}/{top}"):
                room = os.path.relpath(place, self.build).replace("/.libs", "")
                self.read_symbols(room, [f"{place}/{name}" for name in names if name.endswith(".o")])

    def read_symbols(self, room, paths):
        if not paths:
            return
        table = subprocess.run(["nm", "-P", "-A", *paths], check=True, text=True,
                               stdout=subprocess.PIPE).stdout
        for line in table.splitlines():
            where, name, kind = re.match(r"(.*): (\S+) (\S)", line).groups()
            stem = re.search(r"(?:\w+_la-)?([^/\[\]]+)\.o\]?$", where)[1]
            source = self.find_source(room, stem)
            if source is None:
                continue
            defined, lacking = self.objects.setdefault(source, (set(), set()))
            if kind == "U":
                lacking.add(name)
            elif kind.isupper():
                defined.add(name)

    def find_source(self, room, stem):
        """A room's library may hold what is a library of its own elsewhere; an
        object of a test, or of a file that is gone, is none of ours."""
        for place in (room, *sorted(self.floors, key=self.floors.get)):
            if os.path.exists(f"{self.source}/{place}/{stem}.c"):
                return f"{place}/{stem}.c"
        return None

    def check_calls(self):
        self.read_objects()
        missing = {*self.inside, "kit", "command", "plugins"} & set(self.floors)
        missing -= {self.room(path) for path in self.objects}
        if missing:
            sys.exit(f"layers.py: nothing of {', '.join(sorted(missing))} is in {self.build}")
        definers = {}
        for path, (defined, _) in self.objects.items():
            for name in defined:
                definers.setdefault(name, []).append(path)
        self.calls = {path: set() for path in self.objects}
        for path, (_, lacking) in self.objects.items():
            for name in lacking:
                used = self.choose(path, definers.get(name, []))
                outside = self.room(path) not in self.inside
                if used is None or (outside and name in self.public):
                    continue
                self.calls[path].add(used)
                if not self.may_use(self.room(path), self.room(used)):
                    self.faults.add(f"up: {path} uses {name} of {used}")
        for circle in circles(self.calls):
            self.faults.add(f"circle: {', '.join(sorted(circle))}")

    def choose(self, path, definers):
        """Plugins don't see each other, only what is in their own folder and in common."""
        folders = (os.path.dirname(path), "plugins/common")
        near = [other for other in definers if os.path.dirname(other) in folders]
        far = [other for other in definers if self.room(other) != "plugins"]
        return (near or far or [None])[0]

    def check(self):
        self.check_lengths()
        self.check_newer()
        self.check_maps()
        self.check_named()
        self.check_includes()
        self.check_kept_functions()
        self.check_calls()
        return self.faults


def reachable(graph, start):
    seen, todo = set(), [start]
    while todo:
        for at in graph[todo.pop()]:
            if at not in seen:
                seen.add(at)
                todo.append(at)
    return seen


def circles(graph):
    """The sets of nodes that lead to each other."""
    reach = {at: reachable(graph, at) for at in graph}
    return {frozenset(other for other in reach[at] if at in reach[other])
            for at in graph if at in reach[at]}


def main(source, build):
    house = House(source, build)
    faults = house.check()
    left = set()
    if os.path.exists(f"{source}/tests/layers.left"):
        lines = read(f"{source}/tests/layers.left").splitlines()
        left = {line for line in lines if line and not line.startswith("#")}
    for fault in sorted(faults - left):
        print(fault)
    for fault in sorted(left - faults):
        print(f"excused, but no fault: {fault}")
    if not faults ^ left:
        print(f"{len(house.floors)} rooms, {len(house.calls)} files, "
              f"{sum(map(len, house.calls.values()))} arrows, {len(left)} excused", file=sys.stderr)
    return 1 if faults ^ left else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
