"""Canvas's ids: how they are written, and the number that tells whether two are one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevents.canvas.ids import (
    ID_PATTERN,
    LOCAL_IDS,
    in_account,
    is_id,
    number,
    order,
    shard_of,
    shown,
    spelling,
)

from ..strategies import quick

SEVEN, EIGHT = 70000000000001, 80000000000001  # accounts of shards 7 and 8

#: Ids, and their numbers; None for an odd one.
IDS = {
    # local
    "0": 0,
    "53": 53,
    "053": 53,
    "0" * 5_000 + "53": 53,
    "9999999999999": LOCAL_IDS - 1,
    # global
    "70000000000123": 70000000000123,
    "0070000000000123": 70000000000123,
    "21070000000000053": 21070000000000053,
    # the short global form
    "7~123": 70000000000123,
    "07~0123": 70000000000123,
    "0" * 5_000 + "7~" + "0" * 5_000 + "123": 70000000000123,
    "2107~53": 21070000000000053,
    "7~0": 70000000000000,
    "0~53": 53,
    "7~9999999999999": 79999999999999,
    # the largest number
    "9223372036854775807": 2**63 - 1,
    "922337~2036854775807": 2**63 - 1,
    # odd
    "9223372036854775808": None,
    "922337~2036854775808": None,
    "922338~0": None,
    "1000000~1": None,
    "7~10000000000000": None,
    "0~10000000000000": None,
    "9" * 400: None,
    "9" * 5_000 + "~1": None,
    "1~" + "9" * 5_000: None,
}

NO_IDS = (
    "", " ", "53 ", " 53", "53\n", "53a", "-1", "+1", "5.0", "2.107E+16", "0x35", "~", "7~", "~123",
    "7~1~2", "7~123\n", "٥٣", "５３", "5३", "²", "null", "5_3", "\ud800", 53, None, True, ["53"],
)  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), IDS.items(), ids=lambda value: str(value)[:24])
def test_number(text: str, expected: int | None) -> None:
    """Every spelling of an id has the same number; an odd one has none."""
    assert is_id(text)
    assert re.search(ID_PATTERN, text)
    assert number(text) == expected


@pytest.mark.parametrize("value", NO_IDS)
def test_no_id(value: Any) -> None:
    """What is not written as an id is none, and has no number."""
    assert not is_id(value)
    if isinstance(value, str):
        assert number(value) is None


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("9" * 20, "0" + "9" * 20, "9" * 7 + "~" + "9" * 13), "9" * 20),
        (("1000000~1", "01000000~001", "10000000000000000001"), "10000000000000000001"),
        (("7~10000000000000", "007~010000000000000"), "7~10000000000000"),
        (("0~10000000000000",), "~10000000000000"),
        (("9" * 5_000, "00" + "9" * 5_000), "9" * 5_000),
    ],
    ids=["20 digits", "shard 1000000", "long local id", "shard 0", "5000 digits"],
)
def test_odd_ids_have_one_spelling(texts: tuple[str, ...], expected: str) -> None:
    """An odd id is compared by one spelling, however it is written."""
    assert {number(text) for text in texts} == {None}
    assert {spelling(text) for text in texts} == {expected}


@pytest.mark.parametrize(
    ("text", "account", "expected"),
    [
        # three spellings of one id
        ("123", SEVEN, 70000000000123),
        ("7~123", SEVEN, 70000000000123),
        ("70000000000123", SEVEN, 70000000000123),
        # of another shard
        ("8~123", SEVEN, 80000000000123),
        ("123", EIGHT, 80000000000123),
        # an account that tells no shard
        ("123", None, 123),
        ("123", 1, 123),
        ("123", 0, 123),
        ("7~123", None, 70000000000123),
        ("7~123", 1, 70000000000123),
        # no 64-bit number holds shard and local id together
        ("2036854775807", 9223370000000000001, 2**63 - 1),
        ("2036854775808", 9223370000000000001, 2036854775808),
        ("123", 2**63 - 1, 9223370000000000123),
    ],
)
def test_id_in_an_account(text: str, account: int | None, expected: int) -> None:
    """A local id is meant in its account's shard."""
    assert in_account(number(text) or 0, account) == expected


@pytest.mark.parametrize(
    ("id_", "account", "expected", "place"),
    [
        (70000000000053, SEVEN, "53", 53),
        (80000000000053, SEVEN, "8~53", 80000000000053),
        (80000000000053, EIGHT, "53", 53),
        (70000000000000, SEVEN, "0", 0),
        # the account tells no shard
        (53, None, "53", 53),
        (53, 1, "53", 53),
        (70000000000053, None, "70000000000053", 70000000000053),
        (70000000000053, 1, "70000000000053", 70000000000053),
        # a local id that could not be made global
        (2036854775808, 9223370000000000001, "2036854775808", 2036854775808),
    ],
)
def test_shown_in_an_account(id_: int, account: int | None, expected: str, place: int) -> None:
    """An id reads as in its account, and is sorted as it reads."""
    assert shown(id_, account) == expected
    assert order(id_, account) == place


@pytest.mark.parametrize(
    ("account", "expected"), [(None, 0), (0, 0), (1, 0), (-1, 0), (SEVEN, 7), (2**63 - 1, 922337)]
)
def test_shard_of(account: int | None, expected: int) -> None:
    """An account's own id tells its shard, if it is a global one."""
    assert shard_of(account) == expected


@quick
@given(st.integers(0, 2**63 - 1), st.none() | st.integers(0, 2**63 - 1))
def test_what_is_shown_is_the_same_id(id_: int, account: int | None) -> None:
    """What is shown of an id, read in its account, is that id."""
    meant = in_account(id_, account)
    assert in_account(meant, account) == meant
    assert in_account(number(shown(meant, account)) or 0, account) == meant
    assert number(str(id_)) == id_


@quick
@given(st.from_regex(ID_PATTERN, fullmatch=True) | st.text())
def test_is_id_agrees_with_the_pattern(text: str) -> None:
    """The test for ids and the pattern of the exported schema agree."""
    assert is_id(text) is (re.fullmatch(ID_PATTERN[1:-1], text) is not None)
    assert is_id(text) or number(text) is None
