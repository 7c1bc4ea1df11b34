"""The engine: the same answer from one process and from many, and no process left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cevents.blocks import Block, Result, Task
from cevents.conversations import Row
from cevents.conversion import Conversion
from cevents.display import Display
from cevents.engine import Sizes, jobs_for, run
from cevents.errors import CeventsError
from cevents.selection import Selection, Times
from cevents.sources import Source
from cevents.summary import Summary
from cevents.tally import Tally
from cevents.validation import Validation
from cevents.zones import zone

from .conftest import message

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
MIXED = str(SAMPLES / "mixed.jsonl")
CONVERSATIONS = str(SAMPLES / "conversations.jsonl")

TASKS: dict[str, Callable[[], Task]] = {
    "validate": Validation,
    "validate strict": lambda: Validation(strict=True),
    "filter": lambda: Selection(times=Times("metadata.event_time", "2020-03-05", None)),
    "filter places": lambda: Selection(
        (("body.author_id", frozenset({"131"})),), invert=True, places=True
    ),
    "filter assume valid": lambda: Selection(
        (("body.author_id", frozenset({"131"})),), assume_valid=True
    ),
    "stats": Tally,
    "convert": lambda: Conversion(None),
    "show": lambda: Display(zone("utc")),
    "filter dedup": lambda: Selection(dedup=True),
    "filter count dedup": lambda: Selection(count=True, dedup=True),
    "convert sort": lambda: Conversion(None, sort=True),
    "show dedup sort": lambda: Display(None, expand=True, sort=True, dedup=True),
}


def answer(task: Task, files: list[str], **how: object) -> tuple[object, ...]:
    """Return all that a run says: findings, output and its order, counts, rows of a summary."""
    steps = list(run(task, [Source(file) for file in files], **how))  # type: ignore[arg-type]
    summary = Summary()
    for step in steps:
        if step.result.remembered is not None:
            summary.merge(step.result.remembered)
    rows: list[Row] = sorted(summary.rows(), key=str)
    output = b"".join(b"".join(step.result.output) for step in steps)
    problems = [(step.source.name, problem) for step in steps for problem in step.result.problems]
    lines = sum(step.result.lines for step in steps)
    blank = sum(step.result.blank for step in steps)
    failures = [step.failure and step.failure.message for step in steps if step.failure]
    matches = sum(step.result.matches for step in steps)
    instants = [instant for step in steps for instant in step.result.instants]
    repeats = Counter(step.source.name for step in steps for _ in step.result.repeats)
    arranged = matches, instants, repeats
    return problems, output, lines, blank, rows, summary.other, failures, arranged


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The part of the mixed sample where faults are many."""
    path = tmp_path_factory.mktemp("short") / "short.jsonl"
    path.write_bytes(b"".join(Path(MIXED).read_bytes().splitlines(keepends=True)[12:38]))
    return str(path)


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize(("block", "portion"), [(1, 700), (13, 97), (300, 1000), (5000, 3000)])
def test_same_answer_however_it_is_cut(name: str, block: int, portion: int, short: str) -> None:
    """Whatever the sizes of blocks and portions, the answer is that of one pass."""
    files = [short, "no such file", MIXED, short]
    expected = answer(TASKS[name](), files)
    with ThreadPoolExecutor(3) as executor:
        sizes = Sizes(block=block, portion=portion)
        actual = answer(TASKS[name](), files, executor=executor, sizes=sizes)
    assert actual == expected


@pytest.mark.parametrize(("block", "portion"), [(1, 700), (300, 1000), (5000, 3000)])
def test_columns_merge_however_it_is_cut(
    monkeypatch: pytest.MonkeyPatch, block: int, portion: int
) -> None:
    """What is known of many events is the same whoever has read which, and wherever it was."""
    files = [CONVERSATIONS, MIXED]
    expected = answer(Tally(), files)
    monkeypatch.setattr("cevents.summary._MANY", 3)
    assert answer(Tally(), files, jobs=2, sizes=Sizes(block=block)) == expected
    with ThreadPoolExecutor(3) as executor:
        sizes = Sizes(block=block, portion=portion, keep=True)
        assert answer(Tally(), files, executor=executor, sizes=sizes) == expected


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    data=st.lists(
        st.sampled_from([b"\n", b"\r\n", b"{}", b'{"metadata":{},"body":{}}', b"x", b"\xff"]),
        max_size=30,
    ).map(b"".join),
    portion=st.integers(1, 40),
    longest=st.integers(1, 30),
)
def test_ranges_hold_every_line_once(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, portion: int, longest: int
) -> None:
    """Ranges of a few bytes, line ends anywhere, lines too long: nothing lost, nothing twice."""
    path = tmp_path_factory.getbasetemp() / "ranges"
    path.write_bytes(data)
    expected = answer(Selection(), [str(path)], sizes=Sizes(max_line=longest))
    with ThreadPoolExecutor(2) as executor:
        sizes = Sizes(block=3, portion=portion, max_line=longest)
        actual = answer(Selection(), [str(path)], executor=executor, sizes=sizes)
    assert actual == expected


@pytest.mark.parametrize("limit", [0, 1, 7, 100, 10_000])
@pytest.mark.parametrize("task", [Selection(places=True), Display(None, sort=True, dedup=True)])
def test_limit_is_exact_in_workers(task: Task, limit: int) -> None:
    """A limit cuts results and findings at the same line, however the work is spread."""
    sizes, files = Sizes(block=500, portion=2000), [MIXED, CONVERSATIONS]
    expected = answer(task, files, limit=limit)
    with ThreadPoolExecutor(2) as executor:
        actual = answer(task, files, limit=limit, executor=executor, sizes=sizes)
    assert actual == expected


