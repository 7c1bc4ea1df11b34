"""`schema` and `explain`: what is documented, and what the codes mean."""

from __future__ import annotations

import click

from cevents.canvas.problems import CODES
from cevents.cli.options import quiet_option
from cevents.cli.running import Exit
from cevents.errors import CeventsError


@click.command()
@click.argument("event", required=False)
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table")
@quiet_option()
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


@click.command()
@click.argument("code", required=False)
@quiet_option()
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
