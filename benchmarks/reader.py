"""Tells whether a run is on the reader whose figures are to be cited."""

from __future__ import annotations

import os


def refusal(version_line: str, python_reader: bool) -> str:
    """Return why a run of this program would not be cited; "" if it would.

    *version_line* is what `cevents --version` prints.
    """
    is_compiled = "compiled reader" in version_line
    if python_reader and is_compiled:
        return f"`{version_line}` is not on the Python reader, although CEVENTS_PURE is set."
    if not python_reader and not is_compiled:
        return (
            f"`{version_line}` is not on the compiled reader, so its figures would not be those "
            "of the program. Install it with CEVENTS_SPEEDUPS=require, or give --python-reader."
        )
    return ""


def environment(jobs: int, python_reader: bool) -> dict[str, str]:
    """Return the environment that all commands run in."""
    own = {name: value for name, value in os.environ.items() if name != "CEVENTS_PURE"}
    pure = {"CEVENTS_PURE": "1"} if python_reader else {}
    return {**own, **pure, "POLARS_MAX_THREADS": str(jobs)}
