"""The wheel holds what the checkout holds, and works where there is no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSIDE = {name: f"webvartti/_{name}" for name in ("templates", "static", "migrations", "deploy")}
NOT_IN_THE_WHEEL = {
    "webvartti/translations/babel.cfg",  # only developers extract messages
    "webvartti/_deploy/install-system-packages",  # only a checkout's Makefile calls it
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def run(*command: str | Path, **options: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]  # handed through
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of what git tracks: nothing that only lies about gets in."""
    copy, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in run("git", "ls-files", cwd=ROOT).splitlines():
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", built, copy)
    return next(built.glob("*.whl"))


def test_the_wheel_holds_every_file_of_the_product(wheel: Path) -> None:
    tracked = run("git", "ls-files", "webvartti", *INSIDE, cwd=ROOT).splitlines()
    expected = set()
    for name in tracked:
        top, _, rest = name.partition("/")
        expected.add(f"{INSIDE[top]}/{rest}" if top in INSIDE else name)
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert expected - held == NOT_IN_THE_WHEEL
    assert held - expected == set()


def test_installed_elsewhere_it_makes_a_country_and_serves_its_pages(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "installed"
    venv.create(home, with_pip=False)
    site = next(home.glob("lib/python*/site-packages"))
    # the dependencies of this environment, without its own editable webvartti
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    run(sys.executable, "-m", "pip", "--python", home / "bin" / "python", "install", "--quiet", "--no-deps", wheel)
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    where = run(home / "bin" / "python", "-c", "import webvartti; print(webvartti.__file__)", cwd=tmp_path, env=environ)
    assert str(home) in where
    program = home / "bin" / "webvartti"
    run(program, "demo", "create", tmp_path / "country", cwd=tmp_path, env=environ)
    check = """
from pathlib import Path
from webvartti.app import create_app
from webvartti.config import load_settings
from webvartti.demo.country import load_country
from webvartti.demo.environment import environment
from webvartti.storage.migrate import upgrade
environ = environment(load_country(Path("country")))
upgrade(environ["WEBVARTTI_DATABASE_URL"])
client = create_app(load_settings(environ)).test_client()
pages = [client.get(path, base_url=environ["WEBVARTTI_PUBLIC_ORIGIN"]) for path in ("/fi/", "/static/webvartti.css")]
print([page.status_code for page in pages], "Ammattikortin uusiminen" in pages[0].text)
"""
    assert run(home / "bin" / "python", "-c", check, cwd=tmp_path, env=environ).strip() == "[200, 200] True"
