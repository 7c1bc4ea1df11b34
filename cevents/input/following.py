"""Inputs that grow: what is there is read, and what comes is waited for, as `tail -F` does."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple

from cevents.errors import CeventsError
from cevents.input.files import file_id

#: Seconds for which a file that another has replaced is read on: its writer may still have it open.
_GRACE = 1.0
#: How many bytes before the place reached must still be there when a file has grown.
_KNOWN_BYTES = 1024


class Follow(NamedTuple):
    """How inputs are followed.

    *is_over* tells whether they end where they are. *tell* is called with what happens to a file,
    in words.
    """

    is_over: Callable[[], bool]
    tell: Callable[[str], None]


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
        self._replaced_at: float | None = None

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if self._file is not None and self._path is not None:
            self._file.close()
        super().close()

    def readinto(self, view: Any) -> int | None:
        """Fill *view* with what is there. Raises CeventsError or OSError where it can't be read."""
        is_over = self._follow.is_over()
        if is_over and not (self._file and self._is_waiting):
            return 0
        if self._file is None and not self._open():
            return None
        if self._is_waiting and self._is_cut_short():
            return self._end("was cut short: reading it from its start")
        size: int | None = self._file.readinto(view) if self._is_ready() else None
        if size:
            self._place += size
            tail = bytes(memoryview(view)[max(0, size - _KNOWN_BYTES) : size])
            self._known = (self._known + tail)[-_KNOWN_BYTES:]
            self._is_waiting, self._replaced_at = False, None
            return size
        if is_over:
            return 0
        self._is_waiting = True
        if self._path is None:
            return None if self._is_regular else size
        if self._is_replaced():
            return self._end("was replaced: reading the new file")
        return None

    def _open(self) -> bool:
        """Open the file, if it is there."""
        path = self._path
        if path is not None and not os.path.lexists(path):
            if not self._is_waiting:
                self._follow.tell(f"{path} is not there yet: waiting for it")
            self._is_waiting = True
            return False
        self._file = self._ready()
        self._is_waiting = False
        self._is_regular = file_id(self._file) is not None
        self._place = self._file.tell() if self._is_regular else 0
        return True

    def _is_ready(self) -> bool:
        """Whether a read does not wait."""
        if self._is_regular:
            return True
        import select

        try:
            return bool(select.select([self._file], [], [], 0)[0])
        except (OSError, ValueError):  # as on Windows, for a pipe: the read waits
            return True

    def _is_cut_short(self) -> bool:
        """Whether the file has lost some of what was read of it."""
        if not self._is_regular:
            return False
        size = os.fstat(self._file.fileno()).st_size
        if size <= self._place:
            return size < self._place
        self._file.seek(self._place - len(self._known))
        return bool(self._file.read(len(self._known)) != self._known)

    def _is_replaced(self) -> bool:
        """Whether another file has this one's name, and nothing has come here for a while."""
        try:
            there = os.stat(self._path or "")
        except OSError:  # it was renamed or deleted: another may come
            return False
        if os.path.samestat(there, os.fstat(self._file.fileno())):
            return False
        now = time.monotonic()
        if self._replaced_at is None:
            self._replaced_at = now
        return now - self._replaced_at >= _GRACE

    def _end(self, what: str) -> int:
        if self._path is None:
            raise CeventsError(f"cannot read {self._name}: it {what.partition(':')[0]}")
        self._follow.tell(f"{self._name} {what}")
        return 0
