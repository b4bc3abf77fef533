"""The draft lane on the pages: who comes in, what is shown, and what is taken. How it goes on: integration/service."""

from __future__ import annotations

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug.test import TestResponse

from tests.conftest import Installation
from tests.unit.pki.authority import KeyRing
from tests.web.lane import DAY, HOUR, TYPED, Lane, open_lane, send_typed, typed_form
from tests.web.visitor import PUBLIC, Page


@pytest.fixture(scope="module")
def keys() -> KeyRing:
    return KeyRing()


@pytest.fixture
def lane(installation: Installation, keys: KeyRing) -> Lane:
    """An hour after the nextUpdate of the issuing CA's list."""
    lane = open_lane(installation, keys)
    lane.later(2 * HOUR)
    return lane


def test_a18_nothing_that_is_known_is_shown(lane: Lane) -> None:
    """Aino has ordered before, has a contact, a draft and an address; in the draft lane none of it is to be seen."""
    services = lane.site.services
    lane.fresh()
    full = lane.signed_in()
    number = full.order(email="known@example.fi", telephone="050 111 2222").headers["Location"].split("/")[-2]
    full.submit(full.get(f"/en/orders/{number}/withdraw"))
    full.submit(full.get("/en/renewal"), "/renewal", email="kept-draft@example.fi")
    services.orders.look(number, "operator-who-looked", lane.now)
    home = services.orders.registered_address(lane.order().person)
    assert home is not None
    lane.later(7 * DAY + HOUR)
    visitor = lane.signed_in()
    for path in ("draft", "draft/sent", "draft/not-taken", "privacy", "feedback", "sign-in", "registration-points", ""):
        visitor.get(f"/en/{path}")
    for path in ("card", "orders", f"orders/{number}", f"orders/{number}/receipt", "renewal", "renewal/check"):
        assert visitor.get(f"/en/{path}").status_code == 403
    visitor.post("/en/draft/check", typed_form(visitor, email=""))
    check = visitor.post("/en/draft/check", typed_form(visitor))
    visitor.post("/en/draft", Page(check.text).form("/draft/send")[1])
    visitor.follow(visitor.submit(check, "/draft/send"))
    secrets = ("known@example.fi", "050 111 2222", "kept-draft", number, home.street, "operator-who-looked")
    for response in visitor.seen:
        told = response.text.replace(response.request.path, "")  # the links to the other languages repeat the address
        told = re.sub(r"/(fi|sv|en)/orders/[-A-Z0-9]+", "", told)
        assert [secret for secret in secrets if secret in told] == [], response.request.path
    with sqlite3.connect(lane.installation.directory / "webvartti.db") as database:
        kept = database.execute("SELECT fields FROM drafts").fetchall()
        contacts = database.execute("SELECT email FROM contacts").fetchall()
    assert "kept-draft@example.fi" in kept[0][0]  # neither shown nor touched
    assert contacts == [("known@example.fi",)]


def test_a18_an_order_is_placed_on_hold_undecided_and_says_why(lane: Lane) -> None:
    visitor = lane.signed_in()
    check = visitor.post("/en/draft/check", typed_form(visitor))
    for typed in ("Kirjoitettu katu 7", "00530", "typed@example.fi", "040 765 4321"):
        assert typed in check.text
    page = visitor.follow(visitor.submit(check, "/draft/send"))
    order = lane.order()
    assert Page(page.text).values("data-order") == [order.number]
    assert "the order waits" in page.text
    assert (order.state, order.decision) == ("held", None)
    event = order.events[-1]
    assert (event.kind, dict(event.reason)) == ("held", {"reason": "revocation-stale", "crl": "2"})
    assert order.revocation.state == "stale"
    assert order.delivery.card_address.street == "Kirjoitettu katu 7"
    assert order.delivery.letter_address.street != "Kirjoitettu katu 7"
    assert lane.mail() == [("order-held", "typed@example.fi")]
    assert lane.settle() == 0
    assert "order.placed" in [entry.action for entry in lane.site.services.audit.show(limit=5)]


def test_a18_the_letter_may_go_to_a_workplace_by_its_business_id(lane: Lane) -> None:
    place = lane.site.services.registers.find_organisations("h", 1)[0]
    visitor = lane.signed_in()
    fields = typed_form(visitor, letter_to="organisation", organisation=place.business_id)
    check = visitor.post("/en/draft/check", fields)
    assert place.business_id in check.text
    assert place.name not in check.text
    assert visitor.submit(check, "/draft/send").headers["Location"] == "/en/draft/sent"
    assert lane.order().delivery.letter_organisation_name == place.name


@pytest.mark.parametrize(("changes", "field"), [
    ({"street": ""}, "street"),
    ({"postal_code": "1"}, "postal_code"),
    ({"email": "x"}, "email"),
    ({"letter_to": "organisation", "organisation": ""}, "organisation"),
    ({"letter_to": "organisation", "organisation": "1234567-8"}, "organisation"),
    ({"letter_to": "elsewhere"}, "letter_to"),
    ({"contact_language": "xx"}, "contact_language"),
    ({"telephone": "call me"}, "telephone"),
])  # fmt: skip
def test_a18_bad_answers_are_422_and_lose_nothing(lane: Lane, changes: dict[str, str], field: str) -> None:
    visitor = lane.signed_in()
    for path in ("/en/draft/check", "/en/draft/send"):
        answer = visitor.post(path, typed_form(visitor, **changes))
        assert answer.status_code == 422
        page = Page(answer.text)
        assert f"{field}-error" in page.values("id")
        typed = page.form("/draft/check")[1]
        assert typed["telephone"] == {**TYPED, **changes}["telephone"]
        assert typed["street"] == {**TYPED, **changes}["street"]
    assert lane.states() == []


