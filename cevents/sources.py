"""Where bytes come from: files, folders and standard input, cut into blocks of whole lines."""

from __future__ import annotations

import itertools
import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import BinaryIO, Literal, NamedTuple

from cevents.blocks import Block, split_lines
from cevents.decoding import DecodingError, decoded, is_plain
from cevents.errors import CeventsError
from cevents.framing import Framing, framing_of, texts, too_long
from cevents.parsing import parse
from cevents.problems import MAX_LINE_BYTES, Problem

#: What a block is cut from at a time: it fits a core's cache, and its events little memory.
BLOCK_BYTES = 256 * 1024

_LARGEST_BLOCK = 1024 * 1024
_HEAD_BYTES = 4096
_MAGIC_BYTES = 6
_SHORTER = "it became shorter while it was read"


class Source(NamedTuple):
    """One input: *path* is a file's, or None for standard input; *failure* why it is none."""

    path: str | None
    failure: CeventsError | None = None

    @property
    def name(self) -> str:
        return "<stdin>" if self.path is None else self.path

    def open(self) -> BinaryIO:
        """Open it. Raises CeventsError."""
        if self.failure:
            raise self.failure
        try:
            if self.path is not None:
                return open(self.path, "rb")
        except OSError as error:
            raise CeventsError.unreadable(self.name, error) from None
        if sys.stdin is None:
            raise CeventsError("cannot read <stdin>: it is closed", "name a file, or pipe one in")
        return sys.stdin.buffer


def sources(paths: tuple[str, ...], include: tuple[str, ...] = ()) -> list[Source]:
    """Return the inputs that *paths* name: `-`, or no path at all, is standard input.

    A folder is the files below it, those that match a glob in *include* if there are any.
    """
    found = []
    for path in paths or ("-",):
        if path != "-" and os.path.isdir(path):
            from cevents.folders import files_below

            found += [Source(*file) for file in files_below(path, include)]
        else:
            found.append(Source(None if path == "-" else path))
    return found


def blocks(
    source: Source,
    size: int = BLOCK_BYTES,
    max_line_bytes: int = MAX_LINE_BYTES,
    needles: tuple[bytes, ...] = (),
    start: int = 0,
    end: int | None = None,
    framing: Framing = "auto",
    keep: bool = False,
) -> Iterator[Block]:
    """Read *source* in blocks as its bytes arrive: whole lines, about *size* bytes together.

    What is compressed is decompressed; *framing* says how texts are laid out. Of a plain file, the
    lines that begin at or after byte *start* and before *end*. With *needles*, lines with none of
    them may be left out. To *keep* the bytes of a fault, they come as they are read, in one block
    or more. Holds at most *max_line_bytes* and a block. Raises CeventsError where it cannot be
    read, behind the last line that can be.
    """
    stream = source.open()
    failures: list[CeventsError] = []
    try:
        if start or end is not None:
            head, chunks = b"", _chunks_between(stream, start, end, size)
        else:
            chunks = decoded(_chunks(stream, size), size)
        chunks = _while_readable(source, chunks, failures)
        layout: Layout = "ndjson"
        mark = b""
        if start == 0:
            head, layout = _head(chunks, framing)
            mark = head[:3] if head.startswith(b"\xef\xbb\xbf") else b""
            head = head.removeprefix(mark)
        if max_line_bytes < _LARGEST_BLOCK:
            needles = ()  # every line must be measured, and a line within a block is not
        if isinstance(layout, Problem):
            cut = _refused(layout, itertools.chain((mark, head), chunks) if keep else ())
        elif layout == "json":
            cut = texts(itertools.chain((head,), chunks), max_line_bytes)
        else:
            cut = _cut(head, chunks, max_line_bytes, needles, keep)
        for block in cut:
            if framing == "ndjson":
                block = block._replace(is_plain=True)
            # What is left of a line where the input breaks off is no finding of its own.
            if not (failures and _ends_within_a_line(block)):
                yield block
        if failures:
            raise failures[0]
    finally:
        if source.path is not None:
            stream.close()


def _ends_within_a_line(block: Block) -> bool:
    last = block.lines[-1] if block.lines else b"\n"
    return not last.endswith(b"\n") and parse(last)[1] is not None


