"""Every page that a person can meet, with and without errors, empty and full."""

from __future__ import annotations

from collections.abc import Iterator

from tests.web.colleagues import appoint, ordered
from tests.web.visitor import CARD, Page, Site, Visitor
from webvartti.domain.permissions import Role

PUBLIC_PATHS = (
    "", "sign-in", "sign-in?ended=yes", "signed-out", "registration-points", "registration-points?postal_code=00100",
    "registration-points?postal_code=x", "accessibility", "privacy", "feedback", "feedback/thanks", "no-such-page",
    "card-check", "card-check/TK-2222-2222", "take-into-use",
)  # fmt: skip


def every_page(site: Site, language: str) -> Iterator[tuple[str, Visitor, str]]:
    """(name, visitor, html) of every page that a person can meet, with and without errors, empty and full."""
    visitor = site.visitor()
    for path in PUBLIC_PATHS:
        yield path, visitor, visitor.get(f"/{language}/{path}").text
    feedback = visitor.get(f"/{language}/feedback")
    yield "feedback with errors", visitor, visitor.submit(feedback, "", text="", reply_to="x").text
    yield from every_page_of_the_card_check(site, language)
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

    yield from every_page_of_the_queue(site, language)


def every_page_of_the_card_check(site: Site, language: str) -> Iterator[tuple[str, Visitor, str]]:
    """Every answer of "Does my card work?", and what the card host says to a card and to none."""
    path, clock = f"/{language}/card-check", str(int(site.services.clock().timestamp()) * 1000)
    scs = '{"version": "%s", "httpMethods": "GET, POST", "hashAlgorithms": %s}'
    reports = (("answered", scs % ("1.1", '["SHA256"]'), clock), ("answered", scs % ("1.2", "[]"), "0"),
               ("answered", scs % ("1.0", "[]"), f"9{clock}"), ("answered", "{}", "x"), ("", "", ""),
               *((how, "", clock) for how in ("not-reached", "forbidden", "too-slow", "withheld")))  # fmt: skip
    visitor = site.visitor()
    for asked, answer, said in reports:
        form = visitor.get(path)
        told = visitor.follow(visitor.submit(form, "/card-check", asked=asked, answer=answer, clock=said))
        yield f"card check {asked} {answer}?", visitor, told.text
    for slug in ("aino", "signe", ""):
        holder = site.visitor(slug)
        found = holder.follow(holder.submit(holder.get(path), "/card-check"))
        fields = Page(found.text).form("/card-check")[1]
        yield f"card tried {slug}?", holder, holder.at_card_host(fields, path="/card-check").text
        yield f"card check of {slug}?", holder, holder.get(found.request.path).text
    if language == "en":  # what isn't ours names no language that could be believed: the browser's it is
        late = site.visitor()
        yield "card check too late?", late, late.at_card_host({"attempt": "x"}, path="/card-check").text


def every_page_of_the_queue(site: Site, language: str) -> Iterator[tuple[str, Visitor, str]]:
    """The queue empty, with one and with several cases; a case as each of those who look at it sees it."""
    root = f"/{language}/staff"
    reviewer, other = (appoint(site, slug, Role.REVIEWER, language=language) for slug in ("sari", "markus"))
    yield "queue empty ?", reviewer, reviewer.get(f"{root}/").text
    numbers = [ordered(site, slug) for slug in ("jorma", "robin", "elin")]
    first, second, third = numbers
    for path in ("", "?finding=name-changed", "?mine=y", "?nothing=free", "?ends_before=x&waited=x", "?after=WV-2222-2222"):
        yield f"queue{path}", reviewer, reviewer.get(f"{root}/{path}").text
    for text in ("", "nobody", first, "a"):
        yield f"search?{text}", reviewer, reviewer.get(f"{root}/search?q={text}").text
    stale = other.get(f"{root}/cases/{first}")
    yield "case", reviewer, stale.text
    yield "hand-over with errors", other, other.submit(stale, "/hand-over", to="").text
    yield "own ?", other, appoint(site, "jorma", Role.REVIEWER, language=language).get(f"{root}/cases/{first}").text
    yield "auditor ?", other, appoint(site, "aino", Role.AUDITOR, language=language).get(f"{root}/cases/{first}").text
    opened = reviewer.follow(reviewer.submit(reviewer.get(f"{root}/cases/{first}"), "/open"))
    yield "opened ?", reviewer, opened.text
    yield "open elsewhere ?", other, other.get(f"{root}/cases/{first}").text
    yield "refused: open elsewhere", other, other.submit(stale, "/approve").text
    told = reviewer.follow(reviewer.submit(opened, "/approve-and-next"))
    yield "next case, just decided ?", reviewer, told.text
    yield "taken ?", reviewer, reviewer.get(f"{root}/cases/{first}").text
    yield "refused: stale", other, other.submit(stale, "/approve").text
    why = reviewer.get(f"{root}/cases/{second}/reject")
    yield "reject", reviewer, why.text
    yield "reject with errors", reviewer, reviewer.submit(why, "/reject").text
    action, fields = Page(why.text).form("/reject")
    chosen = {**fields, "reason": "visit-needed", "words": "Tule käymään"}
    yield "reject preview", reviewer, reviewer.post(f"{action}/preview", chosen).text
    yield "awaits second ?", reviewer, reviewer.follow(reviewer.post(action, chosen)).text
    yield "second pair of eyes ?", other, other.get(f"{root}/cases/{second}").text
    question = other.get(f"{root}/cases/{third}/ask")
    yield "ask", other, question.text
    yield "ask with errors", other, other.submit(question, "/ask").text
    yield "asked ?", other, other.follow(other.submit(question, "/ask", question="Kumpi osoite?")).text
    yield "queue of many?", reviewer, reviewer.get(f"{root}/").text


def every_page_of_the_staff(site: Site, language: str) -> Iterator[tuple[str, Visitor, str]]:
    """Figures, rules and roles as a supervisor sees them."""
    visitor = appoint(site, "riitta", Role.SUPERVISOR, language=language)
    for path in ("figures/", "rules/", "rules/preview?window=1&automatic=yes", "roles/"):
        yield f"staff {path}", visitor, visitor.get(f"/{language}/staff/{path}").text
    form = visitor.get(f"/{language}/staff/roles/")
    yield "roles with errors", visitor, visitor.submit(form, "/check").text
    yield "looks orders", visitor, visitor.get(f"/{language}/orders/looks").text


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
