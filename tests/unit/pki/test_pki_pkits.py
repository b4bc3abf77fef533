"""NIST's PKITS over the product's own functions: no wrong accept, and every wrong reject is known with its reason. (A13)"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.pki.authority import NOW
from tests.unit.pki.pkits.cases import Case, cases
from webvartti.domain.certificates import (
    CertificateRefused,
    CertificateUnreadable,
    DeltaRevocationUnsupported,
    KeyTooWeak,
    RevocationMissing,
)

DOCUMENT = Path(__file__).parents[3] / "docs" / "validation.md"
ALL = tuple(cases())

WRONG_REJECTS: dict[str, type[CertificateRefused]] = {
    "4.1.4": KeyTooWeak,
    "4.1.5": CertificateUnreadable,
    "4.14.22": RevocationMissing,
    "4.14.24": RevocationMissing,
    "4.14.25": RevocationMissing,
    "4.14.28": RevocationMissing,
    "4.14.29": RevocationMissing,
    "4.14.30": RevocationMissing,
    "4.14.33": RevocationMissing,
    "4.15.2": DeltaRevocationUnsupported,
    "4.15.5": DeltaRevocationUnsupported,
    "4.15.7": DeltaRevocationUnsupported,
    "4.15.8": DeltaRevocationUnsupported,
}
"""Valid by the standard and refused here: DSA, indirect and delta CRLs."""


def test_a13_the_table_is_the_whole_suite() -> None:
    assert len(ALL) == 247
    assert len({case.name for case in ALL}) == 247


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_a13_pkits(case: Case, tmp_path: Path) -> None:
    refusal = case.refusal(tmp_path / "crl", NOW)
    if case.valid:
        assert refusal is WRONG_REJECTS.get(case.name)
    else:
        assert refusal is not None


def test_a13_the_documentation_names_every_wrong_reject_and_no_other() -> None:
    """One line of the table for each, with its number and the name of the refusal."""
    rows = re.findall(r"^\| (4\.\d+\.\d+) \| `(\w+)` \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert dict(rows) == {number: refusal.__name__ for number, refusal in WRONG_REJECTS.items()}
    assert len(WRONG_REJECTS) <= 20
    assert set(WRONG_REJECTS) <= {case.name for case in ALL if case.valid}
