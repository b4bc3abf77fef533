"""What the services ask of the world. Each port has an adapter in one room, chosen in ``bootstrap``; storage's are in
``repositories``. Every method may raise AdapterUnavailable (or a subclass) where what lies behind doesn't answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from webvartti.domain.certificates import AcceptedCard, RevocationList, RevocationStatus
from webvartti.domain.crl_fetching import CrlAddress, DownloadedCrl, FetchRecord, Validators
from webvartti.domain.figures import Expiry
from webvartti.domain.holders import CardId
from webvartti.domain.messages import Message
from webvartti.domain.registers import (
    CardInCirculation,
    LoadReport,
    Organisation,
    ProfessionalRight,
    RegisteredPerson,
    RegisterKind,
    RegistrationPoint,
    Snapshot,
)

Clock = Callable[[], datetime]
"""The rules' clock: an aware datetime in UTC."""

Randomness = Callable[[], str]
"""A fresh, unguessable, URL-safe string of at least 128 bits."""

Progress = Callable[[int, int], None]
"""Called with (done, of how many) now and then; of how many is 0 where it isn't known."""

Stopping = Callable[[], bool]
"""Asked between two pieces of long work: whether to end with the piece that is done."""


def never() -> bool:
    """For whoever can't be stopped but by an exception."""
    return False


class CertificateJudge(Protocol):
    """Is this certificate a valid, unrevoked card of a trusted issuer at this moment?"""

    def judge(self, der: bytes, now: datetime) -> AcceptedCard:
        """The holder, or the one CertificateRefused that applies first."""
        ...


class RevocationRegister(Protocol):
    """The indexed CRLs of the configured issuers."""

    def status(self, card: CardId, now: datetime) -> RevocationStatus:
        """Of the card and of the CAs above it. Never raises for a missing or stale CRL: the status says so."""
        ...

    def load(self, crl: Path, now: datetime, progress: Progress) -> Snapshot:
        """Verify a CRL and put it in place of the last one of its issuer; keep the last one where it is refused."""
        ...

    def snapshots(self) -> tuple[Snapshot, ...]:
        """The CRLs in use, by issuer name; ``number`` is the CRLNumber."""
        ...

    def lists(self) -> tuple[RevocationList, ...]:
        """The CRLs in use with their times, by issuer name and scope."""
        ...

    def without_crl(self, now: datetime) -> tuple[str, ...]:
        """The names of configured CAs whose CRL is missing or stale: whoever holds a card below them can't sign in."""
        ...


class CrlSource(Protocol):
    """Where CRLs are published: the addresses of the trust file, never one that a certificate or a CRL names."""

    def addresses(self) -> tuple[CrlAddress, ...]:
        """All of them."""
        ...

    def fetch(
        self, address: CrlAddress, validators: Validators, progress: Progress, stopping: Stopping
    ) -> AbstractContextManager[DownloadedCrl | None]:
        """Bring the list, not verified; None where the server says that the one of ``validators`` is the newest.

        Raises a WebVarttiError for every reason for which it can't be brought; FetchStopped soon after ``stopping`` says so.
        """
        ...


class FetchMemory(Protocol):
    """What is remembered of each address, beside the lists themselves."""

    def alone(self) -> AbstractContextManager[None]:
        """One process at a time fetches on a machine. Raises FetchUnderWay at once where another one does."""
        ...

    def records(self) -> Mapping[str, FetchRecord]:
        """By URL."""
        ...

    def remember(self, records: Mapping[str, FetchRecord]) -> None:
        """These, and nothing else."""
        ...


class Register(Protocol):
    """Who may have a card: rights, cards in circulation, persons, organisations, registration points.

    Look-ups raise RegisterUnavailable where no extract has been loaded.
    """

    def rights(self, registration_number: str) -> tuple[ProfessionalRight, ...]: ...

    def cards(self, registration_number: str) -> tuple[CardInCirculation, ...]: ...

    def person(self, registration_number: str) -> RegisteredPerson | None: ...

    def organisation(self, business_id: str) -> Organisation | None: ...

    def find_organisations(self, text: str, limit: int) -> tuple[Organisation, ...]:
        """By business id, or by the beginning of any word of the name, without regard to capitals and to å, ä, ö."""
        ...

    def expiries(self, first: date, last: date) -> tuple[Expiry, ...]:
        """Cards that end on one of these days, both included: the newest card of each person and profession."""
        ...

    def registration_points(self) -> tuple[RegistrationPoint, ...]:
        """All, by county and name."""
        ...

    def nearest_registration_points(self, postal_code: str, limit: int) -> tuple[RegistrationPoint, ...]:
        """Those whose postal code is closest to the given one; by county and name where it is empty."""
        ...

    def load(self, kind: RegisterKind, extract: Path, *, skip_bad: bool, progress: Progress) -> LoadReport:
        """Read a CSV extract; put it in use only as a whole (or without its bad rows, with ``skip_bad``)."""
        ...

    def snapshots(self) -> tuple[Snapshot, ...]:
        """The extracts in use."""
        ...


SchemaState = Callable[[], bool]
"""True where the main database has the schema that this version of the code needs. Raises StorageUnavailable."""


class WorkingDays(Protocol):
    """Finnish working days."""

    def after(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day``."""
        ...


class MessageSender(Protocol):
    """Brings one message to its reader. Raises MessageNotSent where it may succeed later."""

    def send(self, message: Message) -> None: ...


class Catalogues(Protocol):
    """The words in fi, sv and en; message ids are the English words."""

    def gettext(self, language: str, message: str) -> str: ...

    def ngettext(self, language: str, singular: str, plural: str, count: int) -> str: ...


class CheckpointFile(Protocol):
    """Where signed audit checkpoints are kept, outside the database."""

    def append(self, line: str) -> None:
        """All of it or nothing; durable afterwards."""
        ...

    def last(self) -> str:
        """The newest line; empty where there is none."""
        ...

    def lines(self, path: Path | None = None) -> tuple[str, ...]:
        """The lines of the configured file, or of another one."""
        ...
