"""Values that the schema allows and that are unlikely: what --strict warns of."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

from cevents.canvas.ids import is_id
from cevents.canvas.timestamps import DAY, MINUTE, in_calendar, offset_text, quoted
from cevents.canvas.zones import is_zone, zone

_LOCAL_DIGITS = 13
_NUMBER = re.compile(r"\d{1,40}(?:\.\d{1,40})?(?:[eE]\+?\d{1,3})?", re.ASCII)
_CONVERSATION = re.compile(
    r"[^?#]*/conversations/(\d+(?:~\d+)?)/add_(?:message|recipients)(?:\.json)?/?(?:[?#].*)?",
    re.ASCII | re.DOTALL,
)


def is_at_odds(url: Any, conversation_id: Any) -> bool:
    """Whether a request to *url* adds to another conversation than *conversation_id*."""
    requested = requested_conversation(url)
    if requested is None or not is_id(conversation_id):
        return False
    return _local(requested) != _local(conversation_id)


def requested_conversation(url: Any) -> str | None:
    """Return the conversation of `…/conversations/53/add_message`; None for any other URL."""
    found = _CONVERSATION.fullmatch(url) if isinstance(url, str) else None
    return found and found[1]


def _local(digits: str) -> str:
    """Return the local part of an id: `53` of `53`, `7~53` and `70000000000053`."""
    return digits.rpartition("~")[2][-_LOCAL_DIGITS:].lstrip("0")


def is_rounded(text: str, is_number: bool) -> bool:
    """Whether an id past 2^53 has the marks of rounding, *text* being its value in the line.

    An id in quotes is judged by its form alone. A number also looks rounded if a double holds
    exactly that number, or prints it for another.
    """
    usual = text.isdecimal() and not text.endswith("0" * _LOCAL_DIGITS)
    if (usual and not is_number) or not _NUMBER.fullmatch(text):
        return False
    number = Decimal(text)
    if not 2**53 < number < 10**30:
        return False
    if not usual:
        return True
    double = float(number)
    return int(number) in (int(double), int(Decimal(repr(double))))


def zone_offset(instant: int, offset: int, zone_name: Any) -> str | None:
    """Return a zone's offset at *instant* as text, if the timestamp's *offset* (minutes) differs.

    None for a timestamp in UTC, one with the zone's own offset, one past the calendar's ends, and
    a name that is no zone's.
    """
    if offset == 0 or not isinstance(zone_name, str) or not is_zone(zone_name):
        return None
    there = zone(zone_name)
    right = there.offset_at(instant)
    if offset == right or not in_calendar(instant) or not in_calendar(instant + right * MINUTE):
        return None
    return offset_text(right, there.is_utc)


def odd_offset(path: str, text: str, zone_name: str, right: str) -> tuple[str, str]:
    """Return what is said of a timestamp whose offset should be *right*, and a hint."""
    message = f"{path}: {quoted(text)} has an offset that {zone_name} did not have then"
    return message, f"it had {right}"


#: Weeks are counted from 1970. Clocks change in few of them.
WEEK = 7 * DAY


def may_be_odd(zone_name: bytes, offset: int, week: int) -> bool:
    """Whether `zone_offset` may find fault with a timestamp of a week: asked once for many."""
    name = zone_name.decode()
    return offset != 0 and is_zone(name) and _offsets_in(name, week) != {offset}


@lru_cache(maxsize=4096)
def _offsets_in(zone_name: str, week: int) -> set[int]:
    stretches = zone(zone_name).stretches(week * WEEK, (week + 1) * WEEK - 1)
    return {offset for _, offset in stretches}
