"""Loading extracts, and telling people where the registration points are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from webvartti.domain.audit import AuditEntry
from webvartti.domain.errors import RegisterUnavailable
from webvartti.domain.events import Actor, ActorKind
from webvartti.domain.ports import Progress, Register, RevocationRegister
from webvartti.domain.registers import LoadReport, Organisation, RegisterKind, RegistrationPoint, Snapshot
from webvartti.domain.repositories import UnitsOfWork


@dataclass(frozen=True, slots=True)
class Registers:
    """The use cases around what the registers and issuers publish."""

    register: Register
    revocation: RevocationRegister
    units: UnitsOfWork

    def load_extract(
        self, kind: RegisterKind, extract: Path, *, skip_bad: bool, operator: str, now: datetime, progress: Progress
    ) -> LoadReport:
        """Put an extract in use, whole or not at all (or without its bad rows), and record which one it is."""
        report = self.register.load(kind, extract, skip_bad=skip_bad, progress=progress)
        if report.snapshot is not None:
            self._record(report.snapshot, "register.loaded", operator, now)
        return report

    def snapshots(self) -> tuple[Snapshot, ...]:
        """What this machine uses: extracts, then CRLs."""
        return (*self.register.snapshots(), *self.revocation.snapshots())

    def shortcomings(self, now: datetime) -> tuple[str, ...]:
        """What is missing for people to sign in and order, one line each."""
        return *self.missing_extracts(), *(f"no CRL in force of {name}" for name in self.revocation.without_crl(now))

    def missing_extracts(self) -> tuple[str, ...]:
        """One line each."""
        loaded = {snapshot.name for snapshot in self.register.snapshots()}
        return tuple(f"no extract of {kind} is loaded" for kind in RegisterKind if kind not in loaded)

    def nearest_points(self, postal_code: str, limit: int = 3) -> tuple[RegistrationPoint, ...]:
        """Where a dead end sends people; nothing where the register has none, for a dead end must not fail."""
        try:
            return self.register.nearest_registration_points(postal_code, limit)
        except RegisterUnavailable:
            return ()

    def points(self) -> tuple[RegistrationPoint, ...]:
        """All registration points, by county; none where the register has none."""
        try:
            return self.register.registration_points()
        except RegisterUnavailable:
            return ()

    def find_organisations(self, text: str, limit: int = 20) -> tuple[Organisation, ...]:
        """Organisations to which an activation letter may go."""
        return self.register.find_organisations(text, limit)

    def name_of(self, registration_number: str) -> str:
        """Whose number it is, by the register of rights; empty where that isn't known today."""
        try:
            rights = self.register.rights(registration_number)
        except RegisterUnavailable:
            return ""
        return f"{rights[-1].given_names} {rights[-1].surname}" if rights else ""

    def _record(self, snapshot: Snapshot, action: str, operator: str, now: datetime) -> None:
        detail = {"name": snapshot.name, "number": str(snapshot.number), "sha256": snapshot.sha256}
        with self.units.writing() as unit:
            unit.snapshots.record(snapshot, now)
            unit.audit.add(AuditEntry(now, Actor(ActorKind.OPERATOR, operator), action, detail=detail))
            unit.commit()
