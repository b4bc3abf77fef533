"""The card in the reader as its holder uses it: shown, activated, changed, unlocked, tested."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from webvartti.cards.apdu import Channel
from webvartti.cards.errors import CardKindUnknown, CardLacks, CardNotActivated, PinLocked, WrongPin
from webvartti.cards.key_objects import KeyObject
from webvartti.cards.pin_commands import change_reference_data, reset_retry_counter, verification_state, verify
from webvartti.cards.pin_objects import PinObject
from webvartti.cards.pkcs15 import Pkcs15Card
from webvartti.cards.profiles import SignatureDialect, recognise
from webvartti.cards.signing import name_of, public_key_of, sign, verify_signature
from webvartti.cards.status_words import PinBlocked, PinNotSet, ReferenceDataNotFound, VerificationFailed
from webvartti.cards.transmit import CardConnection
from webvartti.domain.card_in_reader import CardContents, KeyUse, PinName, PinState, PinStatus, SeenCard, SignatureProof

_PIN_OF_USE = {KeyUse.AUTHENTICATION: PinName.PIN1, KeyUse.SIGNATURE: PinName.PIN2}


class HoldersCard:
    """One card, for as long as its connection lasts. Every method raises some CardError, and nothing else."""

    def __init__(self, connection: CardConnection) -> None:
        """Reads what anybody may read."""
        self._connection = connection
        self._profile = recognise(connection.answer_to_reset)
        self._channel = Channel(connection, t0=connection.t0)
        with self._alone(forget=False):
            self._card = Pkcs15Card(self._channel)
            info = self._card.token_info()
            certificates = self._card.certificates()
            self._keys = {key.identifier.hex().upper(): key for key in self._card.private_keys()}
            pins = self._card.pins()
        self.contents = CardContents(info.label, info.serial.hex().upper(), self._profile.name, certificates)
        signs_in = self.contents.certificate_for(KeyUse.AUTHENTICATION)
        self.seen = SeenCard(connection.reader, self.contents.serial, signs_in.der if signs_in else b"")
        self._pins = self._name_pins(pins)
        self._references: dict[PinName, int] = {}

    def pins(self) -> tuple[PinStatus, ...]:
        """How each PIN and the activation code stand. Costs no try."""
        with self._alone(forget=False):
            return tuple(PinStatus(name, *self._state(name, pin), pin.digits) for name, pin in self._pins.items())

    def ready(self, name: PinName) -> PinStatus:
        """How it stands. Raises PinLocked or CardNotActivated where it takes no tries, CardLacks where there is none."""
        pin = self._pin(name)
        with self._alone(forget=False):
            status = PinStatus(name, *self._state(name, pin), pin.digits)
        if status.state is PinState.NOT_SET:
            raise CardNotActivated(name)
        if status.state is PinState.LOCKED:
            raise PinLocked(name)
        return status

    def set_pins(self, code: str, new: Mapping[PinName, str], done: Callable[[PinName], None]) -> None:
        """With the activation code. ``done`` hears of each PIN that is set: where one fails, those before it stay set.

        Raises WrongPin, PinLocked, CardKindUnknown, CardLacks, PinNotStorable.
        """
        self._dialect()
        typed_code = self._pin(PinName.CODE).block(code)
        blocks = {name: self._pin(name).block(pin) for name, pin in new.items()}
        with self._alone(forget=True):
            if not self._profile.code_along:
                self._card.select(self._pin(PinName.CODE).path)
                with _meaning(PinName.CODE):
                    verify(self._channel, self._reference(PinName.CODE), typed_code)
            selected = self._pin(PinName.CODE).path
            for name, block in blocks.items():
                if self._profile.code_along or self._pin(name).path != selected:  # selecting may forget the verified code
                    selected = self._pin(name).path
                    self._card.select(selected)
                with _meaning(PinName.CODE):
                    along = typed_code if self._profile.code_along else b""
                    reset_retry_counter(self._channel, self._reference(name), along, block)
                done(name)

    def change_pin(self, name: PinName, old: str, new: str) -> None:
        """Raises WrongPin, PinLocked, CardNotActivated, CardKindUnknown, CardLacks, PinNotStorable."""
        self._dialect()
        pin = self._pin(name)
        old_block, new_block = pin.block(old), pin.block(new)
        with self._alone(forget=True):
            self._card.select(pin.path)
            with _meaning(name):
                change_reference_data(self._channel, self._reference(name), old_block, new_block)

    def prove_signature(self, use: KeyUse, pin: str, challenge: bytes) -> SignatureProof:
        """Sign the challenge with the key for this use, and verify it with its certificate.

        Raises as ``change_pin``, and SignatureWrong.
        """
        dialect, name = self._dialect(), _PIN_OF_USE[use]
        certificate, key = self.contents.certificate_for(use), self._key(use)
        if certificate is None or key is None:
            raise CardLacks(f"the card has no certificate with a key for {use}")
        public, block = public_key_of(certificate.der), self._pin(name).block(pin)
        with self._alone(forget=True):
            self._card.select(key.folder(by_file=dialect is SignatureDialect.FILE))  # before the PIN: it may forget that
            with _meaning(name):
                verify(self._channel, self._reference(name), block)
            started = time.perf_counter()
            signature = sign(self._channel, dialect, key, public, challenge)
            took = time.perf_counter() - started
        verify_signature(public, signature, challenge)
        return SignatureProof(use, name_of(public), took)

    @contextmanager
    def _alone(self, *, forget: bool) -> Iterator[None]:
        with self._connection.alone(forget=forget):
            self._channel.begin()
            yield

    def _dialect(self) -> SignatureDialect:
        """What is done to cards of an unknown kind could harm them."""
        if self._profile.signs is None:
            raise CardKindUnknown
        return self._profile.signs

    def _key(self, use: KeyUse) -> KeyObject | None:
        certificate = self.contents.certificate_for(use)
        return None if certificate is None else self._keys.get(certificate.identifier)

    def _pin(self, name: PinName) -> PinObject:
        if name not in self._pins:
            raise CardLacks(f"the card has no {name}")
        return self._pins[name]

    def _name_pins(self, pins: tuple[PinObject, ...]) -> dict[PinName, PinObject]:
        """By the keys that they open; where the card doesn't tell, in its order."""
        ordinary, unblocking = [[pin for pin in pins if pin.unblocking is kind] for kind in (False, True)]
        named: dict[PinName, PinObject] = {}
        for use, name in _PIN_OF_USE.items():
            key = self._key(use)
            by_key = [pin for pin in ordinary if key is not None and pin.identifier == key.opened_by]
            others = [pin for pin in ordinary if pin not in named.values()]
            if by_key or others:
                named[name] = (by_key or others)[0]
        meant = [pin for pin in unblocking if PinName.PIN1 in named and pin.identifier == named[PinName.PIN1].unblocked_by]
        if unblocking:
            named[PinName.CODE] = (meant or unblocking)[0]
        return named

    def _state(self, name: PinName, pin: PinObject) -> tuple[PinState, int | None]:
        self._card.select(pin.path)
        try:
            return verification_state(self._channel, self._reference(name))
        except ReferenceDataNotFound:  # a code that can be used, and not asked about
            return PinState.USABLE, None

    def _reference(self, name: PinName) -> int:
        """What the card's files name, or, where the card has nothing of that number, what cards of its kind have."""
        if name not in self._references:
            told = self._pin(name).reference
            try:
                verification_state(self._channel, told)
            except ReferenceDataNotFound:
                told = self._profile.references.get(name, told)
            self._references[name] = told
        return self._references[name]


@contextmanager
def _meaning(name: PinName) -> Iterator[None]:
    """A status word about a PIN becomes an error that names it."""
    try:
        yield
    except VerificationFailed as refused:
        if refused.tries_left == 0:
            raise PinLocked(name) from refused
        raise WrongPin(name, refused.tries_left) from refused
    except PinBlocked as refused:
        raise PinLocked(name) from refused
    except PinNotSet as refused:
        raise CardNotActivated(name) from refused
