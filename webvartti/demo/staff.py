"""Who runs the service in the demo country: holders of cards that aren't renewed here, each with one role."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from webvartti.demo.country import Country
from webvartti.domain.permissions import Role

STAFF = {"sari": Role.SUPERVISOR, "markus": Role.REVIEWER, "o-neill": Role.AUDITOR}
IN_THE_QUEUE = ("jorma", "robin")
"""Whose orders wait for a person from the start."""


def staff_certificates(country: Country) -> tuple[tuple[bytes, Role], ...]:
    """The certificate with which each of them signs in, DER, and their role."""
    found = []
    for slug, role in STAFF.items():
        pem = country.card(slug).chosen_pem.read_bytes()
        found.append((x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER), role))
    return tuple(found)
