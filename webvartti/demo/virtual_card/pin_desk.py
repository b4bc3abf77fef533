"""VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER of a virtual card (ISO/IEC 7816-4, 11.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from webvartti.demo.virtual_card.apdu import (
    BLOCKED,
    NOT_FOUND,
    NOT_USABLE,
    SECURITY_STATUS_NOT_SATISFIED,
    WRONG_DATA,
    WRONG_LENGTH,
    WRONG_P1_P2,
    Apdu,
    Refused,
)
from webvartti.demo.virtual_card.pins import PinStore, new_record
from webvartti.demo.virtual_card.shapes import STORED_LENGTH, PinSlot, Shape


class PinDesk:
    """``verified`` is what has been verified since the last reset. ``say`` hears what happened, never a digit."""

    def __init__(
        self, shape: Shape, pins: PinStore, digits: Mapping[PinSlot, tuple[int, int]], say: Callable[[str], None]
    ) -> None:
        self._shape, self._pins, self._digits, self._say = shape, pins, digits, say
        self._slots = {reference: slot for slot, reference in shape.references.items()}
        self.verified: set[PinSlot] = set()

    def verify(self, apdu: Apdu) -> bytes:
        """Without data it only tells the tries that are left."""
        slot = self._slot(apdu)
        if apdu.p1:
            raise Refused(WRONG_P1_P2)
        if apdu.data:
            self._check(slot, apdu.data)
        elif slot not in self.verified:
            raise Refused(self._state(slot) or 0x63C0 | self._pins[slot].tries_left)
        return b""

    def change_reference_data(self, apdu: Apdu) -> bytes:
        """The old PIN and the new one; the activation code can't be changed."""
        slot = self._slot(apdu)
        if apdu.p1 or slot is PinSlot.CODE:
            raise Refused(WRONG_P1_P2)
        old, new = self._split(slot, apdu.data)
        if new:
            self._demand_length(slot, new)
        self._check(slot, old)
        self._set(slot, new)
        return b""

    def reset_retry_counter(self, apdu: Apdu) -> bytes:
        """The new PIN, with the activation code before it (P1 = 00) or verified earlier (P1 = 02)."""
        slot = self._slot(apdu)
        if slot is PinSlot.CODE or apdu.p1 != (0x00 if self._shape.reset_with_code else 0x02):
            raise Refused(WRONG_P1_P2)
        if self._shape.reset_with_code:
            code, new = self._blocks(apdu.data)
            self._demand_length(slot, new)
            self._check(PinSlot.CODE, code)
            self.verified.discard(PinSlot.CODE)
        else:
            new = apdu.data
            self._demand_length(slot, new)
            if PinSlot.CODE not in self.verified:
                raise Refused(SECURITY_STATUS_NOT_SATISFIED)
        self._set(slot, new)
        return b""

    def _slot(self, apdu: Apdu) -> PinSlot:
        slot = self._slots.get(apdu.p2)
        if slot is None:
            raise Refused(NOT_FOUND)
        return slot

    def _state(self, slot: PinSlot) -> int:
        """The status word of a secret that takes no tries; 0 where it does."""
        record = self._pins[slot]
        if not record.usable:
            return NOT_USABLE
        return 0 if record.tries_left else BLOCKED

    def _check(self, slot: PinSlot, sent: bytes) -> None:
        closed = self._state(slot)
        if closed:
            raise Refused(closed)
        record = self._pins[slot]
        if record.matches(self._typed(sent)):
            self._pins[slot] = record.counted_up()
            self.verified.add(slot)
            self._say(f"VERIFY {slot}: right")
            return
        self._pins[slot] = record.counted_down()
        self.verified.discard(slot)
        left = self._pins[slot].tries_left
        self._say(f"VERIFY {slot}: wrong, {left} tries left")
        raise Refused(0x63C0 | left)

    def _set(self, slot: PinSlot, digits: bytes) -> None:
        self._pins[slot] = new_record(digits)
        self.verified.discard(slot)
        self._say(f"{slot} has been set")

    def _demand_length(self, slot: PinSlot, digits: bytes) -> None:
        shortest, longest = self._digits[slot]
        if not (shortest <= len(digits) <= longest and digits.isdigit()):
            raise Refused(WRONG_DATA)

    def _typed(self, sent: bytes) -> bytes:
        """What was typed, out of a block that may be padded."""
        if self._shape.pad is None:
            return sent
        if len(sent) != STORED_LENGTH:
            raise Refused(WRONG_LENGTH)
        return sent.rstrip(bytes((self._shape.pad,)))

    def _blocks(self, data: bytes) -> tuple[bytes, bytes]:
        if len(data) != 2 * STORED_LENGTH:
            raise Refused(WRONG_LENGTH)
        return data[:STORED_LENGTH], self._typed(data[STORED_LENGTH:])

    def _split(self, slot: PinSlot, data: bytes) -> tuple[bytes, bytes]:
        """Old and new. Where PINs come as typed, the card knows how long its own is; a wrong old one leaves nothing as new."""
        if self._shape.pad is not None:
            return self._blocks(data)
        shortest, longest = self._digits[slot]
        for length in range(shortest, min(longest, len(data) - shortest) + 1):
            if self._pins[slot].matches(data[:length]):
                return data[:length], data[length:]
        return data, b""