@pytest.mark.parametrize("name", ["filter places", "stats"])
def test_stop_is_exact_in_workers(name: str) -> None:
    """--bad-lines stop ends at the same line, however the work is spread."""
    task = Tally(stop=True) if name == "stats" else TASKS[name]()
    expected = answer(task, [CONVERSATIONS, MIXED], stop_at_bad=True)
    with ThreadPoolExecutor(2) as executor:
        sizes = Sizes(block=500, portion=2000)
        actual = answer(
            task, [CONVERSATIONS, MIXED], stop_at_bad=True, executor=executor, sizes=sizes
        )
    assert actual == expected


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_every_start_method(method: str) -> None:
    """Worker processes give the same answer however they are started."""
    sizes = Sizes(portion=100_000)
    pool: Executor
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        for name in ("validate strict", "stats", "convert"):
            actual = answer(TASKS[name](), [CONVERSATIONS], executor=pool, sizes=sizes)
            assert actual == answer(TASKS[name](), [CONVERSATIONS])


class Dying(Task):
    """A task whose process is killed, as for want of memory."""

    def __call__(self, block: Block) -> Result:
        os.kill(os.getpid(), signal.SIGKILL)
        return Result(0)


def test_dead_worker_is_an_error() -> None:
    """A worker that dies is said, never waited for."""
    with pytest.raises(CeventsError, match="worker process died"):
        answer(Dying(), [CONVERSATIONS], jobs=2)


@pytest.mark.parametrize(
    "command",
    [
        "validate --strict",
        "filter",
        "stats",
        "convert --to utc",
        "show",
        "show --dedup -n 300",
        "filter --dedup --sort",
        "convert --to utc --sort --sort-memory 20K",
    ],
)
def test_jobs_change_nothing_on_the_command_line(command: str) -> None:
    """-j 2 prints what -j 1 prints, on both streams, with the same status."""
    runs = [
        subprocess.run(
            [sys.executable, "-m", "cevents", *command.split(), "-j", jobs, MIXED, CONVERSATIONS],
            capture_output=True,
            check=False,
        )
        for jobs in ("1", "2")
    ]
    assert runs[0].returncode == runs[1].returncode == 1
    assert (runs[0].stdout, runs[0].stderr) == (runs[1].stdout, runs[1].stderr)


def ended_group(process: subprocess.Popen[bytes]) -> bool:
    """Whether no process of the group is left."""
    for _ in range(100):
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """A dump that takes a while."""
    path = tmp_path / "dump.jsonl"
    path.write_bytes(Path(CONVERSATIONS).read_bytes() * 120)
    return path


def start(dump: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "cevents", *arguments, "-j", "2", str(dump)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def test_closed_pipe_leaves_no_process(dump: Path) -> None:
    """A reader that goes away ends the program and its workers, silently, by SIGPIPE."""
    process = start(dump, "filter")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.wait(10) == -signal.SIGPIPE
    with process.stderr as stderr:
        assert stderr.read() == b""
    assert ended_group(process)


def test_interrupt_leaves_no_process(dump: Path) -> None:
    """Ctrl-C ends the program and its workers with status 130 and without a traceback."""
    process = start(dump, "convert", "--to", "America/Denver")
    assert process.stdout is not None
    process.stdout.read(10)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=10)
    assert process.returncode == 130
    assert b"Traceback" not in stderr
    assert ended_group(process)


ID_TEXTS = ["53", "453", "5", "530", r"5\u0033", r"\u0035\u0033", "7~53"]
VALID = st.lists(
    st.tuples(st.sampled_from(ID_TEXTS), st.booleans(), st.sampled_from(["", "53", r"\u003c"])),
    max_size=12,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(events=VALID, wanted=st.sampled_from(["53", "5", "7~53"]), block=st.integers(1, 400))
def test_assume_valid_loses_no_match(
    tmp_path_factory: pytest.TempPathFactory,
    events: list[tuple[str, bool, str]],
    wanted: str,
    block: int,
) -> None:
    """However an id is spelt, escaped or as a number, the shortcut finds what the default finds."""
    lines = []
    for text, as_number, note in events:
        value = text if as_number and text.isdecimal() else f'"{text}"'
        lines.append(f'{{"metadata":{{"x":"{note}"}},"body":{{"conversation_id":{value}}}}}\n')
    path = tmp_path_factory.getbasetemp() / "assumed"
    path.write_text("".join(lines))
    wants = (("body.conversation_id", frozenset({wanted})),)
    sizes = Sizes(block=block)
    expected = answer(Selection(wants), [str(path)], sizes=sizes)
    assert answer(Selection(wants, assume_valid=True), [str(path)], sizes=sizes) == expected


def test_output_goes_through_the_pipe_where_there_is_no_spool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system that refuses files in memory costs time, not lines."""

    def refuse(name: str) -> int:
        raise OSError(name)

    path = tmp_path / "dump.jsonl"
    path.write_bytes(message() * 500)
    monkeypatch.setattr("os.memfd_create", refuse, raising=False)
    steps = run(Selection(), [Source(str(path))], jobs=2, sizes=Sizes(portion=20_000))
    assert b"".join(b"".join(step.result.output) for step in steps) == message() * 500


@pytest.mark.parametrize(
    ("between", "shares"), [(b"\n", True), (b"", False)], ids=["lines", "glued together"]
)
def test_workers_start_where_they_pay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, between: bytes, shares: bool
) -> None:
    """Only a large file in lines is shared out unasked: any other is cut by one process."""
    path = tmp_path / "dump"
    path.write_bytes((message().rstrip() + between) * 9000)
    monkeypatch.setattr("cevents.engine._WORTH_WORKERS", 1 << 20)
    monkeypatch.setattr("os.process_cpu_count", lambda: 4, raising=False)
    assert jobs_for([Source(str(path))]) == (4 if shares else 1)
