"""Every page that a person can meet, with and without errors, empty and full."""

from __future__ import annotations

from collections.abc import Iterator

from tests.web.visitor import CARD, Page, Site, Visitor

PUBLIC_PATHS = (
    "", "sign-in", "sign-in?ended=yes", "signed-out", "registration-points", "registration-points?postal_code=00100",
    "registration-points?postal_code=x", "accessibility", "privacy", "feedback", "feedback/thanks", "no-such-page",
)  # fmt: skip


def every_page(site: Site, language: str) -> Iterator[tuple[str, Visitor, str]]:
    """(name, visitor, html) of every page that a person can meet, with and without errors, empty and full."""
    visitor = site.visitor()
    for path in PUBLIC_PATHS:
        yield path, visitor, visitor.get(f"/{language}/{path}").text
    feedback = visitor.get(f"/{language}/feedback")
    yield "feedback with errors", visitor, visitor.submit(feedback, "", text="", reply_to="x").text
    for slug in ("aino", "bjorn"):
        pages = site.signed_in(slug, language)
        yield f"card of {slug}", pages, pages.get(f"/{language}/card").text
        yield "no orders", pages, pages.get(f"/{language}/orders").text
        form = pages.get(f"/{language}/renewal")
        yield "form", pages, form.text
        yield "form with errors", pages, pages.submit(form, "/renewal", email="", home="other", letter_to="organisation").text
        kept = pages.submit(form, "/renewal", email="a@example.fi")
        check = pages.follow(kept)
        yield "check", pages, check.text
        receipt = pages.follow(pages.submit(check, "/check"))
        yield "receipt", pages, receipt.text
        number = Page(receipt.text).values("data-order")[0]
        for path in (
            f"orders/{number}",
            f"orders/{number}?already=yes",
            f"orders/{number}/withdraw",
            "orders",
            "card",
            "privacy",
        ):
            yield path, pages, pages.get(f"/{language}/{path}").text
        stale = pages.submit(pages.get(f"/{language}/orders/{number}/withdraw"), "", version="1")
        yield "stale", pages, stale.text
    for card in site.country.cards:
        if card.sign_in not in ("accepted", "tls-alert"):
            refused = site.visitor(card.slug)
            yield f"refused {card.slug}", refused, refused.at_card_host(refused.start(language)).text
        elif card.renewal.startswith("blocks") and card.sign_in == "accepted":
            blocked = site.signed_in(card.slug, language)
            yield f"blocked {card.slug}", blocked, blocked.get(f"/{language}/card").text
    nobody = site.visitor()
    handed = site.visitor("aino")
    yield "hand-over", handed, handed.at_card_host(handed.start(language)).text
    gone = site.signed_in("aino", language)
    form = gone.get(f"/{language}/card")
    site.services.sign_in.sign_out(gone.cookie("__Host-session"), site.services.clock())
    yield "session ended", gone, gone.submit(form, "/sign-out").text
    yield "ticket not valid", gone, gone.post(f"/{language}/sign-in/finish", {"ticket": "x"}, CARD).text
    yield "no certificate", nobody, nobody.at_card_host(nobody.start(language)).text


def every_page_of_the_draft_lane(site: Site, language: str) -> Iterator[tuple[str, Visitor, str]]:
    """The same while all revocation data is stale."""
    approved = (card.slug for card in site.country.cards if (card.sign_in, card.renewal) == ("accepted", "approved"))
    slug = next(slug for slug in approved if slug not in ("aino", "bjorn"))  # who order on the other pages
    handed = site.visitor(slug)
    yield "draft hand-over", handed, handed.at_card_host(handed.start(language)).text
    visitor = site.signed_in(slug, language)
    form = visitor.get(f"/{language}/draft")
    yield "draft form", visitor, form.text
    wrong = visitor.submit(form, "/draft/check", letter_to="organisation")
    yield "draft form with errors", visitor, wrong.text
    typed = {"street": "PL 1", "postal_code": "00100", "post_office": "Helsinki", "email": "a@example.fi"}
    check = visitor.submit(form, "/draft/check", **typed)
    yield "draft check", visitor, check.text
    yield "draft sent", visitor, visitor.follow(visitor.submit(check, "/draft/send")).text
    yield "draft not taken", visitor, visitor.get(f"/{language}/draft/not-taken").text
    yield "draft refused card", visitor, visitor.get(f"/{language}/card").text
    yield "draft privacy", visitor, visitor.get(f"/{language}/privacy").text
