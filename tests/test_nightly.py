"""docs/nightly.md: what it has cron, systemd, a workflow and pre-commit run is run."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from .conftest import message
from .documentation import ROOT

PAGE = (ROOT / "docs" / "nightly.md").read_text()
BIN = Path(sys.executable).parent

NOW = dt.datetime.now(dt.UTC)
SOUND = b"".join(message(number=str(n), time=NOW.isoformat()) for n in range(1000))
STALE = SOUND.replace(NOW.isoformat().encode(), b"2020-03-24T16:55:59Z")

FINDINGS = [
    pytest.param(SOUND, 0, "", id="sound"),
    pytest.param(SOUND + b"oops\n", 1, "not-json", id="a bad line"),
    pytest.param(message(time=NOW.isoformat()), 1, "too-few-events", id="too few"),
    pytest.param(STALE, 1, "stale", id="stale"),
    pytest.param(None, 2, "error: cannot read", id="not there"),
]


def files(language: str) -> dict[str, str]:
    """Return the code of one language in the page, by the file's name in its first line."""
    blocks = re.findall(rf"```{language}\n(?:# (\S+)\n)?(.*?)```", PAGE, flags=re.DOTALL)
    return {Path(name).name: text for name, text in blocks}


class Machine(NamedTuple):
    """Folders that stand for those of the page: the dumps, the check's own, and its home."""

    dumps: Path
    state: Path

    def here(self, text: str) -> str:
        """Return a line of the page as it is on this machine."""
        places = {
            "/opt/cevents/bin": BIN,
            "/srv/canvas": self.dumps,
            "/var/lib/cevents": self.state,
        }
        for name, path in places.items():
            text = text.replace(name, str(path))
        return text

    def run(self, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a line as cron does: by sh, in the home folder, with next to no environment."""
        bare = {"HOME": str(self.state), "LOGNAME": "canvas", "SHELL": "/bin/sh"}
        bare |= {"PATH": "/usr/bin:/bin"} | environment
        command = ["/bin/sh", "-c", self.here(line)]
        return subprocess.run(
            command, cwd=self.state, env=bare, capture_output=True, text=True, check=False
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    found = Machine(tmp_path / "srv", tmp_path / "lib")
    for folder in found:
        folder.mkdir()
    return found


@pytest.mark.parametrize(("data", "status", "said"), FINDINGS)
def test_cron(machine: Machine, data: bytes | None, status: int, said: str) -> None:
    """Nothing is printed where all is well, so that no mail comes; else what is wrong."""
    if data is None:
        machine.dumps.rmdir()
    else:
        (machine.dumps / "dump.jsonl").write_bytes(data)
    [line] = [line for line in files("crontab")[""].splitlines() if line[0].isdigit()]
    minute, hour, *days, command = line.split(" ", 5)
    assert (int(minute) < 60, int(hour) < 24, days) == (True, True, ["*"] * 3)
    assert not re.search(r"(?<!\\)%", command)
    ran = machine.run(command.replace(r"\%", "%"))
    assert (ran.stderr, ran.stdout == "") == ("", status == 0)
    assert said in ran.stdout
    rejects = machine.state / f"bad-{dt.date.today().isoformat()}.ndjson"
    assert rejects.read_text().count("\n") == (said == "not-json")


@pytest.mark.parametrize(("data", "status", "said"), FINDINGS)
def test_systemd_service(machine: Machine, data: bytes | None, status: int, said: str) -> None:
    """The check ends with the status that the table has, and says why."""
    if data is None:
        machine.dumps.rmdir()
    else:
        (machine.dumps / "dump.jsonl").write_bytes(data)
    [command] = re.findall(r"^ExecStart=(.*)$", files("ini")["cevents.service"], re.MULTILINE)
    ran = machine.run(command)
    assert ran.returncode == status
    assert said in ran.stdout + ran.stderr
    assert (machine.state / "bad.ndjson").exists()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
def test_systemd_units(machine: Machine) -> None:
    """Systemd finds nothing wrong with the units."""
    units = files("ini")
    assert sorted(units) == ["cevents-failed.service", "cevents.service", "cevents.timer"]
    for name, text in units.items():
        (machine.state / name).write_text(machine.here(text))
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(machine.state / name for name in units)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"},
    )
    own = [line for line in checked.stderr.splitlines() if "cevents" in line]
    assert (checked.returncode, own) == (0, [])


def test_workflow(machine: Machine) -> None:
    """What the workflow runs annotates each finding, and fails."""
    dumps = machine.state / "dumps"
    dumps.mkdir()
    (dumps / "dump.jsonl").write_bytes(SOUND + b"oops\n" * 20)
    install, check = re.findall(r"^ +- run: (.*)$", files("yaml")["dumps.yml"], re.MULTILINE)
    assert install == "pip install git+https://github.com/OWNER/cevents"
    ran = machine.run(check, PATH=f"{BIN}:/usr/bin:/bin")
    assert ran.returncode == 1
    place = "file=dumps/dump.jsonl,line="
    assert [line.startswith(f"::error {place}") for line in ran.stdout.splitlines()] == [True] * 10
    assert (machine.state / "bad.ndjson").read_text().count("\n") == 20


def test_pre_commit(machine: Machine) -> None:
    """The hook's entry takes the arguments and the files that pre-commit gives it."""
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text()
    config = files("yaml")[".pre-commit-config.yaml"]
    [name], [entry] = re.findall(r"- id: (.*)", hooks), re.findall(r"entry: (.*)", hooks)
    assert re.findall(r"- id: (.*)", config) == [name]
    [arguments] = re.findall(r"args: \[(.*)\]", config)
    pattern = re.compile(re.findall(r"files: (.*)", hooks)[0])
    dumps = {"a.jsonl": SOUND, "b.ndjson": b"oops\n", "c.jsonl.gz": b""}
    assert all(map(pattern.search, dumps))
    assert not any(map(pattern.search, ("a.json", "jsonl", "a.jsonl.txt")))
    for file, data in dumps.items():
        (machine.state / file).write_bytes(data)
    path = f"{BIN}:/usr/bin:/bin"
    sound, bad = (machine.run(f"{entry} {arguments} {file}", PATH=path) for file in [*dumps][:2])
    assert (sound.returncode, sound.stdout) == (0, "")
    assert (bad.returncode, bad.stdout.partition(": ")[0]) == (1, "b.ndjson:1:1")
