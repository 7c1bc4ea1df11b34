"""`show`: events for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cevents.cli.options import (
    Arrangement,
    Input,
    arrangement_options,
    color_option,
    line_buffered_option,
    quiet_option,
    tz_option,
    usable_input_options,
)
from cevents.cli.running import write_lines

if TYPE_CHECKING:
    from cevents.canvas.zones import Zone
    from cevents.terminal import Color


@click.command()
@click.option("-x", "--expand", is_flag=True, help="The whole of each event, indented.")
@tz_option("The zone to show times in; event: each event's own.", event=True)
@click.option("-n", "--limit", type=click.IntRange(min=0), metavar="N", help="Stop after N.")
@color_option
@arrangement_options
@quiet_option()
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
