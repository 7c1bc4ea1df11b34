"""Six further dumps: the events of the plain one, valid too, but written otherwise.

A compiled reader must be as fast on these as on the plain one.
"""

# ruff: noqa: S311 - made-up data wants a seeded generator

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from dumps import SEED, made, version
from orjson import dumps, loads

NAMES = ("Zoë.Ångström", "Δήμητρα.Παπαδοπούλου", "Юлия.Щербакова", "李小龍", "محمد.الأمين")
WORDS = ("Ça", "marche", "naïve", "日本語", "seen", "on", "Monday", "“quoted”", "a\\b", "x²")
OTHER_EVENTS = ("quiz_submitted", "asset_accessed", "submission_updated", "wiki_page_updated")
OFFSETS = (b"Z", b"+00:00", b"-06:00", b"-03:30", b"+05:45", b"+09:30", b"+13:00", b"-11:00")
TIMESTAMP = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)[^"]*"')


def spaced(line: bytes, rng: Random) -> bytes:
    """Write an event as `json.dumps` does: spaces after : and , and ASCII only."""
    return json.dumps(loads(line)).encode() + b"\n"


def utf8_names(line: bytes, rng: Random) -> bytes:
    """Give users names beyond ASCII."""
    name = rng.choice(NAMES).encode()
    return line.replace(b"student.number", name, 1).replace(b'"N-', '"№\u202f'.encode(), 1)


def escapes(line: bytes, rng: Random) -> bytes:
    """Escape slashes as PHP does, and put other escapes into two values of metadata."""
    line = line.replace(b"/", b"\\/")
    line = line.replace(b"student.number", b"Zo\\u00eb \\ud83c\\udf93\\tnumber", 1)
    return line.replace(b"Mozilla", b'\\"C:\\\\Teams\\" Mozilla', 1)


def shuffled_keys(line: bytes, rng: Random) -> bytes:
    """Write the keys of an event, of its metadata and of its body in random order."""

    def shuffled(members: dict[str, Any]) -> dict[str, Any]:
        return dict(rng.sample(list(members.items()), len(members)))

    event: dict[str, Any] = loads(line)
    return dumps(shuffled({part: shuffled(event[part]) for part in event})) + b"\n"


def other_events(line: bytes, rng: Random) -> bytes:
    """Make half of the events of other kinds, with bodies nested up to six deep."""
    if rng.random() < 0.5:
        return line
    event: dict[str, Any] = loads(line)
    event["metadata"]["event_name"] = rng.choice(OTHER_EVENTS)
    event["body"] = {f"part_{number}": _nested(rng, 5) for number in range(3)}
    return dumps(event) + b"\n"


def _nested(rng: Random, depth: int) -> Any:
    """Return a JSON value in which objects and arrays nest up to *depth* deep."""
    form = rng.randrange(6) if depth else rng.randrange(4)
    if form == 0:
        return " ".join(rng.choices(WORDS, k=rng.randrange(8)))
    if form == 1:
        return rng.choice((None, True, False, [], {}))
    if form == 2:
        return rng.randrange(10**9)
    if form == 3:
        return round(rng.uniform(-100, 100), 2)
    values = [_nested(rng, depth - 1) for _ in range(rng.randrange(1, 5))]
    return values if form == 4 else {f"key_{at}": value for at, value in enumerate(values)}


def mixed_offsets(line: bytes, rng: Random) -> bytes:
    """Give each timestamp an offset and a fraction of up to nine digits of its own."""

    def stamp(found: re.Match[bytes]) -> bytes:
        digits = rng.randrange(10)
        fraction = b".%0*d" % (digits, rng.randrange(10**digits)) if digits else b""
        return b'"%b%b%b"' % (found[1], fraction, rng.choice(OFFSETS))

    return TIMESTAMP.sub(stamp, line)


#: Each variant, and what makes it of a line of the plain dump.
VARIANTS: dict[str, Callable[[bytes, Random], bytes]] = {
    "spaced": spaced,
    "UTF-8 names": utf8_names,
    "escapes": escapes,
    "keys in random order": shuffled_keys,
    "half other events": other_events,
    "mixed offsets": mixed_offsets,
}


def variant(name: str, plain: Path) -> Path:
    """Return the variant *name* of a dump; make it if need be."""
    own = f"{plain.stem}-{name.replace(' ', '-').lower()}-{version(__file__)}.jsonl"
    return made(plain.with_name(own), _rewritten(plain, VARIANTS[name]))


def _rewritten(plain: Path, rewrite: Callable[[bytes, Random], bytes]) -> Iterator[bytes]:
    rng = Random(SEED)
    with plain.open("rb") as file:
        for line in file:
            yield rewrite(line, rng)
