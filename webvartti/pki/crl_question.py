"""What the lists in use at one moment say: of a card, or of one certificate at hand (RFC 5280 6.3.3)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from webvartti.domain.certificates import RevocationState, RevocationStatus
from webvartti.pki.crl_answers import MISSING, ListAnswer, ReasonsTold, revocation_status, told_of, with_issuers
from webvartti.pki.crl_authorities import CrlAuthorities
from webvartti.pki.crl_folder import CrlFolder
from webvartti.pki.crl_header import IndexUnusable
from webvartti.pki.parsed import ParsedCertificate

UNKNOWN = (RevocationState.STALE, RevocationState.MISSING)


class RevocationQuestion:
    """Asked of the files that are there when it is made. Raises nothing: whatever can't be read makes the answer MISSING."""

    def __init__(self, files: CrlFolder, authorities: CrlAuthorities, now: datetime) -> None:
        self._files = files
        self._held = files.held()
        self._authorities = authorities
        self._now = now

    def card(self, issuer_key: str, serial: int, told: ReasonsTold) -> RevocationStatus:
        """With the CAs above it."""
        path = self._authorities.path(issuer_key)
        if path is None:
            return MISSING
        above = [self.certificate(certificate, key) for certificate, key in path]
        return with_issuers(self.serial(issuer_key, serial, told), above)

    def certificate(self, certificate: ParsedCertificate, issuer_key: str, without: Collection[str] = ()) -> RevocationStatus:
        """Where the certificate names delta CRLs, complete ones alone don't tell that it is good (RFC 5280 4.2.1.15)."""
        status = self.serial(issuer_key, certificate.serial, told_of(certificate), without)
        return MISSING if certificate.has_freshest_crl and status.state in (RevocationState.GOOD, *UNKNOWN) else status

    def serial(self, issuer_key: str, serial: int, told: ReasonsTold, without: Collection[str] = ()) -> RevocationStatus:
        """The word of the issuer's lists alone, but for those that the keys of ``without`` have signed."""
        answers: list[ListAnswer] = []
        is_whole = True
        for signer in self._authorities.signers(issuer_key):
            if signer not in without:
                found, could_be_read = self._answers(signer, issuer_key, serial, without)
                answers += found
                is_whole &= could_be_read
        return revocation_status(answers, told, self._now, is_whole=is_whole)

    def _answers(self, signer: str, issuer_key: str, serial: int, without: Collection[str]) -> tuple[list[ListAnswer], bool]:
        indexes, is_whole = self._held.signed_by(signer)
        counts = bool(indexes) and (signer == issuer_key or self._may_sign(signer, (*without, signer)))
        answers: list[ListAnswer] = []
        for index in indexes:
            try:
                answers.append(ListAnswer(index.header, index.find(serial), counts))
            except IndexUnusable:
                self._files.forget(index.name)
                is_whole = False
        return answers, is_whole

    def _may_sign(self, signer: str, without: Collection[str]) -> bool:
        """Another key of the issuer's: valid and unrevoked up to the anchor, by lists that it hasn't signed itself."""
        path = self._authorities.path(signer)
        if path is None or not self._authorities.has_valid_path(signer, self._now):
            return False
        statuses = (self.certificate(certificate, key, without) for certificate, key in path)
        return all(status.state is RevocationState.GOOD for status in statuses)
