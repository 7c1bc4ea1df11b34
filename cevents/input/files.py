"""What the system tells of an open file, and how a pipe is waited for."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO

#: Seconds until whoever waits for a pipe looks whether it is over.
_PATIENCE = 0.1
#: How much a pipe is asked to hold.
_PIPE_BYTES = 1024 * 1024

#: Tells a file whatever its name is: its device and its number there.
FileId = tuple[int, int]


def file_id(stream: Any) -> FileId | None:
    """Return which regular file a stream is; None if it is none, as a terminal or a pipe."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, AttributeError):  # it is in memory, or closed
        return None
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def length(stream: BinaryIO) -> int:
    """Return how many bytes a file has just now; 0 for anything else."""
    try:
        status = os.fstat(stream.fileno())
    except OSError:  # a stream in memory
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def widen(stream: BinaryIO) -> None:
    """Let a pipe hold more than its usual 64 KiB, where possible: those are soon used up."""
    with suppress(ImportError, AttributeError, OSError, ValueError):
        import fcntl

        fcntl.fcntl(stream.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def is_pipe(stream: Any) -> bool:
    """Whether bytes come in their own time: the stream is no file, nor in memory."""
    try:
        return not stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, AttributeError):
        return False


def is_ready(stream: Any, seconds: float | None) -> bool:
    """Whether something has come, or the end, within so many seconds (None: however long)."""
    import select

    try:
        return bool(select.select([stream], [], [], seconds)[0])
    except (OSError, ValueError):  # as for a pipe on Windows: the read waits
        return True


class Pipe(io.RawIOBase):
    """A pipe that ends where *is_over* says so, too. Its stream is closed with it if it is *owned*.

    It waits for what comes, though another program that has it open may have set it not to wait.
    """

    def __init__(
        self, stream: BinaryIO, is_over: Callable[[], bool] | None = None, owned: bool = True
    ) -> None:
        self._stream: Any = stream
        self._is_over = is_over
        self._owned = owned

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._stream.fileno())

    def close(self) -> None:
        if self._owned:
            self._stream.close()
        super().close()

    def readinto(self, view: Any) -> int:
        """Fill *view* with what there is, once there is something; return 0 at the end."""
        while True:
            has_come = is_ready(self._stream, _PATIENCE if self._is_over else None)
            if self._is_over and self._is_over():
                return 0
            size: int | None = self._stream.readinto(view) if has_come else None
            if size is not None:
                return size
