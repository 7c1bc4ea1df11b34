"""Inputs that grow: what is there is read, and what comes is waited for, as `tail -F` does."""

from __future__ import annotations

import io
import os
import time
from collections import deque
from collections.abc import Callable
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
    words. *waiting* are the files, opened, that have had its name since, in order, each with when
    that was seen.
    """

    is_over: Callable[[], bool]
    tell: Callable[[str], None]
    waiting: deque[tuple[float, BinaryIO]] = field(default_factory=deque)


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
        self._has_ended = False
        self._replaced: float | None = None  # when something that cannot be opened had the name

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if self._file is not None and self._path is not None:
            self._file.close()
        super().close()

    def readinto(self, view: Any) -> int | None:
        """Fill *view* with what is there. Raises CeventsError or OSError where it can't be read."""
        is_over = self._follow.is_over()
        if self._has_ended:
            return 0
        if is_over and not (self._is_waiting if self._file else self._follow.waiting):
            return 0
        if self._file is None and not self._open():
            return None
        if self._is_waiting and self._is_cut_short():
            return self._begin_again()
        size: int | None = self._file.readinto(view) if self._has_come() else None
        if size:
            self._place += size
            tail = bytes(memoryview(view)[max(0, size - _KNOWN_BYTES) : size])
            self._known = (self._known + tail)[-_KNOWN_BYTES:]
            self._is_waiting = False
            return size
        self._is_waiting = True
        if self._path is None:
            return 0 if is_over or (not self._is_regular and size == 0) else None
        replaced = self._when_replaced()
        if is_over:
            return 0
        if replaced is None or time.monotonic() - replaced < _GRACE:
            return None
        self._follow.tell(f"{self._name} was replaced: reading the new file")
        self._has_ended = True
        return 0

    def _open(self) -> bool:
        """Open the file, if it is there."""
        path = self._path
        if self._follow.waiting:
            _, self._file = self._follow.waiting.popleft()
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

    def _when_replaced(self) -> float | None:
        """Return when the name was first seen to be another file's; None if it is not.

        That file is kept: it may lose the name, too.
        """
        waiting = self._follow.waiting
        newest: Any = waiting[-1][1] if waiting else self._file
        try:
            there = os.stat(self._path or "")
        except OSError:  # it was renamed or deleted: another may come
            there = None
        if there and not os.path.samestat(there, os.fstat(newest.fileno())):
            now = time.monotonic()
            try:
                waiting.append((now, self._ready()))
            except CeventsError:  # said when its turn comes
                self._replaced = self._replaced or now
        return waiting[0][0] if waiting else self._replaced

    def _begin_again(self) -> int:
        """End here, and let the same file be the next: it may have lost its name meanwhile."""
        if self._path is None:
            raise CeventsError(f"cannot read {self._name}: it was cut short")
        self._follow.tell(f"{self._name} was cut short: reading it from its start")
        self._file.seek(0)
        self._follow.waiting.appendleft((time.monotonic(), self._file))
        self._file, self._has_ended = None, True
        return 0
