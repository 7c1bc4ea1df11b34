"""Counts the valid lines that the compiled reader refuses: `python benchmarks/refusals.py`.

Every line of the seven dumps is valid. A line that the compiled reader refuses is read by the
Python reader, which is slower; of no dump should that be more than one line in a thousand.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dumps
from inputs import Inputs
from report import RESULTS, table
from variants import VARIANTS

from cevents.input.blocks import Block
from cevents.scan.compiled import native
from cevents.scan.plan import Plan
from cevents.scan.reading import read

GOAL = 1  #: refused lines in a thousand
BLOCK = 2**20  #: bytes


def refusals(path: Path) -> tuple[int, int]:
    """Return how many lines of a dump there are, and how many the compiled reader refuses."""
    plan = Plan(judged=True)
    found = [read(Block.of(data), plan) for data in blocks(path)]
    return sum(len(f.block) for f in found), sum(len(f.by_reference) for f in found)


def blocks(path: Path) -> Iterator[bytes]:
    """Yield the whole lines of a file, about a megabyte at a time."""
    with path.open("rb") as file:
        while lines := file.readlines(BLOCK):
            yield b"".join(lines)


def main() -> None:
    """Print a table in Markdown, and write it to a file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--size", default="100M", help="of the dumps: bytes, or as 1G")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for the results")
    parser.add_argument("--folder", type=Path, default=dumps.CACHE, help="folder for the dumps")
    options = parser.parse_args()
    if native() is None:
        raise SystemExit("The compiled reader is not in use: build it, and unset CEVENTS_PURE.")
    inputs = Inputs(dumps.size_of(options.size), options.folder)
    rows = []
    for name, path in {"plain": inputs.plain, **{v: inputs.variant(v) for v in VARIANTS}}.items():
        lines, refused = refusals(path)
        share = 1000 * refused / lines
        met = "met" if share <= GOAL else "**missed**"
        rows.append((name, f"{lines:,}", f"{share:.2f}", met))
    head = ("dump", "lines", "refused, of a thousand", f"goal: at most {GOAL}")
    text = f"{table(head, rows)}\n\n{date.today()}, {options.size}.\n"
    print(text)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / f"{date.today()}-{options.size}-refusals.md").write_text(text)


if __name__ == "__main__":
    main()
