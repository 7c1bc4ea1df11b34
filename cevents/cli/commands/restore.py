"""`restore`: the lines that --rejects has set aside."""

from __future__ import annotations

import click

from cevents.canvas.problems import MAX_LINE_BYTES
from cevents.cli.options import Input, quiet_option
from cevents.cli.running import write_lines


@click.command()
@click.argument(
    "files", nargs=-1, metavar="[REJECTS]...", type=click.Path(path_type=str, readable=False)
)
@quiet_option()
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
