"""`validate`: every event against the documented schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cevents.canvas.problems import CODES
from cevents.cli.options import Input, input_options, line_buffered_option, quiet_option
from cevents.cli.running import RunReport
from cevents.errors import CeventsError
from cevents.terminal import note

if TYPE_CHECKING:
    from cevents.canvas.problems import Severity
    from cevents.output.findings import FindingFormat


def _codes(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> frozenset[str]:
    codes = frozenset(code for value in values for code in value.replace(",", " ").split())
    unknown = sorted(codes - CODES.keys())
    if unknown:
        raise CeventsError(f"no such code: {', '.join(unknown)}", "`cevents explain` lists them")
    return codes


@click.command()
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
