"""The engine: the same answer however the work is done, and nothing left behind."""

from __future__ import annotations

import _thread
import json
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cevents.canvas.problems import MAX_LINE_BYTES
from cevents.canvas.timestamps import parse
from cevents.canvas.zones import zone
from cevents.input.blocks import Block
from cevents.input.buffers import Buffers
from cevents.input.sources import Source
from cevents.tasks.conversion import Conversion
from cevents.tasks.display import Display
from cevents.tasks.engine import Cutting, jobs_for, run
from cevents.tasks.result import Result
from cevents.tasks.selection import Selection, Times, parse_where
from cevents.tasks.summing import Summing
from cevents.tasks.task import Task
from cevents.tasks.validation import Validation

from ..conftest import FORMS, Dump, forwarded, message, other
from ..envelopes import A, B, C, dumped, sqs
from ..strategies import LONG, examples, quick
from .answers import answer

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
MIXED = str(SAMPLES / "mixed.jsonl")
CONVERSATIONS = str(SAMPLES / "conversations.jsonl")
BIG = Cutting(block_bytes=1 << 22)

BY_AUTHOR = (("body.author_id", frozenset({"131"})),)
IN_MARCH = Times("metadata.event_time", parse("2020-03-05T00:00:00Z").instant, None)
TASKS: dict[str, Callable[[], Task]] = {
    "validate": lambda: Validation(newest=True),
    "validate strict": lambda: Validation(strict=True),
    "filter": lambda: Selection(times=IN_MARCH),
    "filter places": lambda: Selection(BY_AUTHOR, invert=True, places=True),
    "filter assume valid": lambda: Selection(BY_AUTHOR, assume_valid=True),
    "filter where": lambda: Selection(where=(parse_where("metadata.url~=5203"),)),
    "stats": Summing,
    "convert": lambda: Conversion(None),
    "show": lambda: Display(zone("utc")),
    "filter dedup": lambda: Selection(dedup=True),
    "filter count dedup": lambda: Selection(count=True, dedup=True),
    "convert sort": lambda: Conversion(None, sort=True),
    "show dedup sort": lambda: Display(None, expand=True, sort=True, dedup=True),
}


class Cluster(Executor):
    """An executor that is somewhere else: what it is given and gives back is pickled."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(2)

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return self._pool.submit(self._far_away, pickle.dumps((call, args, kwargs)))

    @staticmethod
    def _far_away(sent: bytes) -> Any:
        call, args, kwargs = pickle.loads(sent)
        return pickle.loads(pickle.dumps(call(*args, **kwargs)))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._pool.shutdown(wait, cancel_futures=cancel_futures)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The part of the mixed sample where faults are many."""
    path = tmp_path_factory.mktemp("short") / "short.jsonl"
    path.write_bytes(b"".join(Path(MIXED).read_bytes().splitlines(keepends=True)[12:38]))
    return str(path)


# The same answer


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("block_bytes", [1, 13, 300, 5000] if LONG else [1, 300])
def test_size_of_blocks_and_number_of_jobs_change_nothing(
    name: str, block_bytes: int, short: str
) -> None:
    files = [short, "no such file", MIXED, short]
    expected = answer(TASKS[name](), files, cutting=BIG)
    assert answer(TASKS[name](), files, cutting=Cutting(block_bytes)) == expected
    assert answer(TASKS[name](), files, cutting=Cutting(block_bytes), jobs=3) == expected


@pytest.mark.parametrize("name", TASKS)
def test_any_executor_will_do(name: str, short: str) -> None:
    """A pool of threads, and a cluster, for which tasks, blocks and results are pickled."""
    files, cutting = [MIXED, short], Cutting(3000)
    expected = answer(TASKS[name](), files)
    with ThreadPoolExecutor(3) as pool, Cluster() as cluster:
        assert answer(TASKS[name](), files, executor=pool, cutting=cutting) == expected
        assert answer(TASKS[name](), files, executor=cluster, jobs=2, cutting=cutting) == expected


def test_executor_stays_usable(short: str) -> None:
    """It is its owner who shuts it down."""
    with ThreadPoolExecutor(1) as pool:
        list(run(Selection(), [Source(short)], executor=pool))
        assert pool.submit(int).result() == 0


@pytest.mark.parametrize("name", ["validate strict", "filter", "stats"])
@pytest.mark.parametrize("form", FORMS)
def test_compressed_or_not(name: str, form: str, dump: Dump, short: str) -> None:
    data = Path(short).read_bytes()
    files = [dump(data), dump(data, "again")]
    expected = answer(TASKS[name](), files)
    for file in files:
        dump(FORMS[form](data), file)
    for jobs in (1, 2):
        assert answer(TASKS[name](), files, jobs=jobs, cutting=Cutting(500)) == expected


