"""The commands about roles, rules and figures, as an operator runs them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from tests.integration.service.conftest import Run


def test_roles_are_granted_by_command_and_later_ones_wait_for_somebody_else(run: Run) -> None:
    assert run("staff", "grant", "1", "supervisor").exit_code == 2
    assert run("staff", "grant", "00098705718", "boss").exit_code == 2
    assert run("staff", "grant", "00098705718", "supervisor", "--name", "Sari Esihenkilö").exit_code == 0
    waits = run("staff", "grant", "00098705719", "reviewer", "--name", "Markus")
    assert (waits.exit_code, "second person" in waits.output) == (0, True)
    told = json.loads(run("staff", "list", "--json").output)
    assert [(member["registration_number"], member["roles"]) for member in told["members"]] == [("00098705718", ["supervisor"])]
    assert [change["role"] for change in told["waiting"]] == ["reviewer"]
    last = run("staff", "revoke", "00098705718", "supervisor")
    assert (last.exit_code, "last-supervisor" in last.output) == (1, True)
    assert "role.granted" in run("audit", "show").output


def test_a_replay_names_exactly_the_decisions_that_would_flip(run: Run, order: str) -> None:
    assert "any time" in run("rules", "show").output
    assert run("rules", "replay", "--since", "yesterday").exit_code == 2
    same = json.loads(run("rules", "replay", "--since", "90d", "--automatic", "no", "--json").output)
    assert same["flips"] == []
    closed = json.loads(run("rules", "replay", "--since", "90d", "--window", "1", "--automatic", "no", "--json").output)
    assert [flip["number"] for flip in closed["flips"]] == [order]


def test_figures_are_shown_and_exported_once(run: Run, order: str, tmp_path: Path) -> None:
    shown = json.loads(run("figures", "show", "--json", "--days", "7").output)
    assert len(shown["arrivals"]) == 7
    assert sum(day["arrived"] for day in shown["arrivals"]) == 1
    assert sum(row["cards"] for row in shown["forecast"]) > 0
    assert "written" in run("figures", "export", tmp_path / "figures.db").output
    assert run("figures", "export", tmp_path / "figures.db").exit_code == 2
    with sqlite3.connect(tmp_path / "figures.db") as database:
        assert database.execute("SELECT count(*) FROM arrivals").fetchone() == (30,)
    assert "figures.exported" in run("audit", "show").output
