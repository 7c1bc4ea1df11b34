"""Canvas's ids: how they are written, and the number that tells whether two are one.

`123` in an account of shard 7, `7~123` and `70000000000123` are one user: a *global* id is
shard × 10^13 + *local* id, and an account's own id tells its shard. Ids are compared by their
global number, and written as they came. An id that does not fit 64 bits is *odd*: it is
compared as text, by its `spelling`.
"""

from __future__ import annotations

import re
from typing import Any

#: A Canvas id: decimal digits, or the short global form `7~123` (shard 7, local id 123).
ID_PATTERN = "^[0-9]+(?:~[0-9]+)?$"

#: Each shard has this many ids; a smaller number is a local id.
LOCAL_IDS = 10**13

_LARGEST = 2**63 - 1


def is_id(value: Any) -> bool:
    """Whether *value* is an id as Canvas writes it."""
    if not isinstance(value, str):
        return False
    # Nearly all ids are digits only, and testing for those is several times faster.
    is_plain = value.isdecimal() and value.isascii()
    return is_plain or re.fullmatch(ID_PATTERN[1:-1], value) is not None


def number(text: str) -> int | None:
    """Return the number of an id; None if it is odd, or if *text* is no id."""
    if not is_id(text):
        return None
    shard, _, local = text.rpartition("~")
    digits, shard = local.lstrip("0"), shard.lstrip("0")
    # Lengths first: int() refuses texts of thousands of digits.
    if len(digits) > 19 or len(shard) > 6 or ("~" in text and len(digits) > 13):
        return None
    value = int(shard or 0) * LOCAL_IDS + int(digits or 0)
    return value if value <= _LARGEST else None


def spelling(text: str) -> str:
    """Return the one text that stands for an odd id, however it is written."""
    shard, _, local = text.rpartition("~")
    shard, local = shard.lstrip("0"), local.lstrip("0")
    if not shard or len(local) > 13:
        return f"{shard}~{local}" if "~" in text else local
    return shard + local.zfill(13)


def shard_of(account: int | None) -> int:
    """Return the shard of an account; 0 if its id is unknown or local."""
    return account // LOCAL_IDS if account is not None and account > 0 else 0


def in_account(number: int, account: int | None) -> int:
    """Return the global number of an id that stands in an event of *account*.

    A global id stays as it is. So does a local one if the account tells no shard, or if no
    64-bit number holds the two together.
    """
    whole = shard_of(account) * LOCAL_IDS + number
    return whole if 0 <= number < LOCAL_IDS and whole <= _LARGEST else number


def order(number: int, account: int | None) -> int:
    """Return the local number of an id of the account's own shard; else the number itself."""
    shard = shard_of(account)
    return number - shard * LOCAL_IDS if shard and number // LOCAL_IDS == shard else number


def shown(number: int, account: int | None) -> str:
    """Return an id as it reads in *account*.

    It is `53` in its own shard, `8~53` if it is of another one, and the whole number where the
    account tells no shard.
    """
    shard, local = divmod(number, LOCAL_IDS)
    home = shard_of(account)
    if home == 0 or shard == 0:
        return str(number)
    return str(local) if shard == home else f"{shard}~{local}"
