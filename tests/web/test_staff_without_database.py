"""A decision is refused, and the database goes away before the page that says why has been made: that page says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.web.colleagues import appoint, ordered
from tests.web.visitor import Page, Site
from webvartti.domain.errors import AdapterUnavailable, CommitUnknown, NotFound, StorageUnavailable, WebVarttiError
from webvartti.domain.permissions import Role
from webvartti.services.review import Review


@pytest.mark.parametrize("problem", [StorageUnavailable("away"), CommitUnknown("OperationalError"), NotFound("gone")])
def test_a39_a_refusal_without_a_database_is_no_error_of_ours(
    site_with: Callable[..., Site], monkeypatch: pytest.MonkeyPatch, problem: WebVarttiError
) -> None:
    site = site_with()
    number = ordered(site, "jorma")
    reviewer = appoint(site, "sari", Role.REVIEWER)
    case = reviewer.get(f"/en/staff/cases/{number}")

    def gone(*_: object) -> None:
        raise problem

    monkeypatch.setattr(Review, "case", gone)
    page = reviewer.submit(case, "/approve", version="99")
    assert page.status_code == (503 if isinstance(problem, AdapterUnavailable) else 404)
    assert page.headers.get("Retry-After") == ("60" if page.status_code == 503 else None)
    assert Page(page.text).values("data-refused") == []
    monkeypatch.undo()
    assert reviewer.submit(case, "/approve").status_code == 303
