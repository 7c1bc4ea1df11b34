"""The summary of conversations, as people and programs read it: one writer a format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from cevents.canvas.zones import Zone
from cevents.output.stdout import aligned, terminal_width
from cevents.scan.kernels import show
from cevents.tasks.summary import COUNTS, Row, Table
from cevents.terminal import many, safe, safe_json

StatsFormat = Literal["table", "json", "csv"]


def batches_json(batches: Iterable[list[list[Any]]], tz: Zone) -> Iterator[bytes]:
    import orjson

    for batch in batches:
        rows = zip(*_in_zone(batch, tz), strict=True)
        yield b"".join(
            safe_json(orjson.dumps(dict(zip(Row._fields, row, strict=True)))) + b"\n"
            for row in rows
        )


def batches_csv(batches: Iterable[list[list[Any]]], tz: Zone) -> Iterator[bytes]:
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Row._fields)
    for batch in batches:
        account, conversation, *others = _in_zone(batch, tz)
        account = [_harmless(text or "") for text in account]
        conversation = list(map(_harmless, conversation))
        writer.writerows(zip(account, conversation, *others, strict=True))
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()


def _harmless(text: str) -> str:
    """Return a text as a cell: a spreadsheet must not take it for a formula."""
    if text.isdecimal():
        return text
    text = safe(text)
    return "'" + text if text.startswith(("=", "+", "-", "@")) else text


def _in_zone(batch: list[list[Any]], tz: Zone) -> list[list[Any]]:
    """Return the columns of some rows, with their times as texts."""
    *before, created, first, last, reply = batch
    begun = [text or None for text in show(created, tz)]
    return [*before, begun, show(first, tz), show(last, tz), reply]


_HEADERS = {
    "root_account_id": "account",
    "conversation_id": "conversation",
    "created_at": "created",
    "first_event": "first",
    "last_event": "last",
    "first_reply_seconds": "first reply",
}


def rows_table(
    table: Table, rows: Iterable[Row], other: int, bad_lines: int, tz: Zone
) -> Iterator[bytes]:
    """Yield the table for people: *rows*, times to the second, and the totals of the *table*.

    *other* events and *bad_lines* were left aside, which is said.

    On a terminal that is too narrow for all columns some are left out, which is said.
    """
    shown = list(rows)
    accounts = table.accounts
    columns = [c for c in Row._fields if c != "root_account_id" or len(accounts) > 1]
    totals = {column: str(total) for column, total in table.totals().items()}
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
    some = f"{len(shown)} of " if len(shown) < len(table) else ""
    yield f"{some}{many(len(table), 'conversation')}; times in {tz.name}\n".encode()
    for account in accounts if len(accounts) == 1 else ():
        yield f"root account: {safe(account or 'none')}\n".encode()
    if without:
        names = ", ".join(_HEADERS.get(c, c) for c in without)
        yield f"too narrow for: {names} (--format csv has all)\n".encode()
    if other:
        yield f"left aside: {many(other, 'other event')}\n".encode()
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
        return tz.show(value - value % 10**6)
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
