"""A43: what load balancers and monitoring are told, and what they never are."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from werkzeug.test import TestResponse

from tests.conftest import Installation
from tests.web.visitor import CARD, PUBLIC, Site, build_site

SiteWith = Callable[..., Site]


def asked(site: Site, path: str = "/health", **headers: str) -> TestResponse:
    return site.public.test_client().get(path, base_url=PUBLIC, headers=headers)


def of(response: TestResponse, name: str) -> tuple[str, str]:
    (only,) = json.loads(response.text)["checks"][name]
    return only["status"], only["output"]


def test_a43_both_hosts_tell_that_they_are_fit(site: Site) -> None:
    for client, host in ((site.public.test_client(), PUBLIC), (site.card.test_client(), CARD)):
        response = client.get("/health", base_url=host)
        assert response.status_code == 200
        assert response.mimetype == "application/health+json"
        assert response.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in response.headers
        assert set(json.loads(response.text)["checks"]) == {
            "database",
            "crls",
            "anchors",
            "issuing-cas",
            "server-certificates",
        }
        assert of(response, "database")[0] == "ok"


def test_a43_text_for_who_asks_for_text(site: Site) -> None:
    response = asked(site, Accept="text/plain")
    assert (response.mimetype, response.text.startswith("status: ")) == ("text/plain", True)
    assert asked(site, Accept="*/*").mimetype == "application/health+json"


def test_a43_another_host_is_421(site: Site) -> None:
    assert site.public.test_client().get("/health", base_url="https://10.0.0.1").status_code == 421


def test_a43_without_a_database_503(installation: Installation, site: Site) -> None:
    (installation.directory / "webvartti.db").unlink()
    response = asked(site)
    assert (response.status_code, json.loads(response.text)["status"], of(response, "database")) == (
        503,
        "fail",
        ("fail", "doesn't answer"),
    )


def test_a43_an_old_schema_503(site_with: SiteWith, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    response = asked(site_with(DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}"))
    assert (response.status_code, of(response, "database")) == (503, ("fail", "schema isn't this program's"))


def test_a43_a_missing_crl_fails_its_check_and_people_are_still_served(installation: Installation, site: Site) -> None:
    before = of(asked(site), "crls")[1]
    next((installation.directory / "revocation").glob("*.sqlite")).unlink()
    response = asked(site)
    status, output = of(response, "crls")
    assert (response.status_code, json.loads(response.text)["status"], status) == (200, "warn", "fail")
    assert "0 missing" in before
    assert "1 missing" in output


@pytest.mark.parametrize(("later", "expected"), [(timedelta(0), "ok"), (timedelta(days=400), "fail")])
def test_a43_crls_age(installation: Installation, later: timedelta, expected: str) -> None:
    """The rules' clock is moved instead of waiting."""
    moved = (datetime.now(UTC) + later).isoformat()
    services = installation.build(DEMO_NOW=moved)
    response = asked(build_site(installation.settings, services, installation.country))
    status, output = of(response, "crls")
    assert status == expected, output
    assert (" 0 stale" in output) == (expected == "ok")


def test_a43_a_crl_in_the_last_quarter_of_its_life_warns_and_tells_its_age(installation: Installation) -> None:
    health = installation.build().health
    first = min(health.revocation.lists(), key=lambda each: each.next_update)
    life = first.next_update - first.this_update
    assert life < timedelta(days=120), "else the 30 days come first"
    verdicts = {}
    for part in (0.7, 0.8):
        (crls,) = [check for check in health.examine(first.this_update + life * part) if check.name == "crls"]
        verdicts[part] = crls.verdict, bool(crls.about)
        assert f"hours old; the first ends in {int(life.total_seconds() * (1 - part) // 3600)} hours" in crls.detail
    assert verdicts == {0.7: ("ok", False), 0.8: ("warn", True)}


def server_certificate(path: Path, days: int) -> Path:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "server.example.fi")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1).not_valid_before(now - timedelta(days=90))
    made = builder.not_valid_after(now + timedelta(days=days, minutes=5)).sign(key, hashes.SHA256())
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path


@pytest.mark.parametrize(("days", "expected"), [(31, "ok"), (29, "warn"), (-1, "fail")])
def test_a43_server_certificates_30_days_ahead(site_with: SiteWith, tmp_path: Path, days: int, expected: str) -> None:
    site = site_with(TLS_CERTIFICATE_FILE=str(server_certificate(tmp_path / "server.pem", days)))
    response = asked(site)
    assert (response.status_code, of(response, "server-certificates")[0]) == (200, expected)
    server_certificate(tmp_path / "server.pem", 300)  # renewed while the service runs
    assert of(asked(site), "server-certificates")[0] == "ok"


def test_a43_an_unreadable_server_certificate_fails_its_check(site_with: SiteWith, tmp_path: Path) -> None:
    response = asked(site_with(TLS_CERTIFICATE_FILE=str(tmp_path / "nowhere.pem")))
    assert of(response, "server-certificates") == ("fail", "can't be read")


@pytest.mark.parametrize("name", ["anchors", "issuing_cas"])
def test_a43_anchors_and_issuing_cas_30_days_ahead(installation: Installation, name: str) -> None:
    health = installation.build().health
    lives = health.trusted.anchors if name == "anchors" else health.trusted.issuers
    ends = min(life.not_after for life in lives)
    expected = {ends - timedelta(days=31): "ok", ends - timedelta(days=29): "warn", ends: "fail"}
    for at, verdict in expected.items():
        (found,) = [check for check in health.examine(at) if check.name == name.replace("_", "-")]
        assert (found.verdict, bool(found.next_step)) == (verdict, verdict != "ok")


def test_a43_nothing_secret_is_told(installation: Installation, site: Site) -> None:
    next((installation.directory / "revocation").glob("*.sqlite")).unlink()
    told = asked(site).text + asked(site, Accept="text/plain").text
    for secret in (str(installation.directory), str(installation.country.directory), "demo", "CN=", "0.0.0", "127.0.0.1", "/"):
        assert secret not in told.replace("application/health+json", "")
