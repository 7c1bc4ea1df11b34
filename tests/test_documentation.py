"""What the documentation shows is what the program does."""

from __future__ import annotations

import re

import click
import pytest

from cevents.cli import cli

from .documentation import README, rewritten, shell


def test_readme_is_in_step() -> None:
    """Every example's output, and every table, is what the program gives today."""
    text = README.read_text()
    assert rewritten(text) == text


def help_examples() -> list[str]:
    """Return the examples of every command's help."""
    found: list[str] = []
    for command in cli.commands.values():
        examples = (command.help or "").partition("Examples:")[2]
        found += [line.strip() for line in examples.splitlines() if line.strip()]
    return found


@pytest.mark.parametrize("command", help_examples())
def test_help_example_runs(command: str) -> None:
    """An example in a command's help runs, and says something about no error."""
    printed = shell(re.sub(r"> \S+$", "", command))
    assert printed
    assert "error:" not in printed


@pytest.mark.parametrize("name", [None, *cli.commands])
def test_help_fits_a_screen(name: str | None) -> None:
    """Help is at most 80 columns by 45 lines, has examples, and says what is remembered."""
    command = cli.commands[name] if name else cli
    # click keeps the help option that it first makes for a command: make the program's own.
    settings = {**cli.context_settings, "max_content_width": 80}
    context = click.Context(command, info_name=name, terminal_width=80, **settings)
    lines = command.get_help(context).splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 45
    assert "Examples:" in command.help
    if name not in (None, "schema", "explain"):
        assert "Remembers" in command.help


def test_figures_are_those_of_the_results() -> None:
    """The README has each goal of the results that it names, with the ratio that was measured."""
    text = README.read_text()
    [cited] = re.findall(r"\(benchmarks/results/(.*?\.md)\)", text)
    results = (README.parent / "benchmarks" / "results" / cited).read_text()
    goals = [line for line in results.splitlines() if line.endswith(("| met |", "| **missed** |"))]
    assert len(goals) > 30
    assert [line for line in goals if line not in text] == []
