"""Timestamps exchanged in their lines, in plain Python: the compiled `retime` does the same.

What is not plain (another form of ISO 8601, an escape, a leap second, a year past the calendar) is
left to the caller, so that nothing here has to explain a refusal.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from cevents.scan.columns import NONE, STRING, TAKEN

#: Columns of a timestamp: start and length in the data, kind, and instant or NONE.
Field = tuple[Sequence[int], Sequence[int], Sequence[int], Sequence[int]]
#: A zone: its offset in minutes from each of some instants on, and whether it is written as Z.
Zone = tuple[Sequence[int], Sequence[int], bool]

_PLAIN = re.compile(
    rb"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:"
    rb"(([0-9]{2})(?:\.[0-9]+)?)(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_EPOCH = datetime(1970, 1, 1)


def retimed(line: bytes, stamps: Iterable[tuple[int, int, bytes]]) -> bytes:
    """Return *line* with new texts, each (start, length, text), in place of others."""
    at, parts = 0, list[bytes]()
    for start, length, text in sorted(stamps):
        parts += line[at:start], text
        at = start + length
    return b"".join((*parts, line[at:]))


def new_text(text: bytes, instant: int, zone: Zone) -> bytes | None:
    """Return a timestamp in a zone, its seconds kept; None if it is left to the caller."""
    starts, offsets, in_utc = zone
    plain, stretch = _PLAIN.fullmatch(text), bisect_right(starts, instant) - 1
    if plain is None or stretch < 0 or int(plain[2]) != instant // 1000000 % 60:
        return None
    offset = offsets[stretch]
    hours, minutes = divmod(abs(offset), 60)
    try:
        local = _EPOCH + timedelta(minutes=instant // 60000000 + offset)
    except OverflowError:
        return None
    if hours >= 24:
        return None
    shown = "Z" if in_utc else f"{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}"
    return local.isoformat()[:17].encode() + plain[1] + shown.encode()


def retime(
    data: bytes,
    starts: Sequence[int],
    ends: Sequence[int],
    state: Sequence[int],
    first: int,
    last: int,
    fields: Sequence[Field],
    zones: Sequence[Zone],
    zone_of: Sequence[int] | None = None,
) -> tuple[bytes, int]:
    """Return the taken texts as lines, with their timestamps in other zones, and the row before
    which it stopped: *last* if it did all. *zone_of* has the index of each row's zone; without it,
    all rows use the first."""
    lines: list[bytes] = []
    for row in range(first, last):
        if state[row] != TAKEN:
            continue
        number = zone_of[row] if zone_of is not None else 0
        if number >= len(zones):
            return b"".join(lines), row
        stamps = []
        for start, length, kind, value in fields:
            if value[row] == NONE:
                continue
            text = bytes(data[start[row] : start[row] + length[row]])
            new = new_text(text, value[row], zones[number]) if kind[row] == STRING else None
            if new is None:
                return b"".join(lines), row
            stamps.append((start[row] - starts[row], length[row], new))
        lines.append(retimed(bytes(data[starts[row] : ends[row]]), stamps) + b"\n")
    return b"".join(lines), last
