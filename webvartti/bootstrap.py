"""The composition root of the services: the place that knows their adapters.

What else the commands use is wired in ``wiring``, the listeners in ``serving``.
"""

from __future__ import annotations

import logging
import os
import secrets
import time
from datetime import UTC, datetime
from functools import partial

from webvartti.config import Settings
from webvartti.doctor.server_certificate import server_certificate_lives
from webvartti.domain.audit import AuditEntry
from webvartti.domain.eligibility import RenewalPolicy
from webvartti.domain.errors import StorageUnavailable, WebVarttiError
from webvartti.domain.events import Actor, ActorKind
from webvartti.domain.health import CertificateLife, TrustedLives
from webvartti.domain.limits import allowances
from webvartti.domain.ports import Clock, MessageSender
from webvartti.domain.retention import Kind, Terms
from webvartti.domain.review import Matter
from webvartti.domain.sessions import SessionLimits
from webvartti.messages.catalogues import PoCatalogues, load_catalogues
from webvartti.messages.mail import FileMailSender, MailSender
from webvartti.pki.crl_download import CrlDownloader, DownloadLimits
from webvartti.pki.crl_download_folder import FetchFolder
from webvartti.pki.crl_index import CrlIndex
from webvartti.pki.judge import Judge
from webvartti.pki.trust import Trust, load_trust
from webvartti.production.calendar import FinnishWorkingDays
from webvartti.registry.embedded import EmbeddedRegister
from webvartti.services import Services
from webvartti.services.audit import Audit, Verification
from webvartti.services.card_checks import CardChecks
from webvartti.services.feedback import FeedbackBox
from webvartti.services.figures import Figures
from webvartti.services.health import Health
from webvartti.services.held_orders import HeldOrders
from webvartti.services.limits import Limiter
from webvartti.services.measures import Measures
from webvartti.services.orders import Orders
from webvartti.services.registers import Registers
from webvartti.services.renewal_requests import Practice
from webvartti.services.renewals import Renewals
from webvartti.services.retention import Retention
from webvartti.services.review import Review
from webvartti.services.revocation import Revocation
from webvartti.services.rules import Rules
from webvartti.services.sign_in import SignIn
from webvartti.services.staff import Staff
from webvartti.services.worker import Worker
from webvartti.storage.checkpoints import AppendOnlyFile
from webvartti.storage.clock import machine_time, shared_clock
from webvartti.storage.engine import create_engine
from webvartti.storage.jobs import job_board
from webvartti.storage.schema_state import SchemaState
from webvartti.storage.unit_of_work import Storage

log = logging.getLogger(__name__)

STARTING_PATIENCE = 45.0
"""Seconds; gunicorn takes a process that hasn't started after 60 for stuck."""

RETENTION_PAUSE = 0.1
"""Seconds between two units of deleting: longer than either takes, so that whoever waits to write gets their turn."""


def build_clock(settings: Settings, shared: Clock) -> Clock:
    """The rules' clock: the one that all nodes share, or with DEMO_NOW one that started there when this was called."""
    if settings.demo_now is None:
        return shared
    offset = settings.demo_now - shared()
    return lambda: shared() + offset


def build_trust(settings: Settings) -> Trust:
    """The configured anchors and issuing CAs, judged by the machine's clock. Raises TrustNotUsable."""
    return load_trust(settings.trust_file, datetime.now(UTC))


def build_trusted_lives(trust: Trust) -> TrustedLives:
    """How long the anchors and the issuing CAs live."""
    return TrustedLives(
        tuple(CertificateLife(trust.name(key), each.not_after) for key, each in trust.anchors.items()),
        tuple(CertificateLife(trust.name(key), each.certificate.not_after) for key, each in trust.issuers.items()),
    )


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


def build_revocation(settings: Settings, trust: Trust, index: CrlIndex, units: Storage) -> Revocation:
    """The CRLs in use, and the way to the trust file's addresses of them."""
    folder = FetchFolder(settings.revocation_directory)
    source = CrlDownloader(trust, folder, DownloadLimits(settings.revocation_max_bytes))
    return Revocation(index, source, folder, units, settings.revocation_fetch_every)


def require_current_schema(settings: Settings, patience: float = STARTING_PATIENCE) -> None:
    """Wait for a database that doesn't answer, ``patience`` seconds at the most: a process that starts while it restarts is to
    come up with it, for gunicorn ends all processes of a listener where one can't start.

    Raises SchemaNotCurrent where it hasn't been migrated to what this version of the code needs, StorageUnavailable.
    """
    engine, until = create_engine(settings.database_url), time.monotonic() + patience
    waiting = False
    try:
        while not _schema_is_current(SchemaState(engine), until):
            if not waiting:
                log.warning("waiting for the database, %s seconds at the most", int(patience))
            waiting = True
            time.sleep(0.5)
    finally:
        engine.dispose()


def _schema_is_current(schema: SchemaState, until: float) -> bool:
    """False where the database doesn't answer and there is time left."""
    try:
        current = schema()
    except StorageUnavailable:
        if time.monotonic() >= until:
            raise
        return False
    if not current:
        too_new = "a newer version has migrated the database and left this one behind: install the newer one here too"
        raise SchemaNotCurrent(too_new if schema.is_newer() else "run `webvartti database upgrade` first")
    return True


