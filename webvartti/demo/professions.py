"""The professions of the demo country, in the style of code system 1.2.246.537.6.140: three digits as text.

Only 001 and 002 are as in the real code system; the others are the demo's own numbering.
"""

from __future__ import annotations

TITLES: dict[str, str] = {
    "001": "lääkäri",
    "002": "hammaslääkäri",
    "003": "proviisori",
    "004": "farmaseutti",
    "005": "sairaanhoitaja",
    "006": "kätilö",
    "007": "terveydenhoitaja",
    "008": "fysioterapeutti",
    "009": "laboratoriohoitaja",
    "010": "röntgenhoitaja",
    "011": "suuhygienisti",
    "012": "psykologi",
    "013": "puheterapeutti",
    "014": "lähihoitaja",
    "015": "sosiaalityöntekijä",
    "016": "sosionomi",
}
"""The profession's title in Finnish, as it stands in the subject's title attribute."""

PRESCRIBERS = frozenset({"001", "002"})
"""Who has a Doctor ID (1.2.246.537.25)."""
