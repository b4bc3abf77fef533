"""Real SQLite files, migrated once and copied for every test, and complete things to store in them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.databases import SQLITE, Server, on_both
from tests.integration.storage.disks import Disk, mounted_disk
from tests.integration.storage.every_table import fill
from webvartti.domain.addresses import PostalAddress
from webvartti.domain.certificates import RevocationState, RevocationStatus
from webvartti.domain.eligibility import Finding, Severity
from webvartti.domain.events import Actor, ActorKind, EventKind, OrderEvent, OrderState
from webvartti.domain.holders import REGISTRATION_NUMBERS, CardHolder, CardId, Person
from webvartti.domain.orders import Contact, Delivery, Estimate, LetterTo, Order
from webvartti.domain.products import CardKind, Product
from webvartti.domain.sessions import Session, SessionKind, Ticket
from webvartti.storage import migrate
from webvartti.storage.engine import create_engine
from webvartti.storage.unit_of_work import Storage

NOW = datetime(2026, 11, 23, 10, 30, 15, 123456, tzinfo=UTC)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Everything here runs on both databases."""
    on_both(metafunc)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "webvartti.db"
    migrate.upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def database(tmp_path: Path, migrated_file: Path) -> Path:
    """The file: a test that asks for it runs on SQLite only."""
    return Path(shutil.copy(migrated_file, tmp_path / "webvartti.db"))


@pytest.fixture(scope="session")
def migrated_url(postgresql_server: Server) -> str:
    """A PostgreSQL database to copy."""
    url = postgresql_server.create()
    migrate.upgrade(url)
    return url


@pytest.fixture
def url(backend: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated database of the test's own."""
    if backend == SQLITE:
        yield f"sqlite:///{request.getfixturevalue('database')}"
        return
    server: Server = request.getfixturevalue("postgresql_server")
    made = server.create(request.getfixturevalue("migrated_url"))
    yield made
    server.drop(made)


Places = Callable[[str], str]


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Places]:
    """``place(SQLITE)``, ``place(POSTGRESQL)``: the address of a new database with nothing in it."""
    numbers = count()
    with ExitStack() as stack:

        def make(kind: str) -> str:
            if kind == SQLITE:
                return f"sqlite:///{tmp_path}/place{next(numbers)}.db"
            server: Server = request.getfixturevalue("postgresql_server")
            made = server.create()
            stack.callback(server.drop, made)
            return made

        yield make


@pytest.fixture
def filled(place: Places) -> Places:
    """As ``place``, with rows in every table."""

    def make(kind: str) -> str:
        made = place(kind)
        migrate.upgrade(made)
        fill(made)
        return made

    return make


@pytest.fixture
def small_disk() -> Iterator[Disk]:
    """Of one megabyte."""
    with mounted_disk("1m") as disk:
        yield disk


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = create_engine(url, connections=32)  # twenty threads at once, and what they hold
    yield engine
    engine.dispose()


@pytest.fixture
def storage(engine: Engine) -> Storage:
    return Storage(engine)


@pytest.fixture
def person() -> Person:
    return Person(REGISTRATION_NUMBERS, "00098705718")


@pytest.fixture
def card() -> CardId:
    return CardId("ab" * 32, "1f" * 20)


@pytest.fixture
def revocation() -> RevocationStatus:
    """With a CRLNumber that no integer column could hold, and a time of another zone."""
    helsinki = timezone(timedelta(hours=2))
    return RevocationStatus(
        RevocationState.ON_HOLD,
        crl_number=2**159 + 1,
        this_update=NOW - timedelta(hours=1),
        next_update=NOW.astimezone(helsinki) + timedelta(hours=1),
        revoked_at=NOW - timedelta(days=2),
        reason="certificateHold",
    )


@pytest.fixture
def holder(person: Person, card: CardId) -> CardHolder:
    return CardHolder(
        person=person,
        card=card,
        kind=CardKind.PROFESSIONAL,
        surname="Österåker-Äijälä",
        given_name="Åsa",
        title="lääkäri",
        doctor_id="123456",
        organisation="",
        not_before=NOW - timedelta(days=1000),
        not_after=NOW + timedelta(days=80),
        fingerprint="cd" * 32,
    )


@pytest.fixture
def order(person: Person, card: CardId, revocation: RevocationStatus) -> Order:
    """Complete, placed and undecided."""
    actor = Actor(ActorKind.HOLDER, "registration-number:00098705718")
    return Order(
        number="WV-2026-000001",
        person=person,
        card=card,
        fingerprint="cd" * 32,
        certificate_not_after=NOW + timedelta(days=80),
        recipient="Åsa Österåker-Äijälä",
        product=Product(CardKind.PROFESSIONAL, with_photo=True, profession="001"),
        delivery=Delivery(
            PostalAddress("Mannerheimvägen 5 B 17", "00100", "HELSINGFORS"),
            LetterTo.ORGANISATION,
            PostalAddress("PL 123", "20521", "ÅBO", "FI"),
            "1234567-1",
            "Åbo hälsocentral",
        ),
        contact=Contact("asa@example.fi", "", "sv"),
        estimate=Estimate(date(2026, 12, 8), date(2026, 12, 14), date(2031, 11, 23)),
        findings=(
            Finding("name-changed", Severity.INFORMATION, "name", 1, {"on_card": "Åsa Äijälä", "in_register": "Åsa Ö"}),
            Finding("address-differs", Severity.NEEDS_PERSON, "address", 2),
        ),
        revocation=revocation,
        sources={"rights": "7:ab12", "cards": "3:cd34"},
        state=OrderState.SUBMITTED,
        placed_at=NOW,
        withdrawable_until=NOW + timedelta(hours=5),
        events=(OrderEvent(EventKind.PLACED, NOW, actor, OrderState.SUBMITTED, {}),),
    )


@pytest.fixture
def numbered(order: Order) -> Callable[..., Order]:
    """``numbered(7)``: an order of its own number and card, placed seven minutes later; other fields by name."""

    def make(count: int, **changes: Any) -> Order:
        own: dict[str, Any] = {
            "number": f"WV-2026-{count:06}",
            "card": CardId("ab" * 32, f"{count:x}"),
            "placed_at": NOW + timedelta(minutes=count),
        }
        return replace(order, **(own | changes))

    return make


@pytest.fixture
def ticket(holder: CardHolder, revocation: RevocationStatus) -> Ticket:
    return Ticket("t" * 64, "c" * 64, SessionKind.FULL, holder, revocation, "sv", NOW + timedelta(seconds=60))


@pytest.fixture
def session(holder: CardHolder, revocation: RevocationStatus) -> Session:
    return Session("i" * 64, SessionKind.FULL, holder, revocation, "fi", NOW, NOW, NOW + timedelta(hours=1))
