"""`validate`: every line judged against the documented schemas.

The fast reader decodes a block, whole columns of it are proved at a time, and only the lines that
remain in doubt are explained, slowly. A property test holds the two readers together.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import UNSET

from cevents.events import (
    BODIES,
    CONVERSATION_PATTERN,
    EVENTS,
    KNOWN,
    Id,
    Metadata,
    Timestamp,
    are_ids,
    is_id,
)
from cevents.explanation import judge
from cevents.problems import CODES
from cevents.reading import Block, Result, Task, decoder, read_fast, refused
from cevents.timestamps import are_extended
from cevents.zones import is_zone


@dataclass(frozen=True)
class Validation(Task):
    """Judge a block: a Result with the problems of its lines and the other events by name."""

    strict: bool = False
    codes: frozenset[str] = frozenset(CODES)

    def __call__(self, block: Block) -> Result:
        lines = block.lines
        events = read_fast(block, decoder(_envelope(self.strict)))
        doubtful, other = _prove(events, self.strict)
        result = Result(len(lines), other=other)
        for index in sorted({*refused(events), *doubtful}):
            line = lines[index].removesuffix(b"\n")
            if not line.strip():
                result.blanks.append(index + 1)
                continue
            name, problems = judge(line, self.strict)
            problems = [p for p in problems if p.code in self.codes]
            result.problems += [problem.on_line(index + 1) for problem in problems]
            if name and name not in EVENTS and not problems:
                other[name] = other.get(name, 0) + 1
        return result


@cache
def _envelope(strict: bool) -> type[msgspec.Struct]:
    """Return a class that decodes any event with, where they are there, the documented fields."""
    fields = {field.name: field.kind for fields in BODIES.values() for field in fields}
    types: dict[str, Any] = {"id": Id, "timestamp": Timestamp}
    body = msgspec.defstruct(
        "Body",
        [(name, types[kind] | msgspec.UnsetType, UNSET) for name, kind in fields.items()],
        gc=False,
        forbid_unknown_fields=strict,
    )
    metadata = (
        msgspec.defstruct("KnownMetadata", [], bases=(Metadata,), forbid_unknown_fields=True)
        if strict
        else Metadata
    )
    return msgspec.defstruct(
        "Envelope", [("metadata", metadata), ("body", body)], forbid_unknown_fields=strict, gc=False
    )


def _prove(events: list[Any], strict: bool) -> tuple[list[int], dict[str, int]]:
    """Return the indexes of the events that remain in doubt, and the other events by name."""
    kinds: dict[str, list[int]] = defaultdict(list)
    for index, event in enumerate(events):
        if event is not None:
            kinds[event.metadata.event_name].append(index)
    doubtful: list[int] = []
    other: dict[str, int] = {}
    for name, indexes in kinds.items():
        if name not in EVENTS and (strict or re.match(CONVERSATION_PATTERN, name)):
            doubtful += indexes
            continue
        metadata = [events[i].metadata for i in indexes]
        bodies = [events[i].body for i in indexes]
        doubts = _unproven(list(map(_EVENT_TIME, metadata)), *_PROOFS["timestamp"])
        for get, kind in _BODY_GETTERS.get(name, ()):
            doubts += _unproven(list(map(get, bodies)), *_PROOFS[kind])
        if strict:
            doubts += _with_strict_doubts(name, metadata, bodies)
        left = {indexes[i] for i in doubts}
        doubtful += left
        if name not in EVENTS and len(indexes) > len(left):
            other[name] = len(indexes) - len(left)
    return doubtful, other


def _unproven(
    column: list[Any], all_good: Callable[[list[str]], bool], good: Callable[[Any], bool]
) -> list[int]:
    try:
        if all_good(column):
            return []
    except TypeError:  # UNSET among them
        pass
    return [index for index, value in enumerate(column) if not good(value)]


def _is_timestamp(value: Any) -> bool:
    return isinstance(value, str) and are_extended([value])


_PROOFS: dict[str, tuple[Callable[[list[str]], bool], Callable[[Any], bool]]] = {
    "id": (are_ids, is_id),
    "timestamp": (are_extended, _is_timestamp),
}


_EVENT_TIME = attrgetter("event_time")
_BODY_GETTERS = {
    name: [(attrgetter(field.name), field.kind) for field in fields]
    for name, fields in BODIES.items()
}


def _with_strict_doubts(name: str, metadata: list[Any], bodies: list[Any]) -> list[int]:
    """Return the events with a field of another event's body, or a zone to look up."""
    foreign = [f for f in bodies[0].__struct_fields__ if f not in KNOWN[name]] if bodies else []
    zoned = {m.time_zone for m in metadata}
    unknown = {z for z in zoned if isinstance(z, str) and not is_zone(z)}
    return [
        index
        for index, (meta, body) in enumerate(zip(metadata, bodies, strict=True))
        if meta.time_zone in unknown or any(getattr(body, f) is not UNSET for f in foreign)
    ]
