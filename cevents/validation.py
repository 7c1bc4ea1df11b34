"""`validate`: every line judged against the documented schemas.

The fast reader decodes a block, whole columns of it are proved at a time, and only the lines that
remain in doubt are explained, slowly. A property test holds the two readers together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import UNSET

from cevents.blocks import Block, Result, Settler, Task
from cevents.events import (
    BODIES,
    EVENTS,
    KNOWN,
    METADATA,
    Id,
    Metadata,
    OtherEvent,
    Timestamp,
    are_ids,
    is_misspelt,
)
from cevents.explanation import judge
from cevents.identity import PATHS, Identity, Place, Seen, identities
from cevents.parsing import parse
from cevents.plausibility import GLOBAL_IDS, is_at_odds, is_rounded, odd_offsets
from cevents.problems import CODES, Problem
from cevents.reading import column, decoder, read_fast, read_unfolded, refused, slice_type
from cevents.spans import quotes
from cevents.terminal import printable
from cevents.timestamps import are_extended
from cevents.zones import is_zone


@dataclass(frozen=True)
class Validation(Task):
    """Judge a block: a Result with the problems of its lines and the other events by name."""

    strict: bool = False
    codes: frozenset[str] = frozenset(CODES)

    def __call__(self, block: Block) -> Result:
        block, events = read_unfolded(block, decoder(_envelope(self.strict)))
        lines = block.lines
        doubtful, other = _prove(events, lines, self.strict)
        result = Result(len(lines), other=other)
        if self._finds_repeats:
            result.identities = _identities(events, block)
        for index in sorted({*refused(events), *doubtful}):
            line = lines[index].removesuffix(b"\n")
            if not line.strip():
                result.blanks.append(index + 1)
                continue
            name, problems = judge(line, self.strict)
            problems = [p for p in problems if p.code in self.codes]
            result.problems += [problem.on_line(index + 1) for problem in problems]
            errors = [problem for problem in problems if problem.severity == "error"]
            if name and name not in EVENTS and not errors:
                other[name] = other.get(name, 0) + 1
        block.tell_origins(result)
        return result

    @property
    def _finds_repeats(self) -> bool:
        return self.strict and "redelivered" in self.codes

    def settler(self) -> Settler | None:
        """Return what warns of an event that was there before."""
        if not self._finds_repeats:
            return None
        seen = Seen()

        def settle(result: Result, file: str, lines: int) -> None:
            repeats = seen.repeats(file, result.identities, lines, result.numbers)
            for line, _, name in result.identities:
                if line in repeats:
                    result.problems.append(_redelivered(line, name, repeats[line]))
            if repeats:
                result.problems.sort(key=lambda problem: (problem.line, problem.column))
            result.identities = []

        return settle


class Collection(Task):
    """Give the valid events themselves, each of its documented class, as what is remembered."""

    def __call__(self, block: Block) -> Result:
        block, _ = read_unfolded(block, decoder(slice_type(())))
        result = Result(len(block.lines), remembered=[])
        for number, line in enumerate(block.lines, 1):
            line = line.removesuffix(b"\n")
            if not line.strip():
                result.blanks.append(number)
                continue
            name, problems = judge(line, strict=False)
            result.problems += [problem.on_line(number) for problem in problems]
            if not problems:
                event = msgspec.convert(parse(line)[0], EVENTS.get(name or "", OtherEvent))
                result.remembered.append(event)
        block.tell_origins(result)
        return result


def _redelivered(line: int, name: str, first: Place) -> Problem:
    message = f"the same event as in {printable(first.file)}:{first.line}"
    return Problem("redelivered", 1, message, None, None, name, "warning", line)


def _identities(events: list[Any], block: Block) -> list[Identity]:
    """Return the identities of a block's events, those that are not valid too."""
    left = refused(events)
    if left:
        rest = block._replace(lines=[block.lines[index] for index in left])
        events = events.copy()
        for index, event in zip(left, read_fast(rest, decoder(slice_type(PATHS))), strict=True):
            events[index] = event
    return identities(events, block.lines)


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


