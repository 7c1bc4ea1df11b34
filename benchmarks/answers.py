"""What a command answered, as a text that is equal for equal answers.

Each function is given the files that hold the command's output and stderr. They read a line at a
time: Linux counts the memory of this process as that of the commands it starts.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b, file_digest
from pathlib import Path

from orjson import loads

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def nothing(output: Path, errors: Path) -> str:
    """Return the same for all: a command is only to exit with the right status."""
    return "done"


def exact(output: Path, errors: Path) -> str:
    """Return what all lines are, in their order."""
    with output.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def lines(output: Path, errors: Path) -> str:
    """Return how many lines there are, and what they are, in any order."""
    with output.open("rb") as file:
        return _in_any_order(file)


def count(output: Path, errors: Path) -> str:
    """Return the number that the output begins with; that of cevents is on stderr."""
    for path in (output, errors):
        with path.open(errors="replace") as file:
            if found := re.match(r"\s*(\d+)", file.read(100)):
                return found[1]
    return "failed: no number"


def verdict(output: Path, errors: Path) -> str:
    """Return how many lines were read and how many are valid.

    Of cevents, whose summary is on stderr, or of the loop in `peers.py`.
    """
    summaries = (
        (errors, r"(?P<read>\d+) events read: (?P<valid>\d+) valid"),
        (output, r"(?P<read>\d+) (?P<valid>\d+)\n"),
    )
    for path, summary in summaries:
        with path.open(errors="replace") as file:
            text = file.read(2000)
        if found := re.match(summary, text):
            return f"{found['valid']} of {found['read']} valid"
    return "failed: no verdict"


def conversations(output: Path, errors: Path) -> str:
    """Return the row of each conversation, with the columns that all peers have."""
    with output.open(newline="") as file:
        rows = csv.reader(file)
        ours = "redelivered" in next(rows, ())
        return _in_any_order(",".join(_own(row) if ours else row).encode() for row in rows)


def _own(row: list[str]) -> list[str]:
    account, conversation, events, messages, _, authors, _, _, first, last, _ = row
    return [account, conversation, events, messages, authors, _instant(first), _instant(last)]


def _instant(text: str) -> str:
    return str((datetime.fromisoformat(text) - _EPOCH) // timedelta(milliseconds=1))


def times(output: Path, errors: Path) -> str:
    """Return the timestamps of every event, with their offsets."""
    with output.open("rb") as file:
        return _in_any_order(";".join(map(_shown, stamps)).encode() for stamps in _stamps(file))


def _stamps(lines: Iterable[bytes]) -> Iterator[tuple[str | None, ...]]:
    for line in lines:
        event = loads(line)
        body = event["body"]
        yield event["metadata"]["event_time"], body.get("created_at"), body.get("updated_at")


def _shown(stamp: str | None) -> str:
    return datetime.fromisoformat(stamp).isoformat() if stamp else ""


def _in_any_order(lines: Iterable[bytes]) -> str:
    number = total = 0
    for line in lines:
        number += 1
        total += int.from_bytes(blake2b(line, digest_size=16).digest())
    return f"{number} lines, {total % 2**128:032x}"
