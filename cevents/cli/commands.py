"""The commands: options in, task built, engine run, status out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cevents import __version__
from cevents.canvas.problems import CODES, MAX_LINE_BYTES
from cevents.cli.options import (
    Arrangement,
    Input,
    ZoneType,
    arrangement_options,
    color_option,
    input_options,
    line_buffered_option,
    quiet_option,
    tz_option,
    usable_input_options,
)
from cevents.cli.running import Exit, RunReport, write_count, write_lines
from cevents.errors import CeventsError
from cevents.terminal import many, note

if TYPE_CHECKING:
    from cevents.canvas.problems import Severity
    from cevents.canvas.zones import Zone
    from cevents.output.findings import FindingFormat
    from cevents.output.tables import StatsFormat
    from cevents.tasks.task import Task
    from cevents.terminal import Color


#: What -q does where results are printed all the same.
NO_NOTES = "Say nothing on stderr but errors."


class Commands(click.Group):
    """The group; a mistyped command is told the nearest one."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], self.list_commands(ctx), n=1)
            tip = f"did you mean {near[0]}?" if near else "`cevents --help` lists them"
            raise CeventsError(f"no such command {args[0]!r}", tip)
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def _show_version(ctx: click.Context, param: click.Parameter, is_asked: bool) -> None:
    if is_asked and not ctx.resilient_parsing:
        from cevents.scan.compiled import reader_name

        click.echo(f"cevents {__version__} ({reader_name()})")
        ctx.exit()


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version,
    help="Show the version, and which reader is in use.",
)  # fmt: skip
def cli() -> None:
    """Look into dumps of Canvas Live Events, one JSON event a line.

    Reads files, compressed or not, and folders of them; or standard input, if
    none is named or the name is "-". Events may be one a line, indented or glued
    together, or inside messages of queues and streams. Signatures of tokens are
    not verified.

    \b
    Examples:
      cevents validate dump.jsonl
      cevents filter -c 53 --since yesterday dump.jsonl | cevents show
      cevents stats --top 10 dump.jsonl.gz folder/

    Exit status: 0 all input was usable, 1 some was not or has findings,
    2 the job could not be done, 130 interrupted.
    """


def _codes(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> frozenset[str]:
    codes = frozenset(code for value in values for code in value.replace(",", " ").split())
    unknown = sorted(codes - CODES.keys())
    if unknown:
        raise CeventsError(f"no such code: {', '.join(unknown)}", "`cevents explain` lists them")
    return codes


@cli.command()
@click.option("--strict", is_flag=True, help="Also warn about unlikely values.")
@click.option("--select", callback=_codes, multiple=True, metavar="CODES", help="Only these codes.")
@click.option("--ignore", callback=_codes, multiple=True, metavar="CODES", help="Not these codes.")
@click.option("--format", "style", type=click.Choice(["text", "json", "github"]), default="text")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning"]),
    default="warning",
    help="Lowest severity that makes the exit status 1.  [default: warning]",
)
@click.option(
    "--min-events", type=click.IntRange(min=1), metavar="N", help="Expect N valid events at least."
)
@click.option("--newer-than", metavar="AGE", help="Expect an event of the last 26h, 90m, 2d …")
@click.option("--statistics", is_flag=True, help="Print counts instead of findings.")
@click.option("--max-findings", type=click.IntRange(min=0), metavar="N", help="Print N at most.")
@quiet_option("Print nothing: the exit status tells.", expose=True)
@line_buffered_option
@input_options
def validate(
    given: Input,
    strict: bool,
    select: frozenset[str],
    ignore: frozenset[str],
    style: FindingFormat,
    fail_on: Severity,
    min_events: int | None,
    newer_than: str | None,
    statistics: bool,
    max_findings: int | None,
    quiet: bool,
) -> int:
    """Check every event against the documented schemas.

    One finding a line: FILE:LINE:COLUMN: CODE: message. Lines and columns (in
    bytes) count from 1. CODES are separated by commas; `cevents explain CODE`
    tells more. An event that is only warned of is valid. Remembers counts; with
    --strict also some 150 bytes an event, to find the ones that come again
    (unless you --ignore redelivered).

    \b
    Examples:
      cevents validate samples/conversations.jsonl
      cevents validate --select bad-id --format json samples/invalid/bad-id.jsonl
      cevents validate --statistics samples/mixed.jsonl
    """
    from cevents.canvas.zones import typed_age
    from cevents.cli.hints import checked_codes
    from cevents.output.findings import findings_bytes, statistics_json, statistics_text
    from cevents.output.stdout import Output
    from cevents.tasks.expectations import Expectations
    from cevents.tasks.validation import Validation

    asked = {"--strict": strict, "--min-events": min_events, "--newer-than": newer_than}
    given_options = {option for option, value in asked.items() if value not in (None, False)}
    codes = checked_codes(select, ignore, given_options)
    age = None if newer_than is None else typed_age(newer_than)
    task, expected = Validation(strict, codes, newest=bool(age)), Expectations(min_events, age)
    out, report = Output(given.is_live), RunReport()
    left = 0 if quiet or statistics else max_findings
    for name, findings in report.findings(task, given, not (quiet or statistics), expected):
        shown = findings[:left]
        left = None if left is None else left - len(shown)
        out.write(findings_bytes(style, name, shown))
    if statistics and style == "json":
        out.write(statistics_json(report.counts))
    out.close()
    for line in statistics_text(report.counts) if not quiet else ():
        if statistics and style != "json":
            out.write(line.encode() + b"\n")
        elif not statistics:
            note(line)
    out.close()
    counts = report.counts.all
    errors = counts.invalid + report.counts.missing
    return report.status(errors > 0 or (fail_on == "warning" and counts.warnings > 0))


