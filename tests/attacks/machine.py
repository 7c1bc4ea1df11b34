"""What the attacks through the machine share: the program as a process, and what must be true."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..conftest import Ran, message

CEVENTS = [sys.executable, "-m", "cevents"]
SAMPLES = Path(__file__).resolve().parents[2] / "samples"

#: Seconds for what takes a moment, and far less than for ever.
PATIENCE = 60

#: One command of each kind that reads events, on a file that stands behind it.
READING = (
    "validate --strict",
    "filter --dedup",
    "filter --sort --sort-memory 20K",
    "stats",
    "convert --to America/Denver",
    "show",
    "show -x",
)


def cevents(
    command: str, stdin: bytes | int = b"", before: Callable[[], None] | None = None, **how: Any
) -> Ran:
    """Run the program; *before* is called in its process before it begins."""
    given: dict[str, Any] = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **given, **how}
    ran = subprocess.run(
        [*CEVENTS, *command.split()], preexec_fn=before, timeout=PATIENCE, check=False, **how
    )
    return Ran(ran.returncode, ran.stdout or b"", (ran.stderr or b"").decode())


def assert_told(ran: Ran) -> None:
    """What could not be done is an error line and status 2; there is never a traceback."""
    assert "Traceback" not in ran.stderr
    assert "Exception" not in ran.stderr
    assert ran.status in (0, 1, 2), ran
    assert (ran.status == 2) == ran.stderr.startswith("cevents: error: "), ran


def dump_of(size: int) -> bytes:
    """Return about *size* bytes of lines: events, of which no two are alike, and bad lines."""
    lines = [message(number=str(number)) + b"oops\n" * (number % 7 == 0) for number in range(1000)]
    data = b"".join(lines)
    return data * (size // len(data) + 1)