def _while_readable(
    source: Source, chunks: Iterator[bytes], failures: list[CeventsError]
) -> Iterator[bytes]:
    """Yield *chunks* up to where they cannot be read; the reason goes into *failures*."""
    try:
        yield from chunks
    except OSError as error:
        failures.append(CeventsError.unreadable(source.name, error))
    except DecodingError as error:
        failures.append(CeventsError(f"cannot read {source.name}: {error}"))


def portions(source: Source, size: int, framing: Framing = "auto") -> list[tuple[int, int | None]]:
    """Return the ranges of about *size* bytes that make up a plain file; none where only reading
    tells where its events begin. Raises CeventsError where it cannot be read."""
    length = plain_size(source)
    if length is None:
        return []
    if length > size and not in_lines(source, framing):
        return []
    starts = list(range(0, max(length, 1), size))
    return list(zip(starts, [*starts[1:], None], strict=True))


def in_lines(source: Source, framing: Framing = "auto") -> bool:
    """Whether the events of a plain file are one a line. Raises CeventsError where it cannot be
    read."""
    with source.open() as stream:
        try:
            chunks = iter(lambda: stream.read(_HEAD_BYTES), b"")
            return _head(chunks, framing)[1] == "ndjson"
        except OSError as error:
            raise CeventsError.unreadable(source.name, error) from None


def plain_size(source: Source) -> int | None:
    """Return the bytes of a file that can be read as it is and in any order.

    None for anything else, a compressed file too, or where nothing can be found out.
    """
    if source.path is None or source.failure:
        return 0 if source.failure else None
    try:
        status = os.stat(source.path)
        if not stat.S_ISREG(status.st_mode):
            return None
        with open(source.path, "rb", buffering=0) as stream:
            return status.st_size if is_plain(stream.read(_MAGIC_BYTES)) else None
    except OSError:
        return None


def _chunks(stream: BinaryIO, size: int) -> Iterator[bytes]:
    length = _length(stream)
    _widen(stream, size)
    # read1 gives what is there; read would wait until a pipe has filled a whole block.
    read = stream.read1 if hasattr(stream, "read1") else stream.read
    while chunk := read(size):
        yield chunk
    if length and stream.tell() < length:
        raise OSError(_SHORTER)


def _widen(stream: BinaryIO, size: int) -> None:
    """Let a pipe hold *size* bytes, where that can be asked for: 64 KiB are soon read and waited
    for."""
    with suppress(ImportError, AttributeError, OSError, ValueError):
        import fcntl

        fcntl.fcntl(stream.fileno(), fcntl.F_SETPIPE_SZ, size)


def _length(stream: BinaryIO) -> int:
    """Return how many bytes a file has just now; 0 for what is none."""
    try:
        status = os.fstat(stream.fileno())
    except OSError:  # a stream that somebody has made in memory
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def _chunks_between(stream: BinaryIO, start: int, end: int | None, size: int) -> Iterator[bytes]:
    """Yield the bytes of the lines that begin in a range: the last may end behind it."""
    length = _length(stream)
    at = max(start - 1, 0)
    stream.seek(at)
    in_line = start > 0  # until the first line feed, which may be the byte before *start*
    chunk = b"\n"
    while end is None or at < end:
        chunk = stream.read(size if end is None else min(size, end - at))
        if not chunk:
            if end is not None or at < max(start + 1, length):
                raise OSError(_SHORTER)
            return
        at += len(chunk)
        if in_line:
            _, found, after = chunk.partition(b"\n")
            if not found:
                continue
            in_line = False
            yield after
        else:
            yield chunk
    if in_line or chunk.endswith(b"\n"):
        return
    while chunk := stream.read(_HEAD_BYTES):
        line, found, _ = chunk.partition(b"\n")
        yield line + found
        if found:
            return


def _head(chunks: Iterator[bytes], framing: Framing) -> tuple[bytes, Layout]:
    """Return enough of the start to tell what the input is, and what that is."""
    head = b""
    layout = None
    for chunk in chunks:
        head += chunk
        layout = _layout(head, framing, False)
        if layout is not None:
            break
    return head, layout or _layout(head, framing, True) or "ndjson"


Layout = Literal["ndjson", "json"] | Problem


