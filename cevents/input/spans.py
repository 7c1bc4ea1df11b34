"""Where in a text's bytes each value stands.

No JSON library tells, and it is needed: a finding names a column, columns hold the span of each
value, and what is in an envelope goes on in its own bytes. The text must be known to be JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import orjson

_SPACE = re.compile(rb"[ \t\n\r]*+")
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_TOKEN = re.compile(_STRING + rb"|[{}\[\],:]", re.DOTALL)
#: A string or another value that holds no others.
_FLAT = re.compile(_STRING + rb'|[^"{\[,\]} \t\n\r]++', re.DOTALL)
#: All up to the next bracket outside strings, and that bracket.
_BRACKET = re.compile(
    rb'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+([{}\[\]])', re.DOTALL
)
_BETWEEN = re.compile(rb"[ \t\n\r,]*+")
#: A member of an object, up to its value, and that too if it is flat.
_MEMBER = re.compile(
    rb"[ \t\n\r,]*+(?P<key>%b)[ \t\n\r]*+:[ \t\n\r]*+(?P<value>%b)?+" % (_STRING, _FLAT.pattern),
    re.DOTALL,
)

Path = tuple[str, ...]


class Span(NamedTuple):
    """The bytes of one value: *start* up to, not including, *end*; offsets from 0."""

    start: int
    end: int


def locate(line: bytes) -> dict[Path, Span]:
    """Return the spans of a JSON object, of its members, and of those of `metadata` and `body`.

    The path of the whole is `()`. Of a repeated key the last one counts, as in most parsers.
    """
    start = _skip_space(line, 0)
    spans: dict[Path, Span] = {(): Span(start, len(line.rstrip()))}
    spans |= {(_key(line, key),): value for key, value in members(line, start)}
    for part in ("metadata", "body"):
        at = spans.get((part,))
        if at and line[at.start] == ord("{"):
            spans |= {(part, _key(line, key)): value for key, value in members(line, at.start)}
    return spans


class Repeat(NamedTuple):
    """A key that is in one object more than once: its path, and the span of each value."""

    path: Path
    values: list[Span]


def repeats(line: bytes) -> list[Repeat]:
    """Return the keys of a JSON object, at any depth, that are in one object more than once."""
    found = []
    outer: list[_Open] = []
    string = b""
    for token in _TOKEN.finditer(line):
        sign = token[0]
        if sign in (b"{", b"["):
            outer.append(_Open())
        elif sign in (b"}", b"]"):
            for key, values in outer.pop().values.items():
                if len(values) > 1:
                    path = (*(str(place.key) for place in outer), key)
                    found.append(
                        Repeat(path, [Span(start, end_of(line, start)) for start in values])
                    )
        elif sign == b":":
            outer[-1].key = key = orjson.loads(string)
            outer[-1].values.setdefault(key, []).append(_skip_space(line, token.end()))
        elif sign != b",":
            string = sign
        elif isinstance(outer[-1].key, int):
            outer[-1].key += 1
    return found


class _Open:
    """An open object or array: its current *key* or index, and where each key's values begin."""

    def __init__(self) -> None:
        self.key: str | int = 0
        self.values: dict[str, list[int]] = {}


def members(text: bytes, start: int) -> Iterator[tuple[Span, Span]]:
    """Yield the spans of each key, with its quotes, and its value in the object at *start*."""
    at = start + 1
    while found := _MEMBER.match(text, at):
        begin, at = found.start("value"), found.end()
        if begin < 0:
            begin, at = at, end_of(text, at)
        yield Span(*found.span("key")), Span(begin, at)


def elements(text: bytes, start: int) -> Iterator[Span]:
    """Yield the spans of the elements of the array at *start*."""
    at = start + 1
    while text[begin := _match(_BETWEEN, text, at)] != ord("]"):
        at = end_of(text, begin)
        yield Span(begin, at)


def end_of(text: bytes, start: int) -> int:
    """Return where the value at *start* ends."""
    if text[start] not in b"{[":
        return _match(_FLAT, text, start)
    depth = 0
    for found in _BRACKET.finditer(text, start):
        depth += 1 if found[1] in b"{[" else -1
        if not depth:
            return found.end()
    raise ValueError("not a JSON text")


def _key(text: bytes, span: Span) -> str:
    key = text[span.start : span.end]
    return orjson.loads(key) if b"\\" in key else key[1:-1].decode()


def _skip_space(line: bytes, at: int) -> int:
    return _match(_SPACE, line, at)


def _match(pattern: re.Pattern[bytes], line: bytes, at: int) -> int:
    found = pattern.match(line, at)
    if found is None:
        raise ValueError("not a JSON text")
    return found.end()
