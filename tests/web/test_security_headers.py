"""HSTS by environment, and security.txt (RFC 9116)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import Installation
from tests.web.visitor import CARD, PUBLIC, Site, build_site
from webvartti.config_fields import DEMO, PRODUCTION, TEST
from webvartti.services import Services
from webvartti.web.security_txt import contact, expires


def site_in(environment: str, installation: Installation, services: Services, security_contact: str = "") -> Site:
    """The site as it is in this environment; the services don't differ."""
    settings = replace(installation.settings, environment=environment, security_contact=security_contact)
    return build_site(settings, services, installation.country)


@pytest.mark.parametrize(
    ("environment", "header"), [(PRODUCTION, "max-age=63072000"), (TEST, "max-age=63072000"), (DEMO, None)]
)
def test_a26_both_hosts_send_hsts_save_from_demo_servers(
    installation: Installation, services: Services, environment: str, header: str | None
) -> None:
    visitor = site_in(environment, installation, services).visitor()
    answers = (
        visitor.get("/en/"),
        visitor.get("/static/webvartti.css"),
        visitor.get("/no-such-page"),
        visitor.card_host.get("/sign-in", base_url=CARD),
        visitor.at_card_host({"attempt": "forged"}),
    )
    for answer in answers:
        assert answer.headers.get("Strict-Transport-Security") == header


def lines_of(site: Site) -> dict[str, str]:
    answer = site.visitor().get("/.well-known/security.txt")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert answer.text.endswith("\n")
    assert "Set-Cookie" not in answer.headers
    pairs = [line.split(": ", 1) for line in answer.text.splitlines()]
    assert len({name for name, _ in pairs}) == len(pairs)  # Expires and Preferred-Languages may stand once (2.5.5, 2.5.8)
    return dict(pairs)


def test_security_txt_says_what_rfc_9116_asks_for(installation: Installation, services: Services) -> None:
    fields = lines_of(site_in(TEST, installation, services, "https://example.fi/security"))
    assert fields["Contact"] == "https://example.fi/security"
    assert fields["Canonical"] == f"{PUBLIC}/.well-known/security.txt"
    assert fields["Preferred-Languages"] == "fi, sv, en"
    left = datetime.fromisoformat(fields["Expires"]) - services.clock()
    assert timedelta(days=30) < left < timedelta(days=365)


def test_without_a_contact_of_its_own_it_names_the_help_desk(site: Site, installation: Installation) -> None:
    assert lines_of(site)["Contact"] == f"mailto:{installation.settings.help_desk_email}"
    assert contact("", "apu+vartti%1@example.fi") == "mailto:apu%2Bvartti%251@example.fi"


def test_security_txt_is_the_same_all_day() -> None:
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    day = {expires(midnight + timedelta(minutes=minute)) for minute in range(0, 24 * 60, 7)}
    assert day == {"2027-05-22T00:00:00Z"}
    assert expires(midnight + timedelta(days=1)) == "2027-05-23T00:00:00Z"


def test_the_card_host_has_none(site: Site) -> None:
    assert site.visitor().card_host.get("/.well-known/security.txt", base_url=CARD).status_code == 404