@cli.command("filter")
@click.option("-c", "--conversation", multiple=True, metavar="ID", help="Of this conversation.")
@click.option("-e", "--event", multiple=True, metavar="NAME", help="Of this kind.")
@click.option(
    "-a", "--author", multiple=True, metavar="ID", help="By this author (body.author_id)."
)
@click.option("-u", "--user", multiple=True, metavar="ID", help="By this user (metadata.user_id).")
@click.option("--since", metavar="TIME", help="At or after: 2020-03-24, yesterday, -2h …")
@click.option("--until", metavar="TIME", help="Before.")
@click.option(
    "--time-field",
    type=click.Choice(["event_time", "created_at", "updated_at"]),
    default="event_time",
    help="Which time.  [default: event_time]",
)
@click.option(
    "-w",
    "--where",
    multiple=True,
    metavar="'PATH OP VALUE'",
    help="Any field; OP: = != ~= < <= > >=.",
)
@click.option("-v", "--invert-match", is_flag=True, help="The events that do not match.")
@click.option("-n", "--limit", type=click.IntRange(min=0), metavar="N", help="Stop after N.")
@click.option("--count", is_flag=True, help="Print only how many match.")
@click.option("--assume-valid", is_flag=True, help="Valid dump: skip lines without id or name.")
@tz_option("Of TIMEs without an offset.")
@arrangement_options
@quiet_option(NO_NOTES)
@line_buffered_option
@usable_input_options
def filter_(
    given: Input,
    limit: int | None,
    count: bool,
    arrangement: Arrangement,
    **wanted: Any,
) -> int:
    """Write the events that match, byte for byte as they were.

    Repeat an option, or write 5,7, to match any of its values; different options
    must all hold. A bare PATH in --where asks if it is there. Remembers nothing;
    --dedup some 100 bytes an event, --sort up to --sort-memory.

    \b
    Examples:
      cevents filter -c 5230 -e conversation_created samples/conversations.jsonl
      cevents filter --since 2020-03-09 --count samples/conversations.jsonl
      cevents filter --dedup --sort samples/conversations.jsonl > clean.jsonl
    """
    from cevents.output.stdout import Output

    places = limit is not None or given.bad_lines == "stop"
    task = _selection(arrangement, places=places, count=count, **wanted)
    if not count:
        return write_lines(task, given, Output(given.is_live), arrangement, limit)
    return write_count(task, given, Output(), limit)


