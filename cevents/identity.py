"""Which events are one event: Canvas gives them no id, and its queue delivers some twice.

A message is its root account and message id. A conversation created or forwarded is its root
account, conversation, instant and request: one request may make many conversations. Of any other
event only its line tells: a job may send many events of a kind in one millisecond.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from cevents.events import EVENTS, MESSAGE
from cevents.timestamps import TimestampError, instant

#: The fields that tell events apart.
PATHS = (
    "metadata.event_name",
    "metadata.event_time",
    "metadata.root_account_id",
    "metadata.request_id",
    "body.conversation_id",
    "body.message_id",
)

#: Bytes of a key: no two events share one, and with its header it fits 48 bytes of memory.
_KEY_BYTES = 15

#: The number of a line, from 1, the key of the event in it, and the event's name.
Identity = tuple[int, bytes, str]


def identities(events: list[Any], lines: list[bytes]) -> list[Identity]:
    """Return the identities of a block's events, slices that hold at least PATHS.

    None is no event; one without the fields that tell it apart has no identity.
    """
    named = [(number, event) for number, event in enumerate(events, 1) if event is not None]
    found = keys([event for _, event in named], [lines[number - 1] for number, _ in named])
    return [
        (number, key, event.metadata.event_name)
        for (number, event), key in zip(named, found, strict=True)
        if key is not None
    ]


def keys(events: list[Any], lines: list[bytes]) -> list[bytes | None]:
    """Return the keys of events, as in `identities`; None for each that has no identity."""
    from hashlib import blake2b

    found: list[bytes | None] = []
    for event, line in zip(events, lines, strict=True):
        named = event.metadata.event_name.__class__ is str
        what = _what(event, line) if named else None
        found.append(what and blake2b(what, digest_size=_KEY_BYTES).digest())
    return found


def _what(event: Any, line: bytes) -> bytes | None:
    """Return all that the identity of an event consists of."""
    metadata, body = event.metadata, event.body
    name = metadata.event_name
    if name not in EVENTS:
        return line.strip()
    account = _text(metadata.root_account_id)
    id_ = _text(body.message_id if name == MESSAGE else body.conversation_id)
    if not id_:
        return None
    if name == MESSAGE:
        return msgspec.json.encode((name, account, id_))
    try:
        time = instant(metadata.event_time)
    except (TimestampError, TypeError):
        return None
    return msgspec.json.encode((name, account, id_, time, _text(metadata.request_id)))


def _text(value: Any) -> str | None:
    """Return an id as text, whether it is held as a string or a number; None if it is neither."""
    if value.__class__ is int:
        return str(Decimal(value))  # str alone refuses very long ones
    return value if value.__class__ is str else None


class Place(NamedTuple):
    """A line of an input."""

    file: str
    line: int


class Seen:
    """The events that were there before, and where each was first: 150 bytes an event."""

    def __init__(self) -> None:
        self._first: dict[bytes, int] = {}
        self._files: list[str] = []

    def repeats(
        self,
        file: str,
        identities: list[Identity],
        lines: int = 0,
        numbers: list[int] | None = None,
    ) -> dict[int, Place]:
        """Add events, and return where those that were there before were first, by their number.

        They must come in input order; *lines* of *file* were before them, and *numbers* are those
        of their own lines, where they are not the events'.
        """
        if self._files[-1:] != [file]:
            self._files.append(file)
        base = (len(self._files) - 1 << _LINE_BITS) + lines
        found = {}
        for number, key, _ in identities:
            first = self._first.get(key)
            if first is None:
                self._first[key] = base + (numbers[number - 1] if numbers else number)
            else:
                where, line = divmod(first, 1 << _LINE_BITS)
                found[number] = Place(self._files[where], line)
        return found


_LINE_BITS = 48
