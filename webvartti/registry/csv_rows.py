"""The rows of a CSV file with the lines that they stand on: one pass, bounded memory, whatever the file holds."""

from __future__ import annotations

import csv
import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from webvartti.domain.registers import BadRow
from webvartti.registry.errors import ExtractMalformed, ExtractNotUtf8, ExtractUnreadable, WrongColumns
from webvartti.registry.fields import Fields

_BOM = b"\xef\xbb\xbf"
_LONGEST_LINE = 64 * 1024
_MOST_LINES_OF_A_ROW = 50
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_COLUMN_NAME = re.compile(r"[a-z][a-z_]{0,39}")


class CsvRows:
    """Opens ``extract``; iterating gives (line, fields) or a BadRow. Line is the last physical line of the row.

    ``bytes_done``, ``bytes_in_all`` and ``sha256`` speak of the file itself; ``sha256`` is whole after the last row.
    Raises ExtractUnreadable, ExtractNotUtf8, ExtractMalformed, WrongColumns.
    """

    def __init__(self, extract: Path, columns: tuple[str, ...]) -> None:
        self._extract = extract
        self._columns = columns
        self._digest = hashlib.sha256()
        self._first_line = 1
        self._line = 0
        self.bytes_done = 0
        try:
            self._file: BinaryIO = extract.open("rb")
        except OSError as problem:
            raise ExtractUnreadable(extract, problem.strerror or "input/output error") from None
        self.bytes_in_all = os.fstat(self._file.fileno()).st_size

    def __enter__(self) -> CsvRows:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    @property
    def sha256(self) -> str:
        """Of the bytes read so far, in hex."""
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[tuple[int, Fields] | BadRow]:
        reader = csv.reader(self._lines(), strict=True)
        header = self._header(reader)
        while True:
            self._first_line = self._line + 1
            try:
                row = next(reader, None)
            except csv.Error:
                yield self._quotes_unmatched()
                continue
            if row is None:
                return
            if row:
                yield self._checked(row, header)

    def _header(self, reader: Iterator[list[str]]) -> list[str]:
        try:
            header = [name.strip() for name in next(reader, [])]
        except csv.Error:
            raise ExtractMalformed(self._line, "the header row can't be read as CSV") from None
        # A file without a header has personal data in its first row: only what looks like a column's name is repeated.
        unknown = [
            name if _COLUMN_NAME.fullmatch(name) else f"number {place}"
            for place, name in enumerate(header, 1)
            if name not in self._columns
        ]
        missing = [name for name in self._columns if name not in header]
        repeated = [name for name, times in Counter(header).items() if times > 1 and name in self._columns]
        if missing or unknown or repeated:
            raise WrongColumns(missing, unknown, repeated)
        return header

    def _checked(self, row: list[str], header: list[str]) -> tuple[int, Fields] | BadRow:
        if len(row) != len(header):
            where = f" (lines {self._first_line} to {self._line})" if self._first_line < self._line else ""
            return BadRow(self._line, f"{len(header)} fields expected, {len(row)} found{where}")
        if _CONTROL.search("".join(row)):
            columns = [name for name, value in zip(header, row, strict=True) if _CONTROL.search(value)]
            return BadRow(self._line, f"{', '.join(columns)}: text without control characters expected")
        return self._line, dict(zip(header, map(str.strip, row), strict=True))

    def _quotes_unmatched(self) -> BadRow:
        """One row's quotation marks are wrong; a row that never ends leaves nothing after it to trust."""
        if self.bytes_done >= self.bytes_in_all and self._line > self._first_line:
            raise ExtractMalformed(self._first_line, "a quotation mark is opened and not closed")
        where = f" in lines {self._first_line} to {self._line}" if self._first_line < self._line else ""
        return BadRow(self._line, f"quotation marks don't match{where}")

    def _lines(self) -> Iterator[str]:
        while raw := self._read_line():
            self._line += 1
            self.bytes_done += len(raw)
            self._digest.update(raw)
            if len(raw) > _LONGEST_LINE:
                raise ExtractMalformed(self._line, f"longer than {_LONGEST_LINE} bytes")
            if self._line - self._first_line >= _MOST_LINES_OF_A_ROW:
                raise ExtractMalformed(self._first_line, "a quotation mark is opened and not closed")
            try:
                yield (raw.removeprefix(_BOM) if self._line == 1 else raw).decode("utf-8")
            except UnicodeDecodeError:
                raise ExtractNotUtf8(self._line) from None

    def _read_line(self) -> bytes:
        try:
            return self._file.readline(_LONGEST_LINE + 1)
        except OSError as problem:
            raise ExtractUnreadable(self._extract, problem.strerror or "input/output error") from None
