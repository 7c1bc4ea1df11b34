"""Options that several commands share, as decorators, and the types of their values."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import click

from cevents.errors import CeventsError
from cevents.problems import MAX_LINE_BYTES
from cevents.terminal import is_terminal

if TYPE_CHECKING:
    from cevents.engine import Sizes
    from cevents.sources import Source

Command = TypeVar("Command", bound=Callable[..., Any])
BadLines = Literal["report", "skip", "stop"]


class ZoneType(click.ParamType[Any]):
    """An IANA name, `utc`, `local` or an offset; *event* where each event's own zone will do."""

    name = "zone"

    def __init__(self, event: bool = False) -> None:
        self.event = event

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if not isinstance(value, str) or (self.event and value.lower() == "event"):
            return value
        from cevents.zones import zone

        try:
            return zone(value)
        except CeventsError as error:
            self.fail(error.message + (f": {error.tip}" if error.tip else ""), param, ctx)


@dataclass(frozen=True)
class Input:
    """What to read, and what to do with lines that are not usable."""

    files: tuple[str, ...]
    max_line_bytes: int
    jobs: int | None
    progress: bool = True
    include: tuple[str, ...] = ()
    bad_lines: BadLines = "report"
    rejects: str | None = None

    def sizes(self) -> Sizes:
        """Return how the engine is to cut the input."""
        from cevents.engine import Sizes

        return Sizes(max_line=self.max_line_bytes, keep=self.rejects is not None)

    def sources(self) -> list[Source]:
        """Return the inputs. Raises CeventsError rather than wait for someone to type events."""
        if not self.files and is_terminal(sys.stdin):
            tip = "name a dump, as in `cevents stats dump.jsonl`, or pipe one in"
            raise CeventsError("no input: no file is named and standard input is a terminal", tip)
        from cevents.sources import sources

        return sources(self.files, self.include)


def input_options(command: Command) -> Command:
    """Add FILES and how to read them; the command gets them as *given*, an Input."""
    return _input_options(command, _NAMES)


def usable_input_options(command: Command) -> Command:
    """Add the input options and --bad-lines; the command gets them as *given*, an Input."""
    bad_lines = click.option(
        "--bad-lines",
        type=click.Choice(["report", "skip", "stop"]),
        default="report",
        show_default=True,
        help="Lines that are no usable event: skip and report them, skip silently, or stop.",
    )
    return bad_lines(_input_options(command, (*_NAMES, "bad_lines")))


_NAMES = ("files", "include", "max_line_bytes", "jobs", "progress", "rejects")


def _input_options(command: Command, names: tuple[str, ...]) -> Command:
    """Add the options; what *names* lists of them reaches the command as one Input."""

    @functools.wraps(command)
    def call(**options: Any) -> Any:
        given = Input(**{name: options.pop(name) for name in names})
        return command(given=given, **options)

    files = click.argument("files", nargs=-1, type=click.Path(path_type=str, readable=False))
    include = click.option(
        "--include", multiple=True, metavar="GLOB", help="Of folders, only files that match."
    )
    longest = click.option(
        "--max-line-bytes",
        type=click.IntRange(min=1),
        default=MAX_LINE_BYTES,
        metavar="N",
        help="Do not keep lines longer than this.  [default: 16 MiB]",
    )
    jobs = click.option(
        "-j",
        "--jobs",
        type=click.IntRange(min=1),
        metavar="N",
        help="Work in N processes.  [default: one a core, if it pays]",
    )
    progress = click.option(
        "--progress/--no-progress", default=True, help="Show a bar on a terminal for long work."
    )
    rejects = click.option(
        "--rejects", metavar="FILE", help="Write the lines not usable to FILE; see `restore`."
    )
    return cast("Command", files(include(jobs(progress(longest(rejects(call)))))))


def line_buffered_option(command: Command) -> Command:
    """Add --line-buffered."""
    return click.option(
        "--line-buffered", is_flag=True, help="Write each result at once, also into a pipe."
    )(command)


def tz_option(text: str, event: bool = False) -> Callable[[Command], Command]:
    """Add --tz, UTC unless given."""
    return click.option(
        "--tz", type=ZoneType(event), default="utc", metavar="ZONE", help=text + "  [default: utc]"
    )


def color_option(command: Command) -> Command:
    """Add --color."""
    return click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        help="Colour the output.  [default: on a terminal]",
    )(command)
