"""The use cases: each opens one unit of work, asks the ports, and commits once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from webvartti.domain.ports import Catalogues, CertificateJudge, Clock, Randomness
from webvartti.services.audit import Audit
from webvartti.services.card_checks import CardChecks
from webvartti.services.feedback import FeedbackBox
from webvartti.services.figures import Figures
from webvartti.services.health import Health
from webvartti.services.held_orders import HeldOrders
from webvartti.services.limits import Limiter
from webvartti.services.measures import Measures
from webvartti.services.orders import Orders
from webvartti.services.registers import Registers
from webvartti.services.renewals import Renewals
from webvartti.services.retention import Retention
from webvartti.services.review import Review
from webvartti.services.revocation import Revocation
from webvartti.services.rules import Rules
from webvartti.services.sign_in import SignIn
from webvartti.services.staff import Staff
from webvartti.services.worker import Worker


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that pages and commands may call, wired in ``bootstrap``."""

    clock: Clock
    randomness: Randomness
    catalogues: Catalogues
    judge: CertificateJudge
    sign_in: SignIn
    renewals: Renewals
    held_orders: HeldOrders
    orders: Orders
    registers: Registers
    revocation: Revocation
    feedback: FeedbackBox
    audit: Audit
    worker: Worker
    limiter: Limiter
    health: Health
    review: Review
    staff: Staff
    rules: Rules
    figures: Figures
    retention: Retention
    measures: Measures
    card_checks: CardChecks
    close: Callable[[], None]
    """Ends the connections to the database that are open and not in use; whoever goes on gets new ones."""
