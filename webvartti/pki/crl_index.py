"""The CRLs in use, one index file a list in one folder: loading a new one, and asking for one certificate.

RFC 5280 6.3.3 over lists that were verified when they were loaded. A CA may have several: of several keys, and for parts of
its certificates (``crl_scope``).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from webvartti.domain.certificates import RevocationList, RevocationStatus
from webvartti.domain.holders import CardId
from webvartti.domain.ports import Progress
from webvartti.domain.registers import Snapshot
from webvartti.pki.crl import VerifiedCrl, verify_crl
from webvartti.pki.crl_answers import MISSING, ReasonsTold, told_of_any_card
from webvartti.pki.crl_authorities import CrlAuthorities, IssuedCertificate
from webvartti.pki.crl_errors import CrlFileMissing, CrlIndexNotWritten, CrlNumberReused, CrlRolledBack
from webvartti.pki.crl_file import write_index
from webvartti.pki.crl_folder import CrlFolder
from webvartti.pki.crl_header import IndexHeader, IndexUnusable
from webvartti.pki.crl_question import UNKNOWN, RevocationQuestion
from webvartti.pki.path_policy import CARD_PATH_POLICY, PathPolicy
from webvartti.pki.trusted import Trust

_NO_SERIAL = 0
"""RFC 5280 4.1.2.2: no certificate has it, so it asks for the lists and not for an entry."""


class CrlIndex:
    """Implements ``ports.RevocationRegister``. Only CRLs of configured anchors and issuers are known."""

    def __init__(self, folder: Path, trust: Trust, policy: PathPolicy = CARD_PATH_POLICY) -> None:
        self._folder = folder
        self._files = CrlFolder(folder)
        self._trust = trust
        self._policy = policy
        self._authorities = CrlAuthorities(trust, policy)

    def status(self, card: CardId, now: datetime) -> RevocationStatus:
        """Of a card and of the CAs above it. Fails closed: whatever is wrong, the state is MISSING and nothing is raised.

        A revocation stands even on a stale list. A STALE answer still tells ``revoked_at`` and ``reason`` of a hold on the
        old list. Where a CA above is revoked or on hold, so is the card, with reason issuerRevoked or issuerOnHold.
        """
        try:
            serial = int(card.serial, 16)
        except ValueError:
            return MISSING
        return self._question(now).card(card.issuer_key, serial, self._told(card.issuer_key))

    def certificate_statuses(self, issued: Sequence[IssuedCertificate], now: datetime) -> tuple[RevocationStatus, ...]:
        """Of certificates at hand, each by its own distribution points and without the CAs above it. Raises nothing."""
        question = self._question(now)
        return tuple(question.certificate(certificate, issuer_key) for certificate, issuer_key in issued)

    def load(self, crl: Path, now: datetime, progress: Progress) -> Snapshot:
        """Raises a RevocationListRefused; then the list that was in use still is.

        The very list that is in use already is left in place, once its index is found to be whole.
        """
        try:
            data = crl.read_bytes()
        except OSError as error:
            raise CrlFileMissing(f"{crl}: can't be read ({error.strerror})") from error
        verified = verify_crl(data, self._trust, self._policy, now)
        try:
            with self._files.only_loader():
                return self._snapshot(self._put_in_use(verified, progress))
        except (OSError, sqlite3.Error) as error:
            raise CrlIndexNotWritten(f"{self._folder}: the index can't be written ({type(error).__name__})") from error

    def snapshots(self) -> tuple[Snapshot, ...]:
        """By issuer name and scope; an issuer without a usable index is left out."""
        return tuple(sorted((self._snapshot(header) for header in self._headers()), key=lambda snapshot: snapshot.name))

    def lists(self) -> tuple[RevocationList, ...]:
        """By issuer name and scope."""
        found = (
            RevocationList(
                self._trust.name(each.issuer_key),
                each.scope.words(),
                each.number,
                each.this_update,
                each.next_update,
                each.rows,
                each.sha256,
            )
            for each in self._headers()
        )
        return tuple(sorted(found, key=lambda each: (each.issuer, each.scope)))

    def without_crl(self, now: datetime) -> tuple[str, ...]:
        """The names of the CAs whose lists in force don't tell the status of what they have issued."""
        question = self._question(now)
        return tuple(sorted(self._trust.name(key) for key in self._trust.certificates if self._is_silent(key, question)))

    def _question(self, now: datetime) -> RevocationQuestion:
        return RevocationQuestion(self._files, self._authorities, now)

    def _is_silent(self, key: str, question: RevocationQuestion) -> bool:
        """For cards of issuers, for the configured CAs below the others."""
        children = self._authorities.children(key)
        statuses = [question.certificate(certificate, key) for certificate, _ in children]
        if not children or key in self._trust.issuers:
            statuses.append(question.serial(key, _NO_SERIAL, self._told(key)))
        return any(status.state in UNKNOWN for status in statuses)

    def _told(self, key: str) -> ReasonsTold:
        return told_of_any_card(self._trust.crl_addresses.get(key, ()))

    def _put_in_use(self, verified: VerifiedCrl, progress: Progress) -> IndexHeader:
        path = self._files.path(verified.issuer_key, verified.scope)
        try:
            in_use = self._files.open_index(path.name)
        except (IndexUnusable, OSError):
            return write_index(path, verified, progress)
        _refuse_rollback(verified, in_use.header)
        if verified.sha256 == in_use.header.sha256 and in_use.is_whole():
            return in_use.header
        return write_index(path, verified, progress)

    def _snapshot(self, header: IndexHeader) -> Snapshot:
        scope = header.scope.words()
        name = self._trust.name(header.issuer_key) + (f" ({scope})" if scope else "")
        return Snapshot(name, header.number, header.sha256, header.rows)

    def _headers(self) -> Iterator[IndexHeader]:
        held = self._files.held()
        for key in self._trust.certificates:
            yield from (index.header for index in held.signed_by(key)[0])


def _refuse_rollback(verified: VerifiedCrl, in_use: IndexHeader) -> None:
    if verified.number < in_use.number:
        raise CrlRolledBack(f"CRLNumber {verified.number} after {in_use.number}")
    if verified.number == in_use.number and verified.sha256 != in_use.sha256:
        raise CrlNumberReused(f"CRLNumber {verified.number} belongs to another list that is in use")
