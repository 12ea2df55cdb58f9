# SPDX-License-Identifier: BSD-2-Clause
"""The files of an environment, once more, for code that is to choose what goes."""

from __future__ import annotations

import os
import shutil

#: What the names of the library's own files begin with.
PREFIX = ".venvb-"


def _link(source: str, target: str) -> None:
    """Another link to a file; a copy, where the file system has no links."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


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
