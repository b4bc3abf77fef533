"""Does my card work? The page, its answers, the support code, and the try at the card host, which starts nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from tests.conftest import Installation
from tests.web.visitor import CARD, PUBLIC, Page, Site, Visitor, build_site
from webvartti.domain.card_checks import CHECK_LIFETIME
from webvartti.services import Services
from webvartti.services.card_checks import MOST_AN_HOUR

SCS = "https://localhost:53952"
ANSWER = '{"version": "1.1", "httpMethods": "GET, POST", "hashAlgorithms": ["SHA256"]}'


def checked(visitor: Visitor, language: str = "en", **fields: str) -> TestResponse:
    """The page of answers to what a browser reports."""
    return visitor.follow(visitor.submit(visitor.get(f"/{language}/card-check"), "/card-check", **fields))


def outcomes(page: TestResponse) -> dict[str, str]:
    """By step."""
    return dict(re.findall(r'<section data-step="([a-z]*)" data-outcome="([^"]*)"', page.text))


def code_of(page: TestResponse) -> str:
    return Page(page.text).values("data-code")[0]


def tried(visitor: Visitor, page: TestResponse) -> TestResponse:
    """Press "Try the certificate"."""
    return visitor.at_card_host(Page(page.text).form("/card-check")[1], path="/card-check")


def now_in_milliseconds(site: Site, ahead: timedelta = timedelta(0)) -> str:
    return str(int((site.services.clock() + ahead).timestamp() * 1000))


def test_everything_in_order(site: Site) -> None:
    visitor = site.visitor("aino")
    page = checked(visitor, asked="answered", answer=ANSWER, clock=now_in_milliseconds(site))
    assert outcomes(page) == {"software": "card-in-reader", "certificate": "", "clock": "clock-right", "tls": "tls-not-told"}
    assert "<dd>1.1</dd>" in page.text
    assert "mPollux DigiSign 4.1.4e" in page.text
    tried(visitor, page)
    again = visitor.get(page.request.path)
    assert outcomes(again)["certificate"] == "accepted"
    assert "Professional card" in again.text
    assert "you can sign in with it" in again.text


def test_without_scripts_every_step_says_how_to_look_by_oneself(site: Site) -> None:
    visitor = site.visitor("aino")
    page = checked(visitor)
    assert outcomes(page)["software"] == "reader-software-not-asked"
    assert outcomes(page)["clock"] == "clock-not-asked"
    assert "Look by yourself" in page.text
    assert tried(visitor, page).status_code == 200
    assert outcomes(visitor.get(page.request.path))["certificate"] == "accepted"


@pytest.mark.parametrize("asked", ["not-reached", "forbidden", "too-slow", "withheld", "answered"])
@pytest.mark.parametrize(
    ("language", "never"), [("fi", "ei ole asennettu"), ("sv", "inte installerat"), ("en", "not installed")]
)
def test_no_answer_is_never_called_not_installed(site: Site, asked: str, language: str, never: str) -> None:
    page = checked(site.visitor(), language, asked=asked)
    section = page.text.partition('data-step="software"')[2].partition("</section>")[0]
    assert never not in section
    assert 'data-answer="blocks"' in section


def test_what_could_not_be_reached_has_its_three_usual_causes(site: Site) -> None:
    page = checked(site.visitor(), asked="not-reached")
    section = page.text.partition('data-step="software"')[2].partition("</section>")[0]
    assert "could not be reached" in section
    assert section.count("<li>") == 3
    for cause in ("isn't running", "kept this page from asking", "There is no card reader software"):
        assert cause.replace("'", "&#39;") in section


@pytest.mark.parametrize(("ahead", "outcome", "words"), [
    (timedelta(seconds=100), "clock-right", "is right"), (timedelta(minutes=5), "clock-fast", "off by 5 minutes"),
    (-timedelta(hours=3), "clock-slow", "off by 3 hours"), (-timedelta(days=400), "clock-slow", "off by 400 days"),
])  # fmt: skip
def test_the_clock_is_compared_with_ours(site: Site, ahead: timedelta, outcome: str, words: str) -> None:
    page = checked(site.visitor(), clock=now_in_milliseconds(site, ahead))
    assert outcomes(page)["clock"] == outcome
    assert words in page.text


@pytest.mark.parametrize(("protocol", "outcome"), [("TLSv1.3", "tls-1.3"), ("TLSv1.2", "tls-1.2"), ("SSLv3", "tls-not-told")])
def test_the_version_of_tls_is_that_of_the_connection(site: Site, protocol: str, outcome: str) -> None:
    visitor = site.visitor()
    own = {"webvartti.tls_version": protocol, "webvartti.tls_server_name": "webvartti.localhost"}
    visitor.public.environ_base.update(own)
    assert outcomes(checked(visitor))["tls"] == outcome


def test_nobody_but_the_proxy_can_name_a_version_of_tls(site: Site) -> None:
    visitor = site.visitor()
    visitor.public.environ_base["HTTP_X_TLS_VERSION"] = "TLSv1.3"
    assert outcomes(checked(visitor))["tls"] == "tls-not-told"


@pytest.mark.parametrize(("slug", "outcome", "words"), [
    ("signe", "signing-certificate-chosen", "signing certificate"), ("veikko", "certificate-expired", "has expired"),
    ("", "no-certificate", "send a card certificate"),
])  # fmt: skip
def test_a_wrong_certificate_is_told_in_the_words_of_sign_in(site: Site, slug: str, outcome: str, words: str) -> None:
    visitor = site.visitor(slug)
    page = checked(visitor)
    at_card = tried(visitor, page)
    assert at_card.status_code == 200
    again = visitor.get(page.request.path)
    assert outcomes(again)["certificate"] == outcome
    for told in (at_card, again):
        assert words in told.text
        assert 'data-answer="blocks"' in told.text
    assert ("Valid until" in at_card.text) is bool(slug)
    refused = visitor.at_card_host(visitor.start())  # the same verdict as signing in
    assert f'data-refusal="{outcome}"' in refused.text


def test_trying_signs_nobody_in_and_gives_no_cookie_and_no_ticket(site: Site) -> None:
    visitor = site.visitor("aino")
    before = len(site.services.audit.show(limit=1000))
    at_card = tried(visitor, checked(visitor))
    assert "Set-Cookie" not in at_card.headers
    assert "ticket" not in at_card.text
    assert Page(at_card.text).forms == []
    assert not visitor.cookie("__Host-session")
    assert visitor.get("/en/card").status_code == 303
    assert len(site.services.audit.show(limit=1000)) == before
    assert "Valid until" in at_card.text
    aino = site.country.card("aino")
    for secret in (aino.number, aino.name, aino.certificate_serial):
        assert secret not in at_card.text


def test_a_try_and_a_sign_in_are_no_substitutes_for_each_other(site: Site) -> None:
    visitor = site.visitor("aino")
    page = checked(visitor)
    of_check = Page(page.text).form("/card-check")[1]
    assert visitor.at_card_host(of_check).status_code == 403
    assert visitor.at_card_host(visitor.start(), path="/card-check").status_code == 403
    assert visitor.at_card_host(of_check, origin=CARD, path="/card-check").status_code == 403
    assert visitor.at_card_host({"attempt": "forged"}, path="/card-check").status_code == 403
    assert outcomes(visitor.get(page.request.path))["certificate"] == ""
    again = visitor.card_host.get("/card-check", base_url=CARD)
    assert f"{PUBLIC}/en/card-check" in again.text


def test_tries_are_counted_together_with_sign_ins(installation: Installation, services: Services) -> None:
    at = services.clock()
    site = build_site(installation.settings, replace(services, clock=lambda: at), installation.country)
    page = checked(site.visitor("aino"))
    tries = [tried(site.visitor("aino"), page).status_code for _ in range(11)]
    assert tries == [200] * 10 + [429]
    visitor = site.visitor("aino")
    assert visitor.at_card_host(visitor.start()).status_code == 429
    nobody = site.visitor()
    assert [tried(nobody, page).status_code for _ in range(21)] == [200] * 20 + [429]


def test_the_support_code_shows_the_same_to_the_help_desk_however_it_was_written_down(site: Site) -> None:
    page = checked(site.visitor("aino"), asked="too-slow")
    code = code_of(page)
    desk = site.visitor()
    for typed in (code, code.lower().replace("-", " "), code.replace("-", "")):
        found = desk.follow(desk.get(f"/en/card-check?code={typed.replace(' ', '+')}"))
        assert outcomes(found) == outcomes(page)
        assert code_of(found) == code


@pytest.mark.parametrize("typed", ["TK-2222-2222", "x", "TK-0O1I-2222", "%00", "a" * 500, "../fi", "ÅÄÖ"])
def test_an_unknown_code_gets_a_page_that_says_so(site: Site, typed: str) -> None:
    visitor = site.visitor()
    answer = visitor.get(f"/en/card-check?code={typed}")
    answer = visitor.follow(answer) if answer.status_code == 303 else answer
    assert answer.status_code == 404
    assert "no check with this support code" in answer.text


def test_codes_are_forgotten_by_themselves(installation: Installation, services: Services) -> None:
    site = build_site(installation.settings, services, installation.country)
    code = code_of(checked(site.visitor()))
    later = services.clock() + CHECK_LIFETIME
    after = build_site(installation.settings, replace(services, clock=lambda: later), installation.country)
    assert site.visitor().get(f"/en/card-check/{code}").status_code == 200
    assert after.visitor().get(f"/en/card-check/{code}").status_code == 404  # also before the worker has come by
    services.worker.run(later)
    assert site.visitor().get(f"/en/card-check/{code}").status_code == 404


def test_what_is_kept_is_nothing_but_outcomes(site: Site) -> None:
    secret = "canary-Aino-00098705718"
    visitor = site.visitor("aino")
    answer = f'{{"version": "1.1", "httpMethods": "{secret}", "hashAlgorithms": ["{secret}"]}}'
    page = checked(visitor, asked="answered", answer=answer, clock=now_in_milliseconds(site))
    tried(visitor, page)
    check = site.services.card_checks.find(code_of(page), site.services.clock())
    kept = (check.software, check.software_version, check.clock, check.tls, check.certificate, check.kind)
    assert kept == ("card-in-reader", "1.1", "clock-right", "tls-not-told", "accepted", "professional")
    assert secret not in visitor.get(page.request.path).text


@pytest.mark.parametrize("answer", [
    "<script>alert(1)</script>", '{"version": "<b>1.1</b>", "httpMethods": ""}', "[" * 4000, "9" * 4097,
    '{"version": "1.1", "httpMethods": "", "hashAlgorithms": 7}', "\x00", "null",
])  # fmt: skip
def test_a_hostile_answer_is_no_reader_software_and_never_shown(site: Site, answer: str) -> None:
    page = checked(site.visitor(), asked="answered", answer=answer)
    assert outcomes(page)["software"] == "not-reader-software"
    assert "alert(1)" not in page.text
    assert "<b>" not in page.text


def test_a_form_that_is_too_large_or_from_elsewhere_stores_nothing(site: Site) -> None:
    visitor = site.visitor()
    form = visitor.get("/en/card-check")
    assert visitor.submit(form, "/card-check", answer="x" * 70_000).status_code == 413
    assert visitor.post("/en/card-check", Page(form.text).form("/card-check")[1], "https://evil.example").status_code == 403
    assert visitor.post("/en/card-check", {}).status_code == 403
    with site.services.card_checks.units.reading() as unit:
        assert unit.card_checks.count_since(site.services.clock() - timedelta(hours=1)) == 0


def test_an_older_interface_than_the_settings_ask_for_is_too_old(installation: Installation) -> None:
    services = installation.build(READER_SOFTWARE_INTERFACE="1.2")
    site = build_site(installation.settings, services, installation.country)
    assert outcomes(checked(site.visitor(), asked="answered", answer=ANSWER))["software"] == "reader-software-too-old"


def test_a_flood_from_everywhere_stops_before_the_disk_is_full(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webvartti.services.card_checks.MOST_AN_HOUR", 2)
    assert MOST_AN_HOUR > 1000
    for _ in range(2):
        checked(site.visitor())
    visitor = site.visitor()
    answer = visitor.submit(visitor.get("/en/card-check"), "/card-check")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3600")
    assert "Nothing was stored" in answer.text


def test_only_this_page_may_ask_the_local_machine(site: Site) -> None:
    visitor = site.signed_in("aino")
    for path in ("", "sign-in", "feedback", "privacy", "take-into-use", "card", "renewal", "orders", "no-such-page"):
        assert "connect-src" not in visitor.get(f"/en/{path}").headers["Content-Security-Policy"], path
    page = visitor.get("/en/card-check")
    policy = page.headers["Content-Security-Policy"]
    assert re.findall("connect-src ([^;]*)", policy) == [SCS]
    assert "form-action 'self'; " in policy
    assert Page(page.text).values("data-scs") == [f"{SCS}/version"]
    answers = checked(visitor)
    assert SCS not in answers.headers["Content-Security-Policy"]
    assert f"form-action 'self' {CARD}; " in answers.headers["Content-Security-Policy"]
    for told in (tried(visitor, answers), visitor.get("/static/card-check.js"), visitor.get("/en/card-check?code=x")):
        assert "connect-src" not in told.headers["Content-Security-Policy"]


def test_the_pages_lead_to_the_check(site: Site) -> None:
    visitor = site.visitor("signe")
    for page in (visitor.get("/en/"), visitor.get("/en/sign-in"), visitor.at_card_host(visitor.start())):
        assert any(href.endswith("/en/card-check") for href in Page(page.text.partition("<footer>")[0]).values("href"))


def test_of_a_certificate_of_an_unknown_issuer_nothing_is_repeated(site: Site) -> None:
    forged = site.visitor("aino-forged")
    at_card = tried(forged, checked(forged))
    assert 'data-answer="blocks"' in at_card.text
    assert "Valid until" not in at_card.text
