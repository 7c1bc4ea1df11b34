"""The tasks, their goals, and the peers that each goal is measured against."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass

import answers
import peers
from contest import Answer, Contender, Goal, Task
from inputs import Inputs
from layouts import LAYOUTS
from peers import CONVERSATION, DUMP, EVENT_NAME, EVENT_TIME, OUTPUT
from variants import VARIANTS

SINCE, UNTIL = "2020-03-09T00:00:00Z", "2020-03-16T00:00:00Z"
ZONE = "America/Denver"
EVENT = "conversation_message_created"
PARSE = peers.python("parse", DUMP)


@dataclass(frozen=True)
class Setting:
    """What all tasks are built from; *against* is the program of another revision, if any."""

    inputs: Inputs
    jobs: int
    against: str = ""

    def cevents(self, *arguments: str, jobs: int | None = None) -> tuple[str, ...]:
        """Return the command that reads the dump with *jobs* jobs, or with as many as set."""
        return (peers.cevents(), *arguments, "-j", str(jobs or self.jobs), DUMP)


def validate(given: Setting) -> Task:
    """Against a loop that only says yes or no."""
    plain = given.inputs.plain
    judge = peers.python("judge", str(given.inputs.schema), DUMP)
    return Task(
        [
            Contender("cevents", given.cevents("validate"), plain, answers.verdict),
            Contender("orjson + jsonschema-rs", judge, plain, answers.verdict),
        ],
        [Goal("orjson + jsonschema-rs", "cevents", 10)],
    )


def validate_faulty(given: Setting) -> Task:
    """All findings are written; the loop still only says yes or no.

    The loop takes each line for one event, so that two events on one line are one fault.
    """
    faulty = given.inputs.faulty
    ours = given.cevents("validate", "--input", "ndjson")
    judge = peers.python("judge", str(given.inputs.schema), DUMP)
    return Task(
        [
            Contender("cevents", ours, faulty, answers.verdict, status=1),
            Contender("orjson + jsonschema-rs", judge, faulty, answers.verdict),
        ],
        [Goal("orjson + jsonschema-rs", "cevents", 5)],
    )


def validate_floors(given: Setting) -> Task:
    """Against what must be done at least: parsing every line, and reading every byte."""
    plain = given.inputs.plain
    one, several = "cevents, one job", f"cevents, {given.jobs} jobs"
    parse, wc = "orjson.loads of each line", "wc -l"
    commands = {
        one: given.cevents("validate", jobs=1),
        several: given.cevents("validate"),
        parse: PARSE,
        wc: ("wc", "-l", DUMP),
    }
    return Task(
        [Contender(who, command, plain, answers.count) for who, command in commands.items()],
        [Goal(parse, one, 2.5, measure="processor"), Goal(several, wc, 4, at_most=True)],
    )


def filter_event(given: Setting) -> Task:
    return _filter(given, ("-e", EVENT), f"{EVENT_NAME} = '{EVENT}'", 2.5)


def filter_time(given: Setting) -> Task:
    condition = f"{EVENT_TIME} >= '{SINCE}'::TIMESTAMPTZ AND {EVENT_TIME} < '{UNTIL}'::TIMESTAMPTZ"
    return _filter(given, ("--since", SINCE, "--until", UNTIL), condition, 1.8)


def filter_conversation(given: Setting) -> Task:
    """Also of a dump that is known to be valid, where lines without the id can be skipped."""
    conversation = given.inputs.conversation
    options = ("-c", conversation)
    task = _filter(given, options, f"{CONVERSATION} = '{conversation}'", 1.8)
    command = given.cevents("filter", "--assume-valid", *options)
    valid = Contender("cevents --assume-valid", command, given.inputs.plain, answers.lines)
    goal = Goal(task.contenders[1].name, valid.name, 3)
    return Task([*task.contenders, valid], [*task.goals, goal])


def _filter(given: Setting, options: tuple[str, ...], condition: str, ratio: float) -> Task:
    plain = given.inputs.plain
    duckdb = peers.duckdb_filter(condition, given.jobs, "preserve_insertion_order=false")
    return Task(
        [
            Contender("cevents", given.cevents("filter", *options), plain, answers.lines),
            Contender("DuckDB, any order", duckdb, plain, answers.lines),
        ],
        [Goal("DuckDB, any order", "cevents", ratio)],
    )


def stats(given: Setting) -> Task:
    """Miller and jq are given the head of the dump."""
    plain, head = given.inputs.plain, given.inputs.head
    rivals = (
        ("DuckDB, typed", peers.duckdb_stats(given.jobs), plain, 1.3),
        ("Polars", peers.python("polars", DUMP, OUTPUT), plain, 3),
        ("Miller", ("mlr", *peers.MILLER_STATS), head, 60),
        ("jq", ("jq", "-nr", peers.JQ_STATS, DUMP), head, 60),
    )
    ours = given.cevents("stats", "--format", "csv")
    return Task(
        [
            Contender("cevents", ours, plain, answers.conversations),
            *(Contender(who, what, dump, answers.conversations) for who, what, dump, _ in rivals),
        ],
        [Goal(who, "cevents", ratio) for who, _, _, ratio in rivals],
    )


def stats_objects(given: Setting) -> Task:
    return _stats_of_folder(given, is_glued=False)


def stats_glued_objects(given: Setting) -> Task:
    return _stats_of_folder(given, is_glued=True)


def _stats_of_folder(given: Setting, is_glued: bool) -> Task:
    folder = given.inputs.objects(is_glued)
    layout = "unstructured" if is_glued else "newline_delimited"
    duckdb = peers.duckdb_stats(given.jobs, f"{DUMP}/*.gz", layout)
    ours = given.cevents("stats", "--format", "csv")
    return Task(
        [
            Contender("cevents", ours, folder, answers.conversations),
            Contender("DuckDB, typed", duckdb, folder, answers.conversations),
        ],
        [Goal("DuckDB, typed", "cevents", 2)],
    )


def convert(given: Setting) -> Task:
    plain = given.inputs.plain
    duckdb = peers.duckdb_convert(ZONE, given.jobs)
    return Task(
        [
            Contender("cevents", given.cevents("convert", "--to", ZONE), plain, answers.times),
            Contender("DuckDB, whole events", duckdb, plain, answers.times),
        ],
        [Goal("DuckDB, whole events", "cevents", 2)],
    )


def validate_layouts(given: Setting) -> Task:
    """The same events as the plain dump."""
    ratios = {"glued": 1.3, "array": 1.5, "indented": 2, "SQS": 3, "Lambda": 3, "Kinesis": 3}
    dumps = {"an event a line": given.inputs.plain}
    dumps |= {name: given.inputs.layout(name) for name in LAYOUTS}
    command = given.cevents("validate")
    return Task(
        [Contender(name, command, dump, answers.verdict) for name, dump in dumps.items()],
        [Goal(name, "an event a line", ratios[name], at_most=True) for name in LAYOUTS],
        per="event",
        same_events=True,
    )


def validate_variants(given: Setting) -> Task:
    """As many events as in the plain dump, written otherwise."""
    dumps = {"plain": given.inputs.plain}
    dumps |= {name: given.inputs.variant(name) for name in VARIANTS}
    command = given.cevents("validate")
    return Task(
        [Contender(name, command, dump, answers.verdict) for name, dump in dumps.items()],
        [Goal(name, "plain", 1.5, at_most=True) for name in VARIANTS],
        same_events=True,
    )


def show(given: Setting) -> Task:
    shown = given.inputs.shown
    return Task(
        [
            Contender("cevents", given.cevents("show", "--expand"), shown, answers.lines),
            Contender("jq .", ("jq", ".", DUMP), shown, answers.lines),
        ],
        [Goal("jq .", "cevents", 10)],
    )


def start_up(given: Setting) -> Task:
    click = 'python -c "import click"'
    plain = {"--help": ("--help",), "--version": ("--version",)}
    reading = {
        "validate": ("validate", DUMP),
        "filter": ("filter", "-c", "1", DUMP),
        "stats": ("stats", DUMP),
        "convert": ("convert", "--to", ZONE, DUMP),
        "show": ("show", DUMP),
    }
    three = given.inputs.three
    commands: dict[str, tuple[str, ...]] = {click: (sys.executable, "-c", "import click")}
    commands |= {
        f"cevents {name}": (peers.cevents(), *arguments)
        for name, arguments in {**plain, **reading}.items()
    }
    return Task(
        [Contender(who, command, three, answers.nothing) for who, command in commands.items()],
        [Goal(f"cevents {name}", click, 1.3, at_most=True) for name in plain]
        + [Goal(f"cevents {name}", click, 1.6, at_most=True) for name in reading],
        per="event",
        times=4,
    )


def scaling_validate(given: Setting) -> Task:
    return _scaling(given, ("validate",), answers.verdict, 1.7)


def scaling_filter(given: Setting) -> Task:
    return _scaling(given, ("filter", "-c", given.inputs.conversation), answers.exact, 1.5)


def scaling_stats(given: Setting) -> Task:
    return _scaling(given, ("stats", "--format", "csv"), answers.exact, 1.5)


def scaling_convert(given: Setting) -> Task:
    return _scaling(given, ("convert", "--to", ZONE), answers.exact, 1.5)


def _scaling(given: Setting, arguments: tuple[str, ...], answer: Answer, ratio: float) -> Task:
    """One job and several; also from a pipe, and of a quarter of the dump."""
    plain, quarter = given.inputs.plain, given.inputs.quarter
    alone, several = "one job", f"{given.jobs} jobs"
    piped, shorter = f"{alone}, from a pipe", f"{several}, a quarter of it"
    pipe = f"cat {DUMP} | {shlex.join(given.cevents(*arguments, jobs=1)[:-1])}"
    return Task(
        [
            Contender(several, given.cevents(*arguments), plain, answer),
            Contender(alone, given.cevents(*arguments, jobs=1), plain, answer),
            Contender(piped, ("sh", "-c", pipe), plain, answer),
            Contender(shorter, given.cevents(*arguments), quarter, answer),
        ],
        [
            Goal(alone, several, ratio),
            Goal(piped, alone, 1.1, at_most=True),
            Goal(several, shorter, 1.05, at_most=True),
        ],
    )


def against_strict(given: Setting) -> Task:
    return _against(given, ("validate", "--strict"), answers.exact, status=1)


def against_show(given: Setting) -> Task:
    return _against(given, ("show",), answers.exact)


def against_pattern(given: Setting) -> Task:
    return _against(given, ("filter", "-w", r"metadata.url~=/conversations/\d*7/"), answers.exact)


def against_sort(given: Setting) -> Task:
    return _against(given, ("filter", "--sort"), answers.exact)


def against_dedup(given: Setting) -> Task:
    return _against(given, ("filter", "--dedup"), answers.exact)


def _against(given: Setting, arguments: tuple[str, ...], answer: Answer, status: int = 0) -> Task:
    plain = given.inputs.plain
    ours = given.cevents(*arguments)
    return Task(
        [
            Contender("this revision", ours, plain, answer, status),
            Contender("the other revision", (given.against, *ours[1:]), plain, answer, status),
        ],
        [Goal("the other revision", "this revision", 1)],
    )


#: Every task in the order in which they are run, by name. A task is built when its turn comes.
TASKS: dict[str, Callable[[Setting], Task]] = {
    "validate": validate,
    "validate, 1 % faulty, all findings written": validate_faulty,
    "validate, against floors": validate_floors,
    "filter -e, 80 % match": filter_event,
    "filter by time, a week": filter_time,
    "filter -c, few match": filter_conversation,
    "stats": stats,
    "convert": convert,
    "stats of gzip objects, an event a line": stats_objects,
    "stats of gzip objects, events glued": stats_glued_objects,
    "validate, other layouts, time an event": validate_layouts,
    "show --expand, 100,000 events": show,
    "validate, other dumps, time an event a kB": validate_variants,
    "start-up, 3 lines": start_up,
    "scaling, validate": scaling_validate,
    "scaling, filter -c": scaling_filter,
    "scaling, stats": scaling_stats,
    "scaling, convert": scaling_convert,
}

#: Those that need another revision to compare with.
AGAINST_TASKS: dict[str, Callable[[Setting], Task]] = {
    "validate --strict": against_strict,
    "show": against_show,
    "filter -w 'metadata.url~=…'": against_pattern,
    "filter --sort": against_sort,
    "filter --dedup": against_dedup,
}

#: Those that the Python reader is given.
PYTHON_TASKS = {
    name: TASKS[name]
    for name in (
        "validate",
        "validate, 1 % faulty, all findings written",
        "filter -e, 80 % match",
        "filter -c, few match",
        "stats",
        "convert",
        "stats of gzip objects, events glued",
        "show --expand, 100,000 events",
    )
}
