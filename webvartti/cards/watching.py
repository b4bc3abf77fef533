"""Readers and cards coming and going."""

from __future__ import annotations

from collections.abc import Iterator

from webvartti.cards.pyscard import Pyscard, ReaderStates
from webvartti.domain.card_in_reader import ReaderChange, ReaderEvent
from webvartti.domain.ports import Stopping, never

_LOOK_MILLISECONDS = 500


def watch(stopping: Stopping = never) -> Iterator[ReaderChange]:
    """Every change until ``stopping``, beginning with what is there. Raises CardSupportMissing, CardServiceUnavailable."""
    pyscard = Pyscard()
    states = pyscard.reader_states()
    seen: dict[str, int] = {}
    cards: set[str] = set()
    try:
        while not stopping():
            names = [str(reader) for reader in pyscard.readers()]
            for gone in [name for name in seen if name not in names]:
                del seen[gone]
                cards.discard(gone)
                yield ReaderChange(ReaderEvent.READER_GONE, gone)
            for name in names:
                if name not in seen:
                    seen[name] = 0
                    yield ReaderChange(ReaderEvent.READER_CONNECTED, name)
            yield from _card_changes(states, seen, cards)
    finally:
        states.close()


def _card_changes(states: ReaderStates, seen: dict[str, int], cards: set[str]) -> Iterator[ReaderChange]:
    """One look; ``seen`` and ``cards`` are brought up to date."""
    for name, (state, answer) in states.wait(seen, _LOOK_MILLISECONDS).items():
        seen[name] = state
        if answer and name not in cards:
            cards.add(name)
            yield ReaderChange(ReaderEvent.CARD_INSERTED, name)
        elif not answer and name in cards:
            cards.remove(name)
            yield ReaderChange(ReaderEvent.CARD_REMOVED, name)
