"""The systemd units of docs/timers.md: systemd takes them, and what they run are commands that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.documents import blocks
from webvartti.main import main

UNITS = {
    match[1]: text
    for text in blocks("timers.md", "Timers", "ini")
    if (match := re.match(r"# /etc/systemd/system/(\S+)\n", text))
}


def test_each_timer_has_its_service() -> None:
    timers = {name.removesuffix(".timer") for name in UNITS if name.endswith(".timer")}
    assert timers == {name.removesuffix(".service") for name in UNITS if name.endswith(".service")}
    assert timers == {"webvartti-backup", "webvartti-retention"}


def test_systemd_finds_nothing_wrong_with_them(tmp_path: Path) -> None:
    for name, text in UNITS.items():
        (tmp_path / name).write_text(text.replace("/opt/webvartti/bin", str(Path(sys.executable).parent)), encoding="utf-8")
    units = sorted(tmp_path.iterdir())
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    own = [line for line in done.stderr.splitlines() if "webvartti" in line]
    assert (done.returncode, own) == (0, [])


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_what_they_run_are_commands_with_these_options(name: str) -> None:
    (line,) = re.findall(r"^ExecStart=(.*)$", UNITS[name], re.MULTILINE)
    words = re.sub(r"^.*/opt/webvartti/bin/webvartti |'$", "", line).split()
    told = CliRunner().invoke(main, [*words, "--help"])
    assert told.exit_code == 0, told.output
