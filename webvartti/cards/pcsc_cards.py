"""The cards of this machine as the commands want them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from webvartti.cards.curl_engine import find_module
from webvartti.cards.errors import CardExchanged, CardLacks, CardsAlike
from webvartti.cards.holders_card import HoldersCard
from webvartti.cards.readers import PATIENCE_SECONDS, connect, list_readers
from webvartti.cards.service_sign_in import CardForTls, sign_in
from webvartti.cards.watching import watch
from webvartti.domain.card_in_reader import KeyUse, ReaderChange, ReaderStatus, SeenCard, SignInOutcome
from webvartti.domain.ports import Stopping

_CHALLENGE_OCTETS = 32
_LONGEST_SERIAL = 16  # characters of CK_TOKEN_INFO.serialNumber; OpenSC keeps the last ones


@dataclass(frozen=True, slots=True)
class PcscCards:
    """``patience_seconds`` is how long one command to the card may take."""

    patience_seconds: float = PATIENCE_SECONDS

    def readers(self) -> tuple[ReaderStatus, ...]:
        """Raises CardSupportMissing or CardServiceUnavailable."""
        return list_readers()

    @contextmanager
    def open(self, reader: str) -> Iterator[HoldersCard]:
        """The card in this reader, or in the first that holds one. Raises as ``connect`` and ``HoldersCard``."""
        with connect(reader, self.patience_seconds) as connection:
            yield HoldersCard(connection)

    def watch(self, stopping: Stopping) -> Iterator[ReaderChange]:
        """Raises CardSupportMissing or CardServiceUnavailable."""
        return watch(stopping)

    def sign_in(self, seen: SeenCard, pin: str, origin: str, ca_file: Path | None, module: Path | None) -> SignInOutcome:
        """With the authentication certificate. The PIN is tried on the card first, so that a wrong one gets its own error.

        Raises CardExchanged where it isn't the card that was seen, CardsAlike where PKCS#11 might take another one's key.
        """
        of_opensc, module = module is None, module or find_module()
        with self.open(seen.reader) as card:
            if card.seen != seen:
                raise CardExchanged
            certificate = card.contents.certificate_for(KeyUse.AUTHENTICATION)
            if certificate is None:
                raise CardLacks("the card has no certificate for signing in")
            serials = _serials(seen.serial, of_opensc=of_opensc, alone=sum(reader.has_card for reader in self.readers()) < 2)
            card.prove_signature(KeyUse.AUTHENTICATION, pin, secrets.token_bytes(_CHALLENGE_OCTETS))
        return sign_in(origin, CardForTls(certificate.identifier, serials, pin, module), ca_file)


def _serials(serial: str, *, of_opensc: bool, alone: bool) -> tuple[str, ...]:
    """How PKCS#11 may call this token, to be tried in turn: versions of OpenSC differ in the case, other modules in everything.

    "" stands for any token: no more than the last resort of a card that is the only one.
    """
    spelled = serial[-_LONGEST_SERIAL:]
    found = tuple(dict.fromkeys((spelled.lower(), spelled.upper()))) if spelled else ()
    if found and (of_opensc or not alone):
        return found
    if not alone:
        raise CardsAlike
    return (*found, "")
