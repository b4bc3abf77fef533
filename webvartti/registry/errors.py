"""Why an extract can't be loaded or read. None of these repeats a value of the extract."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from webvartti.domain.errors import AdapterUnavailable, RegisterUnavailable, WebVarttiError
from webvartti.domain.registers import RegisterKind


class RegistryError(WebVarttiError):
    """The base of this room's errors."""

    code = "registry-error"


class ExtractUnreadable(RegistryError):
    """The CSV file can't be opened or read."""

    code = "extract-unreadable"

    def __init__(self, extract: Path, why: str) -> None:
        super().__init__(f"{extract} can't be read: {why}")


class ExtractNotUtf8(RegistryError):
    """The CSV file isn't UTF-8; ``line`` is the first line that isn't."""

    code = "extract-not-utf8"

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} is not UTF-8: save the file as UTF-8 and load it again")
        self.line = line


class ExtractMalformed(RegistryError):
    """From ``line`` on the file can't be read as CSV, so what follows can't be trusted to be rows."""

    code = "extract-malformed"

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")
        self.line = line


class WrongColumns(RegistryError):
    """The header row isn't the one that the kind of extract has."""

    code = "extract-columns"

    def __init__(self, missing: Sequence[str], unknown: Sequence[str], repeated: Sequence[str]) -> None:
        parts = (("missing", missing), ("unknown", unknown), ("more than once", repeated))
        super().__init__("columns " + "; ".join(f"{what}: {', '.join(names)}" for what, names in parts if names))
        self.missing = tuple(missing)
        self.unknown = tuple(unknown)
        self.repeated = tuple(repeated)


class ExtractEmpty(RegistryError):
    """The file has no rows: surely a mistake, for it would take every right or card away."""

    code = "extract-empty"

    def __init__(self) -> None:
        super().__init__("the file has no rows; the extract in use stays in use")


class LoadInProgress(RegistryError):
    """Another process is loading the same kind of extract."""

    code = "extract-load-in-progress"

    def __init__(self, kind: RegisterKind) -> None:
        super().__init__(f"another load of {kind} is still running")


class ExtractNotStored(AdapterUnavailable, RegistryError):
    """The new extract couldn't be written (disk full, no permission); the last one stays in use."""

    code = "extract-not-stored"


class ExtractNotLoaded(RegisterUnavailable, RegistryError):
    """No extract of this kind has been loaded yet."""

    def __init__(self, kind: RegisterKind) -> None:
        super().__init__(f"no extract of {kind} has been loaded: webvartti registry load {kind} FILE.csv")


class ExtractDamaged(RegisterUnavailable, RegistryError):
    """The snapshot file of this kind is damaged or closed to this process."""

    def __init__(self, kind: RegisterKind, why: str) -> None:
        super().__init__(
            f"the extract of {kind} can't be used ({why}): check its permissions, or load it again with "
            f"webvartti registry load {kind} FILE.csv"
        )
