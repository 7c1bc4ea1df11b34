"""What a command answered, in a form that is the same for all that answered the same.

Each function is given what the command wrote to its output and to stderr. They read a line at a
time: memory that this process takes would count as that of the commands it starts.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path

from orjson import loads

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def nothing(output: Path, errors: Path) -> str:
    """Return the answer of a command that is only to end well."""
    return "done"


def lines(output: Path, errors: Path) -> str:
    """Return how many lines there are, and what they are, in any order."""
    with output.open("rb") as file:
        return _in_any_order(file)


def count(output: Path, errors: Path) -> str:
    """Return the number that the output begins with."""
    return output.read_text().split()[0]


def verdict(output: Path, errors: Path) -> str:
    """Return how many lines were read and how many are valid.

    Of cevents (its summary is on stderr), the loop in `peers.py`, and Sourcemeta's CLI.
    """
    summaries = (
        (errors, r"(?P<read>\d+) events read: (?P<valid>\d+) valid"),
        (output, r"(?P<read>\d+) (?P<valid>\d+)\n"),
        (errors, r"(?P<read>\d+) validated, (?P<valid>\d+) passed"),
    )
    for path, summary in summaries:
        with path.open(errors="replace") as file:
            text = file.read(2000)
        if found := re.match(summary, text):
            return f"{found['valid']} of {found['read']} valid"
    return "failed: no verdict"


def conversations(output: Path, errors: Path) -> str:
    """Return what is known of each conversation: of cevents' columns, those that all peers have."""
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
    """Return the timestamps of every event with the offsets that they are shown with."""
    with output.open("rb") as file:
        return _in_any_order(";".join(map(_shown, stamps)).encode() for stamps in _stamps(file))


def _stamps(lines: Iterable[bytes]) -> Iterator[tuple[str | None, ...]]:
    for line in lines:
        if line.startswith(b"{"):
            event = loads(line)
            body = event["body"]
            yield event["metadata"]["event_time"], body.get("created_at"), body.get("updated_at")
        else:
            yield tuple(line.decode().rstrip("\n").split(","))


def _shown(stamp: str | None) -> str:
    return datetime.fromisoformat(stamp).isoformat() if stamp else ""


def _in_any_order(lines: Iterable[bytes]) -> str:
    number = total = 0
    for line in lines:
        number += 1
        total += int.from_bytes(blake2b(line, digest_size=16).digest())
    return f"{number} lines, {total % 2**128:032x}"
