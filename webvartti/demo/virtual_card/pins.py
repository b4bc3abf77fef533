"""The secrets of a virtual card: compared, counted down, and kept in a file that outlives the program."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from webvartti.demo.errors import CardStateDamaged
from webvartti.demo.files import write_private
from webvartti.demo.virtual_card.shapes import PinSlot

MOST_TRIES = 5
DEMO_PINS = {PinSlot.PIN1: "4817", PinSlot.PIN2: "395026", PinSlot.CODE: "70413852"}
"""The published PINs and activation code of every virtual card: they open nothing real."""
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class PinRecord:
    """One secret. ``usable`` is False for a PIN that hasn't been set yet. What was typed is kept as a salted hash."""

    salt: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    tries_left: int
    usable: bool = True

    def matches(self, typed: bytes) -> bool:
        """Without telling by its duration how much of it was right."""
        return self.usable and hmac.compare_digest(self.digest, _digest(self.salt, typed))

    def counted_down(self) -> PinRecord:
        """After a wrong try."""
        return replace(self, tries_left=max(0, self.tries_left - 1))

    def counted_up(self) -> PinRecord:
        """After a right one."""
        return replace(self, tries_left=MOST_TRIES)


def new_record(digits: bytes) -> PinRecord:
    """A secret with all its tries."""
    salt = secrets.token_bytes(16)
    return PinRecord(salt, _digest(salt, digits), MOST_TRIES)


def unset_record() -> PinRecord:
    """A PIN that only the activation code can set: nothing matches it."""
    return PinRecord(secrets.token_bytes(16), secrets.token_bytes(32), 0, usable=False)


def _digest(salt: bytes, typed: bytes) -> bytes:
    return hashlib.scrypt(typed, salt=salt, n=1024, r=8, p=1, dklen=32)


class PinStore:
    """The records of one card. ``file`` is written anew at every change, 0600 and whole; None keeps them in memory."""

    def __init__(self, records: Mapping[PinSlot, PinRecord], file: Path | None = None) -> None:
        self._records = dict(records)
        self._file = file
        self._save()

    def __getitem__(self, slot: PinSlot) -> PinRecord:
        return self._records[slot]

    def __setitem__(self, slot: PinSlot, record: PinRecord) -> None:
        if record != self._records[slot]:
            self._records[slot] = record
            self._save()

    def _save(self) -> None:
        if self._file is None:
            return
        rows = {
            slot: {
                "salt": each.salt.hex(),
                "digest": each.digest.hex(),
                "tries": each.tries_left,
                "usable": each.usable,
            }
            for slot, each in self._records.items()
        }
        new = self._file.with_name(f"{self._file.name}.{secrets.token_hex(4)}")
        write_private(new, json.dumps({"format": _FORMAT, "pins": rows}, indent=1).encode())
        new.replace(self._file)


def fresh_records(*, activated: bool) -> dict[PinSlot, PinRecord]:
    """A card as its holder knows it, or as it comes in the mail."""
    records = {slot: new_record(digits.encode()) for slot, digits in DEMO_PINS.items()}
    if not activated:
        records |= {slot: unset_record() for slot in (PinSlot.PIN1, PinSlot.PIN2)}
    return records


def load_store(file: Path) -> PinStore | None:
    """What an earlier run left; None where there was none. Raises CardStateDamaged."""
    try:
        document = json.loads(file.read_bytes())
        if document["format"] != _FORMAT:
            raise ValueError("another format")
        return PinStore({slot: _record(document["pins"][slot]) for slot in PinSlot}, file)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise CardStateDamaged(f"{file} can't be read: insert the card with --fresh, or delete the file") from problem


def _record(row: Mapping[str, object]) -> PinRecord:
    tries = int(str(row["tries"]))
    if not 0 <= tries <= MOST_TRIES:
        raise ValueError("tries out of range")
    return PinRecord(bytes.fromhex(str(row["salt"])), bytes.fromhex(str(row["digest"])), tries, bool(row["usable"]))
