"""`filter`: the events that match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cevents.cli.options import (
    Arrangement,
    Input,
    arrangement_options,
    line_buffered_option,
    quiet_option,
    tz_option,
    usable_input_options,
)
from cevents.cli.running import write_count, write_lines

if TYPE_CHECKING:
    from cevents.canvas.zones import Zone
    from cevents.tasks.task import Task


@click.command("filter")
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
@quiet_option()
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
