"""The systemd units in the documents: systemd takes them, and what they run are commands that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.documents import blocks
from webvartti.main import main

ROOT = Path(__file__).parents[2]


def units(document: str, heading: str) -> dict[str, str]:
    """By the name in the first line."""
    found = ((re.match(r"# /etc/systemd/system/(\S+)\n", text), text) for text in blocks(document, heading, "ini"))
    return {match[1]: text for match, text in found if match}


TIMERS, OFFICE = units("timers.md", "Timers"), units("operating.md", "One office")
UNITS = TIMERS | OFFICE


def test_each_timer_has_its_service() -> None:
    timers = {name.removesuffix(".timer") for name in TIMERS if name.endswith(".timer")}
    assert timers == {name.removesuffix(".service") for name in TIMERS if name.endswith(".service")}
    assert timers == {"webvartti-backup", "webvartti-retention"}


def test_the_office_s_service_is_kept_as_closely_as_the_worker() -> None:
    """It does the worker's work too. What it can't do without is the memory that pyOpenSSL's callbacks take."""
    office, worker = (
        {line for line in text.partition("[Service]")[2].splitlines() if "=" in line and not line.startswith("#")}
        for text in (OFFICE["webvartti.service"], (ROOT / "deploy" / "webvartti-worker.service").read_text(encoding="utf-8"))
    )
    assert {line.partition("=")[0] for line in worker - office} == {"ExecStart", "MemoryMax", "MemoryDenyWriteExecute"}
    assert {line.partition("=")[0] for line in office - worker} == {"ExecStart", "ExecReload", "MemoryDenyWriteExecute"}


def test_systemd_finds_nothing_wrong_with_them(tmp_path: Path) -> None:
    for name, text in UNITS.items():
        (tmp_path / name).write_text(text.replace("/opt/webvartti/bin", str(Path(sys.executable).parent)), encoding="utf-8")
    files = sorted(tmp_path.iterdir())
    done = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False)
    own = [line for line in done.stderr.splitlines() if "webvartti" in line]
    assert (done.returncode, own) == (0, [])


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_what_they_run_are_commands_with_these_options(name: str) -> None:
    (line,) = re.findall(r"^ExecStart=(.*)$", UNITS[name], re.MULTILINE)
    words = re.sub(r"^.*/opt/webvartti/bin/webvartti |'$", "", line).split()
    told = CliRunner().invoke(main, [*words, "--help"])
    assert told.exit_code == 0, told.output
