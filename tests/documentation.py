"""Keeps the documentation in step: runs its examples and makes its tables.

`python tests/documentation.py` rewrites README.md and docs/*.md, `--check` fails where that would
change one of them.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from cevents.canvas.events import BODIES, METADATA, Field
from cevents.canvas.problems import CODES

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = (README, *sorted((ROOT / "docs").glob("*.md")))


def shell(command: str, folder: str | None = None) -> tuple[str, int]:
    """Return what *command* prints, stdout and stderr, and its status.

    It runs in *folder*, or in a new one; the samples are there.
    """
    if folder is None:
        with examples_folder() as new:
            return shell(command, new)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    keep = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "TZ")}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**keep, "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.stdout.decode(errors="replace"), done.returncode  # a sample may hold other bytes


@contextmanager
def examples_folder() -> Iterator[str]:
    """Give a new folder for examples to run and write in: several may run side by side."""
    with TemporaryDirectory() as folder:
        os.symlink(ROOT / "samples", Path(folder, "samples"))
        yield folder


def rewritten(text: str) -> str:
    """Return a page's *text* with every example's output and every table made anew."""
    text = re.sub(r"```console\n(.*?)```", _console, text, flags=re.DOTALL)
    text = re.sub(r"```python\n(.*?)```", _python, text, flags=re.DOTALL)
    for name, table in (("codes", codes_table()), ("fields", fields_table())):
        pattern = f"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)"
        text = re.sub(pattern, table.replace("\\", r"\\"), text, flags=re.DOTALL)
    return text


def commands(text: str) -> Iterator[str]:
    """Yield the commands of the console examples in *text*."""
    for block in re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL):
        yield from re.findall(r"^\$ (.*)$", block, flags=re.MULTILINE)


def _console(found: re.Match[str]) -> str:
    examples = re.findall(r"^\$ (.*)$", found[1], flags=re.MULTILINE)
    with examples_folder() as folder:
        shown = [f"$ {line}\n{shell(line, folder)[0]}" for line in examples]
    return "```console\n" + "".join(shown) + "```"


def _python(found: re.Match[str]) -> str:
    os.chdir(ROOT)
    lines = ["```python"]
    names: dict[str, object] = {}
    for example in doctest.DocTestParser().get_examples(found[1]):
        source = example.source.rstrip("\n").split("\n")
        lines += [f">>> {source[0]}", *(f"... {line}" for line in source[1:])]
        try:
            value = eval(example.source, names)
        except SyntaxError:
            exec(example.source, names)
        else:
            lines += [repr(value)] if value is not None else []
    return "\n".join(lines) + "\n```"


def codes_table() -> str:
    """Return the table of codes."""
    rows = [f"| `{name}` | {code.severity} | {code.meaning} |" for name, code in CODES.items()]
    return "\n".join(["| code | severity | meaning |", "|---|---|---|", *rows]) + "\n"


def fields_table() -> str:
    """Return the table of the documented fields."""
    rows = [_row(field, event) for event, fields in BODIES.items() for field in fields]
    rows += [_row(field, "every event") for field in METADATA]
    heading = ["| event | field | type | required | meaning |", "|---|---|---|---|---|"]
    return "\n".join(heading + rows) + "\n"


def _row(field: Field, event: str) -> str:
    kind = {"text": "string or null", "global_id": "string or null", "name": "string"}.get(
        field.kind, field.kind
    )
    required = "yes" if field.required else ""
    return f"| {event} | `{field.path}` | {kind} | {required} | {field.meaning} |"


def main() -> int:
    status = 0
    for page in PAGES:
        text = page.read_text()
        new = rewritten(text)
        if "--check" not in sys.argv:
            page.write_text(new)
        elif text != new:
            print(f"{page.relative_to(ROOT)} is out of step", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    raise SystemExit(main())
