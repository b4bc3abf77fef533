"""The hand-over between the two hosts, and the sessions that it makes."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from tests.web.visitor import CARD, PUBLIC, Page, Site
from webvartti.domain.sessions import secret_hash


def test_a_card_signs_in_and_its_holder_is_greeted(site: Site) -> None:
    visitor = site.visitor("aino")
    response = visitor.sign_in()
    assert (response.status_code, response.headers["Location"]) == (303, "/en/card")
    assert "Aino" in visitor.follow(response).text


def test_every_demo_card_does_at_sign_in_what_its_story_says(site: Site) -> None:
    for card in site.country.cards:
        if card.sign_in == "tls-alert":
            continue  # TLS itself refuses it: tests/integration/server
        visitor = site.visitor(card.slug)
        handed = visitor.at_card_host(visitor.start())
        refusal = (Page(handed.text).values("data-refusal") or ["accepted"])[0]
        assert (card.slug, refusal) == (card.slug, card.sign_in)


def test_an_attacker_starts_the_victims_card_finishes_and_nobody_is_signed_in(site: Site) -> None:
    attacker, victim = site.visitor(), site.visitor("aino")
    attempt = attacker.start()
    victim.start()  # the victim's browser has a start cookie of its own
    handed = victim.at_card_host(attempt)  # were the victim lured there from the public site itself
    action, fields = Page(handed.text).form("/finish")
    path = urlsplit(action).path
    assert victim.post(path, fields, CARD).status_code == 403
    assert not victim.cookie("__Host-session")
    # and the ticket that the victim's browser burnt, or tried to, is worthless in the attacker's with the right cookie only
    without_ticket = attacker.post(path, {"ticket": ""}, CARD)
    assert without_ticket.status_code == 403
    assert not attacker.cookie("__Host-session")


def test_a25_the_card_host_takes_attempts_from_the_public_page_only(site: Site) -> None:
    visitor = site.visitor("aino")
    attempt = visitor.start()
    for origin in ("https://evil.example", "null", "", CARD, PUBLIC + ".evil.example"):
        assert visitor.at_card_host(attempt, origin).status_code == 403
    assert visitor.card_host.post("/sign-in", base_url=CARD, data=attempt).status_code == 403
    assert visitor.card_host.get("/sign-in", base_url=CARD).status_code == 200
    assert "Start again" in visitor.card_host.get("/sign-in", base_url=CARD).text


def test_a25_the_public_host_takes_tickets_from_the_card_page_only(site: Site) -> None:
    visitor = site.visitor("aino")
    action, fields = Page(visitor.at_card_host(visitor.start()).text).form("/finish")
    for origin in ("https://evil.example", "null", PUBLIC):
        assert visitor.post(urlsplit(action).path, fields, origin).status_code == 403
    assert visitor.post(urlsplit(action).path, fields, CARD).status_code == 303


def test_a_ticket_is_good_once_and_in_one_browser(site: Site) -> None:
    visitor, other = site.visitor("aino"), site.visitor()
    other.start()
    action, fields = Page(visitor.at_card_host(visitor.start()).text).form("/finish")
    path = urlsplit(action).path
    assert other.post(path, fields, CARD).status_code == 403
    assert visitor.post(path, fields, CARD).status_code == 303
    again = visitor.post(path, fields, CARD)
    assert again.status_code == 403
    assert "couldn&#39;t be finished" in again.text


def test_a_forged_or_changed_attempt_starts_again(site: Site) -> None:
    visitor = site.visitor("aino")
    attempt = visitor.start()["attempt"]
    for wrong in ("", "x", attempt[:-2], attempt.replace(".", ".x", 1), "é" * 100, "." * 5000):
        response = visitor.at_card_host({"attempt": wrong})
        assert response.status_code == 403
        assert "Start again" in response.text


def test_the_card_host_sets_no_cookie_and_no_ticket_stands_in_an_address(site: Site) -> None:
    visitor = site.visitor("aino")
    handed = visitor.at_card_host(visitor.start())
    assert "Set-Cookie" not in handed.headers
    action, fields = Page(handed.text).form("/finish")
    assert fields["ticket"] not in action
    assert action == f"{PUBLIC}/en/sign-in/finish"


def test_a23_another_card_in_a_living_session_ends_it_and_leaves_an_audit_line(site: Site) -> None:
    visitor = site.signed_in("aino")
    first = visitor.cookie("__Host-session")
    visitor.card = site.certificate("bjorn")
    visitor.sign_in()
    assert visitor.cookie("__Host-session") not in ("", first)
    assert site.services.sign_in.load(first, site.services.clock()) is None
    assert "session.ended-by-another-card" in [entry.action for entry in site.services.audit.show(limit=10)]


def test_a23_a_session_is_a_new_id_with_person_card_and_fingerprint(site: Site) -> None:
    visitor = site.signed_in("aino")
    living = site.services.sign_in.load(visitor.cookie("__Host-session"), site.services.clock())
    assert living is not None
    session = living.session
    assert session.id_hash == secret_hash(visitor.cookie("__Host-session"))
    assert len(session.holder.fingerprint) == 64
    assert session.expires_at <= session.holder.not_after
    assert session.is_fresh(session.signed_in_at + timedelta(minutes=15))
    assert not session.is_fresh(session.signed_in_at + timedelta(minutes=15, seconds=1))


def test_a23_idle_and_absolute_limits_live_on_the_server(site: Site) -> None:
    cookie = site.signed_in("aino").cookie("__Host-session")
    now = site.services.clock()
    assert site.services.sign_in.load(cookie, now + timedelta(minutes=14)) is not None
    assert site.services.sign_in.load(cookie, now + timedelta(minutes=28)) is not None  # the first look was remembered
    assert site.services.sign_in.load(cookie, now + timedelta(minutes=28 + 16)) is None
    assert site.services.sign_in.load(cookie, now + timedelta(minutes=61)) is None


def test_a24_signing_out_ends_the_session_and_clears_what_is_ours(site: Site) -> None:
    visitor = site.signed_in("aino")
    session = visitor.cookie("__Host-session")
    out = visitor.submit(visitor.get("/en/card"), "/sign-out")
    assert out.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "__Host-session=;" in out.headers["Set-Cookie"]
    assert "close all browser windows" in visitor.follow(out).text
    assert site.services.sign_in.load(session, site.services.clock()) is None
    visitor.public.set_cookie("__Host-session", session, domain="webvartti.localhost", secure=True)
    assert visitor.get("/en/card").headers["Location"].startswith("/en/sign-in")


def test_cookies_are_for_this_host_https_and_no_script(site: Site) -> None:
    visitor = site.visitor("aino")
    visitor.sign_in()
    cookies = [line for response in visitor.seen for line in response.headers.getlist("Set-Cookie")]
    assert {line.partition("=")[0] for line in cookies} == {"__Host-start", "__Host-session", "__Host-language"}
    for line in cookies:
        assert "Secure" in line
        assert "HttpOnly" in line
        assert "Path=/" in line
        assert "Domain" not in line


def test_a_post_with_an_ended_session_stores_nothing(site: Site) -> None:
    visitor = site.signed_in("aino")
    form = visitor.get("/en/renewal")
    site.services.sign_in.sign_out(visitor.cookie("__Host-session"), site.services.clock())
    response = visitor.submit(form, "/renewal", email="aino@example.fi")
    assert response.status_code == 403
    assert "session has ended" in response.text
    again = site.signed_in("aino")
    assert "aino@example.fi" not in again.get("/en/renewal").text


@pytest.mark.parametrize(
    ("host", "server_name"),
    [
        ("card.webvartti.localhost:8444", None),
        ("webvartti.localhost:8443", "card.webvartti.localhost"),
        ("webvartti.localhost.", None),
        ("evil.example", None),
        ("webvartti.localhost:8443.evil.example", None),
        ("", None),
    ],
)
def test_a_host_or_server_name_of_another_listener_is_421(site: Site, host: str, server_name: str | None) -> None:
    environ = {"HTTP_HOST": host} | ({"webvartti.tls_server_name": server_name} if server_name else {})
    response = site.public.test_client().get("/en/", base_url=PUBLIC, environ_overrides=environ)
    assert response.status_code == 421
