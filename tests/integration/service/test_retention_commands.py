"""`webvartti retention` as an operator meets it, and as a timer does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conftest import Installation
from tests.databases import ask
from tests.integration.service.retaining import EVERY_TERM, Archive, open_archive
from webvartti.domain.retention import Kind
from webvartti.main import main

Run = Callable[..., Result]


@pytest.fixture
def archive(installation: Installation) -> Archive:
    """An order that has ended and one that is on its way."""
    found = open_archive(installation)
    found.withdrawn("aino")
    found.office.place("bjorn")
    found.services.worker.run(found.office.now)
    return found


@pytest.fixture
def run(installation: Installation, archive: Archive) -> Run:
    """Run a command 400 days later; terms by name (RETENTION_ORDERS_MONTHS="")."""

    def invoke(*arguments: str | Path, input: str | None = None, **terms: str) -> Result:
        settings = {"DEMO_NOW": archive.later.isoformat(), **EVERY_TERM, **terms}
        environ = {**installation.environ, **{f"WEBVARTTI_{name}": value for name, value in settings.items()}}
        return CliRunner().invoke(main, [str(part) for part in arguments], env=environ, input=input)

    return invoke


NO_TERM = dict.fromkeys(EVERY_TERM, "")


def test_without_a_word_nothing_is_deleted(run: Run, archive: Archive) -> None:
    before = archive.dump()
    told = run("retention", "run")
    assert told.exit_code == 0
    assert archive.dump() == before
    cutoff = archive.retention.plan(archive.later)[0].first_day_kept
    assert f"orders: 1 goes, from before {cutoff} (12 months)" in told.output
    assert "submitted: an order that is on its way stays" in told.output
    assert "submitted: it stays as long as its order, and so does everything after it" in told.output
    assert "Nothing was changed. To delete this for good: webvartti retention run --delete" in told.output
    assert "kept for good" not in told.output


def test_deleting_asks_with_the_counts_and_no_is_the_default(run: Run, archive: Archive) -> None:
    before = archive.dump()
    for answer in ("n\n", "\n", "", None):
        told = run("retention", "run", "--delete", input=answer)
        assert (told.exit_code, "Delete for good: orders 1, contacts 1, audit" in told.output) == (1, True)
        assert archive.dump() == before
    told = run("retention", "run", "--delete", input="y\n")
    assert told.exit_code == 0, told.output
    assert "Deleted: orders 1, contacts 1, audit" in told.output
    again = run("retention", "run", "--delete")
    assert (again.exit_code, "Nothing is due." in again.output) == (0, True)


def test_a_timer_isn_t_asked_and_the_audit_holds_after_it(run: Run, archive: Archive, installation: Installation) -> None:
    told = run("retention", "run", "--delete", "--yes")
    assert (told.exit_code, "Delete for good" in told.output) == (0, False)
    run("audit", "seal")
    verified = run("audit", "verify", "--checkpoints", installation.settings.audit_checkpoint_file)
    assert (verified.exit_code, "removed by retention" in verified.output) == (0, True)
    assert "retention.begun" in run("audit", "show").output
    quiet = run("retention", "run", "--delete", "--yes")
    assert (quiet.exit_code, "Nothing is due." in quiet.output) == (0, True)


def test_without_any_term_the_settings_are_named(run: Run) -> None:
    for arguments in ((), ("--delete",), ("--delete", "--yes")):
        told = run("retention", "run", *arguments, **NO_TERM)
        assert (told.exit_code, "no-retention-term" in told.output) == (1, True)
        for kind in Kind:
            assert kind.setting in told.output


def test_what_has_no_term_stays_and_is_said_to(run: Run, archive: Archive) -> None:
    told = run("retention", "run", "--delete", "--yes", **NO_TERM | {"RETENTION_MESSAGES_MONTHS": "1"})
    assert (told.exit_code, "Deleted: messages 3" in told.output) == (0, True)
    assert "kept for good: orders (WEBVARTTI_RETENTION_ORDERS_MONTHS is empty)" in told.output
    assert ask(archive.office.installation.url, "SELECT count(*) FROM orders") == [(2,)]


def test_not_to_be_asked_is_only_for_deleting(run: Run) -> None:
    told = run("retention", "run", "--yes")
    assert (told.exit_code, "--yes goes with --delete" in told.output) == (2, True)


@pytest.mark.parametrize("term", ["0", "2", "601", "sixty", "-1", "12.5"])
def test_a_term_that_can_t_be_meant_is_refused_by_name(run: Run, archive: Archive, term: str) -> None:
    before = archive.dump()
    told = run("retention", "run", "--delete", "--yes", RETENTION_ORDERS_MONTHS=term)
    assert (told.exit_code, "WEBVARTTI_RETENTION_ORDERS_MONTHS" in told.output) == (1, True)
    assert archive.dump() == before


def test_a_broken_audit_stops_the_run_and_says_where(run: Run, archive: Archive) -> None:
    archive.touch("UPDATE audit SET action = 'nothing' WHERE id = (SELECT audit_id FROM audit_seals WHERE position = 2)")
    before = archive.dump()
    told = run("retention", "run", "--delete", "--yes")
    assert (told.exit_code, "audit-broken" in told.output, "entry 2" in told.output) == (1, True, True)
    assert archive.dump() == before


def test_the_terms_are_explained(run: Run) -> None:
    told = run("retention", "terms", RETENTION_AUDIT_MONTHS="")
    assert told.exit_code == 0
    assert "orders: 12 months  (WEBVARTTI_RETENTION_ORDERS_MONTHS)" in told.output
    assert "audit: for good  (WEBVARTTI_RETENTION_AUDIT_MONTHS)" in told.output
    assert "no law" in told.output


def test_a_day_before_nothing_is_due(run: Run, archive: Archive) -> None:
    early = (archive.office.now + timedelta(days=300)).isoformat()
    told = run("retention", "run", DEMO_NOW=early)
    assert (told.exit_code, "orders: 0 go" in told.output, "Nothing is due." in told.output) == (0, True, True)
