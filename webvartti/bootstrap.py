"""The composition root: the one place that knows every adapter."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from webvartti.config import Settings
from webvartti.domain.eligibility import RenewalPolicy
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.ports import Clock, MessageSender
from webvartti.domain.sessions import SessionLimits
from webvartti.messages.catalogues import PoCatalogues, load_catalogues
from webvartti.messages.mail import FileMailSender, MailSender
from webvartti.pki.crl_index import CrlIndex
from webvartti.pki.judge import Judge
from webvartti.pki.trust import Trust, load_trust
from webvartti.production.calendar import FinnishWorkingDays
from webvartti.registry.embedded import EmbeddedRegister
from webvartti.services import Services
from webvartti.services.audit import Audit
from webvartti.services.feedback import FeedbackBox
from webvartti.services.orders import Orders
from webvartti.services.registers import Registers
from webvartti.services.renewals import Practice, Renewals
from webvartti.services.sign_in import SignIn
from webvartti.services.worker import Worker
from webvartti.storage.checkpoints import AppendOnlyFile
from webvartti.storage.engine import create_engine
from webvartti.storage.migrate import schema_is_current
from webvartti.storage.unit_of_work import Storage


def build_clock(settings: Settings) -> Clock:
    """The rules' clock: the machine's, or one that started at DEMO_NOW when this was called."""
    offset = timedelta(0) if settings.demo_now is None else settings.demo_now - datetime.now(UTC)
    return lambda: datetime.now(UTC) + offset


def build_trust(settings: Settings) -> Trust:
    """The configured anchors and issuing CAs, judged by the machine's clock. Raises TrustNotUsable."""
    return load_trust(settings.trust_file, datetime.now(UTC))


def build_sender(settings: Settings, catalogues: PoCatalogues, clock: Clock) -> MessageSender:
    """Mail by SMTP; into files where a test or demo says so (refused in production by ``config``)."""
    sender = settings.mail_from or f"webvartti@{settings.public_host}"
    help_desk = f"{settings.help_desk_email}, {settings.help_desk_telephone}"
    if settings.smtp_server is None:
        assert settings.mail_directory is not None  # noqa: S101 - the settings are refused without either
        return FileMailSender(settings.mail_directory, sender, catalogues, help_desk, settings.help_desk_email, clock)
    return MailSender(
        *settings.smtp_server,
        sender,
        catalogues,
        starttls=settings.smtp_starttls,
        user=settings.smtp_user,
        password=settings.smtp_password,
        help_desk=help_desk,
        reply_to=settings.help_desk_email,
        clock=clock,
    )


def require_current_schema(settings: Settings) -> None:
    """Raises SchemaNotCurrent where the database hasn't been migrated to what this version of the code needs."""
    engine = create_engine(settings.database_url)
    try:
        if not schema_is_current(engine):
            raise SchemaNotCurrent("run `webvartti database upgrade` first")
    finally:
        engine.dispose()


class SchemaNotCurrent(WebVarttiError):
    """The database's schema isn't the one that this version of the code needs."""

    code = "schema-not-current"


def build_services(settings: Settings) -> Services:
    """Every use case with its adapters. Raises SettingsRefused, TrustNotUsable, StorageUnavailable."""
    trust = build_trust(settings)
    catalogues = load_catalogues()
    clock = build_clock(settings)
    revocation = CrlIndex(settings.revocation_directory, trust)
    judge = Judge(trust, revocation, production=settings.production)
    register = EmbeddedRegister(settings.register_directory)
    units = Storage(create_engine(settings.database_url))
    limits = SessionLimits(settings.session_idle, settings.session_absolute)
    audit = Audit(units, settings.audit_key, AppendOnlyFile(settings.audit_checkpoint_file))
    renewals = Renewals(
        register=register,
        revocation=revocation,
        units=units,
        working_days=FinnishWorkingDays(),
        randomness=_random_text,
        policy=RenewalPolicy(settings.renewal_window_days, settings.automatic_decisions),
        practice=Practice(settings.card_working_days, settings.letter_working_days, settings.handoff_delay),
        public_origin=settings.public_origin,
    )
    return Services(
        clock=clock,
        randomness=_random_text,
        catalogues=catalogues,
        judge=judge,
        sign_in=SignIn(judge, revocation, units, _random_text, limits),
        renewals=renewals,
        orders=Orders(units, register, settings.public_origin),
        registers=Registers(register, revocation, units),
        feedback=FeedbackBox(units),
        audit=audit,
        worker=Worker(units, audit, build_sender(settings, catalogues, clock), limits),
    )


def _random_text() -> str:
    return secrets.token_urlsafe(32)
