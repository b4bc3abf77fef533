"""Contrast of text and of borders, computed from the style sheet, light and dark (WCAG 1.4.3 and 1.4.11)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[2] / "static" / "webvartti.css").read_text(encoding="utf-8")
TEXT = 4.5
BORDER = 3.0
PAIRS = [
    ("text", "page", TEXT), ("text", "panel", TEXT), ("text", "info-panel", TEXT), ("text", "error-panel", TEXT),
    ("text", "warn-panel", TEXT), ("text", "good-panel", TEXT), ("muted", "page", TEXT), ("link", "page", TEXT),
    ("link", "panel", TEXT), ("on-brand", "brand", TEXT), ("error", "page", TEXT), ("error", "error-panel", TEXT),
    ("page", "error", TEXT), ("warn", "warn-panel", TEXT), ("border", "page", 4.5), ("focus", "page", BORDER),
    ("good", "page", BORDER),
    ("warn", "page", BORDER),
]  # fmt: skip


def palettes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    light, dark = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in blocks)
    return {"light": light, "dark": {**light, **dark}}


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_formula() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_a42_contrast(scheme: str, front: str, back: str, least: float) -> None:
    colours = palettes()[scheme]
    assert contrast(colours[front], colours[back]) >= least
