"""What the tests of attacks by data share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from ..conftest import Ran

#: Runs the program as a process of its own: its arguments, stdin, environment.
Start = Callable[..., Ran]


@pytest.fixture
def start() -> Start:
    """Give a function that runs the program in a process of its own, with more environment."""

    def call(*arguments: str, stdin: bytes = b"", **environment: str) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "cevents", *arguments],
            input=stdin, capture_output=True, env=os.environ | environment, timeout=60,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr.decode(errors="surrogateescape"))

    return call
