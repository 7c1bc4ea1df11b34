"""An input of JSON texts that are not one a line, cut into blocks as its bytes arrive."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from operator import sub
from typing import Any, Literal

from cevents.canvas.problems import Problem
from cevents.input import cutting
from cevents.input.blocks import FIRST, NOTHING, SHAPES, Block, Places
from cevents.input.buffers import Buffers
from cevents.input.cutting import DAMAGED, END, FULL, MORE, follow
from cevents.input.layouts import too_long
from cevents.input.sources import Reader

#: Where, within what is damaged, the next text seems to begin.
_NEXT = re.compile(
    rb"(?<=[}\]])[ \t\r\n,]{0,64}(?=[{\[\x1e])|\n(?=[{\[])|\x1e"
    rb'|(?=\{\s{0,64}"(?:metadata|attributes)"\s{0,9}:)'
)
_SIGN = re.compile(rb"[{}\[\]\n\x1e]")
#: How many of its last bytes the search for the next text must see again, with more behind them.
_MOST_BETWEEN = 256
_BETWEEN = b" \t\r\n\x1e"
#: A JSON value that is no object, array or string, and what may follow it.
_SCALAR = re.compile(
    rb"(?:true|false|null|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+)"
    rb'(?=[ \t\r\n\x1e,\]\[{"]|\Z)'
)
#: What looks like a part of a scalar: more of it may follow.
_SCALAR_START = re.compile(rb"[-+.0-9a-zA-Z]++")
#: A text longer than this is damaged if a string in it is followed by what cannot follow one: a
#: missing quote turns the strings behind it inside out, and the brackets in them.
_LONG_TEXT = 64 * 1024
_STRINGS_IN_ORDER = re.compile(
    rb'(?:[^"]++|"(?:[^"\\]++|\\.)*+"(?=[ \t\r\n]*+(?:[,:}\]]|\Z)))*+', re.DOTALL
)
_WHOLE_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"[ \t\r\n]*+.', re.DOTALL)
_ROOM = 8192
#: How many times the longest allowed text is cut at first, and then twice as much each time: what
#: is cut behind a text that is too long is cut once more.
_MOST_AHEAD = 4
_TOO_LONG: Literal[4] = 4


class Texts:
    """Holds what is not cut yet.

    An unfinished text is looked at again only when it has doubled, so that time grows with the
    bytes, however they arrive.
    """

    def __init__(
        self,
        reader: Reader,
        buffers: Buffers,
        block_bytes: int,
        longest: int,
        keep: bool,
        native: Any,
    ) -> None:
        self._reader = reader
        self._buffers = buffers
        self._block_bytes = block_bytes
        self._longest = longest
        self._keep = keep
        self._native = native or cutting
        self._data = buffers.take(block_bytes)
        self._size = 0  # bytes in the buffer,
        self._begin = 0  # of which those before this place have been let go of
        self._located = 0  # a place in the buffer, and its line and column in the input
        self._line = 1
        self._column = 1
        self._depth = 0
        self._shape: int | None = None
        self._has_begun = False
        self._fault: Problem | None = None  # of the too long text that is being skipped
        self._is_damaged = False  # whether the end of the input is
        self._offset = 0  # where in the input the first byte of the buffer is
        # Where in the input those objects begin that are damaged where one around them is.
        self._damaged_too: list[int] = []
        self._starts = array("I", bytes(4 * _ROOM))
        self._ends = self._starts[:]

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks."""
        enough = looked = 0  # below this size, looking again finds nothing new
        while True:
            with memoryview(self._data) as view, view[self._size :] as room:
                size = self._reader.readinto(room)
            self._size += size or 0
            held = self._size - self._begin
            is_new = held != looked and size is None  # all that there is for now
            if size == 0 or self._fault or is_new or held >= enough:
                yield from self._step(size == 0)
                looked = self._size - self._begin
                enough = min(2 * looked, self._longest + 1)
            if size is None:
                yield NOTHING
                continue
            if size == 0:
                break
            if self._size == len(self._data):
                self._move(self._begin)
        self._buffers.give(self._data)
        if self._depth and not self._is_damaged and not self._reader.failure:
            reason = "the JSON array has no end"
            yield Block.of_fault(Problem("not-json", self._column, reason, line=self._line))

    def _step(self, is_all: bool) -> Iterator[Block]:
        """Yield what can be cut of what is held."""
        while True:
            if self._fault:
                # One byte is kept of the text that was too long: the search looks at it.
                found = _next(self._data, self._begin + 1, self._size)
                rest = 0 if is_all else _MOST_BETWEEN
                end = found.end() if found else max(self._begin, self._size - rest)
                yield self._passed_over(self._fault, end)
                if found is None and not is_all:
                    return
                yield Block.of_fault(self._fault)
                self._fault = None
            block, is_too_long = self._whole(is_all)
            if block.size:
                yield block
            if not is_too_long:
                return
            self._fault = too_long(self._longest, self._line, self._column)
            yield self._passed_over(self._fault, self._begin + self._longest - 1)

    def _passed_over(self, fault: Problem, end: int) -> Block:
        """Let go of the bytes of a text that is too long, up to a place."""
        begin, self._begin = self._begin, end
        raw = bytes(memoryview(self._data)[begin:end]) if self._keep else b""
        self._locate(array("I", [end]))
        return Block.of_fault(fault, raw, True, end - begin)

    def _move(self, begin: int) -> None:
        """Hold what is behind a place in another buffer."""
        self._locate(array("I", [begin]))
        self._located = self._begin = 0
        self._offset += begin
        rest = self._size - begin
        most = max(rest, self._longest) + self._block_bytes
        following = self._buffers.take(max(self._block_bytes, min(2 * rest, most)))
        following[:rest] = memoryview(self._data)[begin : self._size]
        self._data, self._size = following, rest

    def _locate(self, places: array[int]) -> Places:
        """Return where in the input some places are, in order; go on from the last of them."""
        found = Places.of(len(places))
        self._line, self._column = self._native.locate(
            self._data, self._located, places, self._line, self._column, found.line, found.column
        )
        if places:
            self._located = places[-1]
        return found

    def _whole(self, is_all: bool) -> tuple[Block, bool]:
        """Return the texts that end in what is held, and whether one that is too long ended this.

        A text that may go on stays held.
        """
        data, stop, longest = self._data, self._size, self._longest
        starts, ends = array("I"), array("I")
        at = self._begin
        status = END
        while True:
            at, status = self._add_texts(at, starts, ends)
            if status in (END, _TOO_LONG):
                break
            limit = at + longest + 1
            if status == MORE and not is_all:
                break
            span = self._damaged(at, is_all)
            if span is None:
                # The next text may begin just behind the longest, and must be seen to begin.
                status = _TOO_LONG if limit + _MOST_BETWEEN <= stop else MORE
                break
            end, following = span
            end = at + len(data[at:end].rstrip())
            if end - at > longest:
                status = _TOO_LONG
                break
            is_last = self._is_damaged and following == stop
            if not (is_last and self._reader.failure):
                starts.append(at)
                ends.append(end)
            at = following
        return self._block(starts, ends, at), status == _TOO_LONG

    def _add_texts(
        self, at: int, starts: array[int], ends: array[int]
    ) -> tuple[int, Literal[0, 1, 2, 4]]:
        """Cut texts from *at* on and add them; return the place reached, and why it ends there.

        The text there goes on (MORE), is DAMAGED or too long; or all is cut (END).
        """
        data, stop, longest = self._data, self._size, self._longest
        least = min(longest, _LONG_TEXT)
        window = _MOST_AHEAD * longest
        while True:
            noted = self._noted(at, stop)
            if noted == at < stop:
                return at, DAMAGED
            reach = min(noted, at + window)
            count, reached, depth, status = self._cut_into(at, reach)
            if status == MORE and reach == noted < stop:
                count, reached, depth, status = self._cut_into(at, stop)
            odd = self._first_odd(count) if stop - at > least else None
            if odd is not None:
                # The same again, up to that text: this tells the depth there.
                length = self._ends[odd] - self._starts[odd]
                count, reached, depth, _ = self._cut_into(at, self._starts[odd])
                status = MORE if length > longest else DAMAGED
            starts += self._starts[:count]
            ends += self._ends[:count]
            at, self._depth = reached, depth
            is_cut_short = status == MORE and odd is None and reach < noted
            is_cut_short = is_cut_short and (count > 0 or reach - at <= longest)
            if status == FULL or (status == END and at < stop) or is_cut_short:
                window *= 2
                continue
            limit = min(stop, at + longest + 1)
            if status == DAMAGED and odd is None and limit < stop:
                # Bytes behind the longest allowed text must not decide.
                status = self._cut_into(at, limit)[3]
            if status == MORE and stop - at > least:
                if _first_odd_string(data, at, limit) is not None:
                    return at, DAMAGED
                if limit - at > longest:
                    return at, _TOO_LONG
            return at, END if status == END else MORE if status == MORE else DAMAGED

    def _cut_into(self, at: int, stop: int) -> tuple[int, int, int, int]:
        found: tuple[int, int, int, int] = self._native.cut(
            self._data, at, stop, self._depth, self._starts, self._ends
        )
        return found

    def _noted(self, at: int, stop: int) -> int:
        """Return the first place from *at* on where a text is known to be damaged, or *stop*."""
        index = bisect_left(self._damaged_too, self._offset + at)
        if index == len(self._damaged_too):
            return stop
        return min(stop, self._damaged_too[index] - self._offset)

    def _first_odd(self, count: int) -> int | None:
        """Return the index of the first cut text that is too long or damaged, if there is one."""
        least = min(self._longest, _LONG_TEXT)
        lengths = list(map(sub, self._ends[:count], self._starts[:count]))
        if not lengths or max(lengths) <= least:
            return None
        for index, length in enumerate(lengths):
            if length > least and (
                length > self._longest
                or _first_odd_string(self._data, self._starts[index], self._ends[index]) is not None
            ):
                return index
        return None

    def _damaged(self, at: int, is_all: bool) -> tuple[int, int] | None:
        """Return the end of the damaged text at *at*, and where the next one may begin.

        None where that has not arrived yet.
        """
        data, stop = self._data, self._size
        if scalar := _SCALAR.match(data, at, stop):
            if scalar.end() < stop or is_all:
                return scalar.end(), scalar.end()
            return None
        if not is_all and (start := _SCALAR_START.match(data, at, stop)) and start.end() == stop:
            return None
        if data[at] in b'{"' and self._noted(at, stop) != at:
            self._note_damage(at)
        found = _next(data, at + 1, stop)
        while found and self._noted(found.end(), stop) == found.end() < stop:
            found = _next(data, found.end() + 1, stop)
        if found:
            return found.span()
        self._is_damaged = is_all
        return (stop, stop) if is_all else None

    def _note_damage(self, at: int) -> None:
        """Note the objects within the damaged text at *at* that are open where the damage is.

        Otherwise each of them would be followed up to there, one after the other.
        """
        data = self._data
        _, end, open_brackets = follow(data, at, min(self._size, at + self._longest + 1))
        if end - at > min(self._longest, _LONG_TEXT):
            odd = _first_odd_string(data, at, end)
            if odd is not None:
                _, _, open_brackets = follow(data, at, odd)
        behind = self._offset + at
        known = [place for place in self._damaged_too if place > behind]
        known += [self._offset + place for place in open_brackets if data[place] == ord("{")]
        self._damaged_too = sorted(known)

    def _block(self, starts: array[int], ends: array[int], end: int) -> Block:
        """Return the texts as a block, and let go of the bytes before *end*."""
        begin = self._begin
        if self._shape is None:
            first = starts[0] if starts else end
            before = bytes(memoryview(self._data)[begin:first]).strip(_BETWEEN)
            if before or starts:
                name = "JSON array" if before[:1] == b"[" else "JSON text sequence"
                self._shape = SHAPES.index(name)
        line = self._line
        places = self._locate(starts)
        data = self._taken(starts, ends, end)
        block = Block(data, starts, ends, places.line[0] if starts else line, places)
        block.size = end - begin
        if starts:
            places.verbatim[:] = b"\1" * len(starts)
            places.shape[:] = bytes([self._shape or 0]) * len(starts)
            if not self._has_begun:
                places.shape[0] |= FIRST
            self._has_begun = True
        return block

    def _taken(self, starts: array[int], ends: array[int], end: int) -> bytearray:
        """Let go of the bytes before *end*; return a buffer with the texts in it.

        Either they or the bytes behind them move to another buffer: whatever is less.
        """
        data, begin = self._data, self._begin
        if starts and end - begin >= self._size - end:
            self._move(end)
            return data
        self._begin = end
        self._locate(array("I", [end]))
        if starts:
            for places in (starts, ends):
                places[:] = array("I", [place - begin for place in places])
            return data[begin:end]
        return bytearray()


def _first_odd_string(data: bytearray, start: int, end: int) -> int | None:
    """Return where in a text the first string begins that is followed by what cannot follow one."""
    at = _STRINGS_IN_ORDER.match(data, start, end).end()  # type: ignore[union-attr]
    return at if _WHOLE_STRING.match(data, at, end) else None


def _next(data: bytearray, start: int, stop: int) -> re.Match[bytes] | None:
    """Find where a text seems to begin; stretches without a sign of one are skipped fast."""
    return _NEXT.search(data, start, stop) if _SIGN.search(data, start - 1, stop) else None
