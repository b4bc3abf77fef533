"""An installation whose lists of revoked cards go out of date and come back: CAs of the test's own, a clock that it moves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cryptography import x509
from werkzeug.test import TestResponse

from tests.conftest import Installation, silent
from tests.unit.pki.authority import AUTHENTICATION, TEST_POLICY, Authority, KeyRing, der, new_root, policies, revoked
from tests.unit.pki.office import write_trust
from tests.web.visitor import Page, Site, Visitor, build_site
from webvartti.domain.orders import Order

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TYPED = {
    "street": "Kirjoitettu katu 7",
    "postal_code": "00530",
    "post_office": "Helsinki",
    "country": "FI",
    "letter_to": "home",
    "organisation": "",
    "email": "typed@example.fi",
    "telephone": "040 765 4321",
    "contact_language": "en",
}


@dataclass
class Hand:
    """The hand of the rules' clock."""

    now: datetime


@dataclass
class Lane:
    """The issuing CA's first list was made an hour before the start and ends an hour after it; the root's ends in a month."""

    site: Site
    installation: Installation
    root: Authority
    issuing: Authority
    hand: Hand
    number: int = 0
    cards: dict[str, x509.Certificate] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.hand.now

    def publish(self, authority: Authority, made: datetime, ends: datetime, *entries: x509.RevokedCertificate) -> None:
        """A CA issues its next list, and it is put in use."""
        self.number += 1
        file = self.installation.directory / "new.crl"
        this_update, next_update = made.replace(microsecond=0), ends.replace(microsecond=0)
        file.write_bytes(authority.crl(entries, number=self.number, this_update=this_update, next_update=next_update))
        self.site.services.revocation.load_crl(file, operator="test", now=self.now, progress=silent)

    def fresh(self, *entries: x509.RevokedCertificate, made: datetime | None = None) -> None:
        """A list of the issuing CA, made now where nothing else is said, in force for a week."""
        made = made or self.now
        self.publish(self.issuing, made, made + 7 * DAY, *entries)

    def entry(self, slug: str = "aino", reason: x509.ReasonFlags | None = None) -> x509.RevokedCertificate:
        """The line of a list that names this holder's card."""
        return revoked(self.cards[slug].serial_number, reason)

    def visitor(self, slug: str = "aino") -> Visitor:
        """Somebody with a card of the test's own CA: the holder's of the demo, with the same subject and serial number."""
        visitor = self.site.visitor()
        visitor.card = der(self.cards[slug])
        return visitor

    def signed_in(self, slug: str = "aino") -> Visitor:
        """The hand-over done."""
        visitor = self.visitor(slug)
        assert visitor.sign_in().status_code == 303
        return visitor

    def later(self, step: timedelta) -> None:
        """Let time pass."""
        self.hand.now += step

    def hold_order(self, slug: str = "aino", **changes: str) -> Order:
        """An order typed in with stale data."""
        sent = send_typed(self.signed_in(slug), **changes)
        assert sent.headers["Location"] == "/en/draft/sent"
        return next(self.site.services.orders.every(None))

    def order(self) -> Order:
        """The newest order as it stands."""
        return next(self.site.services.orders.every(None))

    def states(self) -> list[str]:
        """Of all orders, the newest first."""
        return [str(order.state) for order in self.site.services.orders.every(None)]

    def home(self, slug: str = "aino") -> dict[str, str]:
        """The address of the register, as the holder would type it."""
        registered = self.site.services.renewals.register.person(self.site.country.card(slug).number)
        assert registered is not None
        assert registered.home_address is not None
        home = registered.home_address
        return {"street": home.street, "postal_code": home.postal_code, "post_office": home.post_office}

    def settle(self) -> int:
        """One round of the worker."""
        return self.site.services.worker.run(self.now).settled

    def mail(self) -> list[tuple[str, str]]:
        """(kind, address) of what waits to be sent."""
        return [(str(message.kind), message.to) for message in self.site.services.worker.waiting()]


def typed_form(visitor: Visitor, **changes: str) -> dict[str, str]:
    """The fields of the draft lane's form, filled in."""
    _, fields = Page(visitor.get("/en/draft").text).form("/draft/check")
    return {**fields, **TYPED, **changes}


def send_typed(visitor: Visitor, **changes: str) -> TestResponse:
    """Form, page to check, send: the last response."""
    check = visitor.post("/en/draft/check", typed_form(visitor, **changes))
    assert check.status_code == 200, check.text
    return visitor.submit(check, "/draft/send")


def open_lane(
    installation: Installation,
    keys: KeyRing,
    slugs: Iterable[str] = ("aino", "bjorn"),
    *,
    not_after: dict[str, datetime] | None = None,
    policy: str = TEST_POLICY,
    **settings: str,
) -> Lane:
    """The installation with CAs of its own in place of the demo's."""
    folder = installation.directory / "lane"
    folder.mkdir()
    root = new_root("Lane root", keys.key("p384", "lane root"))
    issuing = root.issue_ca("Lane cards", keys.key("p384", "lane cards"))
    changed = {
        "WEBVARTTI_TRUST_FILE": str(write_trust(folder, [root], [issuing], [policy])),
        "WEBVARTTI_REVOCATION_DIRECTORY": str(folder / "revocation"),
        **{f"WEBVARTTI_{name}": value for name, value in settings.items()},
    }
    own = replace(installation, environ={**installation.environ, **changed})
    services = own.build()
    start = services.clock()
    hand = Hand(start)
    site = build_site(own.settings, replace(services, clock=lambda: hand.now), own.country)
    lane = Lane(site, own, root, issuing, hand)
    for slug in slugs:
        card = x509.load_pem_x509_certificate(own.country.card(slug).chosen_pem.read_bytes())
        end = (not_after or {}).get(slug, start + 60 * DAY)
        key = keys.key("p384", f"card {slug}")
        extensions, begin = (AUTHENTICATION, policies(policy)), start - 300 * DAY
        lane.cards[slug] = issuing.issue(
            card.subject, key, extensions, serial=card.serial_number, not_before=begin, not_after=end
        )
    lane.publish(root, start - HOUR, start + 30 * DAY)
    lane.publish(issuing, start - HOUR, start + HOUR)
    return lane
