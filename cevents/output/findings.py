"""The findings of a run, and its counts, as people and programs read them: one writer a format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

from cevents.canvas.problems import LONGEST_NAME, Problem
from cevents.canvas.timestamps import shortened
from cevents.tasks.counts import Counts, RunCounts
from cevents.terminal import many, printable, safe, safe_json

#: Inputs that are each named in a summary; of more, those with findings are.
_FEW = 20

FindingFormat = Literal["text", "json", "github"]


def finding_text(file: str, problem: Problem) -> str:
    """Return the line that editors and grep understand."""
    hint = f" ({problem.hint})" if problem.hint else ""
    where = f"{printable(file)}:{problem.line}:{problem.column}"
    return safe(f"{where}: {problem.code}: {problem.message}{hint}")


def finding(problem: Problem) -> dict[str, Any]:
    """Return a finding as programs read it, but for the name of its input."""
    return {
        "line": problem.line,
        "column": problem.column,
        "code": problem.code,
        "severity": problem.severity,
        "path": problem.path,
        "event": problem.event and shortened(problem.event, LONGEST_NAME),
        "message": problem.message,
        "hint": problem.hint,
    }


def _json(file: str, problem: Problem) -> str:
    import orjson

    return safe_json(orjson.dumps({"file": file, **finding(problem)})).decode()


def _github(file: str, problem: Problem) -> str:
    """Return a workflow command of GitHub Actions, with what an event holds made harmless."""
    place = f"file={_property(file)},line={problem.line},col={problem.column}"
    hint = f" ({problem.hint})" if problem.hint else ""
    return f"::{problem.severity} {place}::{problem.code}: {_data(problem.message + hint)}"


def _data(text: str) -> str:
    return safe(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


_WRITERS: dict[FindingFormat, Callable[[str, Problem], str]] = {
    "text": finding_text,
    "json": _json,
    "github": _github,
}


def findings_bytes(style: FindingFormat, file: str, problems: list[Problem]) -> bytes:
    """Return the findings in one input, a line each."""
    write, name = _WRITERS[style], printable(file)
    return "".join([f"{write(name, problem)}\n" for problem in problems]).encode()


def statistics_json(run: RunCounts) -> bytes:
    import orjson

    files = [{"file": printable(file), **_counts(c)} for file, c in run.files.items()]
    unfolded = {shape: found._asdict() for shape, found in sorted(run.unfolded.items())}
    counts = {**_counts(run.all), "unfolded": unfolded, "files": files}
    return safe_json(orjson.dumps(counts)) + b"\n"


def _counts(counts: Counts) -> dict[str, Any]:
    return {
        "events": counts.events,
        "valid": counts.valid,
        "invalid": counts.invalid,
        "blank": counts.blank,
        "warnings": counts.warnings,
        "other_events": dict(sorted(counts.other_events.items())),
        "codes": dict(sorted(counts.codes.items())),
    }


def statistics_text(run: RunCounts) -> Iterator[str]:
    """Yield the summary of `validate`, a line each."""
    counts = run.all
    yield empty_text(run) or f"{many(counts.events, 'event')} read: {_verdict(counts)}"
    yield from unfolded_text(run)
    width = max(map(len, counts.codes), default=0)
    for code, count in counts.codes.most_common():
        yield f"  {code:<{width}}  {count}"
    if counts.other_events:
        named = ", ".join(
            f"{safe(name)} {count}" for name, count in sorted(counts.other_events.items())
        )
        total = sum(counts.other_events.values())
        yield f"{many(total, 'other event')} without a schema here, not judged further: {named}"
    files = run.files
    if len(files) > _FEW:
        files = {file: of_file for file, of_file in files.items() if of_file.codes}
        others = len(run.files) - len(files)
        valid = counts.valid - sum(of_file.valid for of_file in files.values())
        files |= {many(others, "other input"): Counts(valid)} if others else {}
    if len(run.files) > 1:
        width = max(map(len, files))
        for file, of_file in files.items():
            yield f"  {safe(printable(file)):<{width}}  {_verdict(of_file)}"


def unfolded_text(run: RunCounts) -> Iterator[str]:
    """Yield what events were taken out of, if anything, on one line."""
    shapes = [
        f"{many(found.events, 'event')} from {many(found.containers, shape)}"
        for shape, found in sorted(run.unfolded.items())
        if found.events
    ]
    if shapes:
        yield f"unfolded: {', '.join(shapes)}"


def _verdict(counts: Counts) -> str:
    warnings = f"; {many(counts.warnings, 'warning')}" if counts.warnings else ""
    return f"{counts.valid} valid, {counts.invalid} with errors{warnings}"


def repeats_text(run: RunCounts) -> Iterator[str]:
    """Yield what a command says of the events that it left out, a line if there are any."""
    if run.all.repeats:
        yield f"{many(run.all.repeats, 'repeated event')} left out"


def empty_text(run: RunCounts) -> str | None:
    """Return what is said where all that was read is empty; None where it is not."""
    if run.all.events or run.all.blank or not run.files:
        return None
    return f"0 events read: {'the input is' if len(run.files) == 1 else 'all inputs are'} empty"


def skipped_text(run: RunCounts) -> Iterator[str]:
    """Yield what a command says of the lines that it could not use, a line each."""
    counts = run.all
    if not counts.invalid:
        return
    bad = f"{counts.invalid} of {many(counts.events, 'line')}"
    yield f"{bad} could not be used (validate checks every field):"
    width = max(map(len, counts.codes))
    digits = len(str(max(counts.codes.values())))
    for code, count in counts.codes.most_common():
        file, problem = run.first[code]
        where = f"{printable(file)}:{problem.line}:{problem.column}"
        first = safe(f"{where}: {problem.message}")
        yield f"  {code:<{width}}  {count:>{digits}}, first at {first}"
