"""Findings as pages show them: words in the reader's language, the gravest first."""

from __future__ import annotations

from dataclasses import dataclass

from webvartti.domain.eligibility import Finding, Severity
from webvartti.web.languages import filled, gettext
from webvartti.web.words import FINDINGS


@dataclass(frozen=True, slots=True)
class Shown:
    """One finding in words."""

    code: str
    severity: Severity
    what: str
    next_step: str


def as_shown(found: tuple[Finding, ...]) -> tuple[Shown, ...]:
    """In the order: what blocks, what needs a person, what is good to know."""
    order = list(Severity)
    return tuple(_shown(finding) for finding in sorted(found, key=lambda finding: order.index(finding.severity)))


def _shown(finding: Finding) -> Shown:
    words = FINDINGS[finding.code]
    next_step = gettext(words.next_step) if words.next_step else ""
    return Shown(finding.code, finding.severity, filled(words.what, finding.values), next_step)
