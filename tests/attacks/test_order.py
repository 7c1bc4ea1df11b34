"""Equal instants in --sort: whatever is read, cut and kept, they stay as they came."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from cevents.cli import options

from ..conftest import Dump, Run, message

pytestmark = pytest.mark.usefixtures("reader")

#: One instant in many spellings, and its neighbours: finer digits are compared nowhere.
SAME = ("2020-03-24T16:55:59Z", "2020-03-24T10:55:59-06:00", "2020-03-24T16:55:59.0000009Z",
        "2020-084T16:55:59Z", "20200324T165559+0000", "2020-03-25T06:55:59+14")  # fmt: skip
BEFORE, AFTER = "2020-03-24T16:55:58.999999Z", "2020-03-24T16:55:59.000001Z"


@pytest.mark.parametrize("jobs", [1, 2, 4])
@pytest.mark.parametrize("memory", ["1", "20K", "256M"])
@pytest.mark.parametrize("block_bytes", [1, 500, 1 << 20])
def test_equal_instants_stay_in_order(
    run: Run, dump: Dump, jobs: int, memory: str, block_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Across files, stdin and blocks, with any number of jobs and however much goes to disk."""
    chance = random.Random(1)
    ranks = {BEFORE: 0, AFTER: 2}
    times = [chance.choice((*SAME, BEFORE, AFTER)) for _ in range(80)]
    lines = [message(number=str(n), time=time) for n, time in enumerate(times)]
    for part in range(4):
        dump(b"".join(lines[20 * part : 20 * part + 20]), f"{part}.jsonl")
    expected = sorted(range(80), key=lambda n: ranks.get(times[n], 1))
    cutting = options.Input.cutting
    monkeypatch.setattr(
        options.Input, "cutting", lambda given: replace(cutting(given), block_bytes=block_bytes)
    )
    command = f"filter --sort --sort-memory {memory} -j {jobs} 0.jsonl - 2.jsonl 3.jsonl"
    ran = run(command, b"".join(lines[20:40]))
    assert ran == (0, b"".join(lines[n] for n in expected), "")
