"""One block of lines, read: by the fast reader, and by the slow one what the fast one refused.

The fast reader is msgspec: it decodes a line straight into a typed slice of an event, in C. What
it takes is known good and nobody looks at it again. The slow reader is orjson and a walk over the
value; it says what is wrong and where.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, cast

import msgspec
from msgspec import UNSET

from cevents.blocks import Block, Origin, Result, Unfolding, one_line, own_origins
from cevents.envelopes import unfold
from cevents.errors import CeventsError
from cevents.events import KNOWN
from cevents.parsing import MAX_DEPTH, parse_event
from cevents.problems import Problem
from cevents.timestamps import quoted


class Reading(NamedTuple):
    """A block and, beside each of its lines, the slice of its event: None if it is not usable."""

    block: Block
    events: list[Any]
    problems: list[Problem]
    blanks: list[int]
    used: list[int]

    @property
    def lines(self) -> list[bytes]:
        return self.block.lines

    def at(self, indexes: list[int]) -> list[Any]:
        """Return the events with these *indexes*, which are in order."""
        events = self.events
        return events if len(indexes) == len(events) else [events[index] for index in indexes]

    def reject(self, index: int, problem: Problem | None) -> None:
        """Take a line for not usable after all."""
        self.events[index] = None
        if problem:
            self.problems.append(problem.on_line(index + 1))

    def note(self, index: int, problem: Problem | None) -> None:
        """Report a problem of a line that is usable all the same."""
        if problem:
            self.problems.append(problem.on_line(index + 1))
            self.used.append(index + 1)

    def result(self, chosen: list[int], lines: list[bytes], places: bool) -> Result:
        """Return the result that writes *lines*, which stand for the lines *chosen* by index."""
        problems = sorted(self.problems, key=lambda problem: problem.line)
        result = Result(len(self.lines), self.blanks, problems, matches=len(chosen), used=self.used)
        self.block.tell_origins(result)
        if places:
            result.placed = [index + 1 for index in chosen]
            result.output = lines
        elif lines:
            result.output = [b"".join(lines)]
        return result


@cache
def slice_type(paths: tuple[str, ...]) -> type[msgspec.Struct]:
    """Return a class for events of which only *paths* are decoded, whatever those hold.

    A field that is not there is UNSET. `metadata` and `body` themselves must be objects.
    """
    parts: dict[str, dict[str, str]] = {"metadata": {}, "body": {}}
    for path in paths:
        part, name = path.split(".")[:2]
        parts[part][attribute(name)] = name
    fields = {
        part: msgspec.defstruct(
            part.title(), [(a, Any, UNSET) for a in names], rename=names, gc=False
        )
        for part, names in parts.items()
    }
    return msgspec.defstruct("Slice", list(fields.items()), gc=False)


def require_plain(name: str) -> None:
    """Raise CeventsError for the name of a field that msgspec does not take."""
    if re.search(r'["\\\x00-\x1f]', name):
        message = f"cannot read a field called {quoted(name)}"
        raise CeventsError(message, "quotes, backslashes and control characters are not supported")


def attribute(name: str) -> str:
    """Return the attribute of a slice that holds the field *name*, which may be any text."""
    return name if name in _DOCUMENTED else "_" + name.encode().hex()


_DOCUMENTED = frozenset().union(*KNOWN.values())


@cache
def getter(path: str) -> Callable[[Any], Any]:
    """Return a function that takes the value at *path* out of a slice; UNSET if it is not there."""
    part, name, *deeper = path.split(".")
    get = attrgetter(f"{part}.{attribute(name)}")
    return get if not deeper else lambda event: _deeper(get(event), deeper)


@cache
def column(path: str) -> Callable[[list[Any]], list[Any]]:
    """Return a function that takes the values at *path* out of slices, as `getter` does of one."""
    part, name, *deeper = path.split(".")
    if deeper:
        get = getter(path)
        return lambda events: list(map(get, events))
    # Compiled with the names in it this takes less than half the time of an attrgetter.
    source = f"lambda events: [event.{part}.{attribute(name)} for event in events]"
    return cast("Callable[[list[Any]], list[Any]]", eval(source))  # noqa: S307 - both are names


def _deeper(value: Any, keys: list[str]) -> Any:
    for key in keys:
        if isinstance(value, dict):
            value = value.get(key, UNSET)
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return UNSET
    return value


@cache
def decoder(decoded: type[msgspec.Struct]) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(decoded).decode


def read(block: Block, paths: tuple[str, ...]) -> Reading:
    """Read a block into slices of *paths*; a line that is not usable gives a problem."""
    decoded = slice_type(paths)
    block, events = read_unfolded(block, decoder(decoded))
    lines = block.lines
    problems: list[Problem] = []
    blanks: list[int] = []
    for index in refused(events):
        if not lines[index].strip():
            blanks.append(index + 1)
            continue
        value, problem = parse_event(lines[index].removesuffix(b"\n"))
        if problem:
            problems.append(problem.on_line(index + 1))
        else:
            events[index] = msgspec.convert(value, decoded)
    return Reading(block, events, problems, blanks, [])


def read_unfolded(block: Block, decode: Callable[[bytes], Any]) -> tuple[Block, list[Any]]:
    """Decode each line as `read_fast` does; one that it refused may hold events in something else.

    Return the block with a line for each of those, and what is decoded.
    """
    events = read_fast(block, decode)
    if block.is_plain or block.numbers is not None:
        return block, events
    found = {index: unfold(block.lines[index]) for index in refused(events)}
    if not any(found.values()):
        return block, events
    opened = sum(inside is not None for inside in found.values())
    unfolded = [u._replace(events=u.events - opened) for u in block.unfolded or ()]
    own = block.origins or own_origins(len(block.lines))
    lines: list[bytes] = []
    origins: list[Origin] = []
    decoded: list[Any] = []
    at = 0
    for index, inside in found.items():
        if inside is None:
            continue
        lines += block.lines[at:index]
        origins += own[at:index]
        decoded += events[at:index]
        at = index + 1
        unfolded.append(Unfolding(len(lines) + 1, len(inside.pieces), inside.shape))
        texts = [one_line(piece.text) for piece in inside.pieces]
        lines += texts
        origins += [own[index].within(piece) for piece in inside.pieces]
        decoded += read_fast(Block(texts), decode)
    lines += block.lines[at:]
    origins += own[at:]
    decoded += events[at:]
    total = block.total if block.origins else len(block.lines)
    return block._replace(lines=lines, origins=origins, unfolded=unfolded, total=total), decoded


def read_fast(block: Block, decode: Callable[[bytes], Any]) -> list[Any]:
    """Decode each line; None stands for a line that the fast reader does not vouch for."""
    lines = block.lines
    events: list[Any] = []
    decoded = map(decode, lines)
    while True:
        try:
            events.extend(decoded)
            break
        except (msgspec.MsgspecError, ValueError, RecursionError):
            events.append(None)
    # msgspec skips what it does not decode without looking at its UTF-8 or its depth.
    if not block.is_ascii:
        for index in [i for i, line in enumerate(lines) if not line.isascii()]:
            if not is_utf8(lines[index]):
                events[index] = None
    if sys.getrecursionlimit() > MAX_DEPTH or sys.version_info >= (3, 12):
        events = [
            e if line.count(b"[") + line.count(b"{") <= MAX_DEPTH else None
            for e, line in zip(events, lines, strict=True)
        ]
    return events


def refused(events: list[Any]) -> list[int]:
    """Return the indexes of the lines that the fast reader refused."""
    return [i for i, event in enumerate(events) if event is None] if None in events else []


def is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def text_of(value: Any) -> str:
    """Return a field's value as text: a string itself, anything else as JSON writes it."""
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
