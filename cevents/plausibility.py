"""What the schema allows and hardly any event means: the values that --strict warns of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from cevents.events import is_id
from cevents.timestamps import offset, stamps
from cevents.zones import is_zone, zone

#: Canvas's own ids among the documented metadata; ids of sessions and the like are any text.
GLOBAL_IDS = (
    "root_account_id",
    "user_id",
    "user_account_id",
    "real_user_id",
    "developer_key_id",
    "job_id",
    "context_id",
    "context_account_id",
)

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

    An id in quotes is judged by its form alone; a number also by whether it is one that a double
    holds, or prints in its place.
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


def zone_offset(text: str, zone_name: str) -> str | None:
    """Return the offset that a zone had at a timestamp with another one.

    None for a timestamp in UTC, one with the zone's own offset, and a name that is no zone's.
    """
    return next((right for _, right in odd_offsets([text], [zone_name])), None)


def odd_offsets(texts: list[Any], zone_names: list[Any]) -> Iterator[tuple[int, str]]:
    """Yield the indexes of the timestamps with an offset that the zone beside each did not have.

    Each comes with the offset that it had. What is no timestamp, or no zone, is passed over.
    """
    zones = {name: zone(name) for name in set(zone_names) if _is_zone(name)}
    beside = [
        index
        for index, (text, name) in enumerate(zip(texts, zone_names, strict=True))
        if text.__class__ is str and text[-1:] != "Z" and name in zones
    ]
    for index, stamp in zip(beside, stamps([texts[index] for index in beside]), strict=True):
        if stamp is None:
            continue
        try:
            right = zones[zone_names[index]].at(stamp[:16])[1]
        except OverflowError:
            continue
        text = texts[index]
        if not text.endswith(right) and _minutes(offset(text)) not in (0, _minutes(right)):
            yield index, right


def _is_zone(name: Any) -> bool:
    return isinstance(name, str) and is_zone(name)


def _minutes(offset: str) -> int:
    """Return an offset, `Z`, `-06:00`, `-0600` or `-06`, in minutes."""
    digits = offset[1:].replace(":", "").ljust(4, "0")
    return int(offset[0] + "1") * (60 * int(digits[:2]) + int(digits[2:])) if offset[1:] else 0
