"""Thinks up bytes for `invariants.check_some` until one breaks it, which is then left in a file.

pip install atheris
python fuzz/fuzz.py -max_total_time=180 /tmp/corpus fuzz/corpus
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parent))
with atheris.instrument_imports(include=["cevents", "invariants"]):
    import invariants

if __name__ == "__main__":
    atheris.Setup(sys.argv, invariants.check_some)
    atheris.Fuzz()
