"""Times cevents beside the tools that people use instead, and checks that the answers agree.

`python benchmarks/run.py` makes dumps of 1 GB, runs every command once to warm up and to compare
what it answers, then all commands of a task by turns, five times each. The medians go to a JSON
file and to tables in Markdown. A peer that answers otherwise, or is not installed, is named and
gets no ratio.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import shutil
import sys
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from subprocess import run as call
from tempfile import TemporaryDirectory
from typing import Any

import dumps
import peers
import report
from contest import Bench
from inputs import Inputs
from measure import machine
from reader import environment, refusal
from tasks import AGAINST_TASKS, PYTHON_TASKS, TASKS, Setting

import cevents

PACKAGES = ("orjson", "isal", "click", "duckdb-cli", "polars", "jsonschema-rs")


def said(command: list[str], environment: Mapping[str, str] = os.environ) -> str:
    """Return what a command prints, without the space around it."""
    folder = Path(__file__).parent
    done = call(command, capture_output=True, text=True, cwd=folder, env=environment)  # noqa: S603
    return done.stdout.strip()


def versions() -> dict[str, str]:
    """Return the version of everything that is compared, and cevents' revision."""
    found = {"Python": sys.version.split()[0]}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    for program in ("jq", "mlr"):
        path = shutil.which(program)
        line = said([path, "--version"]) if path else "not installed"
        found[program] = line.removeprefix(program).lstrip("- ")
    git = shutil.which("git")
    found["revision"] = said([git, "describe", "--always", "--dirty"]) if git else "unknown"
    return found


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--size", help="of the dumps, as 100M; default: 1G, or 20M for the Python reader")
    add("--runs", type=int, default=5, help="timed runs of each command")
    add("--jobs", type=int, default=2, help="of cevents, and threads of peers")
    add("--only", nargs="+", metavar="TASK", help="tasks whose names begin so")
    add("--against", metavar="PROGRAM", help="the cevents of another revision")
    add("--python-reader", action="store_true", help="measure the Python reader")
    add("--output", type=Path, default=report.RESULTS, help="folder for the results")
    add("--folder", type=Path, default=dumps.CACHE, help=f"folder for dumps: {dumps.CACHE}")
    return parser.parse_args()


def main() -> None:
    """Run the tasks that the command line asks for."""
    options = arguments()
    pure = options.python_reader
    size = options.size or ("20M" if pure else "1G")
    surroundings = environment(options.jobs, pure)
    line = said([peers.cevents(), "--version"], surroundings)
    if reason := refusal(line, pure):
        raise SystemExit(reason)
    # As an installed program is: an editable one may be compiled anew at each start.
    compileall.compile_dir(str(Path(cevents.__file__).parent), quiet=1)
    against = shutil.which(options.against) if options.against else ""
    if against is None:
        raise SystemExit(f"--against {options.against}: no such program")
    known = PYTHON_TASKS if pure else {**TASKS, **AGAINST_TASKS}
    wanted = {
        name: build for name, build in known.items() if name.startswith(tuple(options.only or [""]))
    }
    skipped = [name for name in wanted if name in AGAINST_TASKS and not against]
    setting = Setting(Inputs(dumps.size_of(size), options.folder), options.jobs, against)
    result: dict[str, Any] = {
        "date": f"{datetime.now().astimezone():%Y-%m-%d %H:%M %z}",
        "command": shown_command(sys.argv[1:]),
        "reader": "Python" if pure else "compiled",
        "runs": options.runs,
        "machine": machine(),
        "versions": {"cevents": line.removeprefix("cevents ")} | versions(),
        "dump": {"bytes": setting.inputs.plain.stat().st_size, "seed": dumps.SEED},
        "skipped": skipped,
        "tasks": [],
    }
    if against:
        result["versions"]["other revision"] = said([against, "--version"]).removeprefix("cevents ")
    with TemporaryDirectory(dir=options.folder) as folder:
        bench = Bench(Path(folder), options.runs, surroundings)
        for name, build in wanted.items():
            if name not in skipped:
                result["tasks"].append(bench.measure(name, build(setting)))
                print(report.task_table(result["tasks"][-1]), end="\n\n", flush=True)
    print(report.goal_table(result))
    for name in skipped:
        print(f"Skipped, for there is no --against: {name}")
    path = options.output / report.file_name(result["date"], size, pure, bool(options.only))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    path.with_suffix(".md").write_text(report.document(result))
    print(f"Written to {path} and {path.with_suffix('.md').name}")


def shown_command(arguments: list[str]) -> str:
    """Return the command line of this run without the folders of this machine."""
    named = [Path(part).name if part.startswith("/") else part for part in arguments]
    return " ".join(["python", "benchmarks/run.py", *named])


if __name__ == "__main__":
    main()
