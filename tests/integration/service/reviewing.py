"""Orders that wait for people, without pages: placed by the demo country's holders through the use cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.conftest import Installation
from webvartti.domain.addresses import PostalAddress
from webvartti.domain.audit import AuditEntry
from webvartti.domain.decisions import Outcome, RejectionReason
from webvartti.domain.holders import CardHolder
from webvartti.domain.orders import Contact, LetterTo, Order
from webvartti.domain.review import EFFECT_DELAY, Intent, ReviewDecision
from webvartti.domain.staff import Colleague
from webvartti.services import Services
from webvartti.services.renewal_requests import PlaceOrder, RenewalRequest

APPROVE = Intent(Outcome.APPROVED)
REJECT = Intent(Outcome.REJECTED, RejectionReason.VISIT_NEEDED, "Tule käymään.")
ELSEWHERE = PostalAddress("Toinen katu 1", "00200", "Helsinki")


@dataclass(frozen=True)
class Office:
    """An installation under its own settings; ``now`` is the moment at which its orders were placed."""

    installation: Installation
    services: Services
    now: datetime

    def holder(self, slug: str = "aino") -> CardHolder:
        pem = self.installation.country.card(slug).pem.read_bytes()
        der = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
        return self.services.judge.judge(der, self.now).holder

    def place(self, slug: str = "aino", address: PostalAddress | None = ELSEWHERE, form: str = "form") -> Order:
        """An order to another address than the register's, which is a person's to decide."""
        request = RenewalRequest(address, LetterTo.HOME, "", Contact(f"{slug}@example.fi", "", "fi"))
        return self.services.renewals.place_order(PlaceOrder(request, f"{form} of {slug}"), self.holder(slug), self.now)

    def order(self, number: str) -> Order:
        with self.services.review.units.reading() as unit:
            return unit.orders.get(number)

    def decisions(self, number: str) -> tuple[ReviewDecision, ...]:
        with self.services.review.units.reading() as unit:
            return unit.review_decisions.of_order(number)

    def decide(self, order: Order, intent: Intent, who: Colleague) -> ReviewDecision:
        return self.services.review.decide(order.number, intent, order.version, who, self.now)

    def settle(self, after: timedelta = EFFECT_DELAY) -> int:
        return self.services.review.settle(self.now + after)

    def audit(self, number: str = "") -> list[AuditEntry]:
        """The newest last."""
        return [entry for entry in reversed(self.services.audit.show(limit=1000)) if number in ("", entry.order)]

    def actions(self, number: str = "") -> list[str]:
        return [entry.action for entry in self.audit(number)]

    def mail(self) -> list[str]:
        """The kinds of the messages that wait."""
        return [str(message.kind) for message in self.services.worker.waiting()]


def open_office(installation: Installation, **settings: str) -> Office:
    services = installation.build(**settings)
    return Office(installation, services, services.clock())
