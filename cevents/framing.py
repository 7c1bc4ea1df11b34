"""Where one JSON text ends and the next begins, in input that is not one text a line.

Indented, glued together, in an array, or each after a record separator (RFC 7464): texts are cut
out as their bytes arrive, and become the lines of a block. What is damaged is cut off where the
next text seems to begin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from cevents.blocks import Block, Origin, Unfolding, one_line
from cevents.envelopes import end_of_first
from cevents.problems import Problem

Framing = Literal["auto", "ndjson", "json"]

#: Without a line feed in so many bytes, input is no lines.
LONGEST_FIRST_LINE = 1024 * 1024

#: How the first line of a JSON text of several lines may end.
_OPENINGS = (b"{", b"[", b",", b":")
_BETWEEN = re.compile(rb"[ \t\r\n\x1e]*")
#: Where, within what is damaged, a text seems to begin.
_NEXT = re.compile(
    rb"(?<=[}\]])[ \t\r\n,]{0,64}(?=[{\[\x1e])|\n(?=[{\[])|\x1e"
    rb'|(?=\{\s{0,64}"(?:metadata|attributes)"\s{0,9}:)'
)
_SIGN = re.compile(rb"[{}\[\]\n\x1e]")
#: What the search for the next text must see again, if it ended there.
_MOST_BETWEEN = 256
#: A string without an end goes on to the end: it is not looked for again from each quote in it.
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)


def framing_of(head: bytes, is_all: bool) -> Literal["ndjson", "json"] | None:
    """Return how the input that begins with *head* is laid out; None if more of it must tell.

    The first line with text in it tells, or the two first.
    """
    mark = b"\xef\xbb\xbf"
    if mark.startswith(head) and not is_all:
        return None
    text = head.removeprefix(mark).lstrip()
    if text[:1] == b"\x1e":
        return "json"
    if not text:
        return "ndjson" if is_all or len(head) >= LONGEST_FIRST_LINE else None
    if text[:1] not in b'{["':
        return "ndjson"
    first, ended, rest = text.partition(b"\n")
    if not ended:
        long = len(text) >= LONGEST_FIRST_LINE
        return "json" if long else "ndjson" if is_all else None
    if first[:1] == b"[":
        return "ndjson" if first.rstrip().endswith(b"]") else "json"
    if not first.rstrip().endswith(_OPENINGS):
        return "ndjson"
    if not rest.strip():
        return "ndjson" if is_all or len(head) >= LONGEST_FIRST_LINE else None
    return "json" if rest[:1] in b' \t\r\n"}' else "ndjson"


def texts(chunks: Iterator[bytes], longest: int) -> Iterator[Block]:
    """Cut *chunks* into JSON texts and yield those that end in each as the lines of a block.

    Holds a chunk and one text, of at most *longest* bytes: a longer one is a fault, and not kept.
    """
    cutter = _Cutter(longest)
    for chunk in chunks:
        yield from cutter.add(chunk)
    yield from cutter.end()


class _Cutter:
    """Holds what is not cut yet, which begins at *column*."""

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self.held = b""
        self.column = 1
        self.depth = 0  # of arrays around the texts
        self.shape = "JSON text sequence"
        self.has_begun = False
        self.is_too_long = False
        self.is_skipping = False
        self.fault = too_long(longest)
        self.is_damaged = False
        self.enough = 0  # bytes, before which it is vain to look again

    def add(self, chunk: bytes) -> Iterator[Block]:
        """Yield what ends in *chunk*, if anything."""
        self.held += chunk
        if not self.is_skipping and len(self.held) < self.enough:
            return
        yield from self._cut(False)
        self.enough = min(2 * len(self.held), self.longest + 1)

    def end(self) -> Iterator[Block]:
        """Yield what is left at the end."""
        yield from self._cut(True)
        if self.depth and not self.is_damaged:
            problem = Problem("not-json", self.column, "the JSON array has no end")
            yield Block([], fault=problem, origins=[])

    def _cut(self, is_all: bool) -> Iterator[Block]:
        while True:
            if self.is_skipping:
                # One byte is kept of the text that was too long: what stands before tells.
                found = _next(self.held, 1)
                rest = 0 if is_all else _MOST_BETWEEN
                yield self._skipped(found.end() if found else max(0, len(self.held) - rest))
                self.is_skipping = found is None and not is_all
                if self.is_skipping:
                    return
                yield Block([], fault=self.fault, origins=[])
            yield self._whole(is_all)
            if not self.is_too_long and len(self.held) <= self.longest:
                return
            self.fault = too_long(self.longest, self.column)
            yield self._skipped(self.longest - 1)
            self.is_skipping = True

    def _whole(self, is_all: bool) -> Block:
        """Return what ends in what is held, up to a text that is too long."""
        data, at = self.held, 0
        self.is_too_long = False
        lines: list[bytes] = []
        origins: list[Origin] = []
        line, line_start, counted = 1, 1 - self.column, 0
        while True:
            at = self._skip_between(at)
            ends = self._end(at, is_all) if at < len(data) else None
            if ends is None:
                break
            text = data[at : ends[0]].rstrip()
            if len(text) > self.longest:
                self.is_too_long = True
                break
            if newlines := data.count(b"\n", counted, at):
                line += newlines
                line_start = data.rfind(b"\n", counted, at) + 1
            counted = at
            lines.append(one_line(text))
            origins.append(Origin(line, at - line_start + 1, text if b"\n" in text else None))
            at = ends[1]
        block = self._without(at)
        if lines:
            unfolded = [Unfolding(1, len(lines), self.shape, 0 if self.has_begun else 1)]
            self.has_begun = True
            block = block._replace(lines=lines, origins=origins, unfolded=unfolded)
        return block

    def _skipped(self, end: int) -> Block:
        """Let go of bytes of a text that is too long: the fault tells its first line."""
        raw = self.held[:end]
        block = self._without(end)._replace(fault=self.fault, raw=raw, more=True)
        self.fault = self.fault.on_line(self.fault.line - block.total)
        return block

    def _without(self, end: int) -> Block:
        """Let go of the bytes before *end*; return a block that accounts for their lines."""
        last = self.held.rfind(b"\n", 0, end)
        height = self.held.count(b"\n", 0, end)
        self.column = end - last if height else self.column + end
        self.held = self.held[end:]
        return Block([], size=end, origins=[], total=height)

    def _skip_between(self, at: int) -> int:
        """Return where the next text begins, behind what stands between texts."""
        data = self.held
        while True:
            at = _BETWEEN.match(data, at).end()  # type: ignore[union-attr]
            sign = data[at : at + 1]
            if sign == b"[":
                self.depth += 1
                self.shape = "JSON array"
            elif self.depth and sign == b"]":
                self.depth -= 1
            elif not (self.depth and sign == b","):
                return at
            at += 1

    def _end(self, at: int, is_all: bool) -> tuple[int, int] | None:
        """Return where the text at *at* ends, and where to go on; None if that has not come yet.

        Only as much of it is looked at as may be kept: what comes behind must not decide.
        """
        data = self.held
        limit = at + self.longest + 1
        view = memoryview(data)[at:limit]
        try:
            end = at + (end_of_first(view) or len(view))
            return (end, end) if is_all or end < len(data) or data[-1:] in (b"}", b'"') else None
        except msgspec.DecodeError as error:
            is_cut_off = "truncated" in str(error) and not self._is_closed(at, limit)
        except RecursionError:
            is_cut_off = not self._is_closed(at, limit)
        if is_cut_off and limit <= len(data):
            self.is_too_long = True
            return None
        if is_cut_off and not is_all:
            return None
        if found := _next(data, at + 1):
            return found.span()
        self.is_damaged = is_all
        return (len(data), len(data)) if is_all else None

    def _is_closed(self, at: int, limit: int) -> bool:
        """Whether as many brackets are closed as are opened: then it is damaged, not cut off."""
        depth = 0
        for token in _STRING_OR_BRACKET.finditer(self.held, at, limit):
            sign = token[0]
            depth += 1 if sign in (b"{", b"[") else -1 if sign in (b"}", b"]") else 0
            if depth == 0:
                return True
        return False


def _next(data: bytes, start: int) -> re.Match[bytes] | None:
    """Find where a text seems to begin; long stretches without a sign of one are soon passed."""
    return _NEXT.search(data, start) if _SIGN.search(data, start - 1) else None


def too_long(longest: int, column: int = 1) -> Problem:
    """Return the problem of a line of more than *longest* bytes."""
    message = f"the line is longer than {longest} bytes"
    return Problem("line-too-long", column, message, "--max-line-bytes raises the limit")
