"""A43: whether the process answers, and whether people may be sent to this node."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Installation
from tests.web.test_health import asked, of
from tests.web.visitor import CARD, PUBLIC, Site
from webvartti.storage.engine import create_engine

SiteWith = Callable[..., Site]


def test_a43_live_tells_nothing_but_that_the_process_answers(site: Site) -> None:
    for response in (asked(site, "/health/live"), site.card.test_client().get("/health/live", base_url=CARD)):
        assert (response.status_code, json.loads(response.text)) == (200, {"status": "ok", "checks": {}})
        assert response.mimetype == "application/health+json"
        assert response.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in response.headers
    assert asked(site, "/health/live", Accept="text/plain").text == "status: ok\n"


def test_a43_live_asks_nobody(installation: Installation, site: Site) -> None:
    """Not even with the cookie of a session that would have to be looked up."""
    visitor = site.signed_in("aino")
    (installation.directory / "webvartti.db").rename(installation.directory / "gone.db")
    for folder in ("register", "revocation"):
        (installation.directory / folder).rename(installation.directory / f"no-{folder}")
    assert visitor.get("/health/live").status_code == 200
    assert visitor.get("/health/ready").status_code == 503
    assert visitor.get("/en/card").status_code == 503


def test_a43_both_hosts_are_ready(site: Site) -> None:
    for client, host in ((site.public.test_client(), PUBLIC), (site.card.test_client(), CARD)):
        response = client.get("/health/ready", base_url=host)
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "no-store"
        assert set(json.loads(response.text)["checks"]) == {"database", "registers"}
    assert asked(site, "/health/ready", Accept="text/plain").text.splitlines() == [
        "status: ok",
        "database: ok, answers, schema current",
        "registers: ok, loaded",
    ]


def test_a43_not_ready_without_a_database_and_ready_when_it_is_back(installation: Installation, site: Site) -> None:
    database, away = installation.directory / "webvartti.db", installation.directory / "away.db"
    database.rename(away)
    response = asked(site, "/health/ready")
    assert (response.status_code, of(response, "database")) == (503, ("fail", "doesn't answer"))
    away.rename(database)
    assert asked(site, "/health/ready").status_code == 200


def test_a43_not_ready_with_an_old_schema(site_with: SiteWith, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    create_engine(url, make=True).dispose()
    response = asked(site_with(DATABASE_URL=url), "/health/ready")
    assert (response.status_code, of(response, "database")) == (503, ("fail", "schema isn't this program's"))


@pytest.mark.parametrize(("extract", "status"), [("rights", 503), ("cards", 503), ("persons", 503), ("organisations", 200)])
def test_a43_not_ready_where_this_node_lacks_what_orders_need(
    installation: Installation, site: Site, extract: str, status: int
) -> None:
    (installation.directory / "register" / f"{extract}.sqlite").unlink()
    response = asked(site, "/health/ready")
    assert response.status_code == status
    assert of(response, "registers") == (("fail", "1 not loaded") if status == 503 else ("ok", "loaded"))
    assert asked(site).status_code == 200, "people can still be served a page"


def test_a43_ready_while_every_crl_is_stale(stale_site: Site) -> None:
    """All nodes have the same lists: were none of them ready, nobody could read why."""
    assert asked(stale_site, "/health/ready").status_code == 200


def test_a43_ready_and_live_tell_nothing_secret_either(installation: Installation, site: Site) -> None:
    (installation.directory / "register" / "rights.sqlite").unlink()
    for path in ("/health/ready", "/health/live"):
        told = asked(site, path).text + asked(site, path, Accept="text/plain").text
        for secret in (str(installation.directory), "demo", "CN=", "0.0.0", "127.0.0.1", "/", "rights"):
            assert secret not in told
