"""Everything a person or a program reads: one writer a format; tables.

Nothing that an event holds takes effect where it is shown: control characters are written as
escapes, and what goes into CSV or a workflow command is escaped as those formats need.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

import msgspec

from cevents.counts import Counts, Tallies
from cevents.display import safe
from cevents.errors import CeventsError
from cevents.events import BODIES, METADATA, Field
from cevents.problems import CODES, Problem
from cevents.summary import COUNTS, Row, Summary
from cevents.terminal import is_terminal, wants_color
from cevents.zones import Zone

FindingFormat = Literal["text", "json", "github"]
StatsFormat = Literal["table", "json", "csv"]

_encode = msgspec.json.Encoder(decimal_format="number").encode


class Output:
    """stdout, as bytes; each write goes out at once if *eager* or to a terminal.

    A line that had no line feed in its input gets none, unless another line follows it.
    """

    def __init__(self, eager: bool = False) -> None:
        if sys.stdout is None:
            raise CeventsError("cannot write: standard output is closed")
        self._stream = sys.stdout.buffer
        self._eager = eager or is_terminal(sys.stdout)
        self._unended = False

    def write(self, data: bytes) -> None:
        """Write *data*. Raises CeventsError where it cannot be written."""
        if not data:
            return
        try:
            if self._unended:
                self._stream.write(b"\n")
            self._stream.write(data)
            if self._eager:
                self._stream.flush()
        except OSError as error:
            raise _unwritable(error) from None
        self._unended = not data.endswith(b"\n")

    def close(self) -> None:
        """Write out what is still held. Raises CeventsError where it cannot be written."""
        try:
            self._stream.flush()
        except OSError as error:
            raise _unwritable(error) from None


def _unwritable(error: OSError) -> CeventsError:
    if isinstance(error, BrokenPipeError):
        raise error
    reason = (error.strerror or str(error)).lower()
    return CeventsError(f"cannot write to standard output: {reason}")


# Findings


def finding_text(file: str, problem: Problem) -> str:
    """Return the line that editors and grep understand."""
    hint = f" ({problem.hint})" if problem.hint else ""
    where = f"{file}:{problem.line}:{problem.column}"
    return safe(f"{where}: {problem.code}: {problem.message}{hint}")


def finding_json(file: str, problem: Problem) -> str:
    return _encode(
        {
            "file": printable(file),
            "line": problem.line,
            "column": problem.column,
            "code": problem.code,
            "severity": problem.severity,
            "path": problem.path,
            "event": problem.event,
            "message": problem.message,
            "hint": problem.hint,
        }
    ).decode()


def finding_github(file: str, problem: Problem) -> str:
    """Return a workflow command of GitHub Actions, with what an event holds made harmless."""
    place = f"file={_property(file)},line={problem.line},col={problem.column}"
    hint = f" ({problem.hint})" if problem.hint else ""
    title = _property(problem.code)
    return f"::{problem.severity} {place},title={title}::{_data(problem.message + hint)}"


def _data(text: str) -> str:
    return safe(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


FINDINGS: dict[FindingFormat, Callable[[str, Problem], str]] = {
    "text": finding_text,
    "json": finding_json,
    "github": finding_github,
}


def printable(text: str) -> str:
    """Return a file name that can be encoded, whatever bytes it is made of."""
    return text.encode(errors="surrogateescape").decode(errors="replace")


def finding_bytes(writer: Callable[[str, Problem], str], file: str, problem: Problem) -> bytes:
    return writer(printable(file), problem).encode() + b"\n"


# Counts


def statistics_json(tallies: Tallies) -> bytes:
    files = [{"file": printable(file), **_counts(c)} for file, c in tallies.files.items()]
    return _encode({**_counts(tallies.all), "files": files}) + b"\n"


def _counts(counts: Counts) -> dict[str, Any]:
    return {
        "events": counts.events,
        "valid": counts.valid,
        "invalid": counts.invalid,
        "blank": counts.blank,
        "other_events": dict(sorted(counts.other_events.items())),
        "codes": dict(sorted(counts.codes.items())),
    }


def statistics_text(tallies: Tallies) -> Iterator[str]:
    """Yield the summary of `validate`, a line each."""
    counts = tallies.all
    yield (
        f"{_many(counts.events, 'event')} read: {counts.valid} valid,"
        f" {counts.invalid} with findings"
    )
    width = max(map(len, counts.codes), default=0)
    for code, count in counts.codes.most_common():
        yield f"  {code:<{width}}  {count}"
    if counts.other_events:
        named = ", ".join(
            f"{safe(name)} {count}" for name, count in sorted(counts.other_events.items())
        )
        total = sum(counts.other_events.values())
        yield f"{_many(total, 'other event')} without a schema here, not judged further: {named}"
    if len(tallies.files) > 1:
        width = max(map(len, tallies.files))
        for file, of_file in tallies.files.items():
            yield f"  {safe(printable(file)):<{width}}  {of_file.valid} valid," + (
                f" {of_file.invalid} with findings"
            )


def skipped_text(tallies: Tallies) -> Iterator[str]:
    """Yield what a command says of the lines that it could not use, a line each."""
    counts = tallies.all
    if not counts.invalid:
        return
    yield f"{counts.invalid} of {_many(counts.events, 'line')} could not be used:"
    width = max(map(len, counts.codes))
    digits = len(str(max(counts.codes.values())))
    for code, count in counts.codes.most_common():
        file, problem = tallies.first[code]
        first = finding_text(printable(file), problem)
        yield f"  {code:<{width}}  {count:>{digits}}, first {first}"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


# Summaries


def rows_json(rows: Iterable[Row], tz: Zone) -> Iterator[bytes]:
    for row in rows:
        yield _encode(_in_zone(row, tz)._asdict()) + b"\n"


def rows_csv(rows: Iterable[Row], tz: Zone) -> Iterator[bytes]:
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Row._fields)
    for row in rows:
        writer.writerow(_cell(value) for value in _in_zone(row, tz))
        if text.tell() > 65536:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _cell(value: Any) -> str:
    """Return a CSV cell; a spreadsheet must not take it for a formula."""
    text = "" if value is None else str(value)
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


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


def rows_table(rows: list[Row], summary: Summary, left_aside: int, tz: Zone) -> Iterator[bytes]:
    """Yield the table for people: the same columns, times to the second, and totals."""
    accounts = {row.root_account_id for row in rows}
    columns = [c for c in Row._fields if c != "root_account_id" or len(accounts) > 1]
    lines = [[_HEADERS.get(c, c) for c in columns]]
    lines += [[_shown(c, getattr(row, c), tz) for c in columns] for row in rows]
    totals = {c: str(sum(getattr(row, c) for row in rows)) for c in COUNTS if c != "authors"}
    if rows:
        lines.append([totals.get(c, "") for c in columns])
        lines[-1][0] = "total"
    right = {i for i, c in enumerate(columns) if c in COUNTS or c == "first_reply_seconds"}
    yield table(lines, right, total=bool(rows))
    if len(accounts) == 1 and rows and rows[0].root_account_id is not None:
        yield f"root account {safe(rows[0].root_account_id)}\n".encode()
    yield f"{_many(len(rows), 'conversation')}; times in {tz.name}\n".encode()
    other = sum(summary.other.values())
    if other:
        yield f"left aside: {_many(other, 'other event')}\n".encode()
    if left_aside:
        yield f"left aside: {_many(left_aside, 'line')} that could not be used\n".encode()


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


_FITS = 1000


def table(lines: list[list[str]], right: set[int], total: bool = False) -> bytes:
    """Return rows as columns, the first row a heading, the last the *total*.

    On a terminal wide cells are folded, never cut; elsewhere every row is one line.
    """
    if is_terminal(sys.stdout) and len(lines) < _FITS:
        return _terminal_table(lines, right, total)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = []
    for line in lines:
        cells = (
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        text.append("  ".join(cells).rstrip())
    return ("\n".join(text) + "\n").encode()


def _terminal_table(lines: list[list[str]], right: set[int], total: bool) -> bytes:
    import io

    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    heading, *rows = lines
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, show_footer=total)
    footer = rows.pop() if total else [""] * len(heading)
    for index, (name, sum_) in enumerate(zip(heading, footer, strict=True)):
        justify: Literal["left", "right"] = "right" if index in right else "left"
        grid.add_column(name, footer=sum_, justify=justify, overflow="fold", no_wrap=index == 0)
    for row in rows:
        grid.add_row(*map(Text, row))
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, no_color=not wants_color("auto"))
    console.print(grid)
    return text.getvalue().encode()


# Documentation


def field_rows(event: str | None) -> list[list[str]]:
    """Return the documented fields, of one event or of all, as a table with its heading."""
    rows = [["field", "type", "required", "meaning"]]
    for name, fields in BODIES.items():
        if event in (None, name):
            rows += [[name, "", "", ""]] if event is None else []
            rows += [_field_row(field) for field in fields]
    rows += [["every event", "", "", ""]] if event is None else []
    return rows + [_field_row(field) for field in METADATA]


def _field_row(field: Field) -> list[str]:
    kinds = {"text": "string or null", "name": "string"}
    required = "yes" if field.required else ""
    return [field.path, kinds.get(field.kind, field.kind), required, field.meaning]


def code_text(name: str) -> str:
    """Return what `cevents explain` prints of one code."""
    code = CODES[name]
    only = "Reported under --strict only.\n\n" if code.strict else ""
    return (
        f"{name}: {code.meaning}\n\n{only}Why it matters\n  {code.why}\n\n"
        f"Example\n  {code.example}\n\nHow to mend it\n  {code.mend}\n"
    )
