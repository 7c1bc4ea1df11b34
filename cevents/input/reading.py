"""One input read in blocks of whole texts, as its bytes arrive."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from cevents.canvas.problems import MAX_LINE_BYTES, Problem
from cevents.input.blocks import NOTHING, Block, split
from cevents.input.buffers import BLOCK_BYTES, Buffers
from cevents.input.layouts import (
    BYTE_ORDER_MARK,
    LONGEST_FIRST_LINE,
    Framing,
    Layout,
    layout_of,
)
from cevents.input.lines import Lines
from cevents.input.sources import Reader, Source

_HEAD_BYTES = 64 * 1024


def blocks(
    source: Source,
    *,
    block_bytes: int = BLOCK_BYTES,
    max_line_bytes: int = MAX_LINE_BYTES,
    framing: Framing = "auto",
    keep: bool = False,
    buffers: Buffers | None = None,
    native: Any = None,
) -> Generator[Block]:
    """Read *source* in blocks of whole texts, about *block_bytes* each, as its bytes arrive.

    What is compressed is decompressed; *framing* says how texts are laid out. The texts, their
    places and the faults do not depend on *block_bytes*. Memory holds at most *max_line_bytes*
    and a block: a longer text is a fault. With *keep*, the bytes of a fault come along, in one
    block or more.

    *native* is the compiled reader; without it, plain Python finds where texts begin and end.
    The data of a block may be given to *buffers* when its result is done with. A source that is
    followed gives NOTHING where nothing has come yet. Raises CeventsError where the source cannot
    be read any further, after the last text that can be.
    """
    buffers = buffers or Buffers()
    reader = Reader(source)
    try:
        layout, passed = yield from _begin(reader, framing)
        if isinstance(layout, Problem):
            found = _refused(layout, reader, buffers, keep)
        elif layout == "json":
            from cevents.input import texts  # most input is in lines

            found = texts.Texts(reader, buffers, block_bytes, max_line_bytes, keep, native).blocks()
        else:
            lines = native.lines if native else split
            found = Lines(reader, buffers, block_bytes, max_line_bytes, keep, lines).blocks()
        for block in found:
            if block is NOTHING:
                yield block
                continue
            block.is_plain = framing == "ndjson"
            block.size += passed
            passed = 0
            yield block
        if reader.failure:
            raise reader.failure
    finally:
        reader.close()


def _begin(reader: Reader, framing: Framing) -> Generator[Block, None, tuple[Layout, int]]:
    """Find out the layout; return it, and how many bytes of a byte order mark are passed over."""
    head = bytearray()
    buffer = bytearray(_HEAD_BYTES)
    layout: Layout | None = None
    looked = 0
    while layout is None:
        size = reader.readinto(memoryview(buffer))
        if size is None:
            yield NOTHING
            continue
        chunk = buffer[:size]
        head += chunk
        # A long head is looked at again only where that may change the answer.
        is_vain = looked > _HEAD_BYTES and b"\n" not in chunk
        if size and is_vain and len(head) < min(2 * looked, LONGEST_FIRST_LINE):
            continue
        looked = len(head)
        layout = layout_of(bytes(head), framing, not size)
        if not size:
            break
    has_mark = head.startswith(BYTE_ORDER_MARK) and not isinstance(layout, Problem)
    passed = len(BYTE_ORDER_MARK) if has_mark else 0
    reader.unread(head[passed:])
    return layout or "ndjson", passed


def _refused(fault: Problem, reader: Reader, buffers: Buffers, keep: bool) -> Iterator[Block]:
    """Yield the one finding for an input that is no text, and its bytes if they are to be kept."""
    if keep:
        buffer = buffers.take(BLOCK_BYTES)
        while (size := reader.readinto(memoryview(buffer))) != 0:
            if size is None:
                yield NOTHING
            else:
                yield Block.of_fault(fault, bytes(buffer[:size]), True, size)
        buffers.give(buffer)
    yield Block.of_fault(fault)
