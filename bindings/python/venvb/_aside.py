# SPDX-License-Identifier: BSD-2-Clause
"""The files of an environment, once more, for code that is to choose what goes."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import logging
import os
import shutil
import stat
import tempfile
from typing import Dict, Iterator, List

logger = logging.getLogger("venvb")

#: What the names of the library's own files begin with.
PREFIX = ".venvb-"

#: Where the library's own files lie meanwhile, and the log among them.
HIDDEN = "hidden"
LOG = PREFIX + "undo.log"

#: What a tree that is shown consists of, beside it: {path: what it is known by}.
SHOWN = "shown.json"
Shown = Dict[str, List[int]]

#: What a place beside an environment is called: its name, and this.
SUFFIX = ".venvb-aside"


def _link(source: str, target: str) -> None:
    """Another link to a file; a copy, where the file system has no links."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def _identity(path: str) -> List[int]:
    """What a file is known by, or a directory: there only that it is that one."""
    st = os.lstat(path)
    return [st.st_ino] if stat.S_ISDIR(st.st_mode) else [st.st_ino, st.st_size, st.st_mtime_ns]


def _write(place: str, shown: str) -> None:
    """Notes what is shown."""
    found: Shown = {}
    for root, dirs, files in os.walk(shown):
        for name in dirs + files:
            path = os.path.join(root, name)
            found[os.path.relpath(path, shown)] = _identity(path)
    with open(os.path.join(place, SHOWN), "w", encoding="ascii") as file:
        json.dump(found, file)


def _read(place: str) -> Shown:
    with open(os.path.join(place, SHOWN), encoding="ascii") as file:
        shown: Shown = json.load(file)
    return shown


def show_tree(env_dir: str, place: str) -> str:
    """Makes in a place a tree of that in an environment, and notes it.  Returns its path."""
    shown = os.path.join(place, "shown")
    link_tree(env_dir, shown)
    _write(place, shown)
    return shown


def link_tree(source: str, target: str) -> None:
    """Makes a tree of another one, with links for files, less what is the library's."""

    def ignore(directory: str, names: list[str]) -> list[str]:
        return [name for name in names if directory == source and name.startswith(PREFIX)]

    shutil.copytree(source, target, symlinks=True, ignore=ignore, copy_function=_link)


def move(source: str, target: str, ours: bool = False) -> None:
    """Moves all that is in a directory to another one; ours: what is the library's."""
    for name in os.listdir(source):
        if name.startswith(PREFIX) == ours:
            os.rename(os.path.join(source, name), os.path.join(target, name))


def unlink_tree(directory: str) -> None:
    """Makes files of their own of all that are still links to others: those aside."""
    for root, dirs, files in os.walk(directory):
        if root == directory:
            dirs[:] = [name for name in dirs if not name.startswith(PREFIX)]
        for name in files:
            path = os.path.join(root, name)
            if os.lstat(path).st_nlink > 1 and not name.startswith(PREFIX):
                copy = path + ".venvb-copy"
                shutil.copy2(path, copy, follow_symlinks=False)
                os.replace(copy, path)


def _open(directory: str) -> int:
    """Opens a directory that nobody but us can have made.  OSError: it is another's."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    st = os.fstat(fd)
    if st.st_uid == os.geteuid() and not st.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return fd
    os.close(fd)
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), directory)


@contextlib.contextmanager
def place_beside(env_dir: str) -> Iterator[str]:
    """A directory beside an environment, locked, so that recover() knows it is in use."""
    place = env_dir + SUFFIX
    try:
        os.mkdir(place, 0o700)
    except FileExistsError:  # somebody else's: one that no later run looks for
        parent, name = os.path.split(env_dir)
        place = tempfile.mkdtemp(prefix=name + ".venvb-", dir=parent)
    fd = _open(place)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(fd)


def recover(env_dir: str) -> None:
    """After a run that was killed while code chose what goes: gives the library its log back.

    The next run does the rest, since it has the log then, and all that was there before.
    What cannot be told from somebody's stays, and is said.
    """
    place = env_dir + SUFFIX
    hidden = os.path.join(place, HIDDEN)
    try:
        fd = _open(place)
    except OSError:
        return
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.isdir(hidden) or not os.listdir(hidden):
            shutil.rmtree(place)
            return
        shown = _read(place)
        if _is_newer(env_dir, hidden, shown):
            logger.warning(
                "'%s' holds what was in '%s' before a run that was killed; that is another "
                "one now: take out what you need, and remove it",
                place,
                env_dir,
            )
        else:
            _forget(env_dir, shown)
            move(hidden, env_dir, ours=True)
            shutil.rmtree(place)
    except (OSError, ValueError) as error:
        logger.warning("cannot put back what '%s' holds: %s", place, error)
    finally:
        os.close(fd)


def _forget(env_dir: str, shown: Shown) -> None:
    """Removes what is left of a tree that was shown, but what code has written there."""
    for root, dirs, files in os.walk(env_dir, topdown=False):
        for name in files + dirs:
            path = os.path.join(root, name)
            if shown.get(os.path.relpath(path, env_dir)) != _identity(path):
                continue
            if os.path.isdir(path) and not os.path.islink(path):
                with contextlib.suppress(OSError):  # what is not empty stays
                    os.rmdir(path)
            else:
                os.remove(path)


def _is_newer(env_dir: str, hidden: str, shown: Shown) -> bool:
    """Whether the environment was made after what is hidden, or has a log of its own."""
    if not os.path.lexists(os.path.join(hidden, LOG)):
        return not os.path.lexists(os.path.join(env_dir, LOG))
    config = os.path.join(env_dir, "pyvenv.cfg")
    if os.path.lexists(os.path.join(env_dir, LOG)) or not os.path.isdir(env_dir):
        return True
    return os.path.lexists(config) and shown.get("pyvenv.cfg") != _identity(config)
