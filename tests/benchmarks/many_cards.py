"""As many cards as a measurement needs: one card signs in ten times a minute at the most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from tests.conftest import Installation, silent
from webvartti.bootstrap import build_services
from webvartti.config import load_settings
from webvartti.demo.authorities import Authority, authority_keys, build_hierarchy
from webvartti.demo.country import DEFAULT_SEED
from webvartti.demo.country_table import DemoCard
from webvartti.demo.files import private_pem, write_hierarchies, write_private, write_revocation_lists
from webvartti.demo.keys import generate_keys
from webvartti.demo.leaves import issue
from webvartti.demo.people import plan_cards
from webvartti.demo.profile import PrivateKey
from webvartti.demo.revocation_lists import revocation_list
from webvartti.demo.story import CertificateUse

_FIRST_SERIAL = 2**120


def issue_many(installation: Installation, folder: Path, count: int, like: str = "aino") -> tuple[dict[str, str], list[Path]]:
    """CAs of their own (the demo's keys are gone), their empty CRLs, and ``count`` cards of one holder with one key.

    Returns the settings that differ from the installation's, and the cards: key and certificate in one PEM file each.
    """
    now = installation.build().clock()
    model = installation.country.card(like)
    random = Random("benchmark")  # noqa: S311 - serial numbers of CAs that live as long as this measurement
    hierarchy = build_hierarchy(model.algorithm, generate_keys(authority_keys(model.algorithm), silent), random, now)
    write_hierarchies(folder, [hierarchy])
    write_revocation_lists(folder, {ca.label: revocation_list(ca, [], now) for ca in hierarchy.trusted})
    changes = {
        "WEBVARTTI_TRUST_FILE": str(folder / "trust.toml"),
        "WEBVARTTI_REVOCATION_DIRECTORY": str(folder / "revocation"),
        "WEBVARTTI_ADDRESS_LIMIT": "100000",  # all of them come from this one machine
    }
    services = build_services(load_settings({**installation.environ, **changes}))
    for crl in sorted((folder / "crl").glob("*.crl")):
        services.revocation.load_crl(crl, operator="benchmark", now=now, progress=silent)
    return changes, list(_cards(folder, model, hierarchy.issuers[model.kind], count))


def _cards(folder: Path, model: DemoCard, issuer: Authority, count: int) -> Iterator[Path]:
    plan = next(plan for plan in plan_cards(DEFAULT_SEED) if plan.story.slug == model.slug)
    key = load_pem_private_key(model.pem.read_bytes(), None)
    known = x509.load_pem_x509_certificate(model.pem.read_bytes())
    now = known.not_valid_after_utc - timedelta(days=plan.story.days_left)
    for number in range(count):
        each = replace(plan, authentication_serial=_FIRST_SERIAL + number)
        issued = issue(each, CertificateUse.AUTHENTICATION, _private(key), issuer, "", now)
        file = folder / "cards" / f"{number}.pem"
        write_private(file, private_pem(issued.key) + issued.certificate.public_bytes(Encoding.PEM))
        yield file


def _private(key: object) -> PrivateKey:
    assert isinstance(key, PrivateKey)
    return key
