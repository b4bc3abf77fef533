"""What makes a certificate an authentication certificate of one of the cards: our own demands, beyond path validation."""

from __future__ import annotations

from collections.abc import Callable

from webvartti.domain.certificates import (
    CertificateUnreadable,
    KeyUsageUnsuitable,
    NotACardCertificate,
    RealCardInTest,
    SigningCertificateChosen,
    TestCardInProduction,
)
from webvartti.pki.parsed import ParsedCertificate

TEST_ARC = "1.2.246.517.99"
"""Certificate policies of test cards."""

CardCheck = Callable[[ParsedCertificate], None]


def refuse_ca_certificate(leaf: ParsedCertificate) -> None:
    """Raises NotACardCertificate."""
    if leaf.is_ca:
        raise NotACardCertificate("basicConstraints says CA")


def demand_positive_serial(leaf: ParsedCertificate) -> None:
    """RFC 5280 4.1.2.2. Raises CertificateUnreadable: the serial number is half of the card's identity."""
    if leaf.serial <= 0:
        raise CertificateUnreadable("the serial number isn't positive")


def demand_digital_signature(leaf: ParsedCertificate) -> None:
    """Raises SigningCertificateChosen or KeyUsageUnsuitable. contentCommitment is the later name of nonRepudiation."""
    usage = leaf.key_usage
    if usage is not None and usage.content_commitment and not usage.digital_signature:
        raise SigningCertificateChosen("keyUsage is nonRepudiation")
    if usage is None or not usage.digital_signature:
        raise KeyUsageUnsuitable("keyUsage lacks digitalSignature")


def refuse_test_card(leaf: ParsedCertificate) -> None:
    """Raises TestCardInProduction."""
    if any(_is_test(policy) for policy in leaf.policies or ()):
        raise TestCardInProduction("certificate policy of the test arc")


def refuse_real_card(leaf: ParsedCertificate) -> None:
    """Raises RealCardInTest. A certificate without any policy is neither: path validation refuses it."""
    if leaf.policies is not None and not any(_is_test(policy) for policy in leaf.policies):
        raise RealCardInTest("no certificate policy of the test arc")


SHAPE: tuple[CardCheck, ...] = (refuse_ca_certificate, demand_positive_serial)
"""Asked before anything is known about the issuer."""

IN_PRODUCTION: tuple[CardCheck, ...] = (demand_digital_signature, refuse_test_card)
IN_TEST: tuple[CardCheck, ...] = (demand_digital_signature, refuse_real_card)
"""Asked of certificates that a configured issuer has really signed, in this order."""


def _is_test(policy: str) -> bool:
    return policy == TEST_ARC or policy.startswith(f"{TEST_ARC}.")
