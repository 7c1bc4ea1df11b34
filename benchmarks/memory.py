"""Measures peak memory: `python benchmarks/memory.py [--size 1G] [--jobs 2]`.

First of what should take the same for any input, then what `stats` remembers: of a million
conversations of one message each, and of one conversation of a million messages, beyond what it
takes for as many lines that are all the same. Peaks are of the largest process of a run.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import dumps
from measure import machine, run
from peers import DUMP
from tasks import ZONE, cevents

SMALL = 10**8  #: bytes
MILLION = 10**6
MIB = 2**20

FLAT = {
    "validate": ("validate",),
    "filter": ("filter", "-e", "conversation_message_created"),
    "convert": ("convert", "--to", ZONE),
    "show": ("show",),
}
LINE = (
    b'{"metadata":{"root_account_id":"70000000000001",'
    b'"event_name":"conversation_message_created","event_time":"2020-03-24T16:55:59.973Z"},'
    b'"body":{"author_id":"%d","conversation_id":"%d","created_at":"2020-03-24T16:55:59Z",'
    b'"message_id":"%d"}}\n'
)
#: How author, conversation and message grow from line to line.
GROWTH = {"same": (0, 0, 0), "conversations": (0, 1, 1), "messages": (0, 0, 1)}


def lines(steps: tuple[int, ...]) -> Iterator[bytes]:
    """Yield a million messages whose ids grow by *steps*."""
    for number in range(MILLION):
        yield LINE % tuple(10**6 + number * step for step in steps)


def stats_dump(kind: str, folder: Path) -> Path:
    """Return a dump for `stats`; make it if need be."""
    path = folder / f"memory-{kind}.jsonl"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            file.writelines(lines(GROWTH[kind]))
        unfinished.replace(path)
    return path


def peak(arguments: tuple[str, ...], jobs: int, dump: Path) -> int:
    """Return the peak memory of one run, in bytes."""
    command = [part.replace(DUMP, str(dump)) for part in cevents(*arguments, jobs=jobs)]
    cost = run(command)
    if cost.status:
        raise SystemExit(f"{' '.join(command)} ended with status {cost.status}")
    return cost.peak


def main() -> None:
    """Print two tables in Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--size", default="1G", help="of the larger dump: bytes, or as 4G")
    parser.add_argument("--jobs", type=int, default=2, help="to try besides one")
    parser.add_argument("--folder", type=Path, default=dumps.CACHE, help="folder for the dumps")
    options = parser.parse_args()
    sizes = (SMALL, dumps.size_of(options.size))
    print(f"{machine()['processor']}, {machine()['system']}\n")
    columns = " | ".join(f"MiB of {size / 1e6:,.0f} MB" for size in sizes)
    print(f"| command | jobs | {columns} |\n| --- | --- | --- | --- |")
    files = [dumps.dump(size, folder=options.folder) for size in sizes]
    for jobs in (1, options.jobs):
        for name, arguments in FLAT.items():
            peaks = [f"{peak(arguments, jobs, file) / MIB:.0f}" for file in files]
            print(f"| {name} | {jobs} | {' | '.join(peaks)} |", flush=True)
    print("\n| stats, jobs | base, MiB | bytes a conversation with its message | a message |")
    print("| --- | --- | --- | --- |")
    for jobs in (1, options.jobs):
        base, talks, messages = (
            peak(("stats", "--format", "csv"), jobs, stats_dump(kind, options.folder))
            for kind in GROWTH
        )
        each = [f"{(found - base) / MILLION:.0f}" for found in (talks, messages)]
        print(f"| {jobs} | {base / MIB:.0f} | {' | '.join(each)} |", flush=True)


if __name__ == "__main__":
    main()
