"""Every process holds what it imports, and everybody waits for it at a start: no more than it needs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import install
from webvartti.demo.country import Country

DEPLOY = Path(__file__).parents[2] / "deploy"
ONLY_OF_COMMANDS = (
    "alembic", "sqlite_utils", "holidays", "urllib3", "rich", "cheroot", "smartcard",
    "webvartti.cli", "webvartti.demo",
)  # fmt: skip


@pytest.mark.parametrize("library", ONLY_OF_COMMANDS)
def test_a_worker_doesn_t_import_what_only_commands_need(imported_by_a_worker: frozenset[str], library: str) -> None:
    assert library not in imported_by_a_worker


def test_a_worker_imports_what_it_serves_with(imported_by_a_worker: frozenset[str]) -> None:
    assert {"flask", "sqlalchemy", "webvartti.app"} <= imported_by_a_worker


def test_gunicorn_imports_before_it_forks_what_its_workers_share() -> None:
    program = f"""
import gc, runpy, sys
from logging import getLogger
from types import SimpleNamespace as Some
configured = runpy.run_path({str(DEPLOY / "gunicorn.conf.py")!r})
master = Some(log=Some(error_log=getLogger()), app=Some(app_uri="webvartti.wsgi:make_application()"))
configured["on_starting"](master)
print("webvartti.wsgi" in sys.modules, "prometheus_client" in sys.modules)
configured["when_ready"](master)
before = gc.get_freeze_count()
print(before > 10_000, gc.isenabled())
configured["post_fork"](master, None)
made = [[] for _ in range(1000)]
print(gc.isenabled())
configured["post_worker_init"](None)
print(gc.get_freeze_count() - before > 1000, gc.get_threshold()[0] > 700, gc.isenabled())
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert told.split() == ["True", "False", "True", "True", "False", "True", "True", "True"]


@pytest.mark.parametrize("library", ["flask", "sqlalchemy", "alembic", "smartcard", "cheroot", "webvartti.demo"])
def test_help_is_given_without_what_the_commands_use(imported_for_help: frozenset[str], library: str) -> None:
    assert library not in imported_for_help


def test_help_imports_the_commands(imported_for_help: frozenset[str]) -> None:
    assert {"click", "webvartti.cli.audit"} <= imported_for_help


@pytest.mark.parametrize("library", ["flask", "alembic", "smartcard", "cheroot", "webvartti.demo"])
def test_the_worker_imports_no_pages_and_no_migrations(imported_for_a_round: frozenset[str], library: str) -> None:
    assert library not in imported_for_a_round


def test_the_worker_imports_what_it_works_with(imported_for_a_round: frozenset[str]) -> None:
    assert {"sqlalchemy", "webvartti.services.worker"} <= imported_for_a_round


COMMAND = """
import sys
from webvartti.main import main
try:
    main(sys.argv[1:])
finally:
    print("imported", *sys.modules)
"""


def imported_for(*words: str, environ: dict[str, str]) -> frozenset[str]:
    command = [sys.executable, "-c", COMMAND, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"], **environ})
    return frozenset(done.stdout.splitlines()[-1].split())


@pytest.fixture(scope="module")
def imported_for_help() -> frozenset[str]:
    return imported_for("audit", "--help", environ={})


@pytest.fixture(scope="module")
def imported_for_a_round(furnished: Country, tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    folder = tmp_path_factory.mktemp("a-round")
    shutil.copy(furnished.directory / "webvartti.db", folder)
    return imported_for("worker", "--once", environ=install(furnished, folder, f"sqlite:///{folder}/webvartti.db").environ)


@pytest.fixture(scope="module")
def imported_by_a_worker() -> frozenset[str]:
    words = [sys.executable, "-c", "import webvartti.wsgi, sys; print(*sys.modules)"]
    return frozenset(subprocess.run(words, capture_output=True, text=True, check=True).stdout.split())
