"""What can be wrong with a card, on request."""

from __future__ import annotations

import time
from enum import StrEnum

from webvartti.demo.virtual_card.card import VirtualCard
from webvartti.demo.virtual_card.shapes import PinSlot

SLOW_SECONDS = 0.3


class Fault(StrEnum):
    """``LOCKED`` locks PIN1 once and for good; the others last until ``NONE``."""

    NONE = "none"
    MUTE = "mute"
    SLOW = "slow"
    TORN = "torn"
    LOCKED = "locked"


def lock_pin1(card: VirtualCard) -> None:
    """As after too many wrong tries; only the activation code helps."""
    record = card.pins[PinSlot.PIN1]
    while record.tries_left:
        record = record.counted_down()
    card.pins[PinSlot.PIN1] = record


def distorted(answer: bytes, fault: Fault) -> bytes | None:
    """An answer with its status word as it leaves the card; None where nothing leaves it."""
    match fault:
        case Fault.MUTE:
            return None
        case Fault.SLOW:
            time.sleep(SLOW_SECONDS)
        case Fault.TORN:
            return answer[: len(answer) // 2]
    return answer
