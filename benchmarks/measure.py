"""Runs whole processes and measures their time and memory."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

#: What was measured, as plain values: so it goes to JSON, and comes from it.
Measured = dict[str, Any]


class Cost(NamedTuple):
    """What one run of one command took.

    *wall* and *processor* (user and system, of all its processes) are seconds. *peak* is the
    resident memory of the largest of its processes, in bytes; on Linux it is at least that of the
    starting process, some 30 MiB.
    """

    wall: float
    processor: float
    peak: int
    status: int


def run(
    command: Sequence[str],
    output: Path = Path(os.devnull),
    errors: Path = Path(os.devnull),
    environment: Mapping[str, str] = os.environ,
) -> Cost:
    """Run *command* with an empty stdin, its output and stderr written to two files, and wait."""
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(output), write, 0o644),
        (os.POSIX_SPAWN_OPEN, 2, str(errors), write, 0o644),
    ]
    start = time.perf_counter()
    child = os.posix_spawnp(command[0], list(command), environment, file_actions=actions)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    unit = 1 if sys.platform == "darwin" else 1024
    code = os.waitstatus_to_exitcode(status)
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit, code)


def middle(costs: Sequence[Cost]) -> Cost:
    """Return the median times of some runs, their greatest peak, and a status that is not 0."""
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.processor for cost in costs),
        max(cost.peak for cost in costs),
        next((cost.status for cost in costs if cost.status), 0),
    )


class Watch:
    """Tells how busy other processes kept this machine since it was last asked."""

    def __init__(self) -> None:
        self._last = self._clocks()

    def others(self) -> float:
        """Return the cores that they used: 0.5 is half of one; 0 where there is no /proc."""
        before, self._last = self._last, self._clocks()
        wall, busy, own = (now - then for now, then in zip(self._last, before, strict=True))
        return round(max(0.0, busy - own) / wall, 2) if busy else 0.0

    def _clocks(self) -> tuple[float, float, float]:
        """Return the seconds of the wall, of all processors, and of this process and children."""
        busy = 0.0
        if os.path.exists("/proc/stat"):
            with open("/proc/stat") as file:
                user, nice, system, _, _, *rest = map(int, file.readline().split()[1:9])
            busy = (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")
        return time.perf_counter(), busy, sum(os.times()[:4])


def machine() -> dict[str, str | int]:
    """Return what this machine is; memory in bytes."""
    model = next(_values("/proc/cpuinfo", "model name"), "unknown")
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": " ".join(os.uname()[i] for i in (0, 2, 4)),
    }


def _values(path: str, name: str) -> Iterator[str]:
    if os.path.exists(path):
        for line in Path(path).read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == name:
                yield value.strip()
