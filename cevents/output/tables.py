"""The summary of conversations, as people and programs read it: one writer a format."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, NamedTuple

from cevents.canvas.ids import is_id
from cevents.canvas.zones import Zone
from cevents.output.stdout import aligned, terminal_width
from cevents.scan.kernels import Around, lines
from cevents.scan.kernels import table as offsets
from cevents.tasks.summary import COUNTS, Row, Table
from cevents.terminal import many, safe, safe_json

StatsFormat = Literal["table", "json", "csv"]


class Form(NamedTuple):
    """How rows are written as lines.

    *heading* comes first, and *before* stands before each cell. *line* writes one row, whose times
    are texts, by itself.
    """

    heading: bytes
    before: list[bytes]
    around: Around
    line: Callable[[dict[str, Any]], bytes]


def rows_in_lines(table: Table, rows: array[int], form: Form, tz: Zone) -> Iterator[bytes]:
    """Yield rows of a table as lines, times in a zone."""

    def line(at: int) -> bytes:
        cells = table.row(at)._asdict()
        times = {name: tz.show(cells[name]) for name in _TIMES if cells[name] is not None}
        return form.line(cells | times)

    yield form.heading
    cells = list(zip(table.cells.values(), form.before, strict=True))
    yield from lines(rows, cells, form.around, offsets(tz, table.span), line)


_TIMES = ("created_at", "first_event", "last_event")


def _json(cells: dict[str, Any]) -> bytes:
    import orjson

    return safe_json(orjson.dumps(cells)) + b"\n"


def _csv(cells: dict[str, Any]) -> bytes:
    account, *others = cells.values()
    row = (_cell(account or ""), *("" if cell is None else str(cell) for cell in others))
    return ",".join(row).encode() + b"\n"


def _cell(account: str) -> str:
    """Return a root account as a cell. One that is no id may be any text that an event holds.

    It is in quotes, for in some countries cells end at a semicolon; and what does not begin with a
    letter or a digit gets an apostrophe, so that no spreadsheet takes it for a formula.
    """
    if is_id(account) or not account:
        return account
    text = safe(account).replace('"', '""')
    return f'"{text}"' if text[0].isalnum() else f'"\'{text}"'


_NAMES = [name.encode() for name in Row._fields]

FORMS = {
    "json": Form(
        b"",
        [b'%b"%b":' % (b"," if at else b"{", name) for at, name in enumerate(_NAMES)],
        (b"}\n", b'"', b"null"),
        _json,
    ),
    "csv": Form(
        b",".join(_NAMES) + b"\n",
        [b"," if at else b"" for at in range(len(_NAMES))],
        (b"\n", b"", b""),
        _csv,
    ),
}


_HEADERS = {
    "root_account_id": "account",
    "conversation_id": "conversation",
    "created_at": "created",
    "first_event": "first",
    "last_event": "last",
    "first_reply_seconds": "first reply",
}


def rows_table(table: Table, rows: Iterable[Row], other: int, tz: Zone) -> Iterator[bytes]:
    """Yield the table for people: *rows*, times to the second, and the totals of the *table*.

    *other* events were left aside, which is said.

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
    if column in _TIMES:
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
