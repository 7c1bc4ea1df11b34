"""The compiled reader for the tests that are about it alone: without it they are skipped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import has_compiled_reader

if not has_compiled_reader():
    pytest.skip("the compiled reader is not built", allow_module_level=True)

from cevents.scan import _native  # type: ignore[attr-defined]

native: Any = _native


def variants() -> Iterator[str]:
    """Choose one variant after the other, and the first one again at the end."""
    chosen = native.variant()
    try:
        for name in native.variants():
            native.use(name)
            yield name
    finally:
        native.use(chosen)
