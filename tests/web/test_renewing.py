"""The main job on the pages: order, receipt, withdraw, and everything that must not happen twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.web.visitor import Page, Site, Visitor
from webvartti.domain.decisions import Outcome, RejectionReason
from webvartti.domain.events import OrderState
from webvartti.domain.holders import Person
from webvartti.domain.review import Intent
from webvartti.domain.staff import Colleague


def orders_in(site: Site) -> list[tuple[str, str]]:
    return [(order.number, str(order.state)) for order in site.services.orders.every(None)]


def test_a_clean_order_is_approved_and_its_receipt_says_how_and_when(site: Site) -> None:
    visitor = site.signed_in("aino")
    receipt = visitor.follow(visitor.order())
    page = Page(receipt.text)
    assert page.values("data-state") == ["approved"]
    assert page.values("data-order")[0] in receipt.text
    assert "approved by rules, without a person" in receipt.text
    order = next(site.services.orders.every(None))
    assert order.delivery.letter_address == order.delivery.card_address
    assert order.estimate.card_arrives < order.estimate.letter_arrives
    assert order.decision is not None
    assert order.sources["rights"]


@pytest.mark.slow
def test_every_demo_holder_s_renewal_goes_as_the_story_says(site: Site) -> None:
    for card in site.country.cards:
        if card.sign_in != "accepted" or card.renewal == "-":
            continue
        visitor = site.signed_in(card.slug)
        shown = Page(visitor.get("/en/card").text)
        outcome, _, code = card.renewal.partition(":")
        if card.order_on_its_way:
            visitor.order()
            shown = Page(visitor.get("/en/card").text)
        if outcome == "blocks":
            assert (card.slug, code in shown.values("data-finding")) == (card.slug, True)
            assert visitor.get("/en/renewal").status_code == 303
            continue
        page = visitor.follow(visitor.order(**_address_where_none(visitor)))
        state = "approved" if outcome == "approved" else "submitted"
        assert (card.slug, Page(page.text).values("data-state")) == (card.slug, [state])
        assert not code or code in Page(page.text).values("data-finding")


def _address_where_none(visitor: Visitor) -> dict[str, str]:
    _, fields = Page(visitor.get("/en/renewal").text).form("/renewal")
    if fields.get("home") == "registered":
        return {}
    address = {"home": "other", "street": "Esimerkkikatu 1", "postal_code": "00100", "post_office": "Helsinki"}
    return {**address, "letter_to": "organisation", "organisation": _some_organisation(visitor)}


def _some_organisation(visitor: Visitor) -> str:
    application = visitor.public.application
    found = application.extensions["webvartti.services"].registers.find_organisations("h", 1)
    return str(found[0].business_id)


def test_withdrawing_is_asked_done_once_and_leaves_room_for_a_new_order(site: Site) -> None:
    visitor = site.signed_in("aino")
    number = visitor.order().headers["Location"].split("/")[-2]
    form = visitor.get(f"/en/orders/{number}/withdraw")
    assert "can&#39;t be undone" in form.text
    page = visitor.follow(visitor.submit(form))
    assert Page(page.text).values("data-state") == ["withdrawn"]
    assert visitor.submit(form).status_code == 303
    assert visitor.order().status_code == 303
    assert sorted(state for _, state in orders_in(site)) == ["approved", "withdrawn"]


def test_somebody_elses_order_does_not_exist(site: Site) -> None:
    number = site.signed_in("aino").order().headers["Location"].split("/")[-2]
    other = site.signed_in("bjorn")
    for path in ("", "/receipt", "/withdraw"):
        assert other.get(f"/en/orders/{number}{path}").status_code == 404
        assert other.get(f"/en/orders/WV-2222-2222{path}").status_code == 404
    token = Page(other.get("/en/card").text).form("/sign-out")[1]["csrf_token"]
    assert other.post(f"/en/orders/{number}/withdraw", {"csrf_token": token, "version": "2"}).status_code == 404
    assert orders_in(site) == [(number, "approved")]


def test_a_person_decides_what_needs_one_and_the_holder_reads_it(site_with: Callable[..., Site]) -> None:
    site = site_with(AUTOMATIC_DECISIONS="no", FOUR_EYES="none")
    visitor = site.signed_in("aino")
    page = visitor.follow(visitor.order())
    assert Page(page.text).values("data-state") == ["submitted"]
    number = Page(page.text).values("data-order")[0]
    now, olli = site.services.clock(), Colleague(Person("staff", "1"), "Olli")
    site.services.review.decide(number, Intent(Outcome.REJECTED, RejectionReason.VISIT_NEEDED), 1, olli, now)
    site.services.review.settle(now + timedelta(seconds=61))
    shown = visitor.get(f"/en/orders/{number}").text
    assert "ordered in person at a registration point" in shown
    assert next(site.services.orders.every(None)).state is OrderState.REJECTED


def test_the_window_is_a_setting(site_with: Callable[..., Site]) -> None:
    closed = Page(site_with(RENEWAL_WINDOW_DAYS="1").signed_in("aino").get("/en/card").text)
    assert "window-not-open" in closed.values("data-finding")
    assert not [href for href in closed.values("href") if href.endswith("/renewal")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "aino"}, "email"),
        ({"email": "aino@example.fi\r\nBcc: eve@example.fi"}, "email"),
        ({"telephone": "call me"}, "telephone"),
        ({"home": ""}, "home"),
        ({"home": "other"}, "street"),
        ({"home": "other", "street": "Katu 1", "postal_code": "123", "post_office": "Helsinki"}, "postal_code"),
        ({"home": "other", "street": "x" * 61, "postal_code": "00100", "post_office": "Helsinki"}, "street"),
        ({"home": "other", "street": "Katu 1", "postal_code": "00100", "post_office": "Oulu", "country": "XX"}, "country"),
        ({"letter_to": "elsewhere"}, "letter_to"),
        ({"letter_to": "organisation"}, "organisation"),
        ({"letter_to": "organisation", "organisation": "No such place"}, "organisation"),
        ({"contact_language": "xx"}, "contact_language"),
    ],
)
@pytest.mark.slow
def test_bad_answers_are_422_keep_what_was_typed_and_name_the_field(site: Site, changes: dict[str, str], field: str) -> None:
    visitor = site.signed_in("aino")
    answer = visitor.submit(visitor.get("/en/renewal"), "/renewal", **{"email": "aino@example.fi", **changes})
    assert answer.status_code == 422
    page = Page(answer.text)
    assert f"{field}-error" in page.values("id")
    assert f"#{field}" in page.values("href")
    assert "Error:" in answer.text.partition("</title>")[0]
    typed = page.form("/renewal")[1]
    for name, value in changes.items():
        if name not in ("home", "letter_to", "contact_language", "country") and "\r" not in value:
            assert typed[name] == value
    assert visitor.get("/en/renewal/check").headers["Location"] == "/en/renewal"


def test_the_letter_never_goes_to_a_typed_address(site: Site) -> None:
    visitor = site.signed_in("aino")
    typed = {"home": "other", "street": "Varkaankuja 6", "postal_code": "00100", "post_office": "Helsinki"}
    receipt = visitor.follow(visitor.order(**typed, letter_to="home"))
    assert "address-differs" in Page(receipt.text).values("data-finding")
    order = next(site.services.orders.every(None))
    assert order.delivery.card_address.street == "Varkaankuja 6"
    assert order.delivery.letter_address.street != "Varkaankuja 6"
    assert order.state is OrderState.SUBMITTED


def test_product_and_photo_can_not_be_chosen(site: Site) -> None:
    visitor = site.signed_in("aino")
    photo = site.country.card("aino").photo
    visitor.order(with_photo="no" if photo else "yes", kind="staff", profession="002")
    order = next(site.services.orders.every(None))
    assert order.product.with_photo is photo
    assert order.product.kind == "professional"


def test_the_letter_may_go_to_a_registered_workplace(site: Site) -> None:
    visitor = site.signed_in("aino")
    place = site.services.registers.find_organisations("h", 1)[0]
    receipt = visitor.follow(visitor.order(letter_to="organisation", organisation=place.name))
    assert place.name in receipt.text
    assert next(site.services.orders.every(None)).delivery.letter_organisation == place.business_id


def test_a_draft_is_the_persons_own(site: Site) -> None:
    first = site.signed_in("aino")
    first.submit(first.get("/en/renewal"), "/renewal", email="secret-draft@example.fi")
    first.card = site.certificate("bjorn")  # the next nurse at the same workstation
    first.sign_in()
    assert "secret-draft@example.fi" not in first.get("/en/renewal").text
    assert "secret-draft@example.fi" in site.signed_in("aino").get("/en/renewal").text


def test_the_earlier_contact_is_told_of_a_change(site: Site) -> None:
    visitor = site.signed_in("aino")
    number = visitor.order(email="old@example.fi").headers["Location"].split("/")[-2]
    visitor.submit(visitor.get(f"/en/orders/{number}/withdraw"))
    visitor.order(email="new@example.fi")
    messages = [(str(message.kind), message.to) for message in site.services.worker.waiting()]
    assert ("contact-changed", "old@example.fi") in messages
    assert ("order-approved", "new@example.fi") in messages
