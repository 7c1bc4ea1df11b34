"""What must hold of any bytes: asked of the corpus by the tests, and by `fuzz.py` of much more."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from tempfile import NamedTemporaryFile
from typing import Any

from cevents.canvas.events import FIELDS
from cevents.canvas.problems import Problem
from cevents.canvas.timestamps import parse
from cevents.canvas.zones import Zone
from cevents.input.blocks import Block
from cevents.input.sources import Source, plain_size
from cevents.output.rejects import Rejects
from cevents.scan.compiled import native
from cevents.scan.plan import Plan
from cevents.scan.reading import read
from cevents.scan.verdict import explain
from cevents.tasks.conversion import Conversion
from cevents.tasks.display import Display
from cevents.tasks.engine import Cutting, run
from cevents.tasks.restoration import Restoration
from cevents.tasks.result import Reject
from cevents.tasks.selection import Selection, Times, parse_where
from cevents.tasks.summary import Row, Summary
from cevents.tasks.summing import Batch, Summing
from cevents.tasks.task import Task
from cevents.tasks.validation import Validation

MARK = b"\xef\xbb\xbf"
IN_2020 = Times(
    "body.created_at", *(parse(f"{year}-01-01T00:00:00Z").instant for year in (2020, 2021))
)

TASKS: tuple[Callable[[], Task], ...] = (
    Validation,
    lambda: Validation(strict=True),
    Selection,
    lambda: Selection(
        (("body.conversation_id", frozenset(("53", "7~1"))),),
        times=IN_2020,
        where=(parse_where("body.x.y.0>=1"), parse_where("metadata.event_name~=^c")),
        invert=True,
        places=True,
    ),
    Summing,
    lambda: Conversion(None),
    lambda: Conversion(Zone("Asia/Kolkata"), extra=("body.x",)),
    lambda: Display(None),
    lambda: Display(Zone("utc"), expand=True, color=True),
    lambda: Selection(sort=True, dedup=True),
    lambda: Conversion(None, ("metadata.event_time",), sort=True),
    lambda: Display(None, expand=True, dedup=True),
)
#: What a scan may be asked for: any usable text, a valid one, or one without a warning.
PLANS = (
    Plan(("metadata.root_account_id", "body.conversation_id", "metadata.event_time", "body.x")),
    Plan(tuple(FIELDS), judged=True),
    Plan(tuple(FIELDS), judged=True, strict=True),
)
#: The longest line that is held.
LONGEST = (1 << 20, 50)


def check_some(data: bytes) -> None:
    """Hold what is cheap against *data*, and the rest with one task that hangs on its length."""
    task = TASKS[len(data) % len(TASKS)]
    longest = LONGEST[len(data) // len(TASKS) % len(LONGEST)]
    readers_agree(data)
    verdicts_stand_alone(data)
    with dumped(data) as path:
        every_byte_is_accounted_for(task(), path, data, longest)
        nothing_makes_a_difference(task(), path, longest, block_bytes=16 + len(data) // 7 % 100)


def check(data: bytes) -> None:
    """Hold everything against *data*, with every task. Raises where anything is amiss."""
    readers_agree(data)
    verdicts_stand_alone(data)
    with dumped(data) as path:
        for task in TASKS:
            for longest in LONGEST:
                every_byte_is_accounted_for(task(), path, data, longest)
                nothing_makes_a_difference(task(), path, longest, block_bytes=16)


@contextmanager
def dumped(data: bytes) -> Iterator[str]:
    """Give the path of a file that holds *data*, in memory if it can be."""
    memory = "/dev/shm"  # noqa: S108 - the file in it has a name of its own
    with NamedTemporaryFile(dir=memory if os.path.isdir(memory) else None) as dump:
        dump.write(data)
        dump.flush()
        yield dump.name


@contextmanager
def without_the_compiled_reader() -> Iterator[None]:
    """Have the reference read everything."""
    before = os.environ.get("CEVENTS_PURE")
    os.environ["CEVENTS_PURE"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["CEVENTS_PURE"]
        else:
            os.environ["CEVENTS_PURE"] = before


def readers_agree(data: bytes) -> None:
    """What either reader takes has the same event and values.

    They take the same, but for what the task asks the reference about: other events by name, and
    what hardly any event has.
    """
    if native() is None:
        return
    for plan in PLANS:
        found = rows_of(data, plan)
        with without_the_compiled_reader():
            expected = rows_of(data, plan)
        assert {row: found[row] for row in expected} == expected
        assert plan.judged or found.keys() == expected.keys()


def rows_of(data: bytes, plan: Plan) -> dict[int, Any]:
    """Return all that a scan says of the lines that it takes."""
    block = Block.of(data)
    block.is_plain = True
    columns = read(block, plan)
    return {
        row: [
            (path, [part[row] for part in columns[path]], columns.odd.get((path, row)))
            for path in plan.wanted
        ]
        for row in columns.taken()
    }


def verdicts_stand_alone(data: bytes) -> None:
    """Of each line of a block is said what the reference says of the line alone."""
    lines = split_lines(data)
    for strict in (False, True):
        alone = [
            problem._replace(line=number)
            for number, line in enumerate(lines, 1)
            if line.strip()
            for problem in explain(line.removesuffix(b"\n"), strict)
        ]
        block = Block.of(data)
        block.is_plain = True
        assert list(Validation(strict).result(block).findings()) == alone


def every_byte_is_accounted_for(task: Task, path: str, data: bytes, longest: int) -> None:
    """Usable lines, rejects and blank lines make up a plain file, each problem within its line."""
    cutting = Cutting(50, longest, framing="ndjson", keep=True)
    problems: list[Problem] = []
    rejects: list[Reject] = []
    blanks: list[int] = []
    output = bytearray()
    texts = chosen = 0
    for step in run(task, [Source(path)], cutting=cutting):
        problems += step.findings
        rejects += step.result.rejects(step.findings)
        blanks += [step.result.block.place(row)[0] for row in step.result.blanks]
        output += b"".join(step.result.output)
        texts += step.result.texts
        chosen += len(step.result.chosen)
    with dumped(b"") as bad:
        with Rejects(bad, []) as kept:
            kept.add(Source(path), rejects)
        assert restored(bad) == b"".join(reject.raw for reject in rejects)
    if plain_size(Source(path)) is None:
        return  # compressed, or UTF-16: its lines are others
    if any(problem.message.startswith("the input is ") for problem in problems):
        assert b"".join(reject.raw for reject in rejects) == data
        return
    lines = dict(enumerate(split_lines(data.removeprefix(MARK)), 1))
    assert texts == len(lines)
    for problem in problems:
        assert 1 <= problem.column <= len(lines[problem.line]) + 1
    usable = dict(lines)
    for line in blanks:
        assert not usable.pop(line).strip()
    for line in {reject.line for reject in rejects}:
        raw = b"".join(reject.raw for reject in rejects if reject.line == line)
        assert raw == usable.pop(line)
    if task == Selection():
        assert output == b"".join(usable.values())
    elif isinstance(task, (Conversion, Display)) and not task.dedup:
        assert chosen == len(usable)


def nothing_makes_a_difference(task: Task, path: str, longest: int, block_bytes: int) -> None:
    """Whatever it is laid out in, all that a run says is the same however the work is done.

    The size of blocks, the number of jobs and the reader change nothing.
    """
    whole = Cutting(max_line_bytes=longest, keep=True)
    cut = replace(whole, block_bytes=block_bytes)
    expected = answer(task, path, whole)
    assert answer(task, path, cut) == expected
    assert answer(task, path, cut, jobs=2) == expected
    with without_the_compiled_reader():
        assert answer(task, path, cut) == expected


def answer(task: Task, path: str, cutting: Cutting, jobs: int = 1) -> tuple[Any, ...]:
    """Return all that a run says."""
    problems: list[Problem] = []
    output = bytearray()
    places: list[Any] = []
    raw = bytearray()
    summary, texts = Summary(), 0
    for step in run(task, [Source(path)], cutting=cutting, jobs=jobs):
        result = step.result
        problems += step.findings
        output += b"".join(result.output)
        places += [result.block.place(row) for row in (*result.blanks, *result.chosen)]
        raw += b"".join(reject.raw for reject in result.rejects(step.findings))
        texts += result.texts
        if isinstance(result.own, Batch):
            summary.add(result.own)
    rows: list[Row] = list(summary.rows())
    return problems, output, sorted(places), raw, texts, rows, summary.other


def restored(path: str) -> bytes:
    """Return what `restore` makes of a file that --rejects wrote."""
    output = bytearray()
    for step in run(Restoration(), [Source(path)], cutting=Cutting(framing="ndjson")):
        assert step.findings == []
        output += b"".join(step.result.output)
    return bytes(output)


def split_lines(data: bytes) -> list[bytes]:
    """Return the lines of *data*, each with its line feed if it has one."""
    lines = data.split(b"\n")
    return [line + b"\n" for line in lines[:-1]] + [line for line in lines[-1:] if line]