def test_a18_back_from_the_check_with_everything_that_was_typed(lane: Lane) -> None:
    visitor = lane.signed_in()
    check = visitor.post("/en/draft/check", typed_form(visitor))
    _, hidden = Page(check.text).form("/draft/send")
    back = visitor.post("/en/draft", hidden)
    assert back.status_code == 200
    shown = Page(back.text).form("/draft/check")[1]
    assert {name: shown[name] for name in TYPED} == TYPED


def bare(response: TestResponse) -> str:
    """A page without what differs from session to session: the token, and the name that the certificate itself holds."""
    text = re.sub(r'name="csrf_token" value="[0-9a-f]+"', "", response.text)
    return re.sub(r'<span class="who">[^<]*</span>', "", text)


def test_a18_whatever_stands_in_the_way_the_answer_is_one_and_the_same(installation: Installation, keys: KeyRing) -> None:
    """An order on its way, a card that isn't in the register, no right, a non-disclosure order, no such workplace."""
    country = installation.country
    blocked = {card.renewal: card.slug for card in country.cards if card.sign_in == "accepted" and "blocks" in card.renewal}
    reasons = ["blocks:non-disclosure", "blocks:card-not-in-register", "blocks:right-ended", "blocks:right-missing"]
    slugs = [blocked[reason] for reason in reasons if reason in blocked]
    assert len(slugs) >= 3
    lane = open_lane(installation, keys, ["aino", "bjorn", *slugs])
    lane.signed_in("aino").order()
    lane.later(2 * HOUR)
    cases: list[tuple[str, dict[str, str]]] = [(slug, {}) for slug in ("aino", *slugs)]
    cases.append(("bjorn", {"letter_to": "organisation", "organisation": "1234567-1"}))
    pages = set()
    for slug, changes in cases:
        visitor = lane.signed_in(slug)
        answer = send_typed(visitor, **changes)
        assert (slug, answer.status_code, answer.headers["Location"]) == (slug, 303, "/en/draft/not-taken")
        pages.add(bare(visitor.follow(answer)))
        assert visitor.get("/en/draft/sent").headers["Location"] == "/en/draft"
    assert len(pages) == 1
    assert lane.states() == ["approved"]


def test_a18_a36_a_protected_address_is_not_stored(installation: Installation, keys: KeyRing) -> None:
    protected = next(card.slug for card in installation.country.cards if card.renewal == "blocks:non-disclosure")
    lane = open_lane(installation, keys, [protected])
    lane.later(2 * HOUR)
    send_typed(lane.signed_in(protected))
    assert b"Kirjoitettu" not in (installation.directory / "webvartti.db").read_bytes()
    assert lane.mail() == []


def test_a18_a29_one_session_makes_one_order(lane: Lane) -> None:
    visitor = lane.signed_in()
    first, second = (visitor.post("/en/draft/check", typed_form(visitor)) for _ in range(2))
    answers = [visitor.submit(page, "/draft/send") for page in (first, first, second)]
    assert {answer.headers["Location"] for answer in answers} == {"/en/draft/sent"}
    assert lane.states() == ["held"]


def test_a18_a29_twenty_parallel_submits_make_one_order(lane: Lane) -> None:
    visitor = lane.signed_in()
    _, fields = Page(visitor.post("/en/draft/check", typed_form(visitor)).text).form("/draft/send")
    cookie = f"__Host-session={visitor.cookie('__Host-session')}"

    def send(_: int) -> str:
        client = lane.site.public.test_client(use_cookies=False)
        headers = {"Origin": PUBLIC, "Cookie": cookie}
        return str(client.post("/en/draft/send", base_url=PUBLIC, data=fields, headers=headers).headers["Location"])

    with ThreadPoolExecutor(20) as pool:
        places = set(pool.map(send, range(20)))
    assert places == {"/en/draft/sent"}
    assert lane.states() == ["held"]


def test_a18_another_session_of_the_same_card_learns_nothing_of_the_order(lane: Lane) -> None:
    number = lane.hold_order().number
    again = lane.signed_in()
    answer = send_typed(again)
    assert answer.headers["Location"] == "/en/draft/not-taken"
    assert all(number not in response.text for response in again.seen)
    assert lane.states() == ["held"]


def test_a18_index_lost_between_form_and_send_takes_nothing(lane: Lane) -> None:
    visitor = lane.signed_in()
    check = visitor.post("/en/draft/check", typed_form(visitor))
    for index in lane.installation.settings.revocation_directory.glob("*.sqlite"):
        index.unlink()
    assert visitor.submit(check, "/draft/send").headers["Location"] == "/en/draft/not-taken"
    assert lane.states() == []


def test_a18_the_earlier_contact_is_warned(lane: Lane) -> None:
    lane.fresh()
    full = lane.signed_in()
    number = full.order(email="known@example.fi").headers["Location"].split("/")[-2]
    full.submit(full.get(f"/en/orders/{number}/withdraw"))
    lane.later(7 * DAY + HOUR)
    lane.hold_order()
    assert ("contact-changed", "known@example.fi") in lane.mail()


def test_a30_no_held_order_without_a_commit(lane: Lane) -> None:
    visitor = lane.signed_in()
    check = visitor.post("/en/draft/check", typed_form(visitor))
    with sqlite3.connect(lane.installation.directory / "webvartti.db") as database:
        database.execute("CREATE TRIGGER stop BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'full'); END")
    assert visitor.submit(check, "/draft/send").status_code >= 500
    assert lane.states() == []
    with sqlite3.connect(lane.installation.directory / "webvartti.db") as database:
        database.execute("DROP TRIGGER stop")
    assert visitor.submit(check, "/draft/send").headers["Location"] == "/en/draft/sent"
