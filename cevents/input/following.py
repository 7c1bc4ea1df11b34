"""Inputs that grow: what is there is read, and what comes is waited for, as `tail -F` does."""

from __future__ import annotations

import io
import os
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from cevents.errors import CeventsError
from cevents.input.files import file_id, is_ready

#: Seconds for which a file that another has replaced is read on: its writer may still have it open.
_GRACE = 1.0
#: How many bytes before the place reached must still be there when a file has grown.
_KNOWN_BYTES = 1024


@dataclass(frozen=True)
class Follow:
    """How an input is followed.

    *is_over* tells whether it ends where it is. *tell* is called with what happens to its file, in
    words. *waiting* are the files, opened, that have had its name since, in order.
    """

    is_over: Callable[[], bool]
    tell: Callable[[str], None]
    waiting: deque[BinaryIO] = field(default_factory=deque)


class Followed(io.RawIOBase):
    """The bytes of a source as they come; *path* is None for standard input, *ready* opens it.

    `readinto` returns None where nothing has come yet, and 0 at the end. A file ends where another
    has taken its name or where it has been cut short, and can be opened again then; standard
    input where it does; and any where *follow* says that it is over, once what has come by then
    is read.
    """

    def __init__(
        self, name: str, path: str | None, follow: Follow, ready: Callable[[], BinaryIO]
    ) -> None:
        self._name, self._path = name, path
        self._follow = follow
        self._ready = ready
        self._file: Any = None
        self._is_regular = False
        self._place = 0
        self._known = b""  # what is before the place
        self._is_waiting = False
        self._came_at = 0.0  # when something came last, or the name was seen to be another file's
        self._is_replaced = False

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if self._file is not None and self._path is not None:
            self._file.close()
        super().close()

    def readinto(self, view: Any) -> int | None:
        """Fill *view* with what is there. Raises CeventsError or OSError where it can't be read."""
        is_over = self._follow.is_over()
        if is_over and not (self._is_waiting if self._file else self._follow.waiting):
            return 0
        if self._file is None and not self._open():
            return None
        if self._is_waiting and self._is_cut_short():
            return self._end("was cut short: reading it from its start")
        size: int | None = self._file.readinto(view) if self._has_come() else None
        if size:
            self._place += size
            tail = bytes(memoryview(view)[max(0, size - _KNOWN_BYTES) : size])
            self._known = (self._known + tail)[-_KNOWN_BYTES:]
            self._is_waiting, self._came_at = False, time.monotonic()
            return size
        self._is_waiting = True
        if self._path is not None:
            self._look_for_another()
        if is_over:
            return 0
        if self._path is None:
            return None if self._is_regular else size
        if self._is_replaced and time.monotonic() - self._came_at >= _GRACE:
            return self._end("was replaced: reading the new file")
        return None

    def _open(self) -> bool:
        """Open the file, if it is there."""
        path = self._path
        if self._follow.waiting:
            self._file = self._follow.waiting.popleft()
        elif path is None or os.path.lexists(path):
            self._file = self._ready()
        else:
            if not self._is_waiting:
                self._follow.tell(f"{path} is not there yet: waiting for it")
            self._is_waiting = True
            return False
        self._is_waiting = False
        self._is_regular = file_id(self._file) is not None
        self._place = self._file.tell() if self._is_regular else 0
        return True

    def _has_come(self) -> bool:
        return self._is_regular or is_ready(self._file, 0)

    def _is_cut_short(self) -> bool:
        """Whether the file has lost some of what was read of it."""
        if not self._is_regular:
            return False
        size = os.fstat(self._file.fileno()).st_size
        if size <= self._place:
            return size < self._place
        self._file.seek(self._place - len(self._known))
        return bool(self._file.read(len(self._known)) != self._known)

    def _look_for_another(self) -> None:
        """See whether the name is another file's by now, and keep that one: it may lose it, too."""
        newest: Any = self._follow.waiting[-1] if self._follow.waiting else self._file
        try:
            there = os.stat(self._path or "")
        except OSError:  # it was renamed or deleted: another may come
            return
        if os.path.samestat(there, os.fstat(newest.fileno())):
            return
        if not self._is_replaced:
            self._is_replaced, self._came_at = True, time.monotonic()
        with suppress(CeventsError):  # said when its turn comes
            self._follow.waiting.append(self._ready())

    def _end(self, what: str) -> int:
        if self._path is None:
            raise CeventsError(f"cannot read {self._name}: it {what.partition(':')[0]}")
        self._follow.tell(f"{self._name} {what}")
        return 0
