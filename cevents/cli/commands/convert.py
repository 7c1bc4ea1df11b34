"""`convert`: events with their timestamps in another zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cevents.cli.options import (
    Arrangement,
    Input,
    ZoneType,
    arrangement_options,
    line_buffered_option,
    quiet_option,
    usable_input_options,
)
from cevents.cli.running import write_lines

if TYPE_CHECKING:
    from cevents.canvas.zones import Zone


@click.command()
@click.option(
    "--to", type=ZoneType(event=True), required=True, metavar="ZONE",
    help="An IANA name, utc, local, +05:30, or event: each event's own.",
)  # fmt: skip
@click.option(
    "--field", "fields", multiple=True, metavar="NAME",
    help="Only this timestamp; +NAME: this one too.",
)  # fmt: skip
@arrangement_options
@quiet_option()
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
