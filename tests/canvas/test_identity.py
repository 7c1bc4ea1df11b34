"""Which events are one event."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cevents.canvas.identity import Place, Seen, conversation_key, line_key, message_key

from ..strategies import quick

ids = st.integers(-(2**63), 2**63 - 1) | st.text()
accounts = st.none() | ids


def test_message_key() -> None:
    """A message is its account and its id; the two are not exchanged, and no account is none."""
    few: tuple[int | str, ...] = (1, 2, 70000000000001, -1, "", "1", "2", "9" * 30)
    pairs = [(account, message) for account in (None, *few) for message in few]
    keys = [message_key(*pair) for pair in pairs]
    assert len(set(keys)) == len(keys)
    assert keys == [message_key(*pair) for pair in pairs]
    assert len(message_key(70000000000001, 2**63 - 1)) == 16


def test_conversation_key() -> None:
    """A conversation made or forwarded is its account, conversation, instant and request."""
    conversations: tuple[int | str, ...] = (5, "5")
    keys = [
        conversation_key(name, account, conversation, instant, request)
        for name, account in product((0, 1), (None, 1, "1"))
        for conversation in conversations
        for instant, request in product((0, 1), (None, "", "0", "\ud800"))
    ]
    assert len(set(keys)) == len(keys) == 96
    assert {len(key) for key in keys} == {15}


@pytest.mark.parametrize(
    ("first", "second", "are_one"),
    [
        (b'{"a":1}\n', b'{"a":1}\n', True),
        (b'{"a":1}\n', b' {"a":1}\r\n', True),
        (b'{"a":1}', b'{"a":1}\n', True),
        (b'{"a":1}', b'{"a": 1}', False),
    ],
)
def test_line_key(first: bytes, second: bytes, are_one: bool) -> None:
    """Any other event is its line, without the space around it."""
    assert (line_key(first) == line_key(second)) is are_one


def test_kinds_share_no_key() -> None:
    """No message is a conversation, or any other event."""
    keys = [
        message_key(None, 0),
        message_key(0, 0),
        message_key("x", 0),
        conversation_key(0, None, 0, 0, None),
        line_key(b""),
        line_key(b"(None, 0)"),
    ]
    assert all(first != second for first, second in combinations(keys, 2))


@quick
@given(accounts, ids, accounts, ids)
def test_messages_are_told_apart(
    account: int | str | None, message: int | str, other: int | str | None, another: int | str
) -> None:
    """Two messages share a key only if they are one."""
    assume((account, message) != (other, another))
    assert message_key(account, message) != message_key(other, another)


def test_seen() -> None:
    """A repeat is told where the event was first, also on the same line of an array."""
    seen, key, other, line = Seen(), message_key(1, 2), message_key(1, 3), line_key(b"x")
    assert seen.repeats("a", [1, 1, 1, 7], [key, None, key, other]) == {2: Place("a", 1)}
    assert seen.repeats("b", [1, 2**40, 2**40], [key, other, line]) == {
        0: Place("a", 1),
        1: Place("a", 7),
    }
    assert seen.repeats("a", [5, 6], [None, line]) == {1: Place("b", 2**40)}
