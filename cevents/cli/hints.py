"""What was typed, held against what can be: errors where nothing can match, else notes."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import click

from cevents.canvas.events import EVENTS, FIELDS, nearest_documented
from cevents.canvas.ids import is_id
from cevents.canvas.problems import CODES
from cevents.canvas.timestamps import quoted
from cevents.errors import CeventsError
from cevents.tasks.selection import Where
from cevents.terminal import note


def listed(values: Iterable[str]) -> frozenset[str]:
    """Return the values of an option that may be repeated, or hold several with commas between."""
    return frozenset(part for value in values for part in value.replace(",", " ").split())


def typed_ids(values: Iterable[str]) -> frozenset[str]:
    """Return ids. Raises CeventsError for what is none: no event has it."""
    ids = listed(values)
    for text in sorted(ids):
        if not is_id(text):
            tip = "an id is digits, as 5229, or a shard and digits, as 7~5229"
            raise CeventsError(f"{quoted(text)} is no id", tip)
    return ids


def typed_names(values: Iterable[str]) -> frozenset[str]:
    """Return names of events; say so if one looks like a documented one, and is none."""
    names = listed(values)
    for name in sorted(names - EVENTS.keys()):
        likely = [event for event in EVENTS if name in event.split("_")]
        if near := nearest_documented(name) or (likely[-1] if likely else None):
            note(f"note: no documented event is called {quoted(name)}: did you mean {near}?")
    return names


def check_range(since: int | None, until: int | None) -> None:
    """Raise CeventsError where no time is at or after *since* and before *until*."""
    if since is not None and until is not None and since >= until:
        raise CeventsError("no time is at or after --since and before --until", "exchange the two")


def check_where(where: Where) -> None:
    """Say so if a condition's field is like a documented one, and is none.

    Raises CeventsError for `==`.
    """
    from difflib import get_close_matches

    if where.op == "=" and where.value.startswith("="):
        right = f"{where.path}={where.value.lstrip('=')}"
        raise CeventsError(f"there is no operator == in {quoted(where.path)} ==", f"write {right}")
    if where.field not in FIELDS:
        for near in get_close_matches(where.field, FIELDS, n=1, cutoff=0.85):
            note(f"note: {quoted(where.field)} is no documented field: did you mean {near}?")


def checked_codes(
    selected: frozenset[str], ignored: frozenset[str], options: Collection[str]
) -> frozenset[str]:
    """Return the codes that count. *options* are those given that report codes.

    Raises CeventsError for a code that is selected and never reported, or the other way round.
    """
    codes = (selected or CODES.keys()) - ignored
    for name, code in CODES.items():
        if code.option and code.option not in options and name in selected:
            message = f"--select {name} finds nothing without {code.option}"
            raise CeventsError(message, f"add {code.option}, or leave {name} out")
        if code.expected_by in options and name not in codes:
            by = "--ignore" if name in ignored else "--select"
            message = f"{code.expected_by} finds nothing where {by} leaves {name} out"
            raise CeventsError(message, f"drop {code.expected_by}, or change {by}")
    return frozenset(codes)


def option_tip(error: click.NoSuchOption) -> str | None:
    """Return what to try where a command has no such option: a like one, or who has it."""
    from difflib import get_close_matches

    context = error.ctx
    if context is None or not isinstance(context.parent and context.parent.command, click.Group):
        return None
    commands = context.parent.command.commands  # type: ignore[union-attr]
    having = [
        name
        for name, command in commands.items()
        if any(error.option_name in parameter.opts for parameter in command.params)
    ]
    if having:
        return f"`cevents {having[0]}` has it"
    own = [name for parameter in context.command.params for name in parameter.opts]
    near = get_close_matches(error.option_name, own, n=1, cutoff=0.75)
    return f"did you mean {near[0]}?" if near else None
