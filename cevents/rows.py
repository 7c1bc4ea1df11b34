"""The summary of conversations, as people and programs read it: one writer a format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Literal

import msgspec

from cevents.conversations import COUNTS, Row
from cevents.output import aligned, terminal_width
from cevents.summary import Summary
from cevents.terminal import many, safe, safe_json
from cevents.zones import Zone

StatsFormat = Literal["table", "json", "csv"]

_encode = msgspec.json.Encoder(decimal_format="number").encode


def rows_json(rows: Iterable[Row], tz: Zone) -> Iterator[bytes]:
    for row in rows:
        yield safe_json(_encode(_in_zone(row, tz)._asdict())) + b"\n"


def rows_csv(rows: Iterable[Row], tz: Zone) -> Iterator[bytes]:
    yield ",".join(Row._fields).encode() + b"\n"
    accounts: dict[str | None, str] = {}
    rows = iter(rows)
    while batch := list(islice(rows, _MOST_LINES)):
        account, *ids_and_counts, created, first, last, reply = zip(*batch, strict=True)
        accounts |= {text: _cell(text) for text in set(account) - accounts.keys()}
        columns = (
            map(accounts.__getitem__, account),
            *ids_and_counts,
            *map(tz.show_instants, (created, first, last)),
            ["" if seconds is None else seconds for seconds in reply],
        )
        # Ids, times and numbers: nothing in them needs quotes.
        yield "".join(map(_LINE, zip(*columns, strict=True))).encode()


_LINE = (",".join(["%s"] * len(Row._fields)) + "\n").__mod__
_MOST_LINES = 1024


def _cell(text: str | None) -> str:
    """Return any text as a cell (RFC 4180); a spreadsheet must not take it for a formula."""
    text = safe(text or "")
    if text.startswith(("=", "+", "-", "@")):
        text = "'" + text
    if any(special in text for special in ',"'):
        text = '"{}"'.format(text.replace('"', '""'))
    return text


def _in_zone(row: Row, tz: Zone) -> Row:
    return row._replace(
        created_at=row.created_at and tz.show_instant(row.created_at),
        first_event=tz.show_instant(row.first_event),
        last_event=tz.show_instant(row.last_event),
    )


_HEADERS = {
    "root_account_id": "account",
    "conversation_id": "conversation",
    "created_at": "created",
    "first_event": "first",
    "last_event": "last",
    "first_reply_seconds": "first reply",
}


def rows_table(summary: Summary, rows: Iterable[Row], bad_lines: int, tz: Zone) -> Iterator[bytes]:
    """Yield the table for people: *rows*, times to the second, and the totals of the *summary*.

    On a terminal that is too narrow for all columns some are left out, which is said.
    """
    shown = list(rows)
    accounts = summary.accounts
    columns = [c for c in Row._fields if c != "root_account_id" or len(accounts) > 1]
    totals = {column: str(total) for column, total in summary.totals().items()}
    cells = {
        c: [
            _HEADERS.get(c, c),
            *(_shown(c, getattr(row, c), tz) for row in shown),
            totals.get(c, ""),
        ]
        for c in columns
    }
    cells[columns[0]][-1] = "total"
    without = _left_out(cells, terminal_width())
    kept = {c: column for c, column in cells.items() if c not in without}
    right = frozenset(i for i, c in enumerate(kept) if c in COUNTS or c == "first_reply_seconds")
    heading, *body, total = aligned(
        [list(line) for line in zip(*kept.values(), strict=True)], right
    )
    if terminal_width():
        rule = "─" * max(map(len, (heading, *body, total)))
        heading, total = f"{heading}\n{rule}", f"{rule}\n{total}"
    yield "".join(f"{line}\n" for line in (heading, *body, total)).encode()
    some = f"{len(shown)} of " if len(shown) < len(summary) else ""
    yield f"{some}{many(len(summary), 'conversation')}; times in {tz.name}\n".encode()
    for account in accounts if len(accounts) == 1 else ():
        yield f"root account: {safe(account or 'none')}\n".encode()
    if without:
        names = ", ".join(_HEADERS.get(c, c) for c in without)
        yield f"too narrow for: {names} (--format csv has all)\n".encode()
    if summary.other:
        yield f"left aside: {many(sum(summary.other.values()), 'other event')}\n".encode()
    if bad_lines:
        yield f"left aside: {many(bad_lines, 'line')} that could not be used\n".encode()


#: What a narrow terminal can do without, first to go first.
_SPARE = (
    "created_at",
    "forwarded",
    "redelivered",
    "last_event",
    "first_reply_seconds",
    "first_event",
)


def _left_out(cells: dict[str, list[str]], width: int | None) -> list[str]:
    """Return the columns to leave out so that the others fit *width*."""
    widths = {c: max(map(len, column)) + 2 for c, column in cells.items()}
    without: list[str] = []
    for column in _SPARE:
        if width is None or sum(widths.values()) - 2 <= width:
            break
        without.append(column)
        del widths[column]
    return without


def _shown(column: str, value: Any, tz: Zone) -> str:
    if value is None:
        return ""
    if column in ("created_at", "first_event", "last_event"):
        return tz.show_instant(value[:19])
    if column == "first_reply_seconds":
        return _duration(value)
    return safe(str(value))


def _duration(seconds: Any) -> str:
    """Return a length of time in its two largest units: 45 s, 3 h 05 min, 2 d 4 h."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"
