"""Columns of texts turned into columns of numbers, by numpy: timestamps into *ticks*, and ids.

A tick is a microsecond since 1970 in UTC. Ticks compare as instants do, and a column of them is
read and compared at once. Not every instant has one: a leap second, a seventh digit of a second,
a date in basic form or past the ends of the calendar is for `timestamps` to read.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

NEVER = int(np.iinfo(np.int64).max)  #: after every tick
SECOND = 10**6
_DAY = 24 * 60 * 60

#: Ids below this are numbers here: local ids have 13 digits at most.
MOST = 2**48

_MONTHS = np.arange("0000-01", "10000-02", dtype="M8[M]").astype("M8[D]")
_MONTH_BEGINS = _MONTHS.astype(np.int64)  # in days since 1970, by months since the year 0
_MONTH_LENGTHS = np.diff(_MONTH_BEGINS)
_FIRST, _LAST = (int(_MONTH_BEGINS[month]) * _DAY * SECOND for month in (12, -1))

# The least and the most that may stand at each place of a time, and of an offset.
_TIME = np.frombuffer(b"0000-00-00T00:00:00.000000000000", np.uint8)
_TIME_MOST = np.frombuffer(b"9999-19-39T29:59:59.999999999999", np.uint8) - _TIME
_OFFSET = np.frombuffer(b"+00:00\0\0", np.uint8)
_OFFSET_MOST = np.frombuffer(b"-29:59\xff\xff", np.uint8) - _OFFSET
_SECONDS, _POINT, _LONGEST = map(len, (b"2020-03-24T16:55:59", b".", b"2020-03-24T16:55:59.123456"))
_PLACES = np.arange(len(_TIME), dtype=np.uint8)


def ticks(texts: list[str]) -> tuple[Numbers, Mask]:
    """Return the ticks of timestamps, and which of them are: others may be timestamps all the same.

    Takes RFC 3339 (capital T and Z) with up to six digits of a second. Raises TypeError if any of
    *texts* is no string, ValueError if any cannot be told from its neighbours.
    """
    joined = "\n".join(texts).encode("utf-8", "replace")
    data = np.frombuffer(joined + b"\n" + bytes(len(_TIME)), np.uint8)
    ends = np.flatnonzero(data == ord("\n"))
    if len(ends) != len(texts):
        raise ValueError("a text has a line feed, or there is none")
    starts = np.concatenate(([0], ends[:-1] + 1))
    in_utc = data[ends - 1] == ord("Z")
    lengths = np.where(in_utc, ends - 1, ends - len("-06:00")) - starts

    above = _rows(data, starts, len(_TIME)) - _TIME  # what is less wraps around
    above *= lengths.astype(np.uint8)[:, None] > _PLACES
    known = _are_none(above > _TIME_MOST) & (lengths >= _SECONDS) & (lengths <= _LONGEST)
    known &= lengths != _SECONDS + _POINT
    # Every third place from 2 on begins two digits: of the year, month, ..., second, fraction.
    twos = (above[:, 2:21:3] * 10 + above[:, 3:22:3]).T.astype(np.int64)
    year, month, day, hour, minute, second, fraction = twos
    century, *rest = (above[:, at].astype(np.int64) * 10 + above[:, at + 1] for at in (0, 22, 24))
    known &= (month > 0) & (month <= 12) & (hour < 24)
    months = np.where(known, (century * 100 + year) * 12 + month - 1, 0)
    known &= (day > 0) & (day <= _MONTH_LENGTHS[months])
    seconds = ((_MONTH_BEGINS[months] + day - 1) * 24 + hour) * 3600 + minute * 60 + second
    found = seconds * SECOND + (fraction * 100 + rest[0]) * 100 + rest[1]

    others = np.flatnonzero(~in_utc)
    if len(others):
        ahead, are_offsets = _offsets(data, starts[others] + lengths[others])
        found[others] -= ahead
        known[others] &= are_offsets
    return found, known & (found >= _FIRST) & (found < _LAST)


def _rows(data: Bytes, starts: Numbers, length: int) -> Bytes:
    """Return so many bytes from each of *starts*, in rows."""
    windows = np.ndarray((len(data) - length + 1,), f"V{length}", data, strides=(1,))
    return windows[starts].view(np.uint8).reshape(len(starts), length)


def _are_none(marks: Mask) -> Mask:
    """Return in which rows, of a multiple of eight, there is no mark: `any` takes five times as
    long."""
    eights = marks.view(np.int64)
    joined = eights[:, 0]
    for at in range(1, eights.shape[1]):
        joined = joined | eights[:, at]
    none: Mask = joined == 0
    return none


def _offsets(data: Bytes, starts: Numbers) -> tuple[Numbers, Mask]:
    """Return the offsets from UTC at *starts*, in ticks, and which of them are any."""
    above = _rows(data, np.maximum(starts, 0), len(_OFFSET)) - _OFFSET
    sign, ten_hours, hours, _, ten_minutes, minutes = above[:, :6].astype(np.int64).T
    hours += 10 * ten_hours
    known = _are_none(above > _OFFSET_MOST) & (sign != ord(",") - ord("+")) & (hours < 24)
    ahead = ((hours * 6 + ten_minutes) * 10 + minutes) * 60 * SECOND
    return np.where(sign == 0, ahead, -ahead), known


def instants(column: Numbers) -> list[str]:
    """Return ticks as `timestamps` writes instants: `2020-03-24T16:55:59.973`."""
    # To be encoded and decoded takes half the time of numpy's own way to text.
    encoded = msgspec.json.encode(column.view("M8[us]").tolist()).replace(b'000"', b'"')
    texts = msgspec.json.decode(encoded, type=list[str])
    return [t.rstrip("0") if t[-1] == "0" and len(t) > _SECONDS else t for t in texts]


def numbers(texts: list[str]) -> Numbers:
    """Return ids as numbers; -1 for what is not written as numbers are, or not below MOST.

    Raises TypeError if any is no string.
    """
    digits = "".join(texts)
    if digits.isdecimal() and digits.isascii():
        try:
            found = np.array(msgspec.convert(texts, _NUMBERS, strict=False))
        except msgspec.ValidationError:  # an empty one, or a zero in front
            pass
        else:
            if found.dtype == np.int64 and found.max() < MOST:
                return found
    if len(texts) < 2:
        return np.full(len(texts), -1)
    half = len(texts) // 2
    return np.concatenate((numbers(texts[:half]), numbers(texts[half:])))


_NUMBERS = list[int]
