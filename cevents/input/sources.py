"""Where bytes come from: files, the files of folders, and standard input."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

from cevents.errors import CeventsError
from cevents.input.compression import MAGIC_BYTES, DecodingError, decoded, is_plain, is_undecided
from cevents.input.files import FileId, Pipe, file_id, is_pipe, length, widen

if TYPE_CHECKING:
    from cevents.input.following import Follow

#: How much compressed input is read at a time.
_PIECE_BYTES = 256 * 1024


class Source(NamedTuple):
    """One input: the *path* of a file, None for standard input; *failure*: why it can't be read.

    *outputs* are files that are written to meanwhile: reading one would have no end. A pipe ends
    where *is_over* says so, too. *follow*: how it is followed as it grows, if it is.
    """

    path: str | None
    failure: CeventsError | None = None
    outputs: frozenset[FileId] = frozenset()
    is_over: Callable[[], bool] | None = None
    follow: Follow | None = None

    @property
    def name(self) -> str:
        return "<stdin>" if self.path is None else self.path

    @property
    def is_file(self) -> bool:
        """Whether it has an end: it is a file, not there at all, or a stream in memory."""
        try:
            status = os.fstat(sys.stdin.fileno()) if self.path is None else os.stat(self.path)
        except (OSError, AttributeError):
            return True
        return stat.S_ISREG(status.st_mode)

    def open(self) -> BinaryIO:
        """Return its bytes as a stream. Raises CeventsError."""
        if self.failure:
            raise self.failure
        if self.follow:
            from cevents.input.following import Followed

            ready = partial(self._opened, wait=False)
            return cast("BinaryIO", Followed(self.name, self.path, self.follow, ready))
        stream = self._opened(wait=self.is_over is None)
        if is_pipe(stream):
            return cast("BinaryIO", Pipe(stream, self.is_over, owned=self.path is not None))
        return stream

    def _opened(self, wait: bool = True) -> BinaryIO:
        """Return the file itself, opened; without *wait* a pipe may have no writer yet."""
        stream = self._stream(0 if wait else getattr(os, "O_NONBLOCK", 0))
        if file_id(stream) in self.outputs:
            if self.path is not None:
                stream.close()
            raise CeventsError(f"cannot read {self.name}: what is written goes there")
        return stream

    def _stream(self, flags: int) -> BinaryIO:
        def opener(path: str, usual: int) -> int:
            return os.open(path, usual | flags)

        try:
            if self.path is not None:
                return open(self.path, "rb", buffering=0, opener=opener if flags else None)
        except OSError as error:
            raise CeventsError.unreadable(self.name, error) from None
        if sys.stdin is None:
            raise CeventsError("cannot read <stdin>: it is closed", "name a file, or pipe one in")
        # Unbuffered: a thread that waits for input would hold the buffer's lock to the end.
        buffer = sys.stdin.buffer
        return buffer.raw if isinstance(buffer, io.BufferedReader) else buffer


def sources(paths: tuple[str, ...], include: tuple[str, ...] = ()) -> list[Source]:
    """Return the inputs that *paths* name: `-`, or no path at all, is standard input.

    A folder stands for the files below it. Globs in *include* say which of those.
    """
    found = []
    for path in paths or ("-",):
        if path != "-" and os.path.isdir(path):
            from cevents.input.folders import files_below

            found += [Source(*file) for file in files_below(path, include)]
        else:
            found.append(Source(None if path == "-" else path))
    return found


def plain_size(source: Source) -> int | None:
    """Return the size of a file that is read as it is, to show how much of it has been read.

    None for what is compressed, is no regular file or cannot be read; 0 for a source that has
    failed already.
    """
    if source.path is None or source.failure:
        return 0 if source.failure else None
    try:
        status = os.stat(source.path)
        if not stat.S_ISREG(status.st_mode):
            return None
        with open(source.path, "rb", buffering=0) as stream:
            return status.st_size if is_plain(stream.read(MAGIC_BYTES)) else None
    except OSError:
        return None


class Reader:
    """Reads the plain bytes of one source as they arrive; a file up to the length it has now.

    What is compressed is decompressed. Where the source cannot be read any further, *failure* says
    why, and the bytes end there.
    """

    def __init__(self, source: Source) -> None:
        """Open *source*. Raises CeventsError."""
        self.failure: CeventsError | None = None
        self._source = source
        self._stream = source.open()
        self._length = length(self._stream)
        self._left = self._length - self._stream.tell() if self._length else sys.maxsize
        self._pending = memoryview(b"")
        self._chunks: Iterator[bytes] | None = None
        self._has_begun = False
        # Take what is there: on a buffered stream `read` and `readinto` wait until they have all.
        stream: Any = self._stream
        is_buffered = isinstance(stream, io.BufferedIOBase)
        self._read: Callable[[int], bytes | None] = stream.read1 if is_buffered else stream.read
        self._read_into: Callable[[memoryview], int | None] = (
            stream.readinto1 if is_buffered else stream.readinto
        )

    def close(self) -> None:
        """Close the file. Standard input stays open."""
        if self._source.path is not None:
            self._stream.close()

    def unread(self, data: bytes | bytearray) -> None:
        """Give *data* back: it is read next."""
        self._pending = memoryview(bytes(data) + bytes(self._pending))

    def readinto(self, view: memoryview) -> int | None:
        """Fill *view* with what is there; return how many bytes: 0 at the end or on failure.

        None where nothing has come yet of a source that is followed. A compressed file fills all
        of it, so that blocks are as large as those of a plain one.
        """
        size = 0
        try:
            if not self._has_begun and not self._begin():
                return None
            if self._chunks is None and not self._pending:
                some = self._readinto(view)
                return self._at_end() if some == 0 else some
            while size < len(view):
                if not self._pending and self._chunks is not None:
                    chunk = next(self._chunks, None)
                    if chunk == b"":
                        return size or None
                    self._pending = memoryview(chunk or b"")
                if not self._pending:
                    break
                some = min(len(view) - size, len(self._pending))
                view[size : size + some] = self._pending[:some]
                self._pending = self._pending[some:]
                size += some
                if not self._length:  # more may be long in coming
                    break
        except OSError as error:
            self.failure = CeventsError.unreadable(self._source.name, error)
        except DecodingError as error:
            self.failure = CeventsError(f"cannot read {self._source.name}: {error}")
        return size

    def _readinto(self, view: memoryview) -> int | None:
        size = self._read_into(view[: self._left])
        self._left -= size or 0
        return size

    def _begin(self) -> bool:
        """Read the first bytes, which tell whether the input is compressed; False if they have not
        come yet."""
        if not self._pending:
            widen(self._stream)
        head = bytes(self._pending)
        while is_undecided(head):
            piece = self._piece()
            if piece is None:
                self._pending = memoryview(head)
                return False
            if not piece:
                break
            head += piece
        self._has_begun = True
        self._pending = memoryview(head if is_plain(head) else b"")
        if not is_plain(head):
            # Only a file can be read twice.
            again = self._again if self._source.path is not None and self._length else None
            self._chunks = decoded(self._pieces(head), _PIECE_BYTES, again)
        return True

    def _pieces(self, head: bytes) -> Iterator[bytes]:
        """Yield *head* and what follows it in the file, before it is decompressed.

        A piece is empty where nothing has come yet.
        """
        yield head
        while (piece := self._piece()) != b"":
            yield piece or b""
        self._at_end()

    def _again(self) -> Iterator[bytes]:
        """Yield the pieces of a file once more."""
        self._stream.seek(0)
        self._left = self._length
        return self._pieces(self._piece() or b"")

    def _piece(self) -> bytes | None:
        piece = self._read(min(_PIECE_BYTES, self._left))
        self._left -= len(piece or b"")
        return piece

    def _at_end(self) -> int:
        if self._length and self._stream.tell() < self._length:
            raise OSError("it became shorter while it was read")
        return 0
