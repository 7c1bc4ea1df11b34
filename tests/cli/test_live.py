"""Bad lines of a live stream: ten a minute, then how many more."""

from __future__ import annotations

import pytest

from cevents.canvas.problems import Problem
from cevents.cli.live import BadLines


def problems(count: int, severity: str = "error") -> list[Problem]:
    return [
        Problem("not-json", 1, "oops", line=line + 1, severity=severity)  # type: ignore[arg-type]
        for line in range(count)
    ]


def test_ten_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    now = 0.0

    def told(count: int) -> list[str]:
        bad_lines.tell("x", problems(count))
        return capsys.readouterr().err.splitlines()

    bad_lines = BadLines(lambda: now)
    assert told(3) == [f"x:{line}:1: not-json: oops" for line in (1, 2, 3)]
    now = 30.0
    assert len(told(9)) == 7
    assert told(5) == told(0) == []
    now = 60.0  # three of the first ten are a minute old
    assert len(told(4)) == 3
    now = 89.0
    assert told(0) == []
    now = 90.0
    assert told(0) == ["8 more lines could not be used in the last minute"]
    assert len(told(1)) == 1


def test_line_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    """The first error of a line, and no warning."""
    twice = [problem for problem in problems(2) for _ in range(3)]
    BadLines(lambda: 0.0).tell("x", problems(1, "warning") + twice)
    assert capsys.readouterr().err.count("\n") == 2
