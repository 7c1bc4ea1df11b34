"""Build the compiled reader, which is optional: everything else is in pyproject.toml.

CEVENTS_SPEEDUPS says what to do: `auto` (try; without a C compiler the Python reader does the
same, slower), `require` (fail if it cannot be built) or `skip` (do not build it).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

NATIVE = Path("cevents", "scan", "native")
MODES = ("auto", "require", "skip")

mode = os.environ.get("CEVENTS_SPEEDUPS") or "auto"
if mode not in MODES:
    sys.exit(f"error: CEVENTS_SPEEDUPS is {mode!r}, not one of {', '.join(MODES)}")


class BuildReader(build_ext):
    """Build the compiled reader, or say in one line that it could not be built."""

    def build_extension(self, ext: Extension) -> None:
        if self.compiler.compiler_type != "msvc":
            ext.extra_compile_args = ["-O3", "-std=c11"]
        try:
            super().build_extension(ext)
        except Exception:
            if mode == "require":
                raise
            for earlier in (self.get_ext_fullpath(ext.name), *NATIVE.parent.glob("_native.*.*")):
                Path(earlier).unlink(missing_ok=True)
            print(
                "cevents: the compiled reader could not be built; the slower Python reader will be "
                "used (CEVENTS_SPEEDUPS=require shows why)",
                file=sys.stderr,
            )


def reader() -> Extension:
    """Return the one extension: all C files of the reader."""
    return Extension(
        "cevents.scan._native",
        sources=sorted(path.as_posix() for path in NATIVE.glob("*.c")),
        depends=sorted(path.as_posix() for path in NATIVE.glob("*.h")),
        optional=mode == "auto",
    )


setup(
    ext_modules=[] if mode == "skip" else [reader()],
    cmdclass={"build_ext": BuildReader},
)
