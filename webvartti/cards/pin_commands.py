"""VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER (ISO/IEC 7816-4, 11.6.6 to 11.6.10).

What is verified or set comes as the block that the card expects: ``pin_objects`` makes it. None of these commands is ever
repeated by itself.
"""

from __future__ import annotations

from webvartti.cards.apdu import Channel, Command
from webvartti.cards.errors import CardReplyMalformed
from webvartti.cards.status_words import PinBlocked, PinNotSet, VerificationFailed
from webvartti.domain.card_in_reader import PinState

_VERIFY, _CHANGE_REFERENCE_DATA, _RESET_RETRY_COUNTER = 0x20, 0x24, 0x2C
_CODE_AND_NEW, _NEW_ALONE = 0x00, 0x02  # P1 of RESET RETRY COUNTER


def verify(channel: Channel, reference: int, block: bytes) -> None:
    """Costs a try where it is wrong. Raises VerificationFailed, PinBlocked, PinNotSet."""
    if not block:  # would ask for the state in place of verifying
        raise CardReplyMalformed("nothing to verify")
    channel.exchange(Command(_VERIFY, 0x00, reference, block))


def verification_state(channel: Channel, reference: int) -> tuple[PinState, int | None]:
    """VERIFY without data, which costs no try: the state, and the tries left, None where the card doesn't tell."""
    try:
        channel.exchange(Command(_VERIFY, 0x00, reference))
    except VerificationFailed as asked:
        return (PinState.LOCKED if asked.tries_left == 0 else PinState.USABLE), asked.tries_left
    except PinBlocked:
        return PinState.LOCKED, 0
    except PinNotSet:
        return PinState.NOT_SET, 0
    return PinState.USABLE, None  # verified already, by another program


def change_reference_data(channel: Channel, reference: int, old: bytes, new: bytes) -> None:
    """Raises as ``verify``."""
    channel.exchange(Command(_CHANGE_REFERENCE_DATA, 0x00, reference, old + new))


def reset_retry_counter(channel: Channel, reference: int, code: bytes, new: bytes) -> None:
    """With the code before the new PIN; without a code, it has been verified before. Raises as ``verify``."""
    channel.exchange(Command(_RESET_RETRY_COUNTER, _CODE_AND_NEW if code else _NEW_ALONE, reference, code + new))
