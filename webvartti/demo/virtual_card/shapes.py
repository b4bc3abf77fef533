"""How a virtual card speaks: like a Finnish organisation card, or like a MyEID card, which OpenSC knows too."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PinSlot(StrEnum):
    """The three secrets of a card."""

    PIN1 = "PIN1"
    PIN2 = "PIN2"
    CODE = "activation code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One way to be a card.

    ``pad`` is what PINs are filled up with to ``STORED_LENGTH`` in commands, None where they come as typed.
    ``references`` are the P2 of the PIN commands. ``keys`` are the key references of authentication and signature; None where
    keys are named by their files.
    ``reset_with_code``: RESET RETRY COUNTER brings the code along (P1 = 00); otherwise it is verified before (P1 = 02).
    """

    name: str
    atr: bytes
    t0: bool
    pad: int | None
    references: dict[PinSlot, int]
    keys: tuple[int, int] | None
    reset_with_code: bool


STORED_LENGTH = 8

MYEID = Shape(
    name="myeid",
    atr=bytes.fromhex("3BF51800008131FE454D794549449A"),
    t0=False,
    pad=0xFF,
    references={PinSlot.PIN1: 0x01, PinSlot.PIN2: 0x02, PinSlot.CODE: 0x03},
    keys=None,
    reset_with_code=True,
)
"""MyEID 4.5. RSA-2048 and P-384, accepted by OpenSC 0.23 without any configuration."""

FINEID = Shape(
    name="fineid",
    atr=bytes.fromhex("3BDD96008031FE450031B8640429ECC1739401808349"),
    t0=False,
    pad=None,
    references={PinSlot.PIN1: 0x03, PinSlot.PIN2: 0x04, PinSlot.CODE: 0x12},
    keys=(0x01, 0x82),
    reset_with_code=False,
)
"""FINEID S4-2 v4.0, the organisation card on Cosmo X: PINs at their typed length, the signature key local to DF 5016."""

SHAPES = {shape.name: shape for shape in (MYEID, FINEID)}
