"""What a run did and found, for whoever watches it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from statistics import median

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.durability.contents import Contents
from tests.durability.faults import Chaos, Fault
from tests.durability.record import Act, Record, Told, verdict

console = Console()


@contextmanager
def watched(title: str, kills: int) -> Iterator[Progress]:
    """A bar of the kills; nothing where the output isn't a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        bar.add_task(title, total=kills)
        yield bar


def show_progress(bar: Progress, chaos: Chaos) -> None:
    bar.update(bar.task_ids[0], completed=chaos.kills)


def kept_and_lost(record: Record, contents: Contents) -> Counter[str]:
    """What became of the forms: by what was told, and of those of which nothing was told, whether they are there."""
    keys = {row["key"] for row in contents["idempotency_keys"]}
    found: Counter[str] = Counter()
    for key, lines in record.of(Act.PLACE).items():
        told = verdict(lines)
        there = ", there" if key in keys else ", not there"
        found[f"orders {told}{there if told is Told.UNKNOWN else ''}"] += 1
    for act in (Act.WITHDRAW, Act.APPROVE, Act.REJECT, Act.AGREE, Act.UNDO):
        for lines in record.of(act).values():
            found[f"{act} {verdict(lines)}"] += 1
    found["answers that never came, or said nothing"] = sum(line.told is Told.UNKNOWN for line in record.lines)
    return found


def show(title: str, faults: list[Fault], found: Counter[str], more: Mapping[str, str]) -> None:
    """The closing tables."""
    kills = Table(title=title, title_justify="left")
    for name in ("what died", "times", "seconds until all was well: median", "worst"):
        kills.add_column(name, justify="left" if name == "what died" else "right")
    for kind in sorted({fault.kind for fault in faults}):
        took = [fault.recovery for fault in faults if fault.kind == kind]
        kills.add_row(kind, str(len(took)), f"{median(took):.2f}", f"{max(took):.2f}")
    console.print(kills)
    told = Table("what people were told", "forms")
    for name, count in sorted(found.items()):
        told.add_row(name, str(count))
    for name, value in more.items():
        told.add_row(name, value)
    console.print(told)
