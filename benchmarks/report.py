"""What was measured, as plain values for JSON and as Markdown."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from measure import Cost, middle
from tasks import Goal, Task

Measured = dict[str, Any]


def measured(
    task: Task,
    costs: Mapping[str, Sequence[Cost]],
    answers: Mapping[str, str],
    notes: Mapping[str, str],
) -> Measured:
    """Return all about one task. Times are seconds, sizes bytes; *notes* say why one has none."""
    contenders = []
    for one in task.contenders:
        row: Measured = {
            "name": one.name,
            "command": [_public(part) for part in one.command],
            "bytes": one.dump.stat().st_size,
            "answer": answers.get(one.name, ""),
            "note": notes[one.name],
        }
        if (runs := costs.get(one.name)) and not notes[one.name]:
            row |= middle(runs)._asdict() | {"walls": [round(cost.wall, 4) for cost in runs]}
        contenders.append(row)
    rows = {row["name"]: row for row in contenders}
    return {
        "name": task.name,
        "contenders": contenders,
        "goals": [_judged(goal, rows) for goal in task.goals],
    }


def _public(part: str) -> str:
    """Return an argument without the folders that things happen to be in."""
    part = part.replace(f"{Path(sys.executable).parent}/", "")
    return Path(part).name if part.startswith("/") and part != os.devnull else part


def _judged(goal: Goal, rows: Mapping[str, Measured]) -> Measured:
    """Return the ratio, None where a side was not measured, and whether it is good enough."""
    paces = {
        name: rows[name][goal.measure] / rows[name]["bytes"]
        for name in (*goal.slower, goal.faster)
        if goal.measure in rows[name]
    }
    found = [name for name in goal.slower if name in paces]
    slower = min(found, key=lambda name: paces[name], default=None)
    judged: Measured = {
        "of": f"{slower or ' or '.join(goal.slower)} ÷ {goal.faster}",
        "measure": goal.measure,
        "goal": f"at {'least' if goal.least else 'most'} {goal.ratio:g}",
        "ratio": None,
        "met": None,
    }
    if slower and goal.faster in paces:
        ratio = paces[slower] / paces[goal.faster]
        judged["ratio"] = round(ratio, 3)
        judged["met"] = ratio >= goal.ratio if goal.least else ratio <= goal.ratio
    return judged


def document(result: Measured) -> str:
    """Return all of a run as Markdown: where, with what, the goals, then every task."""
    machine, versions = result["machine"], result["versions"]
    named = ", ".join(f"{name} {number}" for name, number in versions.items())
    busy = max((task["others"] for task in result["tasks"]), default=0)
    parts = [
        f"# Benchmark of {result['date'][:10]}",
        f"`{result['command']}`: {result['dump']['bytes']:,} bytes, seed {result['dump']['seed']}.",
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory'] / 2**30:.0f} GiB, "
        f"{machine['system']}. Other processes used {busy:.2f} cores meanwhile, at worst.",
        f"Versions: {named}.",
        f"Medians of {result['runs']} runs by turns, after one to warm up and to compare the "
        "answers. Ratios are of times per byte of input: some peers were given only the head of "
        "the dump. *Peak* is the memory of the largest process, and no less than the benchmark's.",
        "## Goals",
        goal_table(result["tasks"]),
        *(task_table(task) for task in result["tasks"]),
    ]
    return "\n\n".join(parts) + "\n"


def goal_table(tasks: Iterable[Measured]) -> str:
    """Return each goal and what became of it."""
    rows = []
    for task in tasks:
        for goal in task["goals"]:
            kind = "" if goal["measure"] == "wall" else ", user+system"
            ratio = "not measured" if goal["ratio"] is None else f"{goal['ratio']:.2f}"
            met = {True: "met", False: "**missed**", None: ""}[goal["met"]]
            rows.append((task["name"], goal["of"] + kind, goal["goal"], ratio, met))
    return _table(("task", "times of", "goal", "ratio", ""), rows)


def task_table(task: Measured) -> str:
    """Return one task's contenders; the ratio is of each one's wall time to the first's."""
    first, rows = task["contenders"][0], []
    for one in task["contenders"]:
        if "wall" not in one:
            rows.append((one["name"], one["note"], "", "", "", "", ""))
            continue
        ratio = ""
        if one is not first and "wall" in first:
            ratio = f"{one['wall'] / one['bytes'] / (first['wall'] / first['bytes']):.2f}"
        walls = one["walls"]
        rows.append(
            (
                one["name"],
                f"{one['wall']:.3f}",
                f"{min(walls):.3f}–{max(walls):.3f}",
                f"{one['processor']:.3f}",
                f"{one['peak'] / 2**20:.0f}",
                f"{one['bytes'] / 1e6:,.0f}" if one["bytes"] > 10**6 else "",
                ratio,
            )
        )
    head = ("", "wall s", "range s", "user+sys s", "peak MiB", "input MB", "× the first")
    return f"### {task['name']}\n\n" + _table(head, rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)
