"""What attackers and accidents send to the pages, each a lesson from a review."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Installation, silent
from tests.web.visitor import PUBLIC, Page, Site
from webvartti.domain.registers import RegisterKind
from webvartti.services.feedback import MOST_AN_HOUR
from webvartti.web.languages import LANGUAGES


def load_persons(site: Site, installation: Installation, change: Callable[[str], str]) -> None:
    """A new extract of persons, each row changed."""
    header, *rows = (installation.country.directory / "registers" / "persons.csv").read_text(encoding="utf-8").splitlines()
    extract = installation.directory / "persons.csv"
    extract.write_text("\n".join([header, *map(change, rows)]), encoding="utf-8")
    services = site.services
    report = services.registers.load_extract(
        RegisterKind.PERSONS, extract, skip_bad=False, operator="test", now=services.clock(), progress=silent
    )
    assert report.snapshot is not None


def lose_extract(installation: Installation, kind: RegisterKind) -> None:
    (installation.directory / "register" / f"{kind}.sqlite").unlink()


def without_address(row: str) -> str:
    number, code, _, _, _, _, protected, language = row.split(",")
    return ",".join([number, code, "", "", "", "", protected, language])


def now_protected(row: str) -> str:
    return ",".join([*row.split(",")[:6], "yes", row.split(",")[7]])


def test_a_home_address_that_vanished_since_leads_back_to_the_form(site: Site, installation: Installation) -> None:
    visitor = site.signed_in("aino")
    check = visitor.follow(visitor.submit(visitor.get("/en/renewal"), "/renewal", email="a@example.fi"))
    load_persons(site, installation, without_address)
    for answer in (visitor.get("/en/renewal/check"), visitor.submit(check, "/check")):
        assert (answer.status_code, answer.headers["Location"]) == (303, "/en/renewal")


def test_a30_a_retry_finds_its_order_even_while_the_registers_are_down(site: Site, installation: Installation) -> None:
    visitor = site.signed_in("aino")
    check = visitor.follow(visitor.submit(visitor.get("/en/renewal"), "/renewal", email="a@example.fi"))
    place = visitor.submit(check, "/check").headers["Location"]
    lose_extract(installation, RegisterKind.RIGHTS)
    again = visitor.submit(check, "/check")
    assert (again.status_code, again.headers["Location"]) == (303, place)


def test_a30_the_receipt_of_a_withdrawn_order_promises_nothing(site: Site) -> None:
    visitor = site.signed_in("aino")
    check = visitor.follow(visitor.submit(visitor.get("/en/renewal"), "/renewal", email="a@example.fi"))
    number = visitor.submit(check, "/check").headers["Location"].split("/")[-2]
    visitor.submit(visitor.get(f"/en/orders/{number}/withdraw"))
    shown = visitor.follow(visitor.follow(visitor.submit(check, "/check")))
    assert Page(shown.text).values("data-state") == ["withdrawn"]
    assert "The card comes by" not in shown.text


@pytest.mark.parametrize("version", ["", "x", "-1", "٣", "9" * 30, "9" * 5000, "1.0"])
def test_a_strange_version_is_a_stale_one(site: Site, version: str) -> None:
    visitor = site.signed_in("aino")
    number = visitor.order().headers["Location"].split("/")[-2]
    assert visitor.submit(visitor.get(f"/en/orders/{number}/withdraw"), "", version=version).status_code == 409


def test_a_search_of_any_length_is_answered_at_once(site: Site) -> None:
    visitor = site.signed_in("aino")
    form = visitor.get("/en/renewal")
    started = time.monotonic()
    answer = visitor.submit(form, "/renewal", letter_to="organisation", organisation="o " * 29_000)
    assert answer.status_code == 422
    register = site.services.registers
    assert isinstance(register.find_organisations("a b c d e f g h i j k l m n o p q r s t u v " * 1000), tuple)
    assert time.monotonic() - started < 20  # it was minutes; no absolute figure is meant


def test_several_workplaces_of_one_name_are_picked_from_and_stay_picked(site: Site) -> None:
    visitor = site.signed_in("aino")
    found = site.services.registers.find_organisations("Esimerkin") or site.services.registers.find_organisations("h")
    assert len(found) > 1
    text = "Esimerkin" if site.services.registers.find_organisations("Esimerkin") else "h"
    chosen = {"letter_to": "organisation", "organisation": text, "email": "a@example.fi"}
    asked = visitor.submit(visitor.get("/en/renewal"), "/renewal", **chosen)
    assert asked.status_code == 422
    assert f"organisation_match-{found[1].business_id}" in Page(asked.text).values("id")
    with_mistake = visitor.submit(asked, "/renewal", **{**chosen, "email": ""}, organisation_match=found[1].business_id)
    assert Page(with_mistake.text).form("/renewal")[1]["organisation_match"] == found[1].business_id
    kept = visitor.submit(with_mistake, "/renewal", email="a@example.fi")
    assert kept.status_code == 303
    assert found[1].name in visitor.follow(kept).text
    other = visitor.submit(visitor.get("/en/renewal"), "/renewal", organisation="No such place at all")
    assert other.status_code == 422  # an old pick doesn't stand for a new text


def test_a36_a_non_disclosure_order_that_came_later_hides_the_addresses(site: Site, installation: Installation) -> None:
    visitor = site.signed_in("aino")
    number = visitor.order().headers["Location"].split("/")[-2]
    street = next(site.services.orders.every(None)).delivery.card_address.street
    assert street in visitor.get(f"/en/orders/{number}").text
    load_persons(site, installation, now_protected)
    for path in (f"orders/{number}", f"orders/{number}/receipt", "card", "orders"):
        page = visitor.get(f"/en/{path}")
        assert (page.status_code, street in page.text) == (200, False)
    assert not site.services.orders.address_may_be_shown(next(site.services.orders.every(None)).person)


def test_a26_an_error_below_static_is_not_stored_by_anybody(site: Site) -> None:
    visitor = site.signed_in("aino")
    missing = visitor.get("/static/nope.css")
    assert (missing.status_code, missing.headers["Cache-Control"]) == (404, "no-store")
    assert "Aino" not in missing.text
    assert visitor.get("/static/webvartti.css").headers["Cache-Control"] == "public, max-age=3600"


@pytest.mark.parametrize("query", ["endpoint=x", "_method=FOO", "_external=1&_scheme=http", "_anchor=x", "language=xx", "a=b"])
def test_parameters_of_the_address_go_nowhere(site: Site, query: str) -> None:
    page = site.visitor().get(f"/en/?{query}")
    assert page.status_code == 200
    assert [href for href in Page(page.text).values("href") if href in ("/fi/", "/sv/", "/en/")] == ["/fi/", "/sv/", "/en/"]
    assert "http://" not in page.text


def test_a40_every_error_page_stands_without_the_database(site: Site, installation: Installation) -> None:
    visitor = site.signed_in("aino")
    token = Page(visitor.get("/en/card").text).form("/sign-out")[1]["csrf_token"]
    (installation.directory / "webvartti.db").rename(installation.directory / "gone.db")
    assert visitor.get("/en/card").status_code == 503
    assert visitor.get("/en/no-such-page").status_code == 404
    assert visitor.post("/en/renewal", {"csrf_token": "wrong"}).status_code == 403
    assert visitor.post("/en/renewal", {"csrf_token": token}).status_code == 503
    assert visitor.public.put("/en/card", base_url=PUBLIC, headers={"Origin": PUBLIC}).status_code == 405
    (installation.directory / "gone.db").rename(installation.directory / "webvartti.db")
    assert visitor.get("/en/card").status_code == 200


def test_the_way_out_of_every_dead_end_works_without_its_register(site: Site, installation: Installation) -> None:
    lose_extract(installation, RegisterKind.REGISTRATION_POINTS)
    visitor = site.visitor("signe")
    assert visitor.get("/en/registration-points").status_code == 200
    assert visitor.get("/en/registration-points?postal_code=00100").status_code == 200
    assert visitor.at_card_host(visitor.start()).status_code == 403


def test_feedback_can_not_fill_the_disk_or_command_a_terminal(site: Site, installation: Installation) -> None:
    visitor = site.visitor()
    form = visitor.get("/en/feedback")
    assert visitor.submit(form, text="line one\r\nline\x1b]0;two\x07 \x1b[2J").status_code == 303
    assert [entry.text for entry in site.services.feedback.read(1)] == ["line one\nline]0;two [2J"]
    with sqlite3.connect(installation.directory / "webvartti.db") as database:
        database.executemany(
            "INSERT INTO feedback (at, language, page, text, reply_to) SELECT at, language, page, ?, '' FROM feedback LIMIT 1",
            [(str(number),) for number in range(MOST_AN_HOUR)],
        )
    full = visitor.submit(form, text="one more")
    assert (full.status_code, full.headers["Retry-After"]) == (429, "3600")
    assert "not stored" in full.text


def test_stale_revocation_data_lets_nobody_in(site_with: Callable[..., Site]) -> None:
    from datetime import UTC, datetime, timedelta

    later = (datetime.now(UTC) + timedelta(days=8)).isoformat()
    visitor = site_with(DEMO_NOW=later).visitor("aino")
    refused = visitor.at_card_host(visitor.start())
    assert (refused.status_code, Page(refused.text).values("data-refusal")) == (403, ["revocation-stale"])
    assert "11 revocation-stale" in refused.text


def test_without_any_crl_nobody_gets_in(site: Site, installation: Installation) -> None:
    for index in (installation.directory / "revocation").glob("*.sqlite"):
        index.unlink()
    visitor = site.visitor("aino")
    assert Page(visitor.at_card_host(visitor.start()).text).values("data-refusal") == ["revocation-missing"]


def test_every_address_that_templates_build_by_hand_is_a_page(site: Site) -> None:
    import re

    used = set()
    for template in Path(site.public.root_path).parent.joinpath("templates").rglob("*.html"):
        used |= set(re.findall(r'public_page\("([a-z-]*)"\)', template.read_text(encoding="utf-8")))
    assert {"", "sign-in", "registration-points"} <= used
    for path in used | {"sign-in/finish"}:
        for language in LANGUAGES:
            method = "POST" if path.endswith("finish") else "GET"
            assert site.public.url_map.bind("x").match(f"/{language}/{path}", method=method)
