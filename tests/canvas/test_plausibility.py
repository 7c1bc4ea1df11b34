"""Values that the schema allows and that are unlikely."""

from __future__ import annotations

from typing import Any

import pytest

from cevents.canvas.plausibility import (
    is_at_odds,
    is_rounded,
    requested_conversation,
    zone_offset,
)
from cevents.canvas.timestamps import parse

DENVER = "America/Denver"
ADD = "https://h/conversations/{}/add_message"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (ADD.format(53), "53"),
        ("https://h/api/v1/conversations/7~54/add_recipients.json?x=/53", "7~54"),
        ("https://h/conversations/53/add_message/#top", "53"),
        ("https://h/conversations/53", None),
        ("https://h/conversations", None),
        ("https://h/x?y=/conversations/5/add_message", None),
        (ADD.format("５３"), None),
        (None, None),
        (5, None),
    ],
)
def test_requested_conversation(url: Any, expected: str | None) -> None:
    """A request to add a message names the conversation."""
    assert requested_conversation(url) == expected


@pytest.mark.parametrize(
    ("requested", "id_", "expected"),
    [
        ("53", "53", False),
        ("53", "54", True),
        ("7~53", "53", False),
        ("53", "210700000000000053", False),
        ("053", "53", False),
        ("7~54", "53", True),
        ("53", "53a", False),
        ("53", None, False),
    ],
)
def test_is_at_odds(requested: str, id_: Any, expected: bool) -> None:
    """The conversation of the request and that of the body are compared by their local ids."""
    assert is_at_odds(ADD.format(requested), id_) is expected


@pytest.mark.parametrize(
    ("text", "is_number", "expected"),
    [
        ("2.107E+16", False, True),
        ("21070000000000000", False, True),
        ("21070000000000124", False, False),
        ("21070000000000124", True, True),
        ("21070000000000123", True, False),
        ("100000000000000130", True, True),  # as JavaScript prints it
        ("9007199254740992", True, False),
        ("9007199254740994", True, True),
        ("53", True, False),
        ("5.3e1", True, False),
        ("1e999", True, False),
        ("9" * 5_000, True, False),
        ("7~100000000000000000", False, False),
        ("", False, False),
    ],
)
def test_is_rounded(text: str, is_number: bool, expected: bool) -> None:
    """Past 2^53, an exponent, a double's value and 13 zeros at the end tell of rounding."""
    assert is_rounded(text, is_number) is expected


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2020-03-24T10:55:59-07:00", DENVER, "-06:00"),
        ("2020-03-08T02:59:59-06:00", DENVER, "-07:00"),
        ("20200324T222559+05", "Asia/Kolkata", "+05:30"),
        ("2020-03-24T10:55:59-06:00", "UTC", "Z"),
        ("2020-01-24T10:55:59-06:00", "Europe/London", "+00:00"),
        # right
        ("2020-03-24T10:55:59-06:00", DENVER, None),
        ("20200324T105559-06", DENVER, None),
        ("1880-01-01T00:00:00-07:00", DENVER, None),
        ("2020-11-01T01:30:00-06:00", DENVER, None),
        ("2020-11-01T01:30:00-07:00", DENVER, None),
        # UTC is never odd
        ("2020-03-24T16:55:59Z", DENVER, None),
        ("2020-03-24T16:55:59+00:00", DENVER, None),
        # past the ends of the calendar, here or in UTC
        ("9999-12-31T23:59:59-05:00", DENVER, None),
        ("0001-01-01T00:00:00+05:00", DENVER, None),
        ("0001-01-01T00:00:00-05:00", DENVER, None),
        # no zone
        ("2020-03-24T10:55:59-11:00", "Mars/Olympus_Mons", None),
        ("2020-03-24T10:55:59-11:00", "+05:30", None),
        ("2020-03-24T10:55:59-11:00", None, None),
        ("2020-03-24T10:55:59-11:00", [DENVER], None),
    ],
)
def test_zone_offset(text: str, zone: Any, expected: str | None) -> None:
    """An offset is odd if the zone beside it had another one then."""
    assert zone_offset(*parse(text), zone) == expected
