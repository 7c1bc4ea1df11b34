"""The samples: every code has one, and the valid ones are valid."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import cevents
from cevents.engine import Sizes, run
from cevents.problems import CODES
from cevents.sources import sources
from cevents.validation import Validation

SAMPLES = Path(__file__).resolve().parent.parent / "samples"


def codes_in(path: Path, strict: bool = False) -> set[str]:
    """Return the codes that `validate --max-line-bytes 4096` reports of a file."""
    steps = run(Validation(strict), sources((str(path),)), sizes=Sizes(max_line=4096))
    return {problem.code for step in steps for problem in step.result.problems}


@pytest.mark.parametrize("code", CODES)
def test_code_has_a_sample(code: str) -> None:
    """The sample of a code shows that code and no other."""
    path = SAMPLES / "invalid" / f"{code}.jsonl"
    assert codes_in(path, strict=CODES[code].severity == "warning") == {code}


def test_no_sample_without_a_code() -> None:
    """Every file among the invalid samples is named for a code."""
    assert {path.stem for path in (SAMPLES / "invalid").iterdir()} == set(CODES)


def test_conversations_are_valid() -> None:
    """The believable fortnight has no finding, and enough in it to try things on."""
    events = list(cevents.read(SAMPLES / "conversations.jsonl"))
    assert codes_in(SAMPLES / "conversations.jsonl") == set()
    assert 300 <= len(events) <= 500


def test_mixed_has_other_events_and_faults() -> None:
    """The mixed sample shows faults of many kinds."""
    assert len(codes_in(SAMPLES / "mixed.jsonl")) >= 6


def test_shapes_hold_the_same_events() -> None:
    """Whatever they are in, the events are the same."""
    found = {path.name: list(cevents.read(path)) for path in (SAMPLES / "shapes").iterdir()}
    assert all(events == found["firehose"] for events in found.values())
    assert len(found["firehose"]) == 6


def test_samples_are_made_by_their_script(tmp_path: Path) -> None:
    """The script makes the same bytes again."""
    script = SAMPLES / "make_samples.py"
    subprocess.run([sys.executable, script, tmp_path], check=True, stdout=subprocess.DEVNULL)
    made = {p.relative_to(tmp_path): p for p in tmp_path.rglob("*") if p.is_file()}
    kept = {
        p.relative_to(SAMPLES): p
        for p in SAMPLES.rglob("*")
        if p.is_file() and p.suffix not in (".md", ".py", ".pyc", ".ndjson")
    }
    assert made.keys() == kept.keys()
    assert [p.name for p in made if made[p].read_bytes() != kept[p].read_bytes()] == []
