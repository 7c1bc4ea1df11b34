"""What the tests of kernels share: both implementations, and blocks of texts."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

try:
    from cevents.scan import _native  # type: ignore[attr-defined]
except ImportError:  # where no compiler was there
    _native = None

native: Any = _native

TAKEN, REFUSED = 1, 2

compiled_only = pytest.mark.skipif(native is None, reason="not compiled")


def implementations(reference: Any) -> list[Any]:
    """Return parameters: the reference and the compiled one, skipped where there is none."""
    return [
        pytest.param(reference, id="python"),
        pytest.param(native, id="native", marks=compiled_only),
    ]


class Texts(NamedTuple):
    """Texts as a kernel is given them."""

    data: bytes
    starts: array[int]
    ends: array[int]
    state: array[int]


def texts_of(texts: Sequence[bytes], state: Sequence[int] | None = None) -> Texts:
    """Return texts, one a line."""
    starts, at = array("I"), 0
    for text in texts:
        starts.append(at)
        at += len(text) + 1
    ends = array("I", [start + len(text) for start, text in zip(starts, texts, strict=True)])
    return Texts(b"\n".join(texts), starts, ends, array("B", state or [TAKEN] * len(texts)))
