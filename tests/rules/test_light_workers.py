"""Every worker of a listener holds what it imports, and everybody waits for it at a start: no more than it needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

ONLY_OF_COMMANDS = (
    "alembic", "sqlite_utils", "holidays", "urllib3", "rich", "cheroot", "smartcard",
    "webvartti.cli", "webvartti.demo",
)  # fmt: skip


@pytest.mark.parametrize("library", ONLY_OF_COMMANDS)
def test_a_worker_doesn_t_import_what_only_commands_need(imported_by_a_worker: frozenset[str], library: str) -> None:
    assert library not in imported_by_a_worker


def test_a_worker_imports_what_it_serves_with(imported_by_a_worker: frozenset[str]) -> None:
    assert {"flask", "sqlalchemy", "webvartti.app"} <= imported_by_a_worker


@pytest.fixture(scope="module")
def imported_by_a_worker() -> frozenset[str]:
    words = [sys.executable, "-c", "import webvartti.wsgi, sys; print(*sys.modules)"]
    return frozenset(subprocess.run(words, capture_output=True, text=True, check=True).stdout.split())