def _prove(events: list[Any], lines: list[bytes], strict: bool) -> tuple[list[int], dict[str, int]]:
    """Return the indexes of the events that remain in doubt, and the other events by name."""
    read = [event for event in events if event is not None]
    kinds: dict[str, list[Any]] = defaultdict(list)
    for event in read:
        kinds[event.metadata.event_name].append(event)
    doubtful = [read[at] for at in _unproven(_TIME(read), are_extended)]
    for name, own in kinds.items():
        for take, are_good in _PROOFS.get(name, ()):
            doubtful += [own[at] for at in _unproven(take(own), are_good)]
        if name not in EVENTS and (strict or is_misspelt(name)):
            doubtful += own
        elif strict:
            doubtful += [own[at] for at in _with_strict_doubts(name, own)]
    if strict:
        texts = [line.strip() for line, event in zip(lines, events, strict=True) if event]
        doubtful += [read[at] for at in _with_repeated_keys(read, texts)]
    in_doubt = set(map(id, doubtful))
    other = {name: own for name, own in kinds.items() if name not in EVENTS}
    if not in_doubt:
        return [], {name: len(own) for name, own in other.items()}
    proven = {name: sum(id(event) not in in_doubt for event in own) for name, own in other.items()}
    indexes = [index for index, event in enumerate(events) if id(event) in in_doubt]
    return indexes, {name: count for name, count in proven.items() if count}


def _unproven(values: list[Any], are_good: Callable[[list[str]], bool]) -> list[int]:
    """Return the indexes of what is no good, by halves: mostly there is nothing, or one."""
    try:
        if are_good(values):
            return []
    except TypeError:  # UNSET among them
        pass
    if len(values) == 1:
        return [0]
    half = len(values) // 2
    late = _unproven(values[half:], are_good)
    return _unproven(values[:half], are_good) + [half + index for index in late]


_PROOF = {"id": are_ids, "timestamp": are_extended}
#: How to take the values of each field of a kind's body, and what proves them.
_PROOFS = {
    name: [(column(field.path), _PROOF[field.kind]) for field in fields]
    for name, fields in BODIES.items()
}
_TIME = column("metadata.event_time")


def _with_strict_doubts(name: str, events: list[Any]) -> Iterator[int]:
    """Yield the indexes of the events of one kind that there may be a warning of."""
    zones = [event.metadata.time_zone for event in events]
    unknown = {zone for zone in set(zones) if isinstance(zone, str) and not is_zone(zone)}
    if unknown:
        yield from (index for index, zone in enumerate(zones) if zone in unknown)
    for field in _BODY.keys() - KNOWN[name]:
        foreign = map(_BODY[field], events)
        yield from (index for index, value in enumerate(foreign) if value is not UNSET)
    for get in _TIMES[name]:
        yield from (index for index, _ in odd_offsets(list(map(get, events)), zones))
    for get in _IDS[name]:
        ids = list(map(get, events))
        yield from _marked(ids, lambda id_: isinstance(id_, str) and is_rounded(id_, False))
    requests = list(zip(map(_URL, events), map(_CONVERSATION, events), strict=True))
    yield from _marked(requests, lambda request: is_at_odds(*request))


def _marked(values: list[Any], mark: Callable[[Any], bool]) -> Iterator[int]:
    """Yield the indexes of the values with a mark, which is looked for once a value."""
    marked = {value for value in set(values) if mark(value)}
    if marked:
        yield from (index for index, value in enumerate(values) if value in marked)


def _with_repeated_keys(events: list[Any], texts: list[bytes]) -> Iterator[int]:
    """Yield the indexes of the events that are written anew with less than is in their texts."""
    # There are no numbers in these events, so nothing is shorter than what msgspec writes.
    if len(msgspec.json.encode(events)) == sum(map(len, texts)) + len(texts) + 1:
        return
    for index, (event, text) in enumerate(zip(events, texts, strict=True)):
        if quotes(text) != quotes(msgspec.json.encode(event)):
            yield index


_URL, _CONVERSATION = attrgetter("metadata.url"), attrgetter("body.conversation_id")
_BODY = {field.name: attrgetter(field.path) for fields in BODIES.values() for field in fields}
_TIMES = {
    name: [attrgetter(f.path) for f in (*METADATA, *fields) if f.kind == "timestamp"]
    for name, fields in BODIES.items()
}
_IDS = {
    name: [
        attrgetter(f.path) for f in (*METADATA, *fields) if f.kind == "id" or f.name in GLOBAL_IDS
    ]
    for name, fields in BODIES.items()
}