class SchemaNotCurrent(WebVarttiError):
    """The database's schema isn't the one that this version of the code needs."""

    code = "schema-not-current"


def verify_audit(settings: Settings, url: str) -> Verification:
    """Of the database at ``url``, with the checkpoints where there are any yet. Raises AuditBroken, StorageUnavailable."""
    engine, checkpoints = create_engine(url), settings.audit_checkpoint_file
    try:
        audit = Audit(Storage(engine), settings.audit_key, AppendOnlyFile(checkpoints))
        return audit.verify(checkpoints if checkpoints.exists() else None)
    finally:
        engine.dispose()


def tell_audit(settings: Settings, url: str, action: str, operator: str) -> None:
    """Put one entry into the database at ``url``, without all that the use cases need. Raises StorageUnavailable."""
    engine = create_engine(url)
    try:
        now = build_clock(settings, shared_clock(engine))()
        with Storage(engine).writing() as unit:
            unit.audit.add(AuditEntry(now, Actor(ActorKind.OPERATOR, operator), action))
            unit.commit()
    finally:
        engine.dispose()


def build_services(settings: Settings) -> Services:
    """Every use case with its adapters. Raises SettingsRefused, TrustNotUsable, StorageUnavailable."""
    trust = build_trust(settings)
    catalogues = load_catalogues()
    revocation = CrlIndex(settings.revocation_directory, trust)
    judge = Judge(trust, revocation, production=settings.production)
    register = EmbeddedRegister(settings.register_directory)
    engine = create_engine(settings.database_url, settings.database_connections)
    clock = build_clock(settings, shared_clock(engine))
    units = Storage(engine)
    limiter = Limiter(units, settings.secret_key, allowances(settings.address_limit))
    limits = SessionLimits(settings.session_idle, settings.session_absolute)
    audit = Audit(units, settings.audit_key, AppendOnlyFile(settings.audit_checkpoint_file))
    four_eyes = frozenset(Matter(each) for each in settings.four_eyes)
    rules = Rules(units, RenewalPolicy(settings.renewal_window_days, settings.automatic_decisions), four_eyes)
    review = Review(units, revocation, settings.public_origin, four_eyes)
    renewals = build_renewals(settings, register, revocation, units, rules)
    held_orders = HeldOrders(renewals, revocation, units)
    sender = build_sender(settings, catalogues, clock)
    board = job_board(units, f"{os.uname().nodename} {os.getpid()} {secrets.token_hex(4)}")
    return Services(
        clock=clock,
        randomness=_random_text,
        catalogues=catalogues,
        judge=judge,
        sign_in=SignIn(judge, revocation, units, _random_text, limits, limiter=limiter, draft_lane=settings.draft_lane),
        renewals=renewals,
        held_orders=held_orders,
        orders=Orders(units, register, settings.public_origin),
        registers=Registers(register, revocation, units),
        revocation=build_revocation(settings, trust, revocation, units),
        feedback=FeedbackBox(units, limiter),
        audit=audit,
        limiter=limiter,
        worker=Worker(units, audit, sender, limits, held_orders, review, board),
        health=build_health(settings, SchemaState(engine), trust, revocation, register),
        review=review,
        staff=Staff(units, four_eyes),
        rules=rules,
        figures=Figures(units, register),
        retention=build_retention(settings, units, audit),
        measures=Measures(units, register, revocation, board),
        card_checks=CardChecks(judge, units, _random_text, limiter, settings.reader_software_interface, settings.draft_lane),
        close=engine.dispose,
    )


def build_retention(settings: Settings, units: Storage, audit: Audit) -> Retention:
    """With the terms of the settings."""
    machine = build_clock(settings, machine_time)
    return Retention(units, audit, build_terms(settings), machine, partial(time.sleep, RETENTION_PAUSE))


def build_renewals(
    settings: Settings, register: EmbeddedRegister, revocation: CrlIndex, units: Storage, rules: Rules
) -> Renewals:
    """The main job."""
    return Renewals(
        register=register,
        revocation=revocation,
        units=units,
        working_days=FinnishWorkingDays(),
        randomness=_random_text,
        rules=rules,
        practice=Practice(settings.card_working_days, settings.letter_working_days, settings.handoff_delay),
        public_origin=settings.public_origin,
    )


def build_terms(settings: Settings) -> Terms:
    """The terms of retention that are set."""
    months = {kind: getattr(settings, f"retention_{kind}_months") for kind in Kind}
    return Terms({kind: term for kind, term in months.items() if term is not None})


def build_health(
    settings: Settings, schema: SchemaState, trust: Trust, revocation: CrlIndex, register: EmbeddedRegister
) -> Health:
    """Whether the service can do its work, and which certificates end soon."""
    server = partial(server_certificate_lives, settings.tls_certificate_file)
    return Health(schema, revocation, build_trusted_lives(trust), server, register)


def _random_text() -> str:
    return secrets.token_urlsafe(32)
