"""Fetching CRLs from the configured addresses: what is remembered of each address, and when it is asked again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from webvartti.domain.certificates import RevocationList
from webvartti.domain.errors import AdapterUnavailable, WebVarttiError
from webvartti.domain.registers import Snapshot

FIRST_WAIT = timedelta(minutes=1)
"""How long after a first failure an address is asked again; twice as long after each further one."""

_MOST_DOUBLINGS = 12
_SOON = 12
"""Near nextUpdate an address is asked so many times in an interval."""


@dataclass(frozen=True, slots=True)
class CrlAddress:
    """One address of the trust file. ``issuer`` is the name of the CA in whose table it stands."""

    issuer: str
    url: str


@dataclass(frozen=True, slots=True)
class Validators:
    """What an HTTP server said of the list that it sent (RFC 9110 8.8): with these it can answer that nothing has changed."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class DownloadedCrl:
    """A list as it came, not verified. The file is gone when the download's context ends."""

    file: Path
    validators: Validators


@dataclass(frozen=True, slots=True)
class FetchRecord:
    """The last attempt at one address. ``problem`` is the code of what went wrong, empty where nothing did.

    ``sha256`` and ``validators`` are those of the list that this address gave last; ``succeeded_at`` is when it last gave
    it, or said that it is unchanged. ``failures`` counts the attempts since.
    """

    url: str
    tried_at: datetime
    problem: str = ""
    detail: str = ""
    failures: int = 0
    succeeded_at: datetime | None = None
    sha256: str = ""
    validators: Validators = field(default_factory=Validators)


class FetchResult(StrEnum):
    """How one attempt ended."""

    NEW = "new"
    SAME = "same"
    NOT_MODIFIED = "not-modified"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FetchOutcome:
    """One attempt. ``snapshot`` is the list that is in use because of it (NEW, SAME); ``problem`` is a code (FAILED)."""

    address: CrlAddress
    result: FetchResult
    snapshot: Snapshot | None = None
    problem: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FetchState:
    """How one address stands. ``last`` is None where it was never tried."""

    address: CrlAddress
    last: FetchRecord | None
    due_at: datetime


class ListState(StrEnum):
    """Whether a CRL can be relied on now. Only IN_FORCE lets anyone in."""

    IN_FORCE = "in-force"
    STALE = "stale"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class ListStatus:
    """One CRL in use, or the lack of one (``in_use`` None, MISSING). ``fetched``: the last attempt at an address of it."""

    issuer: str
    state: ListState
    in_use: RevocationList | None
    fetched: FetchRecord | None = None


def list_statuses(lists: Iterable[RevocationList], without_crl: Iterable[str], now: datetime) -> tuple[ListStatus, ...]:
    """One for each list in use, by issuer and scope, and one for each CA that lacks one; whoever reports on lists asks here.

    ``without_crl`` names the CAs whose lists in force don't tell all that they have issued. One none of whose lists is stale
    lacks one: it has none at all, or none for a part of its certificates.
    """
    states = {True: ListState.IN_FORCE, False: ListState.STALE}
    found = [ListStatus(each.issuer, states[each.is_in_force(now)], each) for each in lists]
    stale = {each.issuer for each in found if each.state is ListState.STALE}
    found += [ListStatus(issuer, ListState.MISSING, None) for issuer in set(without_crl) - stale]
    return tuple(sorted(found, key=lambda each: (each.issuer, each.in_use.scope if each.in_use else "")))


class CrlOfAnotherCa(WebVarttiError):
    """An address gave the list of another CA than the one in whose table it stands. The list is used, as from a file."""

    code = "crl-of-another-ca"


class FetchUnderWay(AdapterUnavailable):
    """Another process on this machine is fetching now."""

    code = "fetch-under-way"


class FetchStopped(WebVarttiError):
    """The program is ending; what was being fetched is fetched again after the next start."""

    code = "fetch-stopped"


def due_at(record: FetchRecord | None, in_use: RevocationList | None, every: timedelta, now: datetime) -> datetime:
    """When the address is asked next; ``in_use`` is the list that it gave, or another one of its CA, or None.

    Every interval; several times an interval from one interval before nextUpdate on, for then the next list must come; after
    failures in a minute, doubling up to the interval.
    """
    if record is None or record.tried_at > now:  # a clock that was set back mustn't stop the fetching
        return now
    if record.failures:
        return record.tried_at + min(FIRST_WAIT * (1 << min(record.failures - 1, _MOST_DOUBLINGS)), every)
    soon = record.tried_at + max(FIRST_WAIT, every / _SOON)
    if in_use is None:
        return soon
    return min(record.tried_at + every, max(in_use.next_update - every, soon))


def list_of(address: CrlAddress, record: FetchRecord | None, lists: tuple[RevocationList, ...]) -> RevocationList | None:
    """The list that this address gave last, where it is in use; else the one of its CA that ends first."""
    given = [each for each in lists if record is not None and each.sha256 == record.sha256]
    found = given or [each for each in lists if each.issuer == address.issuer]
    return min(found, key=lambda each: each.next_update, default=None)
