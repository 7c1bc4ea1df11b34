"""The codes of what can be wrong with a line."""

from __future__ import annotations

import pickle

import pytest

from cevents.canvas.problems import CODES, Code, Problem

WARNINGS = {
    "unknown-field",
    "unknown-zone",
    "odd-offset",
    "id-mismatch",
    "rounded-id",
    "duplicate-key",
    "redelivered",
}


def test_warnings() -> None:
    """Some codes are of warnings; all others are of errors."""
    assert {name for name, code in CODES.items() if code.severity == "warning"} == WARNINGS


@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
def test_code_is_explained(code: Code) -> None:
    """A code comes with sentences, and an example."""
    assert all(text.endswith((".", "`")) for text in (code.meaning, code.why, code.mend))
    assert code.example


def test_problem_travels() -> None:
    """A problem can be pickled, and says its line and column."""
    problem = Problem("bad-id", 12, "body.message_id is no id", path="body.message_id", line=3)
    assert pickle.loads(pickle.dumps(problem)) == problem
    assert (problem.line, problem.column, problem.severity) == (3, 12, "error")
