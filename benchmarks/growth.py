"""Shows how time grows: `python benchmarks/growth.py [--size 1M] [--only NAME]`.

Each command of `shapes.py` reads three inputs of one shape, of which the second is twice and the
third four times as large as the first. Seconds are of the processor, the least of some runs, beyond
those that the command takes for no input. The last column is how much longer a byte of the largest
input takes than one of the smallest: 1 where time grows with the bytes, 4 where it grows with their
square. That work does not, `tests/growth` asserts.
"""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import chdir
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import dumps
import peers
from measure import machine, run
from report import RESULTS, table
from shapes import AGAIN, SHAPES, Shape

TIMES = (1, 2, 4)
READERS = {"compiled": "0", "python": "1"}
#: A ratio of less than this is not told from the time that it takes to begin.
LEAST = 0.02  #: seconds


def seconds(shape: Shape, size: int, runs: int, environment: Mapping[str, str]) -> float:
    """Return the least processor time of some runs over so many bytes of a shape."""
    Path("dump").write_bytes(shape.made(size) if size else b"")
    command = [peers.cevents(), *shlex.split(shape.command), "-j", "1"]
    if shape.is_piped:
        command = ["sh", "-c", f"cat dump | {shlex.join(command)}"]
    else:
        command.append("dump")
    return min(run(command, environment=environment).processor for _ in range(runs))


def rows(shapes: list[Shape], size: int, runs: int, reader: str) -> Iterator[tuple[str, ...]]:
    """Yield a row of the table for each shape, those that take little time without a ratio."""
    environment = {**os.environ, "CEVENTS_PURE": READERS[reader]}
    for shape in shapes:
        begun = seconds(shape, 0, runs, environment)
        taken = [seconds(shape, size * times, runs, environment) - begun for times in TIMES]
        ratio = taken[-1] / taken[0] / TIMES[-1] if taken[0] > LEAST else None
        figures = (f"{max(0, each):.3f}" for each in taken)
        yield shape.name, *figures, "" if ratio is None else f"{ratio:.2f}"


def main() -> None:
    """Print a table in Markdown, and write it to a file unless only some shapes were tried."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--size", default="1M", help="of the smallest input: bytes, or as 4M")
    parser.add_argument("--only", default="", help="shapes whose names hold this")
    parser.add_argument("--runs", type=int, default=3, help="of each command")
    parser.add_argument("--reader", choices=READERS, default="compiled")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for the results")
    options = parser.parse_args()
    shapes = [shape for shape in SHAPES + AGAIN if options.only in shape.name]
    size = dumps.size_of(options.size)
    with TemporaryDirectory() as folder, chdir(folder):
        found = list(rows(shapes, size, options.runs, options.reader))
    head = (f"{options.reader} reader", *(f"{times} × {options.size}, s" for times in TIMES))
    origin = f"{date.today()}. {machine()['processor']}, {machine()['system']}."
    text = f"{table((*head, 'a byte, 4 × ÷ 1 ×'), found)}\n\n{origin}\n"
    print(text)
    if not options.only:
        options.output.mkdir(parents=True, exist_ok=True)
        name = f"{date.today()}-{options.size}-growth-{options.reader}.md"
        (options.output / name).write_text(text)


if __name__ == "__main__":
    main()
