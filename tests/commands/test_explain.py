"""`explain`: every code, and what it means."""

from __future__ import annotations

import pytest

from cevents.canvas.problems import CODES

from ..conftest import Run

#: Nothing here reads events.
pytestmark = pytest.mark.reader("any")


def test_explain_lists_the_codes(run: Run) -> None:
    """Without a code, every code is listed with its meaning."""
    status, stdout, _ = run("explain")
    heading, *lines = stdout.decode().splitlines()
    assert (status, heading) == (0, "code            severity  meaning")
    assert list(CODES) == [line.split()[0] for line in lines]


@pytest.mark.parametrize("code", CODES)
def test_explain(run: Run, code: str) -> None:
    """A code's explanation says what it means, why it matters, an example and how to mend it."""
    status, stdout, stderr = run(f"explain {code}")
    text = stdout.decode()
    titles = ["Why it matters", "Example", "How to mend it"]
    assert (status, stderr) == (0, "")
    assert text.startswith(f"{code}: ")
    assert titles == [line for line in text.splitlines() if line in titles]
    assert f"\nSeverity: {CODES[code].severity}" in text
    option = CODES[code].option
    assert "only." not in text if option is None else f" under {option} only.\n" in text
