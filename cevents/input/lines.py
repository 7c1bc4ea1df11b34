"""An input with one text a line, cut into blocks of whole lines as its bytes arrive."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from cevents.input.blocks import NOTHING, Block
from cevents.input.buffers import Buffers
from cevents.input.layouts import too_long
from cevents.input.sources import Reader

#: Each line may be a finding, which takes far more memory than a short line.
_MOST_LINES = 8192

Split = Callable[[bytearray, int, "array[int]", "array[int]"], int]


class Lines:
    """Cuts an input into blocks of whole lines."""

    def __init__(
        self,
        reader: Reader,
        buffers: Buffers,
        block_bytes: int,
        longest: int,
        keep: bool,
        split: Split,
    ) -> None:
        self._reader = reader
        self._buffers = buffers
        self._block_bytes = block_bytes
        self._longest = longest
        self._keep = keep
        self._split = split
        self._line = 1
        self._starts = array("I", bytes(4 * (block_bytes // 64 + 64)))
        self._ends = self._starts[:]

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks."""
        buffer = self._buffers.take(self._block_bytes)
        held = 0  # bytes in the buffer: a line that has not ended yet
        skipped = 0  # bytes already dropped of a line that is too long
        while (size := self._fill(buffer, held)) != 0:
            if size is None:
                yield NOTHING
                continue
            end = buffer.rfind(b"\n", held, held + size) + 1
            held += size
            if end:
                rest = held - end
                following = self._buffers.take(max(self._block_bytes, 2 * rest))
                following[:rest] = memoryview(buffer)[end:held]
                begin = 0
                if skipped:
                    begin = buffer.index(b"\n") + 1
                    yield self._too_long(bytes(memoryview(buffer)[:begin]))
                    skipped = 0
                if begin < end:
                    yield from self._whole(buffer, begin, end)
                buffer, held = following, rest
            if skipped or held > self._longest:
                if held:
                    raw = bytes(memoryview(buffer)[:held])
                    yield self._too_long(raw, more=True)
                    skipped += held
                    held = 0
            elif held == len(buffer):
                grown = self._buffers.take(
                    min(2 * held, max(held, self._longest) + self._block_bytes)
                )
                grown[:held] = buffer
                self._buffers.give(buffer)
                buffer = grown
        if skipped:
            yield self._too_long(b"")
        elif held and not (self._reader.failure and not _is_object(buffer[:held])):
            if held < len(buffer):
                buffer[held] = 0
            for block in self._whole(buffer, 0, held):
                block.lacks_newline = True
                yield block
        else:
            self._buffers.give(buffer)

    def _fill(self, buffer: bytearray, held: int) -> int | None:
        with memoryview(buffer) as view, view[held:] as room:
            return self._reader.readinto(room)

    def _whole(self, buffer: bytearray, begin: int, end: int) -> Iterator[Block]:
        """Yield the lines between two places of a buffer; those that are too long are faults."""
        if begin:
            rest = end - begin
            buffer[:rest] = memoryview(buffer)[begin:end]
            end = rest
        starts, ends = self._spans(buffer, end)
        if end > self._longest and any(
            stop - start > self._longest for start, stop in zip(starts, ends, strict=True)
        ):
            yield from self._without_long(buffer, end, starts, ends)
            return
        if len(starts) > _MOST_LINES:
            data = bytes(memoryview(buffer)[:end])
            for first in range(0, len(starts), _MOST_LINES):
                some = slice(first, first + _MOST_LINES)
                yield from self._some(data, starts[some], ends[some])
            return
        block = Block(buffer, starts, ends, self._line, size=end)
        self._line += len(starts)
        yield block

    def _spans(self, buffer: bytearray, end: int) -> tuple[array[int], array[int]]:
        while True:
            try:
                count = self._split(buffer, end, self._starts, self._ends)
            except ValueError:
                self._starts = array("I", bytes(4 * (buffer.count(b"\n", 0, end) + 1)))
                self._ends = self._starts[:]
            else:
                return self._starts[:count], self._ends[:count]

    def _without_long(
        self, buffer: bytearray, size: int, starts: array[int], ends: array[int]
    ) -> Iterator[Block]:
        """Yield blocks of the lines between those that are too long, and a fault for each."""
        first = 0
        data = bytes(memoryview(buffer)[:size])
        for index, (start, end) in enumerate(zip(starts, ends, strict=True)):
            if end - start > self._longest:
                yield from self._some(data, starts[first:index], ends[first:index])
                yield self._too_long(data[start : end + 1])
                first = index + 1
        yield from self._some(data, starts[first:], ends[first:])

    def _some(self, data: bytes, starts: array[int], ends: array[int]) -> Iterator[Block]:
        if starts:
            size = min(ends[-1] + 1, len(data)) - starts[0]
            yield Block(data, starts, ends, self._line, size=size)
            self._line += len(starts)

    def _too_long(self, raw: bytes, more: bool = False) -> Block:
        fault = too_long(self._longest, self._line)
        if not more:
            self._line += 1
        return Block.of_fault(fault, raw if self._keep else b"", more, len(raw))


def _is_object(text: bytes | bytearray) -> bool:
    """Whether *text* is a JSON object, whatever its numbers are."""
    import json

    def refuse(_: str) -> NoReturn:
        raise ValueError

    try:
        value: Any = json.loads(text, parse_int=str, parse_float=str, parse_constant=refuse)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict)