def _layout(head: bytes, framing: Framing, is_all: bool) -> Layout | None:
    """Return how the input that begins with *head* is laid out, or the one finding for an input
    that is no text; None if more of it must tell, which does not depend on how it is read."""
    if head[:2] in (b"{\0", b"\0{"):
        hint = "`iconv -f UTF-16 -t UTF-8 FILE | cevents … -`"
        return Problem("not-utf8", 1, "the input is UTF-16", hint)
    first, ended, _ = head[:_HEAD_BYTES].lstrip().partition(b"\n")
    if not first.startswith(b"{") and (b"\0" in first or not ended):
        if len(head) < _HEAD_BYTES and not is_all:
            return None
        lines = head[:_HEAD_BYTES].removeprefix(b"\xef\xbb\xbf").split(b"\n")
        if b"\0" in first and not any(line.lstrip(b" \t\0").startswith(b"{") for line in lines):
            return Problem("not-utf8", 1, "the input is binary, not text")
    return framing_of(head, is_all) if framing == "auto" else framing


def _refused(fault: Problem, chunks: Iterable[bytes]) -> Iterator[Block]:
    for chunk in chunks:
        yield Block([], fault=fault, raw=chunk, more=True)
    yield Block([], fault=fault)


def _cut(
    head: bytes, chunks: Iterator[bytes], longest: int, needles: tuple[bytes, ...], keep: bool
) -> Iterator[Block]:
    """Yield blocks of whole lines; a line longer than *longest* is a fault, and not held."""
    started: list[bytes] = []  # the pieces of a line that has no end yet, while it may be kept
    held = 0  # their bytes, those of a line too long to keep included
    was_ascii = True
    for chunk in itertools.chain((head,), chunks):
        is_ascii = chunk.isascii()
        if needles:
            lines, numbers, count, rest = _candidates(chunk, needles)
        else:
            lines = split_lines(chunk)
            rest = b"" if chunk.endswith(b"\n") or not lines else lines.pop()
            numbers, count = None, 0
        if lines:
            length = held + len(lines[0]) - 1
            lines[0] = b"".join((*started, lines[0]))
            if length > longest:
                yield _too_long(longest, lines[0])
                del lines[0]
                numbers, count = numbers and [number - 1 for number in numbers[1:]], count - 1
            elif numbers and not any(needle in lines[0] for needle in needles):
                del lines[0], numbers[0]
            size = held + len(chunk) - len(rest)
            block = Block(lines, is_ascii and was_ascii, size, numbers=numbers, total=count)
            yield from [block] if len(chunk) <= longest else _without_long(block, longest)
            started, held, was_ascii = [], 0, True
        held += len(rest)
        was_ascii = was_ascii and is_ascii
        if held > longest:
            if keep:
                yield _too_long(longest, b"".join((*started, rest)), more=True)
            started.clear()
        elif rest:
            started.append(rest)
    if held > longest:
        yield Block([], fault=too_long(longest))
    elif held:
        yield Block([b"".join(started)], was_ascii, held)


def _candidates(
    chunk: bytes, needles: tuple[bytes, ...]
) -> tuple[list[bytes], list[int], int, bytes]:
    """Return the lines that end in *chunk* and hold a needle, their numbers from 1, how many
    lines end in it, and what is left behind them. The first, which began earlier, is always one.
    """
    begin, last = chunk.find(b"\n") + 1, chunk.rfind(b"\n") + 1
    if not begin:
        return [], [], 0, chunk
    spans = {(0, begin)}
    for needle in needles:
        # An escape is rare, and to look for its first byte is several times faster.
        if needle.startswith(b"\\") and b"\\" not in chunk:
            continue
        end = 0
        for found in re.compile(re.escape(needle)).finditer(chunk, begin, last):
            if found.start() >= end:
                end = chunk.index(b"\n", found.end()) + 1
                spans.add((chunk.rfind(b"\n", 0, found.start()) + 1, end))
    lines, numbers, at, number = [], [], 0, 1
    for start, end in sorted(spans):
        number += _count_lines(chunk[at:start])
        at = start
        lines.append(chunk[start:end])
        numbers.append(number)
    return lines, numbers, number - 1 + _count_lines(chunk[at:]), chunk[last:]


def _count_lines(data: bytes) -> int:
    # To leave them out takes a quarter of the time of counting them.
    return len(data) - len(data.replace(b"\n", b""))


def _without_long(block: Block, longest: int) -> Iterator[Block]:
    for are_long, lines in itertools.groupby(block.lines, lambda line: len(line) > longest + 1):
        if are_long:
            yield from (_too_long(longest, line) for line in lines)
        else:
            yield block._replace(lines=list(lines))


def _too_long(longest: int, raw: bytes = b"", more: bool = False) -> Block:
    return Block([], fault=too_long(longest), raw=raw, more=more)
