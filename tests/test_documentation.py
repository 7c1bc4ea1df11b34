"""What the documentation shows is what the program does."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from .documentation import PAGES, README, commands, rewritten


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_is_in_step(page: Path) -> None:
    """Every example's output, and every table, is what the program gives today."""
    text = page.read_text()
    assert rewritten(text) == text


def test_readme_shows_the_program() -> None:
    """The examples of the README are found where they are looked for."""
    assert len(list(commands(README.read_text()))) > 20


def test_benchmarks_cite_the_newest_results() -> None:
    """The benchmarks' README shows the newest results."""
    report = README.parent / "benchmarks" / "report.py"
    subprocess.run([sys.executable, report, "--check"], check=True)


def test_benchmark_refuses_the_other_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run on another reader than the one that is asked for is not cited."""
    monkeypatch.syspath_prepend(README.parent / "benchmarks")
    refusal = importlib.import_module("reader").refusal
    compiled, python = "cevents 1.0 (compiled reader, avx2)", "cevents 1.0 (Python reader)"
    assert not refusal(compiled, python_reader=False)
    assert not refusal(python, python_reader=True)
    assert "not on the compiled reader" in refusal(python, python_reader=False)
    assert "not on the Python reader" in refusal(compiled, python_reader=True)
