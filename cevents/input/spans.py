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
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_TOKEN = re.compile(_STRING + rb"|[{}\[\],:]", re.DOTALL)
#: A string or another value that holds no others.
_FLAT = re.compile(_STRING + rb'|[^"{\[,\]} \t\n\r]++', re.DOTALL)
#: All up to the next bracket outside strings, and that bracket.
_BRACKET = re.compile(rb'[^"{}\[\]]*+(?:%b[^"{}\[\]]*+)*+([{}\[\]])' % _STRING, re.DOTALL)
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


class Spans:
    """Where the values of a JSON object stand, and those in the objects that are its members.

    The path of the whole is `()`. Of a repeated key the last one counts, as in most parsers.
    """

    def __init__(self, line: bytes) -> None:
        self._line = line
        self._known: dict[Path, dict[str, Span]] = {}

    def __getitem__(self, path: Path) -> Span:
        span = self.get(path)
        if span is None:
            raise KeyError(path)
        return span

    def get(self, path: Path) -> Span | None:
        """Return the span of the value at *path*; None if there is none.

        Few texts have more than one thing wrong with them, so only that one is looked for.
        """
        if not path:
            return Span(_skip_space(self._line, 0), len(self._line.rstrip()))
        outer, name = path[:-1], path[-1]
        if outer and name.isidentifier() and _flat_end(self._line, self[outer].start):
            return _member(self._line, self[outer], name)
        return self.members(outer).get(name)

    def members(self, path: Path) -> dict[str, Span]:
        """Return the spans of all values in the object at *path*, by their keys."""
        if path not in self._known:
            found = members(self._line, self[path].start)
            self._known[path] = {_key(self._line, key): value for key, value in found}
        return self._known[path]


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
                    found.append(Repeat(path, [Span(*value) for value in values]))
            if outer and isinstance(outer[-1].key, str):
                outer[-1].values[outer[-1].key][-1][1] = token.end()
        elif sign == b":":
            outer[-1].key = key = orjson.loads(string)
            start = _skip_space(line, token.end())
            # The end of a value that holds others is found when it has been passed.
            end = 0 if line[start] in b"{[" else end_of(line, start)
            outer[-1].values.setdefault(key, []).append([start, end])
        elif sign != b",":
            string = sign
        elif isinstance(outer[-1].key, int):
            outer[-1].key += 1
    return found


class _Open:
    """An open object or array: its current *key* or index, and the span of each key's values."""

    def __init__(self) -> None:
        self.key: str | int = 0
        self.values: dict[str, list[list[int]]] = {}


def _member(line: bytes, outer: Span, name: str) -> Span | None:
    """Return the span of the value of *name* in a flat object."""
    key, at = b'"%b"' % name.encode(), outer.end
    while (at := line.rfind(key, outer.start, at)) >= 0:
        if found := _MEMBER.match(line, at):  # else it is a value: no colon follows
            return Span(*found.span("value"))
    return None


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
    if end := _flat_end(text, start):
        return end
    depth = 0
    for found in _BRACKET.finditer(text, start):
        depth += 1 if found[1] in b"{[" else -1
        if not depth:
            return found.end()
    raise ValueError("not a JSON text")


def _key(text: bytes, span: Span) -> str:
    key = text[span.start : span.end]
    return orjson.loads(key) if b"\\" in key else key[1:-1].decode()


def _flat_end(line: bytes, start: int) -> int | None:
    """Return the end of an object that plainly holds no others, and no escapes; else None."""
    end = line.find(b"}", start) + 1
    text = line[start:end]
    holds_more = text.rfind(b"{") != 0 or b"[" in text or b"\\" in text or text.count(b'"') % 2
    return None if holds_more else end


def _skip_space(line: bytes, at: int) -> int:
    return _match(_SPACE, line, at)


def _match(pattern: re.Pattern[bytes], line: bytes, at: int) -> int:
    found = pattern.match(line, at)
    if found is None:
        raise ValueError("not a JSON text")
    return found.end()
