"""The commands, a module each: options in, task built, engine run, status out."""

from __future__ import annotations

from typing import Any

import click

from cevents import __version__
from cevents.cli.commands.convert import convert
from cevents.cli.commands.filter import filter_
from cevents.cli.commands.manual import explain, schema
from cevents.cli.commands.restore import restore
from cevents.cli.commands.show import show
from cevents.cli.commands.stats import stats
from cevents.cli.commands.validate import validate
from cevents.errors import CeventsError


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


for _command in (validate, filter_, stats, convert, show, restore, schema, explain):
    cli.add_command(_command)
