"""The tasks that are timed, who does each, and the goals."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from sys import executable

import answers
import peers
from peers import CONVERSATION, DUMP, EVENT_NAME, EVENT_TIME, OUTPUT

HEAD = 10**8  #: bytes of the dump that slow peers are given; their ratios are per byte
SHOWN = 100_000  #: events that `show` is given

SINCE, UNTIL = "2020-03-09T00:00:00Z", "2020-03-16T00:00:00Z"
ZONE = "America/Denver"
EVENT = "conversation_message_created"

Answer = Callable[[Path, Path], str]


@dataclass(frozen=True)
class Contender:
    """One way to do a task; it ends with *status* when it is done."""

    name: str
    command: tuple[str, ...]
    dump: Path
    answer: Answer
    status: int = 0

    def on(self, dump: Path, output: Path) -> list[str]:
        """Return the command, to read *dump* and to write *output* if it does not to stdout."""
        return [part.replace(DUMP, str(dump)).replace(OUTPUT, str(output)) for part in self.command]


@dataclass(frozen=True)
class Goal:
    """A ratio of times per byte: the fastest of *slower*'s over *faster*'s.

    Where *least* is False, it is to be at most *ratio*. *measure* is a field of `Cost`.
    """

    slower: tuple[str, ...]
    faster: str
    ratio: float
    least: bool = True
    measure: str = "wall"


@dataclass(frozen=True)
class Task:
    """Contenders, of which the first is the one that the others' answers are held against.

    Short tasks are run more often: so many *times* the runs asked for.
    """

    name: str
    contenders: list[Contender]
    goals: list[Goal] = field(default_factory=list)
    times: int = 1


@dataclass(frozen=True)
class Dumps:
    """The inputs: *clean* and *faulty*, the clean one's *head* and *quarter*, and small ones."""

    clean: Path
    faulty: Path
    head: Path
    quarter: Path
    shown: Path
    three: Path
    schema: Path

    @property
    def conversation(self) -> str:
        """Return a conversation of the clean dump."""
        return conversation_in(self.clean)


