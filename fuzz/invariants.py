"""What must hold of any bytes: asked of the corpus by the tests, and by `fuzz.py` of much more."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from tempfile import NamedTemporaryFile
from typing import Any

from cevents.blocks import Block, Result, Task, split_lines
from cevents.conversion import Conversion
from cevents.display import Display
from cevents.engine import Sizes, run
from cevents.explanation import explain
from cevents.rejects import Rejects, Restoration
from cevents.selection import Selection, Times, parse_where
from cevents.sources import Source, plain_size
from cevents.tally import Tally
from cevents.validation import Validation
from cevents.zones import Zone

MARK = b"\xef\xbb\xbf"

TASKS: tuple[Callable[[], Task], ...] = (
    Validation,
    lambda: Validation(strict=True),
    Selection,
    lambda: Selection(
        (("body.conversation_id", frozenset(("53",))),),
        Times("body.created_at", "2020-03-24T00:00:00", "2021-01-01T00:00:00"),
        (parse_where("body.x.y.0>=1"), parse_where("metadata.event_name~=^c")),
        invert=True,
        places=True,
    ),
    Tally,
    lambda: Conversion(None),
    lambda: Conversion(Zone("Asia/Kolkata"), extra=("body.x",)),
    lambda: Display(None),
    lambda: Display(Zone("utc"), expand=True, color=True),
)
#: The longest line that is held.
LONGEST = (1 << 20, 50)


def check_some(data: bytes) -> None:
    """Hold what is cheap against *data*, and the rest with one task that hangs on its length."""
    task = TASKS[len(data) % len(TASKS)]
    longest = LONGEST[len(data) // len(TASKS) % len(LONGEST)]
    readers_agree(data)
    with dumped(data) as path:
        every_byte_is_accounted_for(task(), path, data, longest)
        blocks_make_no_difference(task(), path, block=16 + len(data) // 7 % 100)


def check(data: bytes) -> None:
    """Hold everything against *data*, with every task. Raises where anything is amiss."""
    readers_agree(data)
    with dumped(data) as path:
        for task in TASKS:
            for longest in LONGEST:
                every_byte_is_accounted_for(task(), path, data, longest)
            blocks_make_no_difference(task(), path, block=16)


@contextmanager
def dumped(data: bytes) -> Iterator[str]:
    """Give the path of a file that holds *data*, in memory if it can be."""
    memory = "/dev/shm"  # noqa: S108 - the file in it has a name of its own
    with NamedTemporaryFile(dir=memory if os.path.isdir(memory) else None) as dump:
        dump.write(data)
        dump.flush()
        yield dump.name


def readers_agree(data: bytes) -> None:
    """What the fast reader takes the slow one finds nothing wrong with, and the reverse."""
    for strict in (False, True):
        alone = [
            problem.on_line(number)
            for number, line in enumerate(split_lines(data), 1)
            if line.strip()
            for problem in explain(line.removesuffix(b"\n"), strict)
        ]
        block = Block.of(data)._replace(is_plain=True)
        assert Validation(strict)(block).problems == alone


def every_byte_is_accounted_for(task: Task, path: str, data: bytes, longest: int) -> None:
    """Usable lines, rejects and blank lines make up a plain file, each problem within its line."""
    results = results_of(task, path, Sizes(block=50, max_line=longest, framing="ndjson", keep=True))
    problems = [problem for result in results for problem in result.problems]
    rejects = [reject for result in results for reject in result.rejects]
    with dumped(b"") as bad:
        with Rejects(bad, []) as kept:
            kept.add(Source(path), rejects)
        assert output_of(Restoration(), bad) == b"".join(reject.raw for reject in rejects)
    if plain_size(Source(path)) is None:
        return  # compressed, or UTF-16: its lines are others
    if any(problem.message.startswith("the input is ") for problem in problems):
        assert b"".join(reject.raw for reject in rejects) == data
        return
    lines = dict(enumerate(split_lines(data.removeprefix(MARK)), 1))
    assert sum(result.lines for result in results) == len(lines)
    for problem in problems:
        assert 1 <= problem.column <= len(lines[problem.line]) + 1
    usable, before = dict(lines), 0
    for result in results:
        for line in result.blanks:
            assert not usable.pop(before + line).strip()
        before += result.lines
    for line in {reject.line for reject in rejects}:
        raw = b"".join(reject.raw for reject in rejects if reject.line == line)
        assert raw == usable.pop(line)
    if isinstance(task, Selection) and not task.wanted:
        assert written(results) == b"".join(usable.values())
    elif isinstance(task, (Conversion, Display)):
        assert sum(result.matches for result in results) == len(usable)


def blocks_make_no_difference(task: Task, path: str, block: int) -> None:
    """Whatever it is laid out in, all that a run says is the same for any size of blocks."""
    for longest in LONGEST:
        sizes = Sizes(max_line=longest)
        assert answer(task, path, replace(sizes, block=block)) == answer(task, path, sizes)


def answer(task: Task, path: str, sizes: Sizes) -> tuple[Any, ...]:
    results = results_of(task, path, sizes)
    problems = [problem for result in results for problem in result.problems]
    return problems, written(results), sum(r.lines for r in results), sum(r.blank for r in results)


def results_of(task: Task, path: str, sizes: Sizes) -> list[Result]:
    return [step.result for step in run(task, [Source(path)], sizes=sizes)]


def output_of(task: Task, path: str) -> bytes:
    results = results_of(task, path, Sizes(framing="ndjson"))
    assert not any(result.problems for result in results)
    return written(results)


def written(results: list[Result]) -> bytes:
    return b"".join(b"".join(result.output) for result in results)
