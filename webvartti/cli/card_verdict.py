"""What sign-in would say to a certificate of the card, where this machine has a WebVartti's settings to judge by."""

from __future__ import annotations

from dataclasses import dataclass

from webvartti.cli.card_tools import CardInReader
from webvartti.cli.context import Tools
from webvartti.domain.card_in_reader import CardCertificate, KeyUse, PinName
from webvartti.domain.certificates import CertificateRefused
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.products import RULES_OF_KIND, CardKind

ACCEPTED, REFUSED, NOT_JUDGED = "accepted", "refused", "not judged"


@dataclass(frozen=True, slots=True)
class CardVerdict:
    """``code`` says why not. ``kind`` is known of refused cards too where a configured CA has signed the certificate,
    ``holder`` of accepted cards only.
    """

    state: str
    code: str = ""
    told: str = ""
    kind: CardKind | None = None
    holder: str = ""


def judge(found: Tools, certificate: CardCertificate) -> CardVerdict:
    """Without settings there is no verdict: a card can be shown and activated where no service runs."""
    try:
        services = found.services()
    except WebVarttiError as problem:
        return CardVerdict(NOT_JUDGED, problem.code, str(problem))
    try:
        holder = services.judge.judge(certificate.der, services.clock()).holder
    except CertificateRefused as refused:
        return CardVerdict(REFUSED, refused.code, (type(refused).__doc__ or "").strip().splitlines()[0], refused.kind)
    return CardVerdict(ACCEPTED, kind=holder.kind, holder=holder.name)


def sign_in_verdict(found: Tools, card: CardInReader) -> CardVerdict:
    """Of the certificate that sign-in takes."""
    certificate = card.contents.certificate_for(KeyUse.AUTHENTICATION)
    if certificate is None:
        return CardVerdict(REFUSED, "no-certificate", "The card has no certificate for signing in.")
    return judge(found, certificate)


def pin_digits(found: Tools, card: CardInReader, name: PinName) -> tuple[int, int]:
    """(shortest, longest): what the card says, narrowed to the product where that is known: a backup card has 4 and 6."""
    shortest, longest = next((pin.digits for pin in card.pins() if pin.name is name), (4, 8))
    kind = sign_in_verdict(found, card).kind
    if kind is None or name is PinName.CODE:
        return shortest, longest
    rules = RULES_OF_KIND[kind]
    of_product = rules.pin1_digits if name is PinName.PIN1 else rules.pin2_digits
    return max(shortest, of_product[0]), min(longest, of_product[1])
