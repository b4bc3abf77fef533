"""Putting CRLs in use: from a file, or fetched from the configured addresses; and telling how they stand."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from webvartti.domain.audit import AuditEntry
from webvartti.domain.crl_fetching import (
    CrlAddress,
    CrlOfAnotherCa,
    FetchOutcome,
    FetchRecord,
    FetchResult,
    FetchState,
    FetchStopped,
    FetchUnderWay,
    ListStatus,
    Validators,
    due_at,
    list_of,
    list_statuses,
)
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.events import Actor, ActorKind
from webvartti.domain.ports import CrlSource, FetchMemory, Progress, RevocationRegister, Stopping, never
from webvartti.domain.registers import Snapshot
from webvartti.domain.repositories import UnitsOfWork

log = logging.getLogger(__name__)

BY_ITSELF = Actor(ActorKind.SYSTEM, "revocation-fetch")
"""Who the audit names where the worker fetches."""

Watched = Callable[[str], AbstractContextManager[Progress]]
"""Opens a progress bar of that title."""


@contextmanager
def unwatched(title: str) -> Iterator[Progress]:
    """Progress that nobody watches."""
    yield lambda done, total: None


@dataclass(frozen=True, slots=True)
class Fetching:
    """How a round of fetching runs: in whose name, watched by whom, and when to end it early."""

    actor: Actor = BY_ITSELF
    watched: Watched = unwatched
    stopping: Stopping = never


@dataclass(frozen=True, slots=True)
class Revocation:
    """The use cases around CRLs. ``every`` is how often an address is asked."""

    register: RevocationRegister
    source: CrlSource
    memory: FetchMemory
    units: UnitsOfWork
    every: timedelta

    def load_crl(self, crl: Path, *, operator: str, now: datetime, progress: Progress) -> Snapshot:
        """Verify a CRL and put it in use."""
        snapshot = self.register.load(crl, now, progress)
        self._record(snapshot, Actor(ActorKind.OPERATOR, operator), now)
        return snapshot

    def fetch_all(self, how: Fetching, now: datetime, *, only_due: bool) -> tuple[FetchOutcome, ...]:
        """Ask every address (or those that are due), one after another; one that fails doesn't stop the others.

        Raises FetchUnderWay where another process fetches now, FetchStopped, and what the memory raises.
        """
        if only_due and not self._to_ask(now, only_due=True):
            return ()
        with self.memory.alone():
            return tuple(self._fetch(address, how, now) for address in self._to_ask(now, only_due=only_due))

    def status(self, now: datetime) -> tuple[ListStatus, ...]:
        """One line a list in use, by issuer, and one for each CA that lacks one."""
        states = self.fetches(now)
        found = list_statuses(self.register.lists(), self.register.without_crl(now), now)
        return tuple(replace(each, fetched=_fetched(each, states)) for each in found)

    def fetches(self, now: datetime) -> tuple[FetchState, ...]:
        """One line an address, in the order of the trust file."""
        records, lists = self.memory.records(), self.register.lists()
        return tuple(
            FetchState(address, record, due_at(record, list_of(address, record, lists), self.every, now))
            for address in self.source.addresses()
            for record in [records.get(address.url)]
        )

    def _to_ask(self, now: datetime, *, only_due: bool) -> tuple[CrlAddress, ...]:
        return tuple(each.address for each in self.fetches(now) if not only_due or each.due_at <= now)

    def _fetch(self, address: CrlAddress, how: Fetching, now: datetime) -> FetchOutcome:
        before = self.memory.records().get(address.url) or FetchRecord(address.url, now)
        try:
            outcome, record = self._bring(address, before, how, now)
        except FetchStopped:
            raise
        except WebVarttiError as problem:
            outcome, record = _failed(address, before, problem.code, str(problem))
        except Exception as problem:
            # a list from outside that trips over a mistake of ours must not keep the other lists from being fetched
            log.error("fetching a CRL failed unexpectedly: %s", type(problem).__name__)
            outcome, record = _failed(address, before, "unexpected", type(problem).__name__)
        self._remember(replace(record, tried_at=now))
        return outcome

    def _bring(
        self, address: CrlAddress, before: FetchRecord, how: Fetching, now: datetime
    ) -> tuple[FetchOutcome, FetchRecord]:
        lists = {each.sha256: each for each in self.register.lists()}
        held = lists.get(before.sha256)
        # only for the list in use, and while it is in force: after nextUpdate "nothing has changed" can't be the answer
        validators = before.validators if held and held.next_update > now else Validators()
        record = replace(before, problem="", detail="", failures=0, succeeded_at=now)
        with how.watched(address.issuer) as shown:
            progress = _stoppable(shown, how.stopping)
            with self.source.fetch(address, validators, progress, how.stopping) as downloaded:
                if downloaded is None:
                    return FetchOutcome(address, FetchResult.NOT_MODIFIED), record
                snapshot = self.register.load(downloaded.file, now, progress)
        if snapshot.sha256 not in lists or snapshot.sha256 != before.sha256:
            self._record(snapshot, how.actor, now)
        self._refuse_other_ca(address, snapshot)
        result = FetchResult.SAME if snapshot.sha256 in lists else FetchResult.NEW
        given = replace(record, sha256=snapshot.sha256, validators=downloaded.validators)
        return FetchOutcome(address, result, snapshot), given

    def _refuse_other_ca(self, address: CrlAddress, snapshot: Snapshot) -> None:
        if address.issuer not in {each.issuer for each in self.register.lists() if each.sha256 == snapshot.sha256}:
            raise CrlOfAnotherCa(f"the list is that of {snapshot.name}")

    def _remember(self, record: FetchRecord) -> None:
        configured = {each.url for each in self.source.addresses()}
        known = {url: each for url, each in self.memory.records().items() if url in configured}
        self.memory.remember({**known, record.url: record})

    def _record(self, snapshot: Snapshot, actor: Actor, now: datetime) -> None:
        detail = {"name": snapshot.name, "number": str(snapshot.number), "sha256": snapshot.sha256}
        with self.units.writing() as unit:
            unit.snapshots.record(snapshot, now)
            unit.audit.add(AuditEntry(now, actor, "crl.loaded", detail=detail))
            unit.commit()


def _failed(address: CrlAddress, before: FetchRecord, code: str, detail: str) -> tuple[FetchOutcome, FetchRecord]:
    log.warning("a CRL was not fetched: %s", code)
    record = replace(before, problem=code, detail=detail, failures=before.failures + 1)
    return FetchOutcome(address, FetchResult.FAILED, None, code, detail), record


def _stoppable(shown: Progress, stopping: Stopping) -> Progress:
    def progress(done: int, total: int) -> None:
        if stopping():
            raise FetchStopped("the program is ending")
        shown(done, total)

    return progress


def _fetched(line: ListStatus, states: tuple[FetchState, ...]) -> FetchRecord | None:
    """The last attempt at the address that gave the list, else the last one at any address of its CA."""
    tried = [each.last for each in states if each.last is not None]
    given = [last for last in tried if line.in_use is not None and last.sha256 == line.in_use.sha256]
    of_ca = [each.last for each in states if each.last is not None and each.address.issuer == line.issuer]
    return given[0] if given else max(of_ca, key=lambda record: record.tried_at, default=None)


def fetch_quietly(revocation: Revocation, how: Fetching, now: datetime) -> bool:
    """What is due, in a loop that must not end. False where a round wasn't finished: then the next one should wait."""
    try:
        revocation.fetch_all(how, now, only_due=True)
    except (FetchUnderWay, FetchStopped):
        return False  # another process does it, or the program ends
    except WebVarttiError as problem:
        log.warning("CRLs could not be fetched: %s", problem.code)
        return False
    except Exception as problem:
        log.error("fetching CRLs failed unexpectedly: %s", type(problem).__name__)
        return False
    return True
