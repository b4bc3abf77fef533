"""A36: whoever has a non-disclosure order has no address here."""

from __future__ import annotations

from tests.web.visitor import Page, Site


def test_a36_a_protected_address_is_on_no_page(site: Site) -> None:
    protected = next(card for card in site.country.cards if card.renewal == "blocks:non-disclosure")
    extract = (site.country.directory / "registers" / "persons.csv").read_text(encoding="utf-8").splitlines()
    row = next(line for line in extract if line.startswith(protected.number))
    street = row.split(",")[2]
    visitor = site.signed_in(protected.slug)
    for path in ("card", "renewal", "renewal/check", "orders", "privacy"):
        visitor.get(f"/en/{path}")
    token = Page(visitor.get("/en/card").text).form("/sign-out")[1]["csrf_token"]
    visitor.post("/en/renewal", {"csrf_token": token, "home": "other", "street": "Katu 1"})
    visitor.post("/en/renewal/check", {"csrf_token": token, "key": "k" * 40, "seen": ""})
    assert list(site.services.orders.every(None)) == []
    assert street == "" or all(street not in response.text for response in visitor.seen)
    register = site.services.registers.register.person(protected.number)
    assert register is not None
    assert register.home_address is None
