"""The house keeps its own rules: rooms, lengths, waivers with reasons, a top level without surprises."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "webvartti"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TOP_LEVEL = {
    "webvartti", "static", "templates", "migrations", "tests", "setup.cfg", "pyproject.toml", "wsgi.py", "deploy", "docs",
    "README.md", "CHANGELOG.md", "Makefile", "LICENSE", ".ci", ".gitignore", ".ruff.toml", "MANIFEST.in",
}  # fmt: skip


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: what is tracked can't be told")
    return listed.stdout.splitlines()


def test_the_top_level_is_as_the_house_says() -> None:
    assert {name.partition("/")[0] for name in tracked()} <= TOP_LEVEL


def test_no_file_is_longer_than_300_lines() -> None:
    files = [ROOT / name for name in tracked() if name.endswith((".py", ".html", ".css"))]
    assert {str(file): count for file in files if (count := len(file.read_text(encoding="utf-8").splitlines())) > 300} == {}


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_function_is_longer_than_50_lines_and_no_view_than_30(source: Path) -> None:
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            marks = [ast.unparse(decorator) for decorator in node.decorator_list]
            longest = 30 if any(mark.startswith(("pages.", "front.")) for mark in marks) else 50
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= longest, f"{node.name} has {length} lines"


def test_every_waiver_says_why() -> None:
    bare = re.compile(r"#\s*(noqa(: [A-Z0-9, ]+)?|type: ignore(\[[a-z, -]+\])?)\s*$")
    found = [
        f"{name}:{number}"
        for name in tracked()
        if name.endswith(".py")
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), start=1)
        if bare.search(line)
    ]
    assert found == []


def test_no_grab_bags() -> None:
    assert [str(source) for source in SOURCES if source.stem in {"utils", "helpers", "common", "misc", "models", "enums"}] == []


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--config", "setup.cfg", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("room", "forbidden"),
    [
        ("domain/orders.py", "import flask"),
        ("domain/orders.py", "from webvartti.services import orders"),
        ("services/orders.py", "from webvartti.storage import engine"),
        ("services/orders.py", "import sqlalchemy"),
        ("pki/judge.py", "from webvartti.registry import embedded"),
        ("registry/embedded.py", "import cryptography"),
        ("storage/orders.py", "import cryptography"),
        ("cards/apdu.py", "import OpenSSL"),
        ("web/orders.py", "from webvartti.pki import judge"),
        ("web/orders.py", "from webvartti import config"),
        ("cli/orders.py", "from webvartti.storage import engine"),
        ("server/server.py", "from webvartti.domain import orders"),
        ("demo/country.py", "from webvartti.web import site"),
        ("demo/virtual_card/card.py", "from webvartti.cards import tlv"),
        ("doctor/attack.py", "import flask"),
        ("server/server.py", "from webvartti.doctor import attack"),
        ("web/request_log.py", "import prometheus_client"),
        ("telemetry/log_lines.py", "import flask"),
        ("server/plain.py", "from webvartti.telemetry import exposition"),
        ("bootstrap.py", "import flask"),
        ("app.py", "from webvartti.storage import engine"),
    ],
)
def test_a_forbidden_import_fails_the_build(tmp_path: Path, room: str, forbidden: str) -> None:
    """The contracts over a copy of the package in which one file breaks one rule."""
    copy = tmp_path / "webvartti"
    for source in SOURCES:
        target = copy / source.relative_to(PACKAGE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    (tmp_path / "setup.cfg").write_bytes((ROOT / "setup.cfg").read_bytes())
    broken = copy / room
    broken.write_text(f"{broken.read_text(encoding='utf-8')}\n{forbidden}\n", encoding="utf-8")
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--config", "setup.cfg", "--no-cache"],
        cwd=tmp_path, env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0, f"{room} may {forbidden}"
    assert "BROKEN" in done.stdout


def test_the_contracts_know_every_room() -> None:
    text = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")} - {"translations"}
    assert {room for room in rooms if f"webvartti.{room}" not in text.partition("[importlinter:contract:domain]")[0]} == set()


LIBRARIES: dict[str, set[str]] = {
    "domain": set(),
    "services": set(),
    "pki": {"cryptography", "OpenSSL", "sqlite_utils", "urllib3"},
    "cards": {"cryptography", "smartcard"},
    "registry": {"sqlite_utils", "stdnum"},
    "storage": {"sqlalchemy", "alembic", "sqlite_utils"},
    "production": {"cryptography", "holidays"},
    "messages": {"babel"},
    "doctor": {"cryptography", "OpenSSL"},
    "telemetry": {"prometheus_client"},
    "web": {"flask", "flask_login", "wtforms", "werkzeug", "itsdangerous", "babel"},
    "cli": {"click", "rich"},
    "server": {"cheroot", "OpenSSL"},
    "demo": {"cryptography", "sqlite_utils"},
    "app.py": {"flask"},
    "bootstrap.py": set(),
    "bootstrap_doctor.py": set(),
    "config.py": set(),
    "config_fields.py": set(),
    "config_values.py": set(),
    "main.py": {"click"},
    "metrics_listener.py": set(),
    "process.py": set(),
    "serving.py": set(),
    "wiring.py": set(),
    "wsgi.py": {"flask"},
}
"""Which libraries a room may import beside the standard library: what isn't listed is forbidden, new dependencies too."""


def imported(source: Path) -> set[str]:
    """The top-level names of everything that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_its_own_libraries(source: Path) -> None:
    room = source.relative_to(PACKAGE).parts[0]
    foreign = imported(source) - set(sys.stdlib_module_names) - {"webvartti", "__future__"}
    assert foreign <= LIBRARIES.get(room, set()), room
