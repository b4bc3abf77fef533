"""A34: the chain of seals shows every touch; the checkpoints show a cut tail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.domain.facts import NOW
from webvartti.domain.audit import (
    FIRST_SEAL,
    AuditBroken,
    AuditEntry,
    Checkpoint,
    Sealed,
    seal,
    signed_checkpoint,
    verify_chain,
)
from webvartti.domain.events import Actor, ActorKind

KEY = b"k" * 32


def chain(length: int = 5) -> list[Sealed]:
    previous, sealed = FIRST_SEAL, []
    for number in range(1, length + 1):
        entry = AuditEntry(
            NOW, Actor(ActorKind.SYSTEM, "test"), "something.happened", detail={"n": str(number)}, id=number * 10
        )
        previous = seal(KEY, previous, entry)
        sealed.append(Sealed(number, previous, entry))
    return sealed


def test_a34_an_untouched_chain_holds() -> None:
    sealed = chain()
    assert verify_chain(KEY, sealed, [signed_checkpoint(KEY, 5, sealed[-1].seal, NOW)]) == 5
    assert verify_chain(KEY, []) == 0


@pytest.mark.parametrize("position", range(1, 6))
def test_a34_an_edited_entry_is_named(position: int) -> None:
    sealed = chain()
    edited = sealed[position - 1].entry
    assert edited is not None
    sealed[position - 1] = replace(sealed[position - 1], entry=replace(edited, action="nothing.happened"))
    with pytest.raises(AuditBroken) as broken:
        verify_chain(KEY, sealed)
    assert broken.value.position == position


def test_a34_a_deleted_entry_a_deleted_seal_and_swapped_entries_are_named() -> None:
    deleted = chain()
    deleted[2] = replace(deleted[2], entry=None)
    gap = chain()
    del gap[2]
    swapped = chain()
    swapped[1], swapped[2] = replace(swapped[1], entry=swapped[2].entry), replace(swapped[2], entry=swapped[1].entry)
    for touched, position in ((deleted, 3), (gap, 3), (swapped, 2)):
        with pytest.raises(AuditBroken) as broken:
            verify_chain(KEY, touched)
        assert broken.value.position == position


def test_a34_a_cut_tail_shows_with_checkpoints_only() -> None:
    sealed = chain()
    marks = [signed_checkpoint(KEY, 2, sealed[1].seal, NOW), signed_checkpoint(KEY, 5, sealed[4].seal, NOW)]
    assert verify_chain(KEY, sealed[:3]) == 3
    with pytest.raises(AuditBroken) as broken:
        verify_chain(KEY, sealed[:3], marks)
    assert broken.value.position == 4


def test_a34_a_chain_built_anew_without_the_key_or_against_its_checkpoints_is_named() -> None:
    sealed = chain()
    with pytest.raises(AuditBroken):
        verify_chain(b"x" * 32, sealed)
    with pytest.raises(AuditBroken):
        verify_chain(KEY, sealed, [Checkpoint(5, sealed[4].seal, NOW, "00" * 32)])
    with pytest.raises(AuditBroken) as broken:
        verify_chain(KEY, sealed, [signed_checkpoint(KEY, 4, sealed[2].seal, NOW)])
    assert broken.value.position == 4
