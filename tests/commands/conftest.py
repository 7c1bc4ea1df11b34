"""What the tests of whole commands share."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from ..conftest import FORMS, Dump, message


@pytest.fixture(autouse=True)
def every_reader(reader: str) -> None:
    """Run each command on both readers."""


@pytest.fixture
def prefix(dump: Dump) -> Path:
    """A Firehose prefix, copied from a bucket."""
    hours = Path("bucket/2020/03/24")
    for hour in ("16", "9"):
        (hours / hour).mkdir(parents=True)
    dump(gzip.compress(message(conversation="1")), str(hours / "16" / "events-1.gz"))
    dump(message(conversation="2"), str(hours / "16" / "events-2"))
    dump(FORMS["zstd"](message(conversation="3")), str(hours / "9" / "events-1"))
    dump(b"{}", str(hours / ".DS_Store"))
    dump(message(conversation="4"), "bucket/notes.jsonl")
    return Path("bucket")
