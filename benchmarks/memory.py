"""Measures peak memory: `python benchmarks/memory.py [--size 1G] [--jobs 2]`.

First of the commands that should take the same for any input, with several inputs. Then what
`stats` remembers: of a million conversations of one message each, and of one conversation with a
million messages, beyond what it takes for as many lines that are all the same. Peaks are of the
largest process of a run.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import dumps
from answers import nothing
from contest import Contender
from inputs import Inputs
from layouts import LAYOUTS
from measure import machine, run
from report import RESULTS, table
from tasks import EVENT, ZONE, Setting

MILLION = 10**6
MIB = 2**20

FLAT_GOAL = 80  #: MiB
#: Bytes: a conversation with its one message, and a message.
STATS_GOALS = (200, 16)

FLAT = {
    "validate": ("validate",),
    "filter": ("filter", "-e", EVENT),
    "convert": ("convert", "--to", ZONE),
    "show": ("show",),
}
LINE = (
    b'{"metadata":{"root_account_id":"70000000000001",'
    b'"event_name":"conversation_message_created","event_time":"2020-03-24T16:55:59.973Z"},'
    b'"body":{"author_id":"%d","conversation_id":"%d","created_at":"2020-03-24T16:55:59Z",'
    b'"message_id":"%d"}}\n'
)
#: How the author, conversation and message of a line grow from one line to the next.
GROWTH = {"same": (0, 0, 0), "conversations": (0, 1, 1), "messages": (0, 0, 1)}


def lines(steps: tuple[int, ...]) -> Iterator[bytes]:
    """Yield a million messages whose ids grow by *steps*."""
    for number in range(MILLION):
        yield LINE % tuple(10**6 + number * step for step in steps)


def peak(command: tuple[str, ...], dump: Path) -> int:
    """Return the peak memory of one run, in bytes."""
    # Linux counts the peak of this process for those that it starts, and it may have made dumps.
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    contender = Contender("cevents", command, dump, nothing)
    cost = run(contender.on(dump, Path()))
    if cost.status:
        raise SystemExit(f"{' '.join(command)} ended with status {cost.status} on {dump.name}")
    return cost.peak


def verdict(is_met: bool) -> str:
    return "met" if is_met else "**missed**"


def flat_table(given: Setting) -> str:
    """Return the peaks of the commands that take the same for any input."""
    inputs = given.inputs
    dumps = {"head": inputs.head, "plain": inputs.plain}
    dumps |= {name: inputs.layout(name) for name in LAYOUTS}
    dumps |= {
        "gzip objects": inputs.objects(is_glued=False),
        "gzip objects, glued": inputs.objects(is_glued=True),
    }
    rows = []
    for name, arguments in FLAT.items():
        for jobs in (1, given.jobs):
            command = given.cevents(*arguments, jobs=jobs)
            peaks = [peak(command, dump) / MIB for dump in dumps.values()]
            figures = [f"{found:.0f}" for found in peaks]
            rows.append((name, str(jobs), *figures, verdict(max(peaks) < FLAT_GOAL)))
    head = ("peak MiB", "jobs", *dumps, f"goal: below {FLAT_GOAL}")
    return table(head, rows)


def stats_table(given: Setting) -> str:
    """Return what `stats` remembers."""
    folder = given.inputs.folder
    version = dumps.version(__file__)
    files = [
        dumps.made(folder / f"memory-{kind}-{version}.jsonl", lines(steps))
        for kind, steps in GROWTH.items()
    ]
    rows = []
    for jobs in (1, given.jobs):
        command = given.cevents("stats", "--format", "csv", jobs=jobs)
        base, *grown = (peak(command, file) for file in files)
        each = [(found - base) / MILLION for found in grown]
        is_met = all(found < goal for found, goal in zip(each, STATS_GOALS, strict=True))
        figures = [f"{found:.0f}" for found in each]
        rows.append((str(jobs), f"{base / MIB:.0f}", *figures, verdict(is_met)))
    head = ("stats, jobs", "base, MiB", "bytes a conversation with a message", "bytes a message")
    return table((*head, "goals: below {} and {}".format(*STATS_GOALS)), rows)


def main() -> None:
    """Print two tables in Markdown, and write them to a file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--size", default="1G", help="of the dumps: bytes, or as 4G")
    parser.add_argument("--jobs", type=int, default=2, help="to try besides one")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for the results")
    parser.add_argument("--folder", type=Path, default=dumps.CACHE, help="folder for the dumps")
    options = parser.parse_args()
    given = Setting(Inputs(dumps.size_of(options.size), options.folder), options.jobs)
    origin = f"{date.today()}, {options.size}. {machine()['processor']}, {machine()['system']}."
    text = "\n\n".join((flat_table(given), stats_table(given), origin)) + "\n"
    print(text)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / f"{date.today()}-{options.size}-memory.md").write_text(text)


if __name__ == "__main__":
    main()
