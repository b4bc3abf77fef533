"""One card after the other through each front: who gets in, who reads a page, whom TLS refuses."""

from __future__ import annotations

import ssl

import pytest

from tests.integration.proxies.client import Person
from tests.integration.proxies.fronts import Front


def test_a06_a_good_card_signs_in(front: Front) -> None:
    for slug in ("aino", "bjorn"):
        card = front.country.card(slug)
        page = Person(front, card.chosen_pem).signed_in()
        assert page.status == 200
        assert card.name in page.body


def test_a09_what_the_front_lets_through_becomes_its_page(front: Front) -> None:
    refused = {card.sign_in: card for card in front.country.cards if card.sign_in not in ("accepted", "tls-alert")}
    expected = {"certificate-expired", "certificate-not-yet-valid", "signing-certificate-chosen", "certificate-revoked"}
    assert expected < set(refused)
    for code, card in refused.items():
        judged = Person(front, card.chosen_pem).judged()
        assert (judged.status, judged.refusal) == (403, code)
    assert Person(front).judged().refusal == "no-certificate"


def test_a09_a_forged_card_is_an_alert_or_under_nginx_a_page(front: Front) -> None:
    forged = [card for card in front.country.cards if card.sign_in == "tls-alert"]
    assert forged
    for card in forged:
        if front.name == "nginx":  # its handshake asks for nothing but the key; the application judges
            judged = Person(front, card.chosen_pem).judged()
            print(card.slug, judged.refusal)
            assert judged.status == 403
        else:
            alert = "unknown.?ca|bad.?certificate|decrypt.?error|certificate.?unknown"
            with pytest.raises(ssl.SSLError, match=f"(?i)alert.*({alert})|({alert}).*alert"):
                Person(front, card.chosen_pem).judged()
