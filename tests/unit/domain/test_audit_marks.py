"""A34 after retention: a signed mark stands in place of the removed old end, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.facts import NOW
from tests.unit.domain.test_audit_chain import KEY, chain
from webvartti.domain.audit import AuditBroken, Checkpoint, Mark, Sealed, signed_checkpoint, signed_mark, verify_chain

WHOLE = chain(8)
REST = WHOLE[3:]
MARK = signed_mark(KEY, 3, WHOLE[2].seal, NOW)
OLD = [signed_checkpoint(KEY, count, WHOLE[count - 1].seal, NOW - timedelta(days=900)) for count in (1, 2, 3)]
NEW = [signed_checkpoint(KEY, count, WHOLE[count - 1].seal, NOW) for count in (5, 8)]


def broken(chain: list[Sealed], checkpoints: Sequence[Checkpoint | Mark], mark: Mark | None, key: bytes = KEY) -> AuditBroken:
    with pytest.raises(AuditBroken) as found:
        verify_chain(key, chain, checkpoints, mark)
    return found.value


def test_a34_the_chain_goes_on_from_its_mark_and_older_checkpoints_are_still_accepted() -> None:
    assert verify_chain(KEY, REST, mark=MARK) == 5
    assert verify_chain(KEY, REST, [*OLD, *NEW, MARK], MARK) == 5
    assert verify_chain(KEY, [], [*OLD, MARK], MARK) == 0


def test_a34_a_head_that_was_deleted_by_hand_is_reported_as_ever() -> None:
    several: list[list[Checkpoint | Mark]] = [[], [*OLD, *NEW], [*OLD, *NEW, MARK]]
    for checkpoints in several:
        found = broken(REST, checkpoints, None)
        assert (found.position, found.problem) == (1, "missing")


def test_a34_more_deleted_than_the_mark_says_names_the_first_that_is_missing() -> None:
    assert broken(REST[2:], [], MARK).position == 4
    assert broken(REST[2:], [*OLD, *NEW, MARK], MARK).position == 4


FORGERIES: dict[str, Callable[[Mark], Mark]] = {
    "moved back": lambda mark: replace(mark, count=2),
    "moved on": lambda mark: replace(mark, count=4, seal=WHOLE[3].seal),
    "another seal": lambda mark: replace(mark, seal=WHOLE[1].seal),
    "another time": lambda mark: replace(mark, at=mark.at + timedelta(seconds=1)),
    "no signature": lambda mark: replace(mark, signature=""),
    "a guessed signature": lambda mark: replace(mark, signature="00" * 32),
    "a signature that is no hex": lambda mark: replace(mark, signature="ä" * 64),
    "another key": lambda mark: signed_mark(b"x" * 32, mark.count, mark.seal, mark.at),
    "a checkpoint passed off as a mark": lambda mark: replace(
        mark, signature=signed_checkpoint(KEY, mark.count, mark.seal, mark.at).signature
    ),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
@pytest.mark.parametrize("removed", range(5))
def test_a34_a_forged_mark_is_as_good_as_none_wherever_the_chain_begins(forge: Callable[[Mark], Mark], removed: int) -> None:
    found = broken(WHOLE[removed:], [], forge(MARK))
    assert (found.position, "isn't signed" in found.problem) == (1, True)


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_a34_a_forged_mark_among_the_checkpoints_is_named(forge: Callable[[Mark], Mark]) -> None:
    assert "checkpoint 4 isn't signed" in broken(REST, [*OLD, forge(MARK)], MARK).problem


def test_a34_a_mark_passed_off_as_a_checkpoint_is_named() -> None:
    assert "isn't signed" in broken(WHOLE, [Checkpoint(3, MARK.seal, MARK.at, MARK.signature)], None).problem


def test_a34_a_mark_that_the_checkpoints_don_t_know_isn_t_believed() -> None:
    """Whoever has the key and the database, but not the checkpoints on another machine, can't cut the head off either."""
    found = broken(REST, [*OLD, *NEW], MARK)
    assert (found.position, "among the checkpoints" in found.problem) == (1, True)
    later = signed_mark(KEY, 3, WHOLE[2].seal, NOW + timedelta(days=1))
    assert broken(REST, [*OLD, later], MARK).position == 1


def test_a34_a_mark_of_another_chain_sealed_with_the_same_key_doesn_t_fit() -> None:
    foreign = signed_mark(KEY, 3, chain(2)[1].seal, NOW)
    assert broken(REST, [], foreign).position == 4
    assert "two stories" in broken(REST, [*OLD, foreign], foreign).problem


def test_a34_a_mark_of_a_removal_that_didn_t_come_about_agrees_with_what_is_there() -> None:
    """The mark is among the checkpoints before the entries are gone, so that it is there whenever they are."""
    assert verify_chain(KEY, WHOLE, [*OLD, *NEW, MARK]) == 8
    later = signed_mark(KEY, 5, WHOLE[4].seal, NOW)
    assert verify_chain(KEY, REST, [MARK, later], MARK) == 5


def test_a34_removed_entries_that_are_back_are_named() -> None:
    found = broken(WHOLE[1:], [], MARK)
    assert (found.position, "removed" in found.problem) == (2, True)


def test_a34_edited_swapped_and_deleted_entries_after_the_mark_and_a_cut_tail_are_named_by_their_old_places() -> None:
    entry = REST[1].entry
    assert entry is not None
    resealed = [REST[0], replace(REST[1], seal="ö" * 64), *REST[2:]]
    edited = [REST[0], replace(REST[1], entry=replace(entry, action="nothing")), *REST[2:]]
    swapped = [REST[0], replace(REST[1], entry=REST[2].entry), replace(REST[2], entry=entry), *REST[3:]]
    deleted = [REST[0], replace(REST[1], entry=None), *REST[2:]]
    for touched in (resealed, edited, swapped, deleted, [REST[0], *REST[2:]]):
        assert broken(touched, [], MARK).position == 5
    assert verify_chain(KEY, REST[:3], mark=MARK) == 3
    assert broken(REST[:3], [*NEW, MARK], MARK).position == 7
    assert broken([], [*OLD, *NEW, MARK], MARK).position == 4
