"""A whole installation of this room in a folder: trust file, index of CRLs, judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from tests.unit.pki.authority import NOW, TEST_POLICY, Authority, der
from webvartti.domain.certificates import AcceptedCard
from webvartti.domain.registers import Snapshot
from webvartti.pki.crl_index import CrlIndex
from webvartti.pki.judge import Judge
from webvartti.pki.trust import Trust, load_trust


def no_progress(done: int, total: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Office:
    folder: Path
    root: Authority
    issuing: Authority
    trust: Trust
    index: CrlIndex

    def judge(self, card: x509.Certificate | bytes, now: datetime = NOW, *, production: bool = False) -> AcceptedCard:
        judge = Judge(self.trust, self.index, production=production)
        return judge.judge(card if isinstance(card, bytes) else der(card), now)

    def load(self, crl: bytes, now: datetime = NOW) -> Snapshot:
        file = self.folder / "new.crl"
        file.write_bytes(crl)
        return self.index.load(file, now, no_progress)


def write_trust(
    folder: Path, anchors: Sequence[Authority], issuers: Sequence[Authority], policies: Sequence[str] = (TEST_POLICY,)
) -> Path:
    tables = []
    for number, anchor in enumerate(anchors):
        (folder / f"root{number}.pem").write_bytes(anchor.pem)
        tables.append(f'[[anchor]]\nfile = "root{number}.pem"\n')
    for number, issuer in enumerate(issuers):
        (folder / f"issuer{number}.der").write_bytes(issuer.der)
        tables.append(
            f'[[issuer]]\nfile = "issuer{number}.der"\nkind = "professional"\n'
            f'namespace = "registration-number"\npolicies = {list(policies)}\n'
        )
    path = folder / "trust.toml"
    path.write_text("\n".join(tables), encoding="utf-8")
    return path


def open_office(
    folder: Path, root: Authority, *issuing: Authority, policies: Sequence[str] = (TEST_POLICY,), with_crls: bool = True
) -> Office:
    """With an empty CRL of every CA, unless ``with_crls`` says otherwise."""
    trust = load_trust(write_trust(folder, [root], issuing, policies), NOW)
    office = Office(folder, root, issuing[0], trust, CrlIndex(folder / "crl", trust))
    if with_crls:
        for authority in (root, *issuing):
            office.load(authority.crl())
    return office
