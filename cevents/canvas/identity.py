"""Which events are the same: Canvas gives them no id, and its queue delivers some twice.

A message is told by its root account and message id. A conversation created or forwarded is told
by its root account, conversation, instant and request: one request may make many conversations.
Any other event is the same as another only if their lines are: a job may send many events of a
kind in one millisecond.

Ids are given as numbers, or as text where they have none. No two different events share a key: a
key of numbers holds them whole, and any other is a hash long enough.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

#: An id's number; its text where it has none; None where it is absent.
Id = int | str | None

_NUMBER, _TWO_NUMBERS = Struct(">q"), Struct(">qq")

#: Bytes of a hashed key: with its header it takes 48 bytes of memory.
_KEY_BYTES = 15


def message_key(account: Id, message: int | str) -> bytes:
    """Return the key of a message by its root account's id and its own."""
    if isinstance(message, int):
        if isinstance(account, int):
            return _TWO_NUMBERS.pack(account, message)
        if account is None:
            return _NUMBER.pack(message)
    return _hash(b"message", account, message)


def conversation_key(
    name: int, account: Id, conversation: int | str, instant: int, request_id: str | None
) -> bytes:
    """Return the key of an event that made or forwarded a conversation.

    *name* tells which of the two it is: its index in EVENTS.
    """
    return _hash(b"conversation", name, account, conversation, instant, request_id)


def line_key(line: bytes) -> bytes:
    """Return the key of any other event by its line; white space around it does not count."""
    from hashlib import blake2b

    return blake2b(line.strip(), digest_size=_KEY_BYTES, person=b"line").digest()


def _hash(kind: bytes, *values: int | str | None) -> bytes:
    from hashlib import blake2b

    # Different tuples of numbers and texts have different `repr`s.
    text = repr(values).encode(errors="surrogatepass")
    return blake2b(text, digest_size=_KEY_BYTES, person=kind).digest()


class Place(NamedTuple):
    """A line of an input."""

    file: str
    line: int


class Seen:
    """The events seen so far, and where each came first: some 150 bytes an event."""

    def __init__(self) -> None:
        self._first: dict[bytes, int] = {}
        self._files: list[str] = []

    def repeat(self, file: str, line: int, key: bytes) -> Place | None:
        """Add the event at a place; return the place of an earlier one that it repeats, or None.

        Events must come in input order.
        """
        if self._files[-1:] != [file]:
            self._files.append(file)
        here = (len(self._files) - 1 << _LINE_BITS) + line
        first = self._first.get(key)
        if first is None:
            self._first[key] = here
            return None
        where, line = divmod(first, 1 << _LINE_BITS)
        return Place(self._files[where], line)


_LINE_BITS = 48
