"""Fail where an sdist lacks a file that is tracked, or a wheel has one that it should not.

usage: python .ci/contents.py FILE...
"""

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

#: What is of use only in a checkout.
CHECKOUT_ONLY = re.compile(r"\.(ci|github)/|\.(gitattributes|gitignore|pre-commit-\w+\.yaml)$")


def tracked() -> set[str]:
    """Return the paths of all files that are tracked and of use outside of a checkout."""
    listed = subprocess.run(["git", "ls-files"], check=True, capture_output=True, text=True)
    return {path for path in listed.stdout.splitlines() if not CHECKOUT_ONLY.match(path)}


def faults(path: Path) -> list[str]:
    """Return what is wrong with the contents of a package."""
    if path.suffix != ".whl":
        with tarfile.open(path) as sdist:
            packed = {name.partition("/")[2] for name in sdist.getnames()}
        return [f"{name} is missing" for name in sorted(tracked() - packed)]
    with zipfile.ZipFile(path) as wheel:
        packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    compiled = {name for name in packed if re.fullmatch(r"cevents/scan/_native\.[\w.-]+", name)}
    is_pure = path.name.endswith("-none-any.whl")
    expected = {
        name for name in tracked() if re.fullmatch(r"cevents/(.+\.py|py\.typed)", name)
    } | compiled
    return [
        *(f"{name} is missing" for name in sorted(expected - packed)),
        *(f"{name} does not belong there" for name in sorted(packed - expected)),
        *([] if len(compiled) == 1 - is_pure else [f"{len(compiled)} compiled readers"]),
    ]


found = [f"{path}: {fault}" for path in map(Path, sys.argv[1:]) for fault in faults(path)]
sys.exit("\n".join(found) or None)
