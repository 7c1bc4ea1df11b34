"""A task, the programs that do it and its goals; runs them by turns and compares their answers."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from measure import Cost, Measured, Watch, middle, run
from peers import DUMP, OUTPUT

Answer = Callable[[Path, Path], str]


@dataclass(frozen=True)
class Contender:
    """One way to do a task; it exits with *status* when it has done it."""

    name: str
    command: tuple[str, ...]
    dump: Path
    answer: Answer
    status: int = 0

    def on(self, dump: Path, output: Path) -> list[str]:
        """Return the command that reads *dump*, and writes *output* unless it writes to stdout."""
        return [part.replace(DUMP, str(dump)).replace(OUTPUT, str(output)) for part in self.command]


@dataclass(frozen=True)
class Goal:
    """The time of contender *top* divided by that of *bottom* is at least *ratio*.

    With *at_most* it is at most that. *measure* is a field of `Cost`.
    """

    top: str
    bottom: str
    ratio: float
    at_most: bool = False
    measure: Literal["wall", "processor"] = "wall"


@dataclass(frozen=True)
class Task:
    """Contenders, whose answers must be those of the first.

    per: what times are divided by before they are compared: the bytes of the dump, or its events.
        Where it is the event, all dumps of the task hold the same events.
    same_events: compare each answer with the first contender's on its own dump. Otherwise the
        first contender is given every dump, to have an answer to compare with.
    times: short tasks are run this many times as often.
    """

    contenders: list[Contender]
    goals: list[Goal] = field(default_factory=list)
    per: Literal["byte", "event"] = "byte"
    same_events: bool = False
    times: int = 1


class Bench:
    """Runs tasks, each contender *runs* times; what they write goes to files in *folder*."""

    def __init__(self, folder: Path, runs: int, environment: Mapping[str, str]) -> None:
        self.runs, self.environment = runs, environment
        self._output, self._errors = folder / "output", folder / "errors"

    def measure(self, name: str, task: Task) -> Measured:
        """Return what each contender took, or why it has no figure, and what became of the goals.

        Times are seconds, sizes are bytes.
        """
        answers, notes = self._compared(task)
        sound = [one for one in task.contenders if not notes[one.name]]
        costs: dict[str, list[Cost]] = {one.name: [] for one in sound}
        watch = Watch()
        for _ in range(self.runs * task.times):
            for one in sound:
                cost = self._run(one, one.dump)
                costs[one.name].append(cost)
                if cost.status != one.status:
                    notes[one.name] = f"failed with status {cost.status} after it had answered"
        others = watch.others()
        rows: dict[str, Measured] = {}
        for one in task.contenders:
            rows[one.name] = {
                "name": one.name,
                "command": [_public(part) for part in one.command],
                "bytes": _size(one.dump),
                "answer": answers.get(one.name, ""),
                "note": notes[one.name],
            }
            if not notes[one.name]:
                runs = costs[one.name]
                walls = [round(cost.wall, 4) for cost in runs]
                rows[one.name] |= middle(runs)._asdict() | {"walls": walls}
        return {
            "name": name,
            "per": task.per,
            "contenders": list(rows.values()),
            "goals": [_judged(goal, rows, task.per) for goal in task.goals],
            "others": others,
        }

    def _compared(self, task: Task) -> tuple[dict[str, str], dict[str, str]]:
        """Run each contender once; return its answer, and why it is not timed ("" if it is)."""
        first = task.contenders[0]
        expected: dict[Path, str] = {}
        answers: dict[str, str] = {}
        notes: dict[str, str] = {}
        for one in task.contenders:
            if shutil.which(one.command[0]) is None:
                notes[one.name] = "not installed"
                continue
            like = first.dump if task.same_events else one.dump
            if like not in expected:
                expected[like] = self._answer(first, like)
            answer = expected[like] if one is first else self._answer(one, one.dump)
            answers[one.name], notes[one.name] = answer, ""
            if answer.startswith("failed"):
                notes[one.name] = answer
            elif expected[like].startswith("failed"):
                notes[one.name] = f"nothing to compare with: {first.name} failed"
            elif answer != expected[like]:
                notes[one.name] = f"another answer: {answer}"
        return answers, notes

    def _run(self, one: Contender, dump: Path) -> Cost:
        stdout = Path(os.devnull) if OUTPUT in "".join(one.command) else self._output
        return run(one.on(dump, self._output), stdout, self._errors, self.environment)

    def _answer(self, one: Contender, dump: Path) -> str:
        self._output.unlink(missing_ok=True)
        status = self._run(one, dump).status
        if status != one.status:
            message = self._errors.read_text(errors="replace").strip().splitlines()
            return f"failed with status {status}: {message[-1] if message else ''}"
        return one.answer(self._output, self._errors)


def _size(dump: Path) -> int:
    """Return the bytes of a file, or of the files in a folder."""
    files = dump.iterdir() if dump.is_dir() else [dump]
    return sum(file.stat().st_size for file in files)


def _public(part: str) -> str:
    """Return an argument without the folders of this machine."""
    part = part.replace(f"{Path(sys.executable).parent}/", "")
    return Path(part).name if part.startswith("/") and part != os.devnull else part


def _judged(goal: Goal, rows: Mapping[str, Measured], per: str) -> Measured:
    """Return the ratio (None where a side was not measured) and whether it meets the goal."""

    def pace(row: Measured) -> float:
        time: float = row[goal.measure]
        return time / row["bytes"] if per == "byte" else time

    judged: Measured = {
        "of": f"{goal.top} ÷ {goal.bottom}",
        "measure": goal.measure,
        "goal": f"at {'most' if goal.at_most else 'least'} {goal.ratio:g}",
        "ratio": None,
        "met": None,
    }
    top, bottom = rows[goal.top], rows[goal.bottom]
    if not top["note"] and not bottom["note"]:
        ratio = pace(top) / pace(bottom)
        judged["ratio"] = round(ratio, 3)
        judged["met"] = ratio <= goal.ratio if goal.at_most else ratio >= goal.ratio
    return judged