def conversation_in(dump: Path) -> str:
    """Return the conversation of a message in the middle of a dump."""
    with dump.open("rb") as file:
        file.seek(dump.stat().st_size // 2)
        found = re.search(rb'"conversation_id":"(\d+)","created_at', file.read(100_000))
    if found is None:
        raise ValueError("no message in the middle of the dump")
    return found[1].decode()


def cevents(*arguments: str, jobs: int | None = None) -> tuple[str, ...]:
    """Return the command that runs cevents on the dump."""
    own = () if jobs is None else ("-j", str(jobs))
    return (peers.program("cevents") or "cevents", *arguments, *own, DUMP)


def tasks(data: Dumps, jobs: int) -> Iterator[Task]:
    """Yield all tasks in the order in which they are run."""
    yield _floors(data)
    yield from _validating(data, jobs)
    yield from _filtering(data, jobs)
    yield _counting(data, jobs)
    yield _summing(data, jobs)
    yield _converting(data, jobs)
    yield _showing(data, jobs)
    yield _starting(data)
    yield from _scaling(data, jobs)


def _floors(data: Dumps) -> Task:
    return Task(
        "floors",
        [
            Contender("orjson.loads of each line", _PARSE, data.clean, answers.count),
            Contender("wc -l", ("wc", "-l", DUMP), data.clean, answers.count),
        ],
    )


_PARSE = peers.python("parse", DUMP)


def _validating(data: Dumps, jobs: int) -> Iterator[Task]:
    loop = "orjson + jsonschema-rs, yes or no"
    judge = peers.python("judge", str(data.schema), DUMP)
    program = peers.program("jsonschema") or "jsonschema"
    sourcemeta = (program, "validate", "--fast", str(data.schema), DUMP)
    plain = cevents("validate", jobs=jobs)
    # The other takes each line for one event, and so are two on one line one fault.
    lines = cevents("validate", "--input", "ndjson", jobs=jobs)
    for name, ours, dump, status in (
        ("validate", plain, data.clean, 0),
        ("validate, 1 % faulty", lines, data.faulty, 1),
    ):
        contenders = [
            Contender("cevents validate", ours, dump, answers.verdict, status),
            Contender(loop, judge, dump, answers.verdict),
        ]
        if dump == data.clean:  # the other has lines that are no JSON: there it stops
            contenders.append(Contender("sourcemeta", sourcemeta, data.head, answers.verdict))
        rivals = tuple(contender.name for contender in contenders[1:])
        yield Task(name, contenders, [Goal(rivals, "cevents validate", 5)])
    one = "cevents validate, one job"
    yield Task(
        "validate, user+system",
        [
            Contender(one, cevents("validate", jobs=1), data.clean, _read),
            Contender("orjson.loads of each line", _PARSE, data.clean, answers.count),
        ],
        [Goal(("orjson.loads of each line",), one, 0.9, measure="processor")],
    )


def _read(output: Path, errors: Path) -> str:
    return answers.count(errors, output)


def _filtering(data: Dumps, jobs: int) -> Iterator[Task]:
    conversation = data.conversation
    literal = f'"conversation_id":"{conversation}"'
    span = f"{EVENT_TIME} >= '{SINCE}'::TIMESTAMPTZ AND {EVENT_TIME} < '{UNTIL}'::TIMESTAMPTZ"
    plans = (
        ("filter -e, 80 % match", ("-e", EVENT), f"{EVENT_NAME} = '{EVENT}'", 2),
        ("filter by time, a week", ("--since", SINCE, "--until", UNTIL), span, 2),
        ("filter -c, few match", ("-c", conversation), f"{CONVERSATION} = '{conversation}'", 1.2),
    )
    duck = ("DuckDB", "DuckDB, any order")
    for name, options, condition, ratio in plans:
        commands = {
            "cevents filter": cevents("filter", *options, jobs=jobs),
            duck[0]: peers.duckdb_filter(condition, jobs),
            duck[1]: peers.duckdb_filter(condition, jobs, "preserve_insertion_order=false"),
        }
        goals = [Goal(duck, "cevents filter", ratio)]
        if "-c" in options:
            valid = "cevents filter --assume-valid"
            commands[valid] = cevents("filter", "--assume-valid", *options, jobs=jobs)
            commands["grep -F"] = ("grep", "-F", literal, DUMP)
            goals.append(Goal(duck, valid, 4))
        contenders = [
            Contender(who, command, data.clean, answers.lines) for who, command in commands.items()
        ]
        yield Task(name, contenders, goals)


def _counting(data: Dumps, jobs: int) -> Task:
    wanted = conversation_in(data.head)
    commands = {
        "cevents filter --count": cevents("filter", "--count", "-c", wanted, jobs=jobs),
        "gron and grep": peers.gron_count("body.conversation_id", wanted),
    }
    return Task(
        "count -c, few match",
        [Contender(who, command, data.head, answers.count) for who, command in commands.items()],
    )


def _summing(data: Dumps, jobs: int) -> Task:
    ours = "cevents stats"
    commands = {
        ours: (cevents("stats", "--format", "csv", jobs=jobs), data.clean),
        "DuckDB": (peers.duckdb_stats(jobs), data.clean),
        "Polars": (peers.python("polars", DUMP, OUTPUT), data.clean),
        "Miller": (("mlr", *peers.MILLER_STATS), data.head),
        "jq": (("jq", "-nr", peers.JQ_STATS, DUMP), data.head),
    }
    contenders = [
        Contender(name, command, dump, answers.conversations)
        for name, (command, dump) in commands.items()
    ]
    wanted = {"DuckDB": 1, "Polars": 2, "Miller": 20, "jq": 100}
    return Task("stats", contenders, [Goal((who,), ours, least) for who, least in wanted.items()])


def _converting(data: Dumps, jobs: int) -> Task:
    ours, whole, stamps = "cevents convert", "DuckDB, whole events", "DuckDB, the times only"
    commands = {
        ours: cevents("convert", "--to", ZONE, jobs=jobs),
        whole: peers.duckdb_convert(ZONE, jobs, whole=True),
        stamps: peers.duckdb_convert(ZONE, jobs, whole=False),
    }
    contenders = [
        Contender(name, command, data.clean, answers.times) for name, command in commands.items()
    ]
    return Task("convert", contenders, [Goal((who,), ours, 1.5) for who in (whole, stamps)])


def _showing(data: Dumps, jobs: int) -> Task:
    ours = "cevents show --expand"
    contenders = [
        Contender(ours, cevents("show", "--expand", jobs=jobs), data.shown, answers.lines),
        Contender("jq .", ("jq", ".", DUMP), data.shown, answers.lines),
    ]
    return Task("show --expand, 100,000 events", contenders, [Goal(("jq .",), ours, 10)])


def _starting(data: Dumps) -> Task:
    click = 'python -c "import click"'
    plain = {"--version": ("--version",), "--help": ("--help",)}
    reading = {
        "validate": ("validate", DUMP),
        "filter": ("filter", "-c", "1", DUMP),
        "stats": ("stats", DUMP),
        "convert": ("convert", "--to", ZONE, DUMP),
        "show": ("show", DUMP),
    }
    contenders = [
        Contender(f"cevents {name}", (cevents()[0], *arguments), data.three, answers.nothing)
        for name, arguments in {**plain, **reading}.items()
    ]
    contenders.append(
        Contender(click, (executable, "-c", "import click"), data.three, answers.nothing)
    )
    goals = [
        Goal((f"cevents {name}",), click, 1.5 if name in plain else 2, least=False)
        for name in (*plain, *reading)
    ]
    return Task("start-up, 3 lines", contenders, goals, times=4)


def _scaling(data: Dumps, jobs: int) -> Iterator[Task]:
    alone, several = "one job", f"{jobs} jobs"
    pipe, quarter = "one job, from a pipe", f"{jobs} jobs, a quarter of it"
    plans: dict[str, tuple[tuple[str, ...], Answer]] = {
        "validate": (("validate",), answers.verdict),
        "filter": (("filter", "-c", data.conversation), answers.lines),
        "stats": (("stats", "--format", "csv"), answers.lines),
        "convert": (("convert", "--to", ZONE), answers.lines),
    }
    for name, (arguments, answer) in plans.items():
        piped = f"cat {DUMP} | {shlex.join(cevents(*arguments, jobs=1)[:-1])}"
        commands = {
            several: (cevents(*arguments, jobs=jobs), data.clean),
            alone: (cevents(*arguments, jobs=1), data.clean),
            pipe: (("sh", "-c", piped), data.clean),
            quarter: (cevents(*arguments, jobs=jobs), data.quarter),
        }
        contenders = [
            Contender(who, command, dump, answer) for who, (command, dump) in commands.items()
        ]
        goals = [
            Goal((alone,), several, 1.7),
            Goal((pipe,), alone, 1.1, least=False),
            Goal((several,), quarter, 4.2 / 4, least=False),
        ]
        yield Task(f"scaling, {name}", contenders, goals)
