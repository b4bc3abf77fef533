"""From a CSV extract to a new snapshot: one pass that checks and stores row by row, then the search for doubles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from webvartti.domain.ports import Progress
from webvartti.domain.registers import BadRow, LoadReport, RegisterKind
from webvartti.registry.csv_rows import CsvRows
from webvartti.registry.errors import ExtractEmpty
from webvartti.registry.fields import BadField
from webvartti.registry.layouts import LAYOUTS, Layout
from webvartti.registry.snapshot_files import ROWS, SnapshotFiles

if TYPE_CHECKING:
    from sqlite_utils import Database

LINE = "line"
"""The column with the line of the CSV on which a row stood."""

_MOST_LISTED = 1000
_ROWS_A_STEP = 5000


class _BadRows:
    """The first thousand bad rows, and the count of all."""

    def __init__(self) -> None:
        self.count = 0
        self._listed: list[BadRow] = []

    def add(self, row: BadRow) -> None:
        self.count += 1
        if len(self._listed) < _MOST_LISTED:
            self._listed.append(row)

    def report(self) -> tuple[BadRow, ...]:
        """By line; where there are too many, the last one says how many aren't listed."""
        listed = sorted(self._listed, key=lambda row: row.line)
        unlisted = self.count - len(listed)
        if unlisted:
            last = listed[-1]
            listed[-1] = BadRow(last.line, f"{last.problem} (and {unlisted} more bad rows that are not listed)")
        return tuple(listed)


def load(files: SnapshotFiles, kind: RegisterKind, extract: Path, *, skip_bad: bool, progress: Progress) -> LoadReport:
    """Put ``extract`` in use as a whole, or without its bad rows. ``progress`` counts bytes.

    Raises the errors of CsvRows, ExtractEmpty, LoadInProgress and ExtractNotStored; the extract in use stays in use then.
    """
    layout, bad = LAYOUTS[kind], _BadRows()
    with CsvRows(extract, layout.columns) as rows, files.loading(kind) as new:
        table = new.database.table(ROWS)
        table.create(dict(layout.table) | {LINE: int})
        table.insert_all(_stored(rows, layout, bad, progress), batch_size=1000)
        _take_out_doubles(new.database, layout.key, bad)
        accepted = table.count
        if not accepted and not bad.count:
            raise ExtractEmpty
        if not accepted or (bad.count and not skip_bad):
            return LoadReport(kind, accepted, bad.report(), None)
        _make_indexes(new.database, layout)
        return LoadReport(kind, accepted, bad.report(), new.put_in_use(rows.sha256, accepted))


def _stored(rows: CsvRows, layout: Layout, bad: _BadRows, progress: Progress) -> Iterator[Sequence[str | int | None]]:
    """The column names, then each good row's values, as sqlite-utils takes them."""
    yield (*layout.table, LINE)
    for count, row in enumerate(rows, 1):
        if count % _ROWS_A_STEP == 0:
            progress(rows.bytes_done, rows.bytes_in_all)
        if isinstance(row, BadRow):
            bad.add(row)
            continue
        line, fields = row
        try:
            values = layout.accept(fields)
        except BadField as problem:
            bad.add(BadRow(line, str(problem)))
        else:
            yield (*values, line)
    progress(rows.bytes_done, rows.bytes_in_all)


def _take_out_doubles(database: Database, key: Sequence[str], bad: _BadRows) -> None:
    """Of rows with the same key the first stays. SQLite finds them: keys in memory would grow with the file."""
    keys, before = ", ".join(key), bad.count
    database.table(ROWS).create_index(list(key), index_name="by_key")
    firsts = f"SELECT rowid, line, MIN(line) OVER (PARTITION BY {keys}) AS first FROM {ROWS}"  # noqa: S608 - our own names
    for line, first in database.execute(f"SELECT line, first FROM ({firsts}) WHERE line > first"):  # noqa: S608 - our own names
        bad.add(BadRow(line, f"{', '.join(key)}: the same as on line {first}"))
    if bad.count > before:
        database.execute(f"DELETE FROM {ROWS} WHERE rowid IN (SELECT rowid FROM ({firsts}) WHERE line > first)")  # noqa: S608 - our own names


def _make_indexes(database: Database, layout: Layout) -> None:
    if layout.indexed:
        database.table(ROWS).create_index([layout.indexed], index_name="by_person")
    if "words" in layout.table:
        database.table(ROWS).enable_fts(["words"], tokenize="unicode61")
