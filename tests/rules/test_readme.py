"""Every command of the README is run, in its order, on a demo country; what would serve for ever is stopped."""

from __future__ import annotations

import re
import shlex
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import Installation
from webvartti.main import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines() if line]
ELSEWHERE = {
    "webvartti serve": "tests/integration/service/test_listeners.py serves both listeners",
    "webvartti revocation fetch": "the demo has no addresses: tests/integration/service/test_revocation_commands.py has",
    "webvartti doctor --through https://webvartti.example.fi --certificate somebody.pem": "tests/integration/doctor",
    ".venv/bin/webvartti demo browser bjorn": "tests/journeys open Chromium with a card",
    "webvartti card readers": "tests/integration/cards has readers and cards",
    "webvartti card show": "tests/integration/cards",
    "webvartti card test": "tests/integration/cards, with somebody at a terminal",
    "webvartti card activate": "tests/integration/cards, with somebody at a terminal",
}


def test_there_are_commands() -> None:
    assert len(COMMANDS) > 15
    assert set(ELSEWHERE) <= set(COMMANDS)


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("make ")])
def test_the_two_commands_are_targets(line: str) -> None:
    """What they do is what runs this test, and tests/integration/service; here: that they exist under these names."""
    done = subprocess.run([*shlex.split(line), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert ("demo run" if "demo" in line else "python -m tests") in done.stdout


@pytest.mark.slow
def test_every_other_command_works_as_written(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.web.visitor import Page, build_site

    services = installation.build(AUTOMATIC_DECISIONS="no")
    visitor = build_site(installation.settings, services, installation.country).signed_in("aino")
    number = Page(visitor.follow(visitor.order()).text).values("data-order")[0]
    monkeypatch.chdir(tmp_path)
    server = installation.country.directory / "server"
    for extract in (installation.country.directory / "registers").glob("*.csv"):
        (tmp_path / extract.name).write_bytes(extract.read_bytes())
    crls = sorted((installation.country.directory / "crl").glob("*.crl"))
    for name, crl in zip(("professionals.crl", "root.crl"), crls, strict=False):
        (tmp_path / name).write_bytes(crl.read_bytes())
    (tmp_path / "somebody.pem").write_bytes(installation.country.card("aino").pem.read_bytes())
    (tmp_path / "server.pem").write_bytes(b"".join((server / f"{part}.pem").read_bytes() for part in ("certificate", "key")))
    (tmp_path / "demo-country").symlink_to(installation.country.directory)
    services.worker.run(services.clock())
    for line in COMMANDS:
        if line.startswith("make ") or line in ELSEWHERE:
            continue
        line = line.replace("WV-7K3M-9Q4P", number).replace("/etc/ssl/private/webvartti.pem", str(tmp_path / "server.pem"))
        words = shlex.split(line)
        assert Path(words[0]).name == "webvartti", line
        told = CliRunner().invoke(main, words[1:], env=installation.environ)
        assert told.exit_code == 0, f"{line}: {told.output}"


def test_the_table_of_dependencies_is_the_one_that_is_installed() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    required = setup["options"]["install_requires"].split() + [
        name
        for extra in ("cards", "postgresql", "production", "metrics")
        for name in setup["options.extras_require"][extra].split()
    ]
    rows = re.findall(r"^\| ([A-Za-z0-9-]+)(?: \(extra `[a-z]+`\))? \| ", README, re.MULTILINE)
    assert sorted(re.split(r"[\[>]", name)[0] for name in required) == sorted(set(rows) - {"dependency", "what", "---"})
    assert all(">=" in name for name in required)
