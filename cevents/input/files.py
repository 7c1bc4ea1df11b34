"""What the system tells of an open file, and what it is asked to do with a pipe."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import Any, BinaryIO

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