def _selection(
    arrangement: Arrangement,
    conversation: tuple[str, ...],
    event: tuple[str, ...],
    author: tuple[str, ...],
    user: tuple[str, ...],
    since: str | None,
    until: str | None,
    time_field: str,
    where: tuple[str, ...],
    invert_match: bool,
    tz: Zone,
    places: bool,
    assume_valid: bool,
    count: bool,
) -> Task:
    from cevents.canvas.zones import typed_instant
    from cevents.cli.hints import check_range, check_where, typed_ids, typed_names
    from cevents.tasks.selection import Selection, Times, parse_where

    ids = {
        "body.conversation_id": conversation,
        "body.author_id": author,
        "metadata.user_id": user,
    }
    part = "metadata" if time_field == "event_time" else "body"
    times = None
    if not (since is until is None):
        first, end = (None if text is None else typed_instant(text, tz) for text in (since, until))
        check_range(first, end)
        times = Times(f"{part}.{time_field}", first, end)
    conditions = tuple(map(parse_where, where))
    for condition in conditions:
        check_where(condition)
    return Selection(
        tuple((path, typed_ids(values)) for path, values in ids.items() if values),
        typed_names(event),
        times,
        conditions,
        invert_match,
        assume_valid,
        count,
        places=places,
        sort=arrangement.sort,
        dedup=arrangement.dedup,
    )


@cli.command()
@click.option("--format", "style", type=click.Choice(["table", "json", "csv"]), default="table")
@click.option(
    "--sort", metavar="COLUMN", default="messages",
    help="Highest counts first.  [default: messages]",
)  # fmt: skip
@click.option("--reverse", is_flag=True, help="Sort the other way round.")
@click.option("--top", type=click.IntRange(min=0), metavar="N", help="Only the first N.")
@tz_option("The zone to show times in.")
@quiet_option(NO_NOTES)
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


@cli.command()
@click.option(
    "--to", type=ZoneType(event=True), required=True, metavar="ZONE",
    help="An IANA name, utc, local, +05:30, or event: each event's own.",
)  # fmt: skip
@click.option(
    "--field", "fields", multiple=True, metavar="NAME",
    help="Only this timestamp; +NAME: this one too.",
)  # fmt: skip
@arrangement_options
@quiet_option(NO_NOTES)
@line_buffered_option
@usable_input_options
def convert(
    given: Input,
    to: Zone | str,
    fields: tuple[str, ...],
    arrangement: Arrangement,
) -> int:
    """Write every event with its timestamps in another zone.

    Each documented timestamp stays the same instant, as precise as it was, with
    the zone's offset at that time. No other byte of a line changes. A timestamp
    that cannot be converted stays, and is reported. Remembers nothing, except
    with --dedup some 100 bytes an event, and with --sort up to --sort-memory.

    \b
    Examples:
      cevents convert --to America/Denver samples/conversations.jsonl
      cevents convert --to event samples/conversations.jsonl
      cevents convert --to utc --field created_at samples/conversations.jsonl
    """
    from cevents.output.stdout import Output
    from cevents.tasks.conversion import Conversion, field_path

    only = tuple(field_path(name) for name in fields if not name.startswith("+"))
    extra = tuple(field_path(name[1:]) for name in fields if name.startswith("+"))
    zone = None if isinstance(to, str) else to
    places = given.bad_lines == "stop"
    sort, dedup = arrangement.sort, arrangement.dedup
    task = Conversion(zone, only, extra, places=places, sort=sort, dedup=dedup)
    return write_lines(task, given, Output(given.is_live), arrangement)


