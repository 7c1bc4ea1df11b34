"""A block: some whole texts of one input, and where each stands in it.

A text is meant to be one event: a line of NDJSON without its line feed, or a JSON text cut out of
an array, of indented events, of an envelope. Its place is known when the block is made and never
changes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from cevents.canvas.problems import Problem
from cevents.input.cutting import locate

#: What texts are taken out of. A text that is of its own has the first, nameless shape.
SHAPES: Final = (
    "",
    "JSON array",
    "JSON text sequence",
    "JSON string",
    "JWT",
    "glued line",
    "row",
    "EventBridge event",
    "Firehose record",
    "Firehose request",
    "Kinesis event",
    "Kinesis record",
    "Lambda invocation",
    "SNS notification",
    "SNS record",
    "SQS message",
    "SQS response",
    "Splunk event",
    "Splunk result",
)

#: Added to the shape of the first text of a container.
FIRST: Final = 0x80


class Places(NamedTuple):
    """Where the texts of a block begin in the input, and what they were taken out of, by columns.

    Lines and columns (bytes) count from 1. A text that is not *verbatim* was inside a string, or in
    base64, that begins at its place. *shape* is an index of SHAPES, FIRST added.
    """

    line: array[int]
    column: array[int]
    verbatim: bytearray
    shape: bytearray

    @classmethod
    def of(cls, count: int) -> Places:
        """Return places for *count* texts, to be filled in."""
        lines = array("q", bytes(8 * count))
        return cls(lines, lines[:], bytearray(count), bytearray(count))

    @classmethod
    def of_lines(cls, lines: Iterable[int]) -> Places:
        """Return the places of whole lines of the input."""
        line = array("q", lines)
        count = len(line)
        return cls(line, array("q", [1]) * count, bytearray([1]) * count, bytearray(count))

    def up_to(self, count: int) -> Places:
        """Return the first *count* places."""
        line, column, verbatim, shape = self
        return Places(line[:count], column[:count], verbatim[:count], shape[:count])


class Unfolded(NamedTuple):
    """How many events were taken out of how many containers of one shape."""

    events: int = 0
    containers: int = 0

    def plus(self, events: int, containers: int) -> Unfolded:
        return Unfolded(self.events + events, self.containers + containers)


@dataclass(slots=True)
class Block:
    """Some whole texts of one input: the unit of work.

    data: a buffer with the texts in it. It may be longer than what is used, and may be used
        again once the block's result is done with.
    starts, ends: `array("I")`, for each text the offsets of its first byte and behind its last
        (the line feed not included).
    line: the input's line on which text 0 begins. Where *places* is None, text i is line
        `line + i`, from column 1.
    places: for each text, where it begins in the input.
    emptied: containers without a text in this block: the line and column of each, and its shape
        (an index of SHAPES).
    size: how many bytes of the input this block accounts for.
    is_plain: every text is a line of the input; nothing is to be unfolded.
    lacks_newline: the last text is the input's last line and has no line feed.
    left_out: how many lines were left out because they hold none of the needles.
    fault: why a stretch of the input is no event (too long, binary); then there are no texts.
    raw: the bytes of that stretch, if they are kept.
    more: the next block goes on with the same fault.
    """

    data: bytes | bytearray
    starts: array[int]
    ends: array[int]
    line: int = 1
    places: Places | None = None
    emptied: list[tuple[tuple[int, int], int]] = field(default_factory=list)
    size: int = 0
    is_plain: bool = False
    lacks_newline: bool = False
    left_out: int = 0
    fault: Problem | None = None
    raw: bytes = b""
    more: bool = False

    @classmethod
    def of(cls, data: bytes | bytearray, line: int = 1) -> Block:
        """Return the lines of *data* as one block."""
        starts, ends = spans(data, len(data))
        lacks_newline = bool(data) and not data.endswith(b"\n")
        return cls(data, starts, ends, line, size=len(data), lacks_newline=lacks_newline)

    @classmethod
    def of_texts(cls, texts: Sequence[bytes], places: Places, size: int = 0) -> Block:
        """Return a block of *texts*, copied one after the other, that stand at *places*."""
        starts, ends = array("I"), array("I")
        at = 0
        for text in texts:
            starts.append(at)
            at += len(text)
            ends.append(at)
            at += 1
        line = places.line[0] if texts else 1
        return cls(b"\n".join((*texts, b"")), starts, ends, line, places, size=size)

    @classmethod
    def of_fault(cls, fault: Problem, raw: bytes = b"", more: bool = False, size: int = 0) -> Block:
        """Return a block without texts, for a stretch of the input that is no event."""
        no_texts = array("I")
        return cls(b"", no_texts, no_texts, fault.line, size=size, fault=fault, raw=raw, more=more)

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def total(self) -> int:
        """The number of texts, including those left out."""
        return len(self.starts) + self.left_out

    def text(self, index: int) -> bytes:
        """Return the bytes of a text as they stand in the input."""
        return bytes(self.data[self.starts[index] : self.ends[index]])

    def line_of(self, index: int) -> bytes:
        """Return a text as the line that goes out, with its line feed.

        The input's last line stays without one if it had none. A text over several lines is
        joined to one: no string in JSON holds a line break.
        """
        text = self.text(index)
        if b"\n" in text:
            text = one_line(text)
        if self.lacks_newline and index == len(self.starts) - 1:
            return text
        return text + b"\n"

    @property
    def is_multiline(self) -> bool:
        """Whether any text is over several lines."""
        find, spans = self.data.find, zip(self.starts, self.ends, strict=True)
        return self.places is not None and any(find(b"\n", *span) >= 0 for span in spans)

    def place(self, index: int, offset: int = 0) -> tuple[int, int]:
        """Return the input's line and column of the byte at *offset* in a text."""
        return self.places_in(index, [offset])[offset]

    def places_in(self, index: int, offsets: Iterable[int]) -> dict[int, tuple[int, int]]:
        """Return the input's line and column of the bytes at some offsets in a text."""
        if self.places is None:
            return {offset: (self.line + index, 1 + offset) for offset in offsets}
        line, column = self.places.line[index], self.places.column[index]
        if not self.places.verbatim[index]:
            return dict.fromkeys(offsets, (line, column))
        start, wanted = self.starts[index], sorted(set(offsets))
        found = Places.of(len(wanted))
        at = array("I", map(start.__add__, wanted))
        locate(self.data, start, at, line, column, found.line, found.column)
        return dict(zip(wanted, zip(found.line, found.column, strict=True), strict=True))

    @property
    def unfolded(self) -> dict[str, Unfolded]:
        """What was taken out of containers, by the name of their shape."""
        shapes = self.places.shape if self.places else b""
        found: dict[str, Unfolded] = {}
        for number in sorted({shape & ~FIRST for shape in set(shapes)} - {0}):
            first = shapes.count(number | FIRST)
            found[SHAPES[number]] = Unfolded(first + shapes.count(number), first)
        for _, number in self.emptied:
            found[SHAPES[number]] = found.get(SHAPES[number], Unfolded()).plus(0, 1)
        return found

    def up_to(self, count: int) -> Block:
        """Return the first *count* texts as a block of their own."""
        if count >= len(self.starts):
            return self
        places = self.places and self.places.up_to(count)
        left_out = 0
        if self.left_out and count and places:
            left_out = places.line[-1] - self.line + 1 - count
        return replace(
            self,
            starts=self.starts[:count],
            ends=self.ends[:count],
            places=places,
            emptied=[one for one in self.emptied if count and one[0] < self.place(count)],
            lacks_newline=False,
            left_out=left_out,
        )


#: What an input gives where nothing has come of it yet.
NOTHING: Final = Block(b"", array("I"), array("I"))


def one_line(text: bytes) -> bytes:
    """Join a JSON text over several lines to one, without the spaces around each line break."""
    return b"".join(map(bytes.strip, text.split(b"\n")))


def spans(data: bytes | bytearray, size: int) -> tuple[array[int], array[int]]:
    """Return the starts and ends of the lines in the first *size* bytes of *data*."""
    starts, ends = array("I"), array("I")
    at = 0
    while at < size:
        end = data.find(b"\n", at, size)
        if end < 0:
            end = size
        starts.append(at)
        ends.append(end)
        at = end + 1
    return starts, ends


def split(data: bytes | bytearray, size: int, starts: array[int], ends: array[int]) -> int:
    """Fill *starts* and *ends* with the spans of the lines in the first *size* bytes of *data*.

    Returns the number of lines. Raises ValueError where the arrays are too short for them.
    """
    found, found_ends = spans(data, size)
    count = len(found)
    if count > min(len(starts), len(ends)):
        raise ValueError("the arrays are too short for so many lines")
    starts[:count] = found
    ends[:count] = found_ends
    return count
