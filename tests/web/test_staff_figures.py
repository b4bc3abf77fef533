"""The page of figures, and the pages of roles and rules as their readers meet them."""

from __future__ import annotations

import csv
import io
import sqlite3
from datetime import timedelta

from tests.conftest import Installation
from tests.web.colleagues import appoint, ordered
from tests.web.visitor import Page, Site, Visitor
from webvartti.domain.permissions import Role


def test_the_charts_have_their_numbers_in_words_and_tables(site: Site) -> None:
    ordered(site, "jorma")
    page = appoint(site, "sari", Role.REVIEWER).get("/en/staff/figures/")
    assert page.status_code == 200
    assert page.text.count("<svg") == 3
    assert page.text.count("<title") == 4
    assert page.text.count("<caption") == 3
    assert "style=" not in page.text


def test_the_csv_files_say_what_the_page_says(site: Site) -> None:
    ordered(site, "jorma")
    reader = appoint(site, "sari", Role.AUDITOR)
    rows = list(csv.DictReader(io.StringIO(reader.get("/en/staff/figures/arrivals.csv?days=7").text)))
    assert (len(rows), sum(int(row["arrived"]) for row in rows)) == (7, 1)
    cards = list(csv.DictReader(io.StringIO(reader.get("/en/staff/figures/forecast.csv").text)))
    ending = site.services.figures.sheet(site.services.clock()).forecast
    assert ending is not None
    assert sum(int(row["cards"]) for row in cards) == sum(ending.totals) > 0
    assert reader.get("/en/staff/figures/nothing.csv").status_code == 404


def test_without_registers_there_is_no_forecast_and_the_page_says_so(installation: Installation, site: Site) -> None:
    (installation.directory / "register" / "cards.sqlite").unlink()
    page = appoint(site, "sari", Role.REVIEWER).get("/en/staff/figures/")
    assert (page.status_code, "no forecast right now" in page.text) == (200, True)


def supervisors(site: Site) -> tuple[Visitor, Visitor]:
    return appoint(site, "sari", Role.SUPERVISOR), appoint(site, "markus", Role.SUPERVISOR)


def test_a28_a_role_takes_two_people(site: Site) -> None:
    first, other = supervisors(site)
    number = site.country.card("aino").number
    asked = first.submit(first.get("/en/staff/roles/"), "/check", number=number, role="reviewer")
    assert asked.status_code == 200
    done = first.submit(asked, "/change")
    assert done.status_code == 303
    waiting = first.follow(done)
    change = Page(waiting.text).values("data-change")[0]
    fields = {"csrf_token": Page(waiting.text).form("/sign-out")[1]["csrf_token"], "change": change}
    assert first.post("/en/staff/roles/confirm", fields).status_code == 403
    assert site.signed_in("aino").get("/en/staff/").status_code == 403
    assert other.submit(other.get("/en/staff/roles/"), "/confirm").status_code == 303
    assert site.signed_in("aino").get("/en/staff/").status_code == 200


def test_a28_a_policy_takes_two_people_and_shows_what_would_flip(site: Site) -> None:
    number = ordered(site, "jorma")
    first, other = supervisors(site)
    preview = first.get("/en/staff/rules/preview?window=1&automatic=yes")
    assert (preview.status_code, number in preview.text) == (200, True), preview.status_code
    assert first.submit(preview, "/propose").status_code == 303
    page = first.get("/en/staff/rules/")
    assert site.services.rules.policy().window_days is None
    assert other.submit(other.get("/en/staff/rules/"), "/confirm").status_code == 303
    assert page.status_code == 200
    assert site.services.rules.policy().window_days == 1
    assert "window-not-open" in site.signed_in("aino").get("/en/card").text


def test_the_holder_sees_who_looked_without_a_name(site: Site) -> None:
    number = ordered(site, "jorma")
    appoint(site, "sari", Role.REVIEWER).get(f"/en/staff/cases/{number}")
    page = site.signed_in("jorma").get("/en/orders/looks").text
    assert "Reviewer" in page
    assert site.country.card("sari").name not in page


def test_a_new_look_brings_an_approved_order_to_a_person(site: Site) -> None:
    holder = site.signed_in("aino")
    number = holder.order().headers["Location"].split("/orders/")[1].split("/")[0]
    form = holder.get(f"/en/orders/{number}/new-look")
    assert holder.submit(form, "/new-look").status_code == 422
    assert holder.submit(form, "/new-look", text="The name is wrong.").status_code == 303
    reviewer = appoint(site, "sari", Role.REVIEWER)
    assert Page(reviewer.get("/en/staff/").text).values("data-case") == [number]
    assert "The name is wrong." in reviewer.get(f"/en/staff/cases/{number}").text


def test_a23_roles_are_changed_only_soon_after_signing_in(installation: Installation, site: Site) -> None:
    first, _ = supervisors(site)
    form = first.get("/en/staff/roles/")
    earlier = site.services.clock() - timedelta(minutes=16)
    with sqlite3.connect(installation.directory / "webvartti.db") as database:
        database.execute("UPDATE sessions SET signed_in_at = ?", [earlier.strftime("%Y-%m-%d %H:%M:%S.%f")])
    old = first.submit(form, "/check", number=site.country.card("aino").number, role="reviewer")
    assert (old.status_code, "Sign in again to do this" in old.text) == (403, True)
    assert "Sign in again" in first.get("/en/staff/roles/").text
    assert site.services.staff.list().asked == ()
