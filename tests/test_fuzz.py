"""The corpus of the fuzzer, and with it every case that the fuzzer has found."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

FUZZ = Path(__file__).resolve().parent.parent / "fuzz"
sys.path.insert(0, str(FUZZ))

from invariants import check, check_some  # noqa: E402 - it is in that folder

from .strategies import LONG, dumps, examples, junk, mutilated, quick  # noqa: E402

SEEDS = sorted((FUZZ / "corpus").iterdir())
EVENT = (
    b'{"metadata":{"event_name":"logged_out","event_time":"2020-03-24T16:55:59Z"},"body":{"x":%b}}'
)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.name)
def test_corpus(seed: Path) -> None:
    """Each seed is read without an exception, alike by both readers, and without a byte lost."""
    (check if LONG else check_some)(seed.read_bytes())


fragments = st.lists(mutilated() | junk, max_size=3).map(b"\n".join) | st.binary(max_size=60)


@settings(quick, max_examples=examples(100))
@given(dumps | fragments | fragments.map(lambda data: EVENT % data))
def test_any_bytes(data: bytes) -> None:
    """So are any bytes."""
    check_some(data)


ODD = (
    EVENT % b'"\\ud800"',
    EVENT % (b"9" * 5000),
    EVENT % b"-1e400",
    EVENT % (b"[" * 1100),
    EVENT % (b"[" * 1020 + b"]" * 1020),
    EVENT % (b'{"y":' * 900 + b"1" + b"}" * 900),
    EVENT % b'{"y":[1e999]}',
    EVENT % b'{"y":[123456789012345678901234567890]}',
    EVENT.replace(b'"logged_out"', b"123456789012345678901234567890") % b"1",
    EVENT.replace(b'"logged_out"', b'{"a":1e999}') % b"1",
    EVENT.replace(b'"logged_out"', b'"\\u001b[2J"') % b'"\\u001b"',
    EVENT.replace(b'Z"}', b'Z","time_zone":"America"}') % b"1",
    EVENT.replace(b'Z"}', b'Z","time_zone":"../../etc/passwd"}') % b"1",
    EVENT.replace(b'Z"}', b'Z","time_zone":"\\u0000"}') % b"1",
    EVENT.replace(b'Z"}', b'+01:00","time_zone":["Asia/Tokyo"],"url":{},"user_id":{}}') % b"1",
    EVENT.replace(b"2020-03-24T16:55:59Z", b"0001-01-01T00:00:00+05:30") % b"1",
    EVENT.replace(b"2020-03-24T16:55:59Z", b"9999-12-31T23:59:60Z") % b"1",
)


@pytest.mark.parametrize("line", ODD, ids=range(len(ODD)))
def test_odd_values(line: bytes) -> None:
    """So is a line with a value that somebody may trip over, alone and among others."""
    among_others = line + b"\n" + EVENT % b"1" + b"\n" + line + b"\n"
    for data in (line, among_others):
        (check if LONG or len(line) < 1000 else check_some)(data)


def test_corpus_is_small() -> None:
    """A seed is there for what no other one shows."""
    assert len(SEEDS) <= 40
    assert max(seed.stat().st_size for seed in SEEDS) <= 3000
