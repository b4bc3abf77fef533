"""The demo as the commands want it."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from webvartti.demo.browser import Browser
from webvartti.demo.country import create_country, load_country
from webvartti.demo.environment import environment
from webvartti.demo.errors import DemoError
from webvartti.demo.renewal import renew


class Row(NamedTuple):
    """One demo card for the table of `webvartti demo cards`."""

    slug: str
    name: str
    kind: str
    key: str
    story: str
    expected: str
    file: Path


@dataclass(frozen=True, slots=True)
class CountryTools:
    """Reads the machine's clock: certificates are judged by browsers and TLS, which know no other."""

    def create(self, directory: Path, seed: int, progress: Callable[[int, int], None]) -> None:
        """Make a country in ``directory``."""
        create_country(directory, seed=seed, now=datetime.now(UTC), progress=progress)

    def is_fresh(self, directory: Path) -> bool:
        """True where there is a country younger than a day."""
        try:
            return load_country(directory).is_fresh(datetime.now(UTC))
        except DemoError:
            return False

    def cards(self, directory: Path) -> tuple[Row, ...]:
        """Who is who, and what should happen."""
        return tuple(
            Row(card.slug, card.name, str(card.kind), str(card.algorithm), card.story, card.expected, card.p12)
            for card in load_country(directory).cards
        )

    def environment(self, directory: Path) -> Mapping[str, str]:
        """The settings of this country."""
        return environment(load_country(directory))

    def renew(self, directory: Path, holder: str, say: Callable[[str], None]) -> str:
        """One renewal through the listeners; the order's number."""
        return renew(load_country(directory), holder, say)

    def browser(self, directory: Path, holder: str) -> int:
        """Chromium with this holder's card, in a profile that is thrown away at the end."""
        country = load_country(directory)
        with tempfile.TemporaryDirectory(prefix="webvartti-browser-") as profile:
            window = Browser(country, country.card(holder), Path(profile))
            url = environment(country)["WEBVARTTI_PUBLIC_ORIGIN"]
            command = window.command(url, headless=False, auto_select=False)
            return subprocess.run(command, env=dict(window.environment()), check=False).returncode  # noqa: S603 - our own command
