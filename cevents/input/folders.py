"""Folders as input: the files below them, in an order that is always the same."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from fnmatch import fnmatchcase

from cevents.errors import CeventsError


def files_below(
    folder: str, include: tuple[str, ...] = ()
) -> Iterator[tuple[str, CeventsError | None]]:
    """Yield the path of each regular file below *folder*, sorted by name, and None; or the path of
    what cannot be read, and the error.

    If there are globs in *include*, one must match: the file's name, or its path below *folder* if
    the glob has a slash; `*` matches slashes too. Hidden names (`.name`) are passed over. Symbolic
    links are followed; what is reached twice is yielded once.
    """
    seen: set[tuple[int, int]] = set()
    nothing = True
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        try:
            status = os.stat(path)
            identity = status.st_dev, status.st_ino
            if stat.S_ISDIR(status.st_mode):
                if identity not in seen:
                    names = sorted(name for name in os.listdir(path) if not name.startswith("."))
                    waiting += [os.path.join(path, name) for name in reversed(names)]
                elif _leads_back(path):
                    yield path, CeventsError(f"cannot read {path}: it is a link back to its folder")
            elif stat.S_ISREG(status.st_mode) and _wanted(os.path.relpath(path, folder), include):
                nothing = False
                if identity not in seen:
                    yield path, None
            else:
                continue
            seen.add(identity)
        except OSError as error:
            if os.path.isdir(path) or _wanted(os.path.relpath(path, folder), include):
                nothing = False
                yield path, CeventsError.unreadable(path, error)
    if nothing:
        what = f"no file matches {' or '.join(include)}" if include else "there is no file in it"
        yield folder, CeventsError(f"cannot read {folder}: {what}")


def _leads_back(link: str) -> bool:
    """Whether *link* leads to a folder that it stands in."""
    target = os.path.realpath(link)
    return os.path.commonpath([target, os.path.realpath(os.path.dirname(link))]) == target


def _wanted(path: str, include: tuple[str, ...]) -> bool:
    path = path.replace(os.sep, "/")
    name = path.rpartition("/")[2]
    return not include or any(fnmatchcase(path if "/" in glob else name, glob) for glob in include)
