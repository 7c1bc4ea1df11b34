"""A progress bar on stderr for long work, and only where it disturbs nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cevents.input.sources import Source, plain_size
from cevents.terminal import is_quiet, is_terminal

if TYPE_CHECKING:
    from cevents.tasks.engine import Step

#: Bytes of input that take long enough for a person to wonder.
_WORTH_A_BAR = 64 * 1024 * 1024


def with_progress(
    steps: Iterator[Step], sources: list[Source], prints_as_it_goes: bool
) -> Iterator[Step]:
    """Return *steps*, which show their progress as they pass, if stderr is a terminal.

    Not if the size of the input is unknown or small, nor if stdout is a terminal that is written
    to meanwhile, nor under --quiet.
    """
    if is_quiet():
        return steps
    sizes = [plain_size(source) for source in sources]
    total = sum(size or 0 for size in sizes)
    disturbs = prints_as_it_goes and is_terminal(sys.stdout)
    if disturbs or not is_terminal(sys.stderr) or None in sizes or total < _WORTH_A_BAR:
        return steps
    return _shown(steps, total)


def _shown(steps: Iterator[Step], total: int) -> Iterator[Step]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        BarColumn(bar_width=None),
        DownloadColumn(),
        TransferSpeedColumn(),
        TextColumn("{task.fields[events]:,} events"),
        TextColumn("{task.fields[found]:,} findings"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, events=0, found=0)
        events = found = 0
        for step in steps:
            events += step.result.texts - len(step.result.blanks)
            found += len(step.findings)
            bar.update(task, advance=step.result.block.size, events=events, found=found)
            yield step
