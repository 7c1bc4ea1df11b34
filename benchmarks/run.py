"""Times cevents and the tools that people use instead, side by side, and checks their answers.

`python benchmarks/run.py` makes dumps of 1 GB, runs every command once to warm up and to compare
what it answers, then all of a task by turns, at least five times. The medians go to a Markdown
table and a JSON file. A ratio is of times per byte of input; a peer that answers otherwise, or is
not installed, is named and gets none.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import shutil
import sys
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from subprocess import run as call
from tempfile import TemporaryDirectory
from typing import Any

import dumps
import peers
import report
from measure import Cost, Watch, machine, run
from tasks import HEAD, SHOWN, Contender, Dumps, Task, tasks

import cevents

RESULTS = Path(__file__).with_name("results")
PACKAGES = (
    *("cevents", "msgspec", "numpy", "orjson", "click", "duckdb-cli", "polars", "jsonschema-rs"),
    "sourcemeta-jsonschema",
)


def prepare(size: int, folder: Path) -> Dumps:
    """Return the inputs for dumps of *size* bytes; make those that are not there yet."""
    clean = dumps.dump(size, folder=folder)
    short = dumps.dump(HEAD, folder=folder)
    schema = folder / "schema.json"
    run([peers.program("cevents") or "cevents", "schema", "--format", "json"], schema)
    return Dumps(
        clean=clean,
        faulty=dumps.dump(size, 0.01, folder=folder),
        head=dumps.head(clean, HEAD),
        quarter=dumps.head(clean, size // 4),
        shown=dumps.head(short, HEAD, SHOWN),
        three=dumps.head(short, HEAD, 3),
        schema=schema,
    )


class Bench:
    """Runs tasks; what they write goes to files in *folder*."""

    def __init__(self, folder: Path, runs: int, jobs: int) -> None:
        self.runs = runs
        self.output, self.errors = folder / "output", folder / "errors"
        self.environment = {**os.environ, "POLARS_MAX_THREADS": str(jobs)}

    def measure(self, task: Task) -> dict[str, Any]:
        """Return what each contender of a task took and how far it met its goals."""
        notes = {one.name: self._refusal(one) for one in task.contenders}
        expected: dict[Path, str] = {}
        answers: dict[str, str] = {}
        for one in task.contenders:
            if notes[one.name]:
                continue
            if one.dump not in expected:
                expected[one.dump] = self._answer(task.contenders[0], one.dump)
            answers[one.name] = self._answer(one, one.dump)
            if answers[one.name].startswith("failed"):
                notes[one.name] = answers[one.name]
            elif expected[one.dump].startswith("failed"):
                notes[one.name] = f"nothing to compare with: {task.contenders[0].name} failed"
            elif answers[one.name] != expected[one.dump]:
                notes[one.name] = f"another answer: {answers[one.name]}"
        sound = [one for one in task.contenders if not notes[one.name]]
        costs: dict[str, list[Cost]] = {one.name: [] for one in sound}
        watch = Watch()
        for _ in range(self.runs * task.times):
            for one in sound:
                costs[one.name].append(self._run(one, one.dump))
                if costs[one.name][-1].status != one.status:
                    notes[one.name] = "failed after it had answered"
        return report.measured(task, costs, answers, notes) | {"others": watch.others()}

    def _refusal(self, one: Contender) -> str:
        return "" if shutil.which(one.command[0]) else "not installed"

    def _run(self, one: Contender, dump: Path) -> Cost:
        stdout = Path(os.devnull) if peers.OUTPUT in "".join(one.command) else self.output
        return run(one.on(dump, self.output), stdout, self.errors, self.environment)

    def _answer(self, one: Contender, dump: Path) -> str:
        self.output.unlink(missing_ok=True)
        status = self._run(one, dump).status
        if status != one.status:
            message = self.errors.read_text(errors="replace").strip().splitlines()
            return f"failed with status {status}: {message[-1] if message else ''}"
        return one.answer(self.output, self.errors)


def versions() -> dict[str, str]:
    """Return the version of everything that is compared, and cevents' revision."""
    found = {"python": sys.version.split()[0]}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    for program in ("jq", "mlr", "gron"):
        if path := shutil.which(program):
            found[program] = _said([path, "--version"])
        else:
            found[program] = "not installed"
    git = shutil.which("git")
    found["revision"] = _said([git, "describe", "--always", "--dirty"]) if git else "unknown"
    return found


def _said(command: list[str]) -> str:
    done = call(command, capture_output=True, text=True, cwd=Path(__file__).parent)  # noqa: S603
    return done.stdout.strip()


def main() -> None:
    """Run the tasks that the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", default="1G", help="of the dumps: bytes, or as 100M, 1G")
    parser.add_argument("--runs", type=int, default=5, help="that are timed, of each command")
    parser.add_argument("--jobs", type=int, default=2, help="of cevents, and threads of peers")
    parser.add_argument("--only", nargs="+", metavar="TASK", help="tasks whose names begin so")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for the results")
    parser.add_argument("--folder", type=Path, default=dumps.CACHE, help="folder for the dumps")
    options = parser.parse_args()
    # As an installed program is: an editable one may be compiled anew at each start.
    compileall.compile_dir(str(Path(cevents.__file__).parent), quiet=1)
    data = prepare(dumps.size_of(options.size), options.folder)
    result: dict[str, Any] = {
        "date": f"{datetime.now().astimezone():%Y-%m-%d %H:%M %z}",
        "command": " ".join(["python", "benchmarks/run.py", *sys.argv[1:]]),
        "runs": options.runs,
        "machine": machine(),
        "versions": versions(),
        "dump": {"bytes": data.clean.stat().st_size, "seed": dumps.SEED},
        "tasks": [],
    }
    wanted = tuple(options.only or ("",))
    with TemporaryDirectory(dir=options.folder) as folder:
        bench = Bench(Path(folder), options.runs, options.jobs)
        for task in tasks(data, options.jobs):
            if task.name.startswith(wanted):
                result["tasks"].append(bench.measure(task))
                print(report.task_table(result["tasks"][-1]), flush=True)
    options.output.mkdir(parents=True, exist_ok=True)
    name = "-".join([result["date"][:10], options.size, *(options.only or ())])
    path = options.output / f"{name.replace(' ', '_')}.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    path.with_suffix(".md").write_text(report.document(result))
    print(report.goal_table(result["tasks"]))
    print(f"Written to {path} and {path.with_suffix('.md').name}")


if __name__ == "__main__":
    main()
