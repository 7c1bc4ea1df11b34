"""Writes what was measured as Markdown; `python benchmarks/report.py` puts it into README.md.

The README cites the newest complete run of each kind. `--check` fails if it cites another.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from measure import Measured

RESULTS = Path(__file__).with_name("results")
README = Path(__file__).with_name("README.md")

#: The sections of the README that are filled in, and how the files end that they cite.
SECTIONS = {
    "speed": ".json",
    "python-reader": "-python-reader.json",
    "memory": "-memory.md",
    "refusals": "-refusals.md",
}


def file_name(date: str, size: str, python_reader: bool, is_partial: bool) -> str:
    """Return the name of the file for a run; a partial one is never cited."""
    kind = ("-python-reader" if python_reader else "") + ("-partial" if is_partial else "")
    return f"{date[:10]}-{size}{kind}.json"


def document(result: Measured) -> str:
    """Return a whole run: where, with what, the goals, then every task."""
    busy = max((task["others"] for task in result["tasks"]), default=0)
    parts = [
        f"# Benchmark of {result['date'][:10]}",
        origin(result),
        f"Other processes used at most {busy:.2f} cores meanwhile. Times are medians of "
        f"{result['runs']} runs by turns, after one to warm up and to compare the answers. *Peak* "
        "is the memory of the largest process, and at least the benchmark's own.",
        *(f"Skipped: {name}." for name in result["skipped"]),
        "## Goals",
        goal_table(result),
        *(task_table(task) for task in result["tasks"]),
    ]
    return "\n\n".join(parts) + "\n"


def origin(result: Measured) -> str:
    """Return when, where and with which versions a run was made."""
    machine = result["machine"]
    named = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    return (
        f"{result['date'][:10]}, `{result['command']}`: {result['dump']['bytes'] / 1e6:,.0f} MB, "
        f"seed {result['dump']['seed']}. {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory'] / 2**30:.0f} GiB, {machine['system']}. {named}."
    )


def goal_table(result: Measured) -> str:
    """Return each ratio, and whether it meets its goal; the Python reader has no goals."""
    is_judged = result["reader"] == "compiled"
    rows = []
    for task in result["tasks"]:
        for goal in task["goals"]:
            kind = "" if goal["measure"] == "wall" else ", user+system"
            ratio = "not measured" if goal["ratio"] is None else f"{goal['ratio']:.2f}"
            met = {True: "met", False: "**missed**", None: ""}[goal["met"]]
            row = (task["name"], goal["of"] + kind, goal["goal"], ratio, met)
            rows.append(row if is_judged else (*row[:2], ratio))
    head = ("task", "times of", "goal", "ratio", "")
    return table(head if is_judged else ("task", "times of", "ratio"), rows)


def task_table(task: Measured) -> str:
    """Return one task's contenders; the ratio is of each one's time to the first's."""
    first, rows = task["contenders"][0], []

    def pace(one: Measured) -> float:
        wall: float = one["wall"]
        return wall / one["bytes"] if task["per"] == "byte" else wall

    for one in task["contenders"]:
        if one["note"]:
            rows.append((one["name"], one["note"], "", "", "", "", ""))
            continue
        has_ratio = one is not first and not first["note"]
        rows.append(
            (
                one["name"],
                f"{one['wall']:.3f}",
                f"{min(one['walls']):.3f}–{max(one['walls']):.3f}",
                f"{one['processor']:.3f}",
                f"{one['peak'] / 2**20:.0f}",
                f"{one['bytes'] / 1e6:,.0f}" if one["bytes"] > 10**6 else "",
                f"{pace(one) / pace(first):.2f}" if has_ratio else "",
            )
        )
    per = {"byte": "time a byte", "event": "time an event"}[task["per"]]
    head = ("", "wall s", "range s", "user+sys s", "peak MiB", "input MB", f"{per}, × the first")
    return f"### {task['name']}\n\n" + table(head, rows)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    cells = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def rewritten(text: str) -> str:
    """Return the README's *text* with every section filled in from the newest results."""
    for name, end in SECTIONS.items():
        before, rest = text.split(f"<!-- {name} -->\n")
        _, after = rest.split(f"<!-- /{name} -->")
        text = f"{before}<!-- {name} -->\n\n{_section(end)}\n\n<!-- /{name} -->{after}"
    return text


def _section(end: str) -> str:
    """Return the newest complete results whose file's name ends so."""
    name = re.compile(r"\d{4}-\d\d-\d\d-\w+" + re.escape(end))
    found = sorted(path for path in RESULTS.glob("*") if name.fullmatch(path.name))
    if not found:
        return "Not measured yet."
    text = found[-1].read_text()
    if end.endswith(".md"):
        return text.rstrip()
    result = json.loads(text)
    link = found[-1].with_suffix(".md").name
    return f"{goal_table(result)}\n\n{origin(result)} [All figures](results/{link})."


def main() -> None:
    """Rewrite the README, or see whether it is as it should be."""
    text = README.read_text()
    new = rewritten(text)
    if "--check" not in sys.argv:
        README.write_text(new)
    elif new != text:
        raise SystemExit("benchmarks/README.md is not up to date: run benchmarks/report.py")


if __name__ == "__main__":
    main()