@cli.command()
@click.option("-x", "--expand", is_flag=True, help="The whole of each event, indented.")
@tz_option("The zone to show times in; event: each event's own.", event=True)
@click.option("-n", "--limit", type=click.IntRange(min=0), metavar="N", help="Stop after N.")
@color_option
@arrangement_options
@quiet_option(NO_NOTES)
@line_buffered_option
@usable_input_options
def show(
    given: Input,
    expand: bool,
    tz: Zone | str,
    limit: int | None,
    color: Color,
    arrangement: Arrangement,
) -> int:
    """Show events for reading, one line each.

    A line says when, what happened, in which conversation, who. With --expand
    the whole event, every value as it was, times too. Remembers nothing, except
    with --dedup some 100 bytes an event, and with --sort up to --sort-memory.

    \b
    Examples:
      cevents show samples/conversations.jsonl
      cevents show --sort --tz America/Denver -n 20 samples/conversations.jsonl
      cevents filter -c 5229 samples/conversations.jsonl | cevents show -x
    """
    from cevents.output.stdout import Output
    from cevents.tasks.display import Display
    from cevents.terminal import wants_color

    places = limit is not None or given.bad_lines == "stop"
    sort, dedup = arrangement.sort, arrangement.dedup
    zone = None if isinstance(tz, str) else tz
    task = Display(zone, expand, wants_color(color), places=places, sort=sort, dedup=dedup)
    return write_lines(task, given, Output(given.is_live), arrangement, limit)


@cli.command()
@click.argument(
    "files", nargs=-1, metavar="[REJECTS]...", type=click.Path(path_type=str, readable=False)
)
@quiet_option(NO_NOTES)
def restore(files: tuple[str, ...]) -> int:
    """Write the lines that --rejects has set aside.

    Byte for byte as they were. REJECTS are files that --rejects wrote, or
    standard input; some of their lines will do. A line that had no line feed
    gets none, unless another line follows it. Remembers nothing.

    \b
    Examples:
      cevents restore samples/rejects.ndjson > lines.jsonl
      grep bad-timestamp samples/rejects.ndjson | cevents restore | cevents show
    """
    from cevents.output.stdout import Output
    from cevents.tasks.restoration import Restoration

    given = Input(files, MAX_LINE_BYTES, jobs=1, framing="ndjson")
    return write_lines(Restoration(), given, Output(lines=False))


@cli.command()
@click.argument("event", required=False)
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table")
@quiet_option(NO_NOTES)
def schema(event: str | None, style: str) -> int:
    """Print the documented fields, of all events or of one.

    With --format json as JSON Schema 2020-12, for other validators.

    \b
    Examples:
      cevents schema conversation_created
      cevents schema --format json > events.schema.json
    """
    from cevents.canvas.events import EVENTS, nearest_documented
    from cevents.output.manual import field_rows
    from cevents.output.stdout import Output, prose_table

    if event is not None and event not in EVENTS:
        near = nearest_documented(event)
        tip = f"did you mean {near}?" if near else f"there are {', '.join(EVENTS)}"
        raise CeventsError(f"no schema for an event {event!r}", tip)
    out = Output()
    if style == "json":
        import orjson

        from cevents.canvas.schema import json_schema

        out.write(orjson.dumps(json_schema(event), option=orjson.OPT_INDENT_2) + b"\n")
    else:
        out.write(prose_table(field_rows(event)))
    out.close()
    return Exit.OK


@cli.command()
@click.argument("code", required=False)
@quiet_option(NO_NOTES)
def explain(code: str | None) -> int:
    """Explain a code: what it means, why it matters, how to mend it.

    \b
    Examples:
      cevents explain
      cevents explain missing-offset
    """
    from cevents.output.manual import code_text
    from cevents.output.stdout import Output, prose_table

    out = Output()
    if code is None:
        rows = [["code", "severity", "meaning"]]
        rows += [[name, code_.severity, code_.meaning] for name, code_ in CODES.items()]
        out.write(prose_table(rows))
    elif code in CODES:
        out.write(code_text(code).encode())
    else:
        from difflib import get_close_matches

        near = get_close_matches(code, CODES, n=1)
        tip = f"did you mean {near[0]}?" if near else "`cevents explain` lists them"
        raise CeventsError(f"no such code {code!r}", tip)
    out.close()
    return Exit.OK
