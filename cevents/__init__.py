"""Canvas Live Events in Python: `read` typed events, `check` a line, `summarize` conversations."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:  # what is imported at once is the least: the command line starts faster so
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from cevents.canvas.events import (
        ConversationCreated,
        ConversationForwarded,
        ConversationMessageCreated,
        Event,
        Metadata,
        OtherEvent,
    )
    from cevents.canvas.problems import Problem
    from cevents.errors import CeventsError
    from cevents.tasks.summary import Row, Summary

    Path = str | os.PathLike[str]
    OnProblem = Callable[[str, Problem], None]

__version__ = "0.1.0"

__all__ = [
    "CeventsError",
    "ConversationCreated",
    "ConversationForwarded",
    "ConversationMessageCreated",
    "Event",
    "Metadata",
    "OtherEvent",
    "Problem",
    "Row",
    "Summary",
    "check",
    "read",
    "summarize",
]


def read(paths: Path | Iterable[Path], on_problem: OnProblem | None = None) -> Iterator[Event]:
    """Yield the events of the files at *paths*, or below them, as their documented classes.

    Any other Canvas event is an `OtherEvent`. An event with problems is not yielded: *on_problem*
    is called with the file's name and each `Problem`, whose line counts in that file; without it,
    each is a UserWarning. Raises CeventsError for a file that cannot be read.
    """
    from cevents.input.sources import sources
    from cevents.tasks.collection import Collection
    from cevents.tasks.engine import run

    for step in run(Collection(), sources(tuple(_paths(paths))), jobs=1):
        if step.failure:
            raise step.failure
        for problem in step.findings:
            (on_problem or _warn)(step.source.name, problem)
        if step.result.own is not None:
            yield from step.result.own.events


def check(line: bytes | str, strict: bool = False) -> list[Problem]:
    """Return everything that is wrong with one event's line, in the order of the line.

    *strict* adds the warnings, except `redelivered`, which depends on earlier lines.
    """
    from cevents.scan.verdict import explain

    return explain(line.encode(errors="surrogatepass") if isinstance(line, str) else line, strict)


def summarize(paths: Path | Iterable[Path], on_problem: OnProblem | None = None) -> Summary:
    """Return the `Summary` of the files at *paths*: `rows()` has one `Row` a conversation.

    *on_problem* and errors are as for `read`.
    """
    from cevents.input.sources import sources
    from cevents.tasks.engine import run
    from cevents.tasks.summary import Summary
    from cevents.tasks.summing import Summing

    summary = Summary()
    for step in run(Summing(), sources(tuple(_paths(paths))), jobs=None):
        if step.failure:
            raise step.failure
        for problem in step.findings:
            (on_problem or _warn)(step.source.name, problem)
        if step.result.own is not None:
            summary.add(step.result.own)
    return summary


def _paths(paths: Path | Iterable[Path]) -> list[str]:
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    return [os.fspath(path) for path in paths]


def _warn(file: str, problem: Problem) -> None:
    import warnings

    where = f"{file}:{problem.line}:{problem.column}"
    warnings.warn(f"{where}: {problem.code}: {problem.message}", stacklevel=3)


def __getattr__(name: str) -> Any:
    if name in __all__:
        from cevents import errors
        from cevents.canvas import events, problems
        from cevents.tasks import summary

        found = (getattr(module, name, None) for module in (errors, problems, events, summary))
        return next(filter(None, found))
    raise AttributeError(f"module 'cevents' has no attribute {name!r}")
