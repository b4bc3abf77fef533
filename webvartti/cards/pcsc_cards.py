"""The cards of this machine as the commands want them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from webvartti.cards.curl_engine import find_module
from webvartti.cards.errors import CardLacks
from webvartti.cards.holders_card import HoldersCard
from webvartti.cards.readers import PATIENCE_SECONDS, connect, list_readers
from webvartti.cards.service_sign_in import CardForTls, sign_in
from webvartti.cards.watching import watch
from webvartti.domain.card_in_reader import KeyUse, ReaderChange, ReaderStatus, SignInOutcome

_CHALLENGE_OCTETS = 32


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

    def watch(self, stopping: Callable[[], bool]) -> Iterator[ReaderChange]:
        """Raises CardSupportMissing or CardServiceUnavailable."""
        return watch(stopping)

    def sign_in(self, reader: str, pin: str, origin: str, ca_file: Path | None, module: Path | None) -> SignInOutcome:
        """With the authentication certificate. The PIN is tried on the card first, so that a wrong one gets its own error."""
        module = module or find_module()
        with self.open(reader) as card:
            card.prove_signature(KeyUse.AUTHENTICATION, pin, secrets.token_bytes(_CHALLENGE_OCTETS))
            certificate = card.contents.certificate_for(KeyUse.AUTHENTICATION)
        if certificate is None:
            raise CardLacks("the card has no certificate for signing in")
        return sign_in(origin, CardForTls(certificate.identifier, pin, module), ca_file)