def test_many_inputs_come_in_order(dump: Dump) -> None:
    """However many are read at once, and however little is in each."""
    lines = [message(number=str(number)) * (number % 3) for number in range(60)]
    files = [dump(line, f"{number}") for number, line in enumerate(lines)]
    steps = [
        (step.source.name, b"".join(step.result.output))
        for step in run(Selection(), [Source(file) for file in files], jobs=3)
    ]
    assert b"".join(output for _, output in steps) == b"".join(lines)
    assert list(dict.fromkeys(name for name, _ in steps)) == files


BAD = B.replace(b'"53"', b"53")
layouts = st.lists(
    st.sampled_from((A, B, C, other().rstrip(), forwarded().rstrip(), BAD, b'{"x":1}', b"7", b"{")),
    max_size=6,
).flatmap(
    lambda texts: st.sampled_from(
        (
            b"\n".join(texts),
            b"".join(texts),
            b"[" + b",".join(texts) + b"]",
            b"[\n" + b",\n".join(texts) + b"\n]",
            b"".join(b"\x1e%b\n" % text for text in texts),
            b"\n".join(text.replace(b'"body"', b'\n\n "body"') for text in texts),
            b"{\n" + b"\n".join(texts),
            b"".join(text.replace(b"{", b"{\n", 1) + b"\n" for text in texts),
            b"\n".join(dumped(sqs(text.decode())) for text in texts),
            json.dumps({"Messages": [sqs(text.decode()) for text in texts]}, indent=1).encode(),
        )
    )
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file to write to, over and over."""
    return tmp_path_factory.mktemp("layouts") / "dump.json"


@settings(quick, max_examples=examples(100))
@given(layouts, st.integers(1, 300), st.sampled_from((1 << 20, 700, 40)), st.booleans())
@example(b"[" + A + b",\n" + b" " * 70 + B + b"]", 1, 1 << 20, True)
def test_layout_however_it_is_cut(
    path: Path, data: bytes, block_bytes: int, longest: int, keep: bool
) -> None:
    """Events, findings, their places and rejects are the same, whatever the events are in."""
    path.write_bytes(data)
    whole = Cutting(max_line_bytes=longest, keep=keep)
    cut = Cutting(block_bytes, longest, keep=keep)
    for name in ("filter places", "validate strict"):
        expected = answer(TASKS[name](), [str(path)], cutting=whole)
        assert answer(TASKS[name](), [str(path)], cutting=cut) == expected
        assert answer(TASKS[name](), [str(path)], cutting=cut, jobs=2) == expected


@settings(quick, max_examples=examples(60))
@given(
    data=st.lists(
        st.sampled_from([b"\n", b"\r\n", b"{}", b'{"metadata":{},"body":{}}', b"x", b"\xff"]),
        max_size=30,
    ).map(b"".join),
    block_bytes=st.integers(1, 40),
    longest=st.integers(1, 30),
)
def test_every_line_is_read_once(path: Path, data: bytes, block_bytes: int, longest: int) -> None:
    """Line ends anywhere, lines too long: nothing is lost, and nothing comes twice."""
    path.write_bytes(data)
    expected = answer(Selection(), [str(path)], cutting=Cutting(max_line_bytes=longest))
    cut = Cutting(block_bytes, longest)
    assert answer(Selection(), [str(path)], cutting=cut, jobs=2) == expected


# What is assumed


ID_TEXTS = ["53", "453", "5", "530", r"5\u0033", r"\u0035\u0033", "7~53", "70000000000053"]
ASSUMED = st.lists(
    st.tuples(
        st.sampled_from(ID_TEXTS), st.booleans(), st.sampled_from(["", "53", r"\u003c"]),
        st.sampled_from(["", "7~1", "80000000000001"]),
    ),
    max_size=12,
)  # fmt: skip


@settings(quick, max_examples=examples(60))
@given(events=ASSUMED, wanted=st.sampled_from(["53", "5", "7~53"]), block_bytes=st.integers(1, 400))
def test_assume_valid_loses_no_match(
    path: Path, events: list[tuple[str, bool, str, str]], wanted: str, block_bytes: int
) -> None:
    """However an id is spelt, escaped or as a number, the shortcut finds what the default finds."""
    lines = []
    for text, as_number, note, account in events:
        value = text if as_number and text.isdecimal() else f'"{text}"'
        metadata = f'{{"x":"{note}","root_account_id":"{account}"}}'
        lines.append(f'{{"metadata":{metadata},"body":{{"conversation_id":{value}}}}}\n')
    path.write_text("".join(lines))
    ids = (("body.conversation_id", frozenset({wanted})),)
    cutting = Cutting(block_bytes)
    expected = answer(Selection(ids), [str(path)], cutting=cutting)
    assert answer(Selection(ids, assume_valid=True), [str(path)], cutting=cutting) == expected


# The end


@pytest.mark.parametrize("limit", [0, 1, 7, 100, 10_000])
@pytest.mark.parametrize(
    "task",
    [Selection(places=True), Display(zone("utc"), sort=True, dedup=True)],
    ids=["filter", "show"],
)
def test_limit_is_exact(task: Task, limit: int) -> None:
    """A limit cuts results and findings at the same line, however the work is spread."""
    files = [MIXED, CONVERSATIONS]
    expected = answer(task, files, limit=limit)
    assert len(expected.chosen) <= limit
    assert answer(task, files, limit=limit, jobs=2, cutting=Cutting(500)) == expected


@pytest.mark.parametrize("name", ["filter places", "stats"])
def test_stop_is_exact(name: str) -> None:
    """The first bad line is the last one that is read, and what is before it counts."""
    files = [CONVERSATIONS, MIXED]
    expected = answer(TASKS[name](), files, stop_at_bad=True)
    assert len({problem.line for _, problem in expected.findings}) == 1
    for jobs in (1, 2):
        cutting = Cutting(500)
        found = answer(TASKS[name](), files, stop_at_bad=True, jobs=jobs, cutting=cutting)
        assert found == expected


@pytest.mark.parametrize("jobs", [1, 2])
def test_stop_at_a_line_that_is_too_long(dump: Dump, jobs: int) -> None:
    source = dump(message() + b"x" * 500 + b"\n" + message())
    cutting = Cutting(100, max_line_bytes=400)
    found = answer(Selection(places=True), [source], stop_at_bad=True, jobs=jobs, cutting=cutting)
    assert [(problem.code, problem.line) for _, problem in found.findings] == [("line-too-long", 2)]
    assert found.output == message()


# Threads


class Broken(Task):
    """A task that fails."""

    def result(self, block: Block, buffers: Buffers | None = None) -> Result:
        raise ZeroDivisionError


#: Other threads than those of a run.
OTHERS = _thread._count()


def assert_over() -> None:
    """Wait until no thread of a run is left."""
    until = time.monotonic() + 5
    while _thread._count() > OTHERS:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_failure_of_a_task_is_told() -> None:
    """Whatever a task raises reaches the one who runs it."""
    for jobs in (1, 2):
        with pytest.raises(ZeroDivisionError):
            list(run(Broken(), [Source(CONVERSATIONS)], jobs=jobs))
    assert_over()


def test_failure_of_a_reader_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Iterator[Block]:
        raise ZeroDivisionError
        yield

    monkeypatch.setattr("cevents.tasks.engine.blocks", broken)
    with pytest.raises(ZeroDivisionError):
        list(run(Selection(), [Source(CONVERSATIONS)], jobs=2))
    assert_over()


@pytest.mark.parametrize("how", ["close", "forget", "limit"])
def test_run_that_is_left_leaves_no_thread(how: str) -> None:
    limit = 1 if how == "limit" else None
    steps = run(Selection(), [Source(MIXED)] * 9, jobs=2, limit=limit, cutting=Cutting(300))
    while not next(steps).result.output:
        pass
    if how == "close":
        steps.close()  # type: ignore[attr-defined]
    elif how == "forget":
        del steps
    else:
        assert list(steps) == []
    assert_over()


class Counted(Selection):
    """Counts the blocks that are worked on."""

    count_blocks = 0

    def result(self, block: Block, buffers: Buffers | None = None) -> Result:
        type(self).count_blocks += 1
        return super().result(block, buffers)


def test_little_is_read_ahead(dump: Dump, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes its time with the first result finds few more waiting."""
    monkeypatch.setattr(Counted, "count_blocks", 0)
    steps = run(Counted(), [Source(dump(message() * 2000))], jobs=2, cutting=Cutting(500))
    next(steps)
    time.sleep(0.3)
    assert Counted.count_blocks < 20
    assert sum(len(step.result.chosen) for step in steps) == 2000


PIPED = """
import sys
from cevents.input.sources import Source
from cevents.tasks.engine import Cutting, run
from cevents.tasks.selection import Selection
steps = run(Selection(), [Source(None)], jobs=2, cutting=Cutting(100))
while not next(steps).result.output:
    pass
print("read", flush=True)
"""


@pytest.mark.parametrize("end", ["", "raise SystemExit(0)", "steps.close()"])
def test_no_thread_keeps_the_process(end: str) -> None:
    """A program that has seen enough ends, though a thread waits for more of its input."""
    process = subprocess.Popen(
        [sys.executable, "-c", PIPED + end],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdin
        process.stdin.write(message() * 3)
        process.stdin.flush()
        assert process.wait(20) == 0
        assert process.stdout
        assert process.stderr
        assert (process.stdout.read(), process.stderr.read()) == (b"read\n", b"")


# How many


@pytest.mark.parametrize(("size", "jobs"), [(100, 1), (1 << 20, 4)])
def test_threads_start_where_they_pay(
    dump: Dump, monkeypatch: pytest.MonkeyPatch, size: int, jobs: int
) -> None:
    monkeypatch.setattr("cevents.tasks.engine._WORTH_THREADS", 1 << 20)
    monkeypatch.setattr("os.process_cpu_count", lambda: 4, raising=False)
    assert jobs_for([Source(dump(bytes(size)))]) == jobs
    assert jobs_for([Source("no such file")]) == 1
    assert jobs_for([Source(None)]) == 4


def test_lines_are_kept_up_to_a_size() -> None:
    assert Cutting().max_line_bytes == MAX_LINE_BYTES
