"""People by the thousand: each with a card of their own, with a right, a card and a home in the registers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import chain
from pathlib import Path
from random import Random

from cryptography.hazmat.primitives.serialization import Encoding

from tests.load.wire import Card
from webvartti.demo.authorities import authority_keys, build_hierarchy
from webvartti.demo.country import DEFAULT_SEED
from webvartti.demo.files import private_pem, write_hierarchies, write_private, write_registers, write_revocation_lists
from webvartti.demo.keys import KeyShape, generate_key, generate_keys
from webvartti.demo.leaves import issue
from webvartti.demo.people import CardPlan, identity_code, plan_cards
from webvartti.demo.places import SURNAMES
from webvartti.demo.registers import extracts
from webvartti.demo.revocation_lists import revocation_list
from webvartti.demo.story import CertificateUse, KeyAlgorithm

_MODEL = "aino"
"""Whose renewal is the ordinary one: decided by rules, without a person."""
_FIRST_SERIAL = 2**120
_FIRST_BIRTHDAY = date(1950, 1, 1)


def plan_people(count: int) -> Iterator[CardPlan]:
    """Of numbers and identity codes that nobody has: the numbers begin with 998, those of the demo's people with 999."""
    model = next(plan for plan in plan_cards(DEFAULT_SEED) if plan.story.slug == _MODEL)
    for number in range(count):
        born = _FIRST_BIRTHDAY + timedelta(days=number // 100)
        identity = replace(
            model.identity,
            surname=SURNAMES[number % len(SURNAMES)],
            number=f"998{number:08}",
            identity_code=identity_code(born, 900 + number % 100),
        )
        serial = _FIRST_SERIAL + 2 * number
        yield replace(model, identity=identity, authentication_serial=serial, signature_serial=serial + 1)


def make_crowd(folder: Path, count: int, now: datetime, progress: Callable[[int, int], None]) -> list[Card]:
    """Certification authorities with their trust file and empty CRLs, registers and cards, as files in ``folder``.

    All cards have one key: a certificate takes milliseconds to make, an RSA key a tenth of a second, and whose key it is makes
    no difference to the server's work.
    """
    random = Random("crowd")  # noqa: S311 - serial numbers of CAs that live as long as this run
    hierarchy = build_hierarchy(
        KeyAlgorithm.RSA_2048, generate_keys(authority_keys(KeyAlgorithm.RSA_2048), lambda done, total: None), random, now
    )
    write_hierarchies(folder, [hierarchy])
    write_revocation_lists(folder, {ca.label: revocation_list(ca, [], now) for ca in hierarchy.trusted})
    write_registers(folder, extracts(list(chain(plan_cards(DEFAULT_SEED), plan_people(count))), DEFAULT_SEED, now))
    key = generate_key(KeyShape.RSA_2048)
    write_private(folder / "cards" / "key.pem", private_pem(key))
    cards = []
    for number, plan in enumerate(plan_people(count)):
        card = Card(folder / "cards" / f"{number}.pem", folder / "cards" / "key.pem")
        issued = issue(plan, CertificateUse.AUTHENTICATION, key, hierarchy.issuers[plan.story.kind], "", now)
        write_private(card.certificate, issued.certificate.public_bytes(Encoding.PEM))
        cards.append(card)
        progress(number + 1, count)
    return cards
