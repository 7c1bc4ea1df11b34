"""Options: what is typed for a size."""

from __future__ import annotations

import pytest

from cevents.cli.options import SizeType


@pytest.mark.parametrize(
    ("size", "count"),
    [("300", 300), ("2k", 2048), ("1MiB", 1024**2), ("5gb", 5 * 1024**3), ("1T", 1024**4)],
)
def test_sizes_are_powers_of_1024(size: str, count: int) -> None:
    """K, M, G and T are what memory is counted in."""
    assert SizeType().convert(size, None, None) == count
