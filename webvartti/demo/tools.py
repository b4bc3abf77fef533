"""The demo as the commands want it."""

from __future__ import annotations

import socket
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from webvartti.demo.browser import Browser
from webvartti.demo.country import Country, create_country, load_country
from webvartti.demo.environment import environment
from webvartti.demo.errors import DemoError, DemoNotRunning, DemoRefused, NoDisplay
from webvartti.demo.reader_software import Answer, answering
from webvartti.demo.renewal import ensure_order, renew
from webvartti.demo.staff import IN_THE_QUEUE, staff_certificates
from webvartti.domain.permissions import Role

_SETTINGS, _OF_TESTS = "WEBVARTTI_", "WEBVARTTI_TEST_"
_NOT_PRODUCTION = ("demo", "test")


@dataclass(frozen=True, slots=True)
class CountryTools:
    """Reads the machine's clock: certificates are judged by browsers and TLS, which know no other.

    ``outer`` is the environment of this process, in which a browser finds its display.
    """

    outer: Mapping[str, str]

    def refuse_in_production(self) -> None:
        """Where no environment is set, settings are those of production. Raises DemoRefused."""
        said = self.outer.get("WEBVARTTI_ENVIRONMENT", "").strip()
        others = [name for name in self.outer if name.startswith(_SETTINGS) and not name.startswith(_OF_TESTS)]
        if said not in _NOT_PRODUCTION and (said or others):
            raise DemoRefused(
                f"the settings say {said or 'nothing of an environment, which stands for production'}: a demo never runs there"
            )

    def create(self, directory: Path, seed: int, progress: Callable[[int, int], None]) -> None:
        """Make a country in ``directory``."""
        create_country(directory, seed=seed, now=datetime.now(UTC), progress=progress)

    def is_fresh(self, directory: Path) -> bool:
        """True where there is a country younger than a day."""
        try:
            return load_country(directory).is_fresh(datetime.now(UTC))
        except DemoError:
            return False

    def cards(self, directory: Path) -> tuple[tuple[str, str, str, str, str, str], ...]:
        """Who is who, and what should happen."""
        cards = load_country(directory).cards
        return tuple((c.slug, c.name, str(c.kind), str(c.algorithm), c.story, c.expected) for c in cards)

    def environment(self, directory: Path) -> Mapping[str, str]:
        """The settings of this country."""
        return environment(load_country(directory))

    def is_running(self, directory: Path) -> bool:
        """True where something listens at the public address of this country's demo."""
        return _listening(environment(load_country(directory))["WEBVARTTI_PUBLIC_LISTEN"])

    def renew(self, directory: Path, holder: str, say: Callable[[str], None]) -> str:
        """One renewal through the listeners; the order's number."""
        country = load_country(directory)
        return renew(country, holder, _origin(country), say)

    def orders_on_their_way(self, directory: Path) -> None:
        """The stories in which an order is on its way already come true. Raises RenewalNotFinished."""
        country = load_country(directory)
        for card in country.cards:
            if card.order_on_its_way:
                ensure_order(country, card.slug, _origin(country))

    def cases_in_the_queue(self, directory: Path) -> None:
        """Let some holders order whose orders a person must look at. Raises RenewalNotFinished."""
        country = load_country(directory)
        for slug in IN_THE_QUEUE:
            ensure_order(country, slug, _origin(country))

    def staff(self, directory: Path) -> tuple[tuple[bytes, Role], ...]:
        """Certificate (DER) and role of those who run the service."""
        return staff_certificates(load_country(directory))

    def browser(self, directory: Path, holder: str) -> int:
        """Chromium with this holder's card, in a profile that is thrown away at the end."""
        country = load_country(directory)
        card = country.card(holder)
        if not (self.outer.get("DISPLAY") or self.outer.get("WAYLAND_DISPLAY")):
            raise NoDisplay(f"there is no display to open a window on: bring {card.p12} into a browser elsewhere")
        if not self.is_running(directory):
            raise DemoNotRunning("nothing answers where the demo should be: start it first (make demo)")
        with tempfile.TemporaryDirectory(prefix="webvartti-browser-", ignore_cleanup_errors=True) as profile:
            window = Browser(country, card, Path(profile))
            command = window.command(_origin(country), headless=False, auto_select=False)
            return subprocess.run(command, env=dict(window.environment(self.outer)), check=False).returncode  # noqa: S603 - our own command

    def reader_software(self, directory: Path, answer: str, port: int, say: Callable[[str], None]) -> None:
        """Stand in for card reader software until Ctrl-C. Raises PortTaken."""
        with answering(load_country(directory), Answer(answer), port, say) as stand_in:
            say(f"answering at https://localhost:{stand_in.port}/version as: {answer} (stop with Ctrl-C)")
            stand_in.wait()


def _origin(country: Country) -> str:
    return environment(country)["WEBVARTTI_PUBLIC_ORIGIN"]


def _listening(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, int(port))) == 0
