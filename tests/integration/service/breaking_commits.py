"""Units of work that lose the database in the middle of a commit, as often as a test wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, TypeVar, cast

from webvartti.domain.errors import CommitUnknown, StorageUnavailable
from webvartti.domain.repositories import UnitOfWork, UnitsOfWork

T = TypeVar("T")


class Fate(Enum):
    """What becomes of a commit. Of the first two the program learns the same: that the connection broke."""

    HAPPENED = auto()
    LOST = auto()
    STILL_AWAY = auto()


@dataclass
class BreakingCommits:
    """``planned`` are the fates of the next units that write, or that ask while it is away; after those all goes well."""

    units: UnitsOfWork
    planned: list[Fate] = field(default_factory=list)

    def reading(self) -> AbstractContextManager[UnitOfWork]:
        if self.planned[:1] == [Fate.STILL_AWAY]:
            self._still_away()
        return self.units.reading()

    def _still_away(self) -> None:
        self.planned.pop(0)
        raise StorageUnavailable("still away")

    @contextmanager
    def writing(self) -> Iterator[UnitOfWork]:
        if self.planned[:1] == [Fate.STILL_AWAY]:
            self._still_away()
        fate = self.planned.pop(0) if self.planned else None
        with self.units.writing() as unit:
            yield cast(UnitOfWork, _BreakingUnit(unit, fate))

    def serially(self, work: Callable[[UnitOfWork], T]) -> T:
        return self.units.serially(work)


class _BreakingUnit:
    def __init__(self, unit: UnitOfWork, fate: Fate | None) -> None:
        self._unit = unit
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)

    def commit(self) -> None:
        if self._fate is not Fate.LOST:
            self._unit.commit()
        if self._fate is not None:
            raise CommitUnknown("the connection broke")
