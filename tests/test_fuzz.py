"""The corpus of the fuzzer, and with it every case that the fuzzer has found."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

FUZZ = Path(__file__).resolve().parent.parent / "fuzz"
sys.path.insert(0, str(FUZZ))

from invariants import check, check_some  # noqa: E402 - it is in that folder

from .strategies import dumps, mutilated  # noqa: E402
from .test_properties import quick  # noqa: E402

SEEDS = sorted((FUZZ / "corpus").iterdir())


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.name)
def test_corpus(seed: Path) -> None:
    """Each seed is read without an exception, alike by both readers, and without a byte lost."""
    check(seed.read_bytes())


@quick
@given(dumps | st.lists(mutilated(), max_size=3).map(b"\n".join) | st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    """So are any bytes."""
    check_some(data)


def test_corpus_is_small() -> None:
    """A seed is there for what no other one shows."""
    assert len(SEEDS) <= 40
    assert max(seed.stat().st_size for seed in SEEDS) <= 3000
