"""What the tests of tasks share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def every_reader(reader: str) -> None:
    """Try each task on both readers."""
