"""Options that several commands share, as decorators, and the types of their values."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import click

from cevents.canvas.problems import MAX_LINE_BYTES
from cevents.errors import CeventsError
from cevents.terminal import be_quiet, is_terminal

if TYPE_CHECKING:
    from cevents.input.layouts import Framing
    from cevents.input.sources import Source
    from cevents.tasks.engine import Cutting

Command = TypeVar("Command", bound=Callable[..., Any])
BadLines = Literal["report", "skip", "stop"]


class ZoneType(click.ParamType):  # type: ignore[type-arg] # before click 8.5 it had none
    """An IANA name, `utc`, `local` or an offset; if *event*, also `event`: each event's own."""

    name = "zone"

    def __init__(self, event: bool = False) -> None:
        self.event = event

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if not isinstance(value, str) or (self.event and value.lower() == "event"):
            return value
        from cevents.canvas.zones import zone

        if value.lower() == "event":
            self.fail("each event's own zone is for `show` and `convert`", param, ctx)
        try:
            return zone(value)
        except CeventsError as error:
            self.fail(error.message + (f": {error.tip}" if error.tip else ""), param, ctx)


class SizeType(click.ParamType):  # type: ignore[type-arg] # before click 8.5 it had none
    """Bytes: a number, or one of K, M, G or T, powers of 1024."""

    name = "size"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        found = re.fullmatch(r"([0-9]{1,15})([KMGT]?)(?:i?B)?", value, re.ASCII | re.IGNORECASE)
        if found is None:
            self.fail(f"{value!r} is not a size, such as 512M or 2G", param, ctx)
        return int(found[1]) << 10 * " KMGT".index(found[2].upper() or " ")


@dataclass(frozen=True)
class Arrangement:
    """What is done about repeats and disorder. *sort_memory* is in bytes."""

    dedup: bool
    sort: bool
    sort_memory: int


@dataclass(frozen=True)
class Input:
    """What to read, and what to do with lines that are not usable."""

    files: tuple[str, ...]
    max_line_bytes: int
    jobs: int | None
    progress: bool = True
    include: tuple[str, ...] = ()
    framing: Framing = "auto"
    bad_lines: BadLines = "report"
    rejects: str | None = None
    follow: bool = False
    line_buffered: bool = False

    @property
    def is_live(self) -> bool:
        """Whether results are wanted as the input comes."""
        return self.follow or self.line_buffered

    def cutting(self) -> Cutting:
        """Return how the engine is to cut the input."""
        from cevents.tasks.engine import Cutting

        keep = self.rejects is not None
        return Cutting(max_line_bytes=self.max_line_bytes, framing=self.framing, keep=keep)

    @property
    def name(self) -> str:
        """What all inputs together are called: as the one that was named, if only one was."""
        names = {"<stdin>" if file == "-" else file for file in self.files or ("-",)}
        return names.pop() if len(names) == 1 else "<all inputs>"

    def sources(self) -> list[Source]:
        """Return the inputs. Raises CeventsError rather than wait for someone to type events."""
        if not self.files and is_terminal(sys.stdin):
            tip = "name a dump, as in `cevents stats dump.jsonl`, or pipe one in"
            raise CeventsError("no input: no file is named and standard input is a terminal", tip)
        from cevents.input.sources import sources

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
        help="Unusable lines.  [default: report]",
    )
    return bad_lines(_input_options(command, (*_NAMES, "bad_lines")))


_NAMES = (
    "files", "follow", "line_buffered", "include", "framing", "max_line_bytes", "jobs", "progress",
    "rejects",
)  # fmt: skip


def _input_options(command: Command, names: tuple[str, ...]) -> Command:
    """Add the options; those in *names* reach the command as one Input."""

    @functools.wraps(command)
    def call(**options: Any) -> Any:
        given = Input(**{name: options.pop(name) for name in names if name in options})
        return command(given=given, **options)

    files = click.argument("files", nargs=-1, type=click.Path(path_type=str, readable=False))
    follow = click.option(
        "-F", "--follow", is_flag=True, help="Go on as files grow or are rotated, until Ctrl-C."
    )
    include = click.option(
        "--include", multiple=True, metavar="GLOB", help="In folders, only read files that match."
    )
    framing = click.option(
        "--input",
        "framing",
        type=click.Choice(["auto", "ndjson", "json"]),
        default="auto",
        help="ndjson: an event a line, and nothing else; json: texts however laid out.",
    )
    longest = click.option(
        "--max-line-bytes",
        type=click.IntRange(min=1, max=2**31),  # places in a block have 32 bits
        default=MAX_LINE_BYTES,
        metavar="N",
        help="The longest line kept.  [default: 16 MiB]",
    )
    jobs = click.option(
        "-j",
        "--jobs",
        type=click.IntRange(min=1),
        metavar="N",
        help="Threads.  [default: one a core]",
    )
    progress = click.option(
        "--progress/--no-progress", default=True, help="Show a bar on a terminal for long work."
    )
    rejects = click.option(
        "--rejects", metavar="FILE", help="Set unusable lines aside; see restore."
    )
    return cast("Command", files(follow(include(framing(jobs(progress(longest(rejects(call)))))))))


def arrangement_options(command: Command) -> Command:
    """Add --dedup, --sort and --sort-memory; the command gets them as an Arrangement."""

    @functools.wraps(command)
    def call(dedup: bool, sort: bool, sort_memory: int, **options: Any) -> Any:
        return command(arrangement=Arrangement(dedup, sort, sort_memory), **options)

    repeats = click.option("--dedup", is_flag=True, help="Leave out events that come again.")
    order = click.option("--sort", is_flag=True, help="Write in order of event_time.")
    memory = click.option(
        "--sort-memory",
        type=SizeType(),
        default="256M",
        metavar="SIZE",
        help="Above it, sort on disk.  [default: 256M]",
    )
    return cast("Command", repeats(order(memory(call))))


def quiet_option(
    text: str = "Say nothing on stderr but errors.", expose: bool = False
) -> Callable[[Command], Command]:
    """Add -q, which leaves notes out; the command gets it as *quiet* only if *expose*."""

    def take(ctx: click.Context, param: click.Parameter, is_asked: bool) -> bool:
        be_quiet(is_asked)
        return is_asked

    return click.option(
        "-q", "--quiet", is_flag=True, callback=take, expose_value=expose, help=text
    )


def line_buffered_option(command: Command) -> Command:
    """Add --line-buffered."""
    return click.option(
        "--line-buffered", is_flag=True, help="Write each result at once, even into a pipe."
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
