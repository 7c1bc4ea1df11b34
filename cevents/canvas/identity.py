"""Which events are the same: Canvas gives them no id, and its queue delivers some twice.

A message is told by its root account and message id. A conversation created or forwarded is told
by its root account, conversation, instant and request: one request may make many conversations.
Any other event is the same as another only if their lines are: a job may send many events of a
kind in one millisecond.

Ids are given as numbers, or as text where they have none. No two different events share a key: a
key of numbers holds them whole, and any other is a hash long enough.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hashlib import blake2b

#: An id's number; its text where it has none; None where it is absent.
Id = int | str | None

_NUMBER, _TWO_NUMBERS = Struct(">q"), Struct(">qq")

#: `message_key` of two numbers.
key_of_numbers = _TWO_NUMBERS.pack

#: Bytes of a hashed key: with its header it takes 48 bytes of memory.
_KEY_BYTES = 15


def message_key(account: Id, message: int | str) -> bytes:
    """Return the key of a message by its root account's id and its own."""
    if isinstance(message, int):
        if isinstance(account, int):
            return key_of_numbers(account, message)
        if account is None:
            return _NUMBER.pack(message)
    return _hash_values(b"message", account, message)


def conversation_key(
    name: int, account: Id, conversation: int | str, instant: int, request_id: str | None
) -> bytes:
    """Return the key of an event that made or forwarded a conversation.

    *name* tells which of the two it is: its index in EVENTS.
    """
    return _hash_values(b"conversation", name, account, conversation, instant, request_id)


def line_key(line: bytes) -> bytes:
    """Return the key of any other event by its line; white space around it does not count."""
    return _hash(b"line", line.strip())


def _hash_values(kind: bytes, *values: int | str | None) -> bytes:
    # Different tuples of numbers and texts have different `repr`s.
    return _hash(kind, repr(values).encode(errors="surrogatepass"))


def _hash(kind: bytes, data: bytes) -> bytes:
    hasher = _hasher(kind).copy()
    hasher.update(data)
    return hasher.digest()


@cache
def _hasher(kind: bytes) -> blake2b:
    """Return a hasher to copy: that is faster than to make one."""
    from hashlib import blake2b

    return blake2b(digest_size=_KEY_BYTES, person=kind)


class Place(NamedTuple):
    """A line of an input."""

    file: str
    line: int


class Seen:
    """The events seen so far, and where each came first: some 150 bytes an event."""

    def __init__(self) -> None:
        self._first: dict[bytes, int] = {}
        self._files: list[str] = []

    def repeats(
        self, file: str, lines: Iterable[int], keys: Iterable[bytes | None]
    ) -> dict[int, Place]:
        """Add the events on *lines*; return the place of the earlier one that each repeats.

        Events must come in input order, and are told by their index. One without a key repeats
        none.
        """
        if self._files[-1:] != [file]:
            self._files.append(file)
        here, places = len(self._files) - 1 << _LINE_BITS, self._first
        repeats = {}
        for index, (line, key) in enumerate(zip(lines, keys, strict=True)):
            if key is None:
                continue
            if key in places:
                where, first = divmod(places[key], 1 << _LINE_BITS)
                repeats[index] = Place(self._files[where], first)
            else:
                places[key] = here + line
        return repeats


_LINE_BITS = 48
