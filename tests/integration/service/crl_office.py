"""An installation whose trust file names addresses of CRLs, and the publisher that answers there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.conftest import Installation
from tests.databases import ask
from tests.unit.pki.authority import Authority, revoked
from tests.unit.pki.crl_publisher import Publisher, body
from tests.unit.pki.office import write_trust
from webvartti.domain.crl_fetching import FetchOutcome, FetchState
from webvartti.services import Services
from webvartti.services.revocation import Fetching

NOW = datetime.now(UTC).replace(microsecond=0)
ROOT, CA = "/root.crl", "/ca.crl"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True)
class Office:
    """An installation whose trust file names two addresses of a publisher, one of the root and one of an issuing CA."""

    installation: Installation
    publisher: Publisher
    root: Authority
    ca: Authority
    services: Services

    @property
    def folder(self) -> Path:
        return self.installation.directory / "crls"

    def publish(self, path: str, crl: bytes) -> None:
        self.publisher.answers[path] = body(crl)

    def crl(self, number: int, *serials: int, ends: datetime = NOW + 10 * HOUR, started: datetime = NOW - HOUR) -> bytes:
        """The issuing CA's."""
        return self.ca.crl([revoked(serial) for serial in serials], number=number, this_update=started, next_update=ends)

    def fetch(self, now: datetime = NOW, *, only_due: bool = False) -> dict[str, FetchOutcome]:
        """By path."""
        outcomes = self.services.revocation.fetch_all(Fetching(), now, only_due=only_due)
        return {each.address.url.removeprefix(self.publisher.origin): each for each in outcomes}

    def fetched(self, path: str, now: datetime = NOW) -> str:
        """The result, or the problem."""
        outcome = self.fetch(now)[path]
        return outcome.problem or str(outcome.result)

    def state(self, path: str, now: datetime = NOW) -> FetchState:
        (found,) = (each for each in self.services.revocation.fetches(now) if each.address.url.endswith(path))
        return found

    def in_use(self) -> dict[str, int]:
        """CRLNumbers by the CA's common name."""
        lists = self.services.revocation.register.lists()
        return {each.issuer.partition(",")[0].removeprefix("CN="): each.number for each in lists}

    def entries_of_audit(self) -> list[str]:
        loaded = "SELECT actor_kind, detail->>'name' FROM audit WHERE action = 'crl.loaded' ORDER BY id"
        return [kind for kind, issuer in ask(self.installation.url, loaded) if "WebVartti test" in issuer]


def make_office(
    installation: Installation, publisher: Publisher, root: Authority, ca: Authority, addresses: dict[str, str]
) -> Office:
    trust = write_trust(installation.directory, [root], [ca])
    for file, address in addresses.items():
        text = trust.read_text(encoding="utf-8")
        trust.write_text(text.replace(f'file = "{file}"', f'file = "{file}"\ncrls = ["{address}"]'), encoding="utf-8")
    installation.environ["WEBVARTTI_TRUST_FILE"] = str(trust)
    installation.environ["WEBVARTTI_REVOCATION_DIRECTORY"] = str(installation.directory / "crls")
    office = Office(installation, publisher, root, ca, installation.build())
    office.publish(ROOT, root.crl(number=1, this_update=NOW - HOUR, next_update=NOW + 10 * HOUR))
    office.publish(CA, office.crl(1))
    return office
