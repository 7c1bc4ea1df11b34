"""Where JSON texts that are not one a line begin and end: the reference of the compiled cutter.

Only brackets and strings are looked at: a text ends where its brackets balance. Whether it is JSON
is decided by who reads it.
"""

from __future__ import annotations

import re
from array import array
from typing import Final

#: How cutting ended: all bytes are cut; a text goes on behind them; a text is damaged; there is no
#: room for more texts.
END: Final = 0
MORE: Final = 1
DAMAGED: Final = 2
FULL: Final = 3

#: How deep a text may nest.
MOST_DEPTH = 1024

_BETWEEN = re.compile(rb"[ \t\r\n\x1e]*+")
#: Up to the next bracket outside strings, or to a string that does not end.
_UP_TO_BRACKET = re.compile(
    rb'[^"{}\[\]]*+(?:"[^"\\\x00-\x1f]*+(?:\\[^\x00-\x1f][^"\\\x00-\x1f]*+)*+"[^"{}\[\]]*+)*+',
    re.DOTALL,
)
_STRING_START = re.compile(rb'"(?:[^"\\\x00-\x1f]++|\\[^\x00-\x1f])*+', re.DOTALL)
_SPACE = b" \t\r\n"
_OPENING = {ord("}"): ord("{"), ord("]"): ord("[")}


def cut(
    data: bytes | bytearray,
    at: int,
    stop: int,
    depth: int,
    starts: array[int],
    ends: array[int],
) -> tuple[int, int, int, int]:
    """Cut the bytes of *data* from *at* up to *stop* into texts; fill in where they start and end.

    *depth* is the number of open arrays around the texts: their elements are texts themselves.
    Returns the number of texts, the place reached, the depth there, and how cutting ended. The
    place is the start of the text that goes on or is damaged.
    """
    count = 0
    room = min(len(starts), len(ends))
    while True:
        at = _BETWEEN.match(data, at, stop).end()  # type: ignore[union-attr]
        if at == stop:
            return count, at, depth, END
        sign = data[at]
        if sign == ord("["):
            depth += 1
            at += 1
        elif depth and sign == ord("]"):
            depth -= 1
            at += 1
        elif depth and sign == ord(","):
            at += 1
        elif sign not in b'{"':
            return count, at, depth, DAMAGED
        elif count == room:
            return count, at, depth, FULL
        else:
            status, end, _ = follow(data, at, stop)
            if status != END:
                return count, at, depth, status
            starts[count] = at
            ends[count] = end
            count += 1
            at = end


def locate(
    data: bytes | bytearray,
    start: int,
    places: array[int],
    line: int,
    column: int,
    lines: array[int],
    columns: array[int],
) -> tuple[int, int]:
    """Fill in the *lines* and *columns* of places in *data*, in order; return those of the last.

    *start* is the place that is at *line* and *column*. None may be before it.
    """
    for index, end in enumerate(places):
        newlines = data.count(b"\n", start, end)
        line += newlines
        column = end - data.rfind(b"\n", start, end) if newlines else column + end - start
        start = end
        lines[index], columns[index] = line, column
    return line, column


def end_of_text(data: bytes | bytearray, start: int, stop: int) -> int | None:
    """Return the end of the text whose bracket or quote is at *start*; None if it has no end."""
    status, end, _ = follow(data, start, stop)
    return end if status == END else None


def follow(data: bytes | bytearray, start: int, stop: int) -> tuple[int, int, list[int]]:
    """Follow the text that starts with a bracket or a quote up to its end, or to its damage.

    Returns END, MORE or DAMAGED, the place reached, and the places of the brackets open there.
    """
    open_brackets: list[int] = []
    if data[start] == ord('"'):
        status, at = _end_of_string(data, start, stop)
        return status, at, open_brackets
    at = start
    while True:
        at = _UP_TO_BRACKET.match(data, at, stop).end()  # type: ignore[union-attr]
        if at == stop:
            return MORE, at, open_brackets
        sign = data[at]
        if sign == ord('"'):
            status, at = _end_of_string(data, at, stop)
            return status, at, open_brackets
        if sign in b"{[":
            if open_brackets and not _may_open(data, at, data[open_brackets[-1]]):
                return DAMAGED, at, open_brackets
            open_brackets.append(at)
            if len(open_brackets) > MOST_DEPTH:
                return DAMAGED, at, open_brackets
        elif data[open_brackets[-1]] != _OPENING[sign]:
            return DAMAGED, at, open_brackets
        else:
            open_brackets.pop()
        at += 1
        if not open_brackets:
            return END, at, open_brackets


def _end_of_string(data: bytes | bytearray, start: int, stop: int) -> tuple[int, int]:
    end = _STRING_START.match(data, start, stop).end()  # type: ignore[union-attr]
    if end < stop and data[end] == ord('"'):
        return END, end + 1
    if end < stop and data[end] == ord("\\"):
        end += 1
    return (MORE if end == stop else DAMAGED), end


def _may_open(data: bytes | bytearray, at: int, around: int) -> bool:
    """Whether a bracket may open at *at*: the value of a member, or an element of an array."""
    before = at - 1
    while data[before] in _SPACE:
        before -= 1
    sign = data[before]
    return sign == ord(":") or (around == ord("[") and sign in b",[")
