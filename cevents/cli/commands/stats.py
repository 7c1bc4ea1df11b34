"""`stats`: a row for each conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cevents.cli.options import Input, quiet_option, tz_option, usable_input_options
from cevents.cli.running import RunReport
from cevents.errors import CeventsError
from cevents.terminal import many, note

if TYPE_CHECKING:
    from cevents.canvas.zones import Zone
    from cevents.output.tables import StatsFormat


@click.command()
@click.option("--format", "style", type=click.Choice(["table", "json", "csv"]), default="table")
@click.option(
    "--sort", metavar="COLUMN", default="messages",
    help="Highest counts first.  [default: messages]",
)  # fmt: skip
@click.option("--reverse", is_flag=True, help="Sort the other way round.")
@click.option("--top", type=click.IntRange(min=0), metavar="N", help="Only the first N.")
@tz_option("The zone to show times in.")
@quiet_option()
@usable_input_options
def stats(
    given: Input, style: StatsFormat, sort: str, reverse: bool, top: int | None, tz: Zone
) -> int:
    """Sum up each conversation: one row a conversation.

    A conversation is a root account and a conversation id. Messages are distinct
    (the queue delivers some twice: redelivered); first reply is the time from the
    first message to the first by another author. Remembers every conversation,
    message id and author.

    \b
    Examples:
      cevents stats --top 5 samples/conversations.jsonl
      cevents stats --sort last --tz Asia/Tokyo samples/conversations.jsonl
      cevents stats --format csv samples/mixed.jsonl > conversations.csv
    """
    from cevents.output.stdout import Output
    from cevents.output.tables import FORMS, rows_in_lines, rows_table
    from cevents.tasks.summary import Summary
    from cevents.tasks.summing import Summing

    column = _column(sort)
    report, out, summary = RunReport(given.is_live), Output(), Summary()
    for step in report.run(Summing(), given, False):
        if step.result.own is not None:
            summary.add(step.result.own)
    table = summary.table()
    rows = table.order(column, reverse)[:top]
    if style == "table":
        pieces = rows_table(table, map(table.row, rows), summary.other, tz)
    else:
        pieces = rows_in_lines(table, rows, FORMS[style], tz)
    for piece in pieces:
        out.write(piece)
    out.close()
    if report.was_interrupted:
        note(f"note: interrupted: this is what had come, {many(report.counts.all.events, 'event')}")
    return report.report(given)


def _column(name: str) -> str:
    """Return the column that *name* means: a JSON field, or the table's heading for it."""
    from cevents.tasks.summary import Row

    wanted = name.replace("-", "_").replace(" ", "_")
    for column in Row._fields:
        if wanted == column or wanted == column.rpartition("_")[0] or wanted in column.split("_"):
            return column
    if wanted == "first_reply":
        return "first_reply_seconds"
    raise CeventsError(f"no such column {name!r}", f"columns are {', '.join(Row._fields)}")
