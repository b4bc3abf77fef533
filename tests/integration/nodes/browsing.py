"""What people do on the pages, over real connections."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.integration.nodes.cluster import Cluster
from tests.integration.proxies.client import Answer, Person
from tests.web.visitor import Page
from webvartti.bootstrap import build_services
from webvartti.config import load_settings
from webvartti.domain.permissions import Role
from webvartti.domain.staff import Colleague
from webvartti.services import Services


def services_of(cluster: Cluster) -> Services:
    """To look into the database that all nodes share."""
    return build_services(load_settings(cluster.nodes[0].front.environ))


def submit(person: Person, page: Answer, ending: str, path: str = "", **changes: str) -> Answer:
    """Fill in and send the form of a page; ``path`` is the page's own, for a form that goes back there."""
    action, fields = Page(page.body).form(ending)
    return person.public("POST", action or path, [b"Origin: " + person.front.public_origin.encode()], {**fields, **changes})


def follow(person: Person, answer: Answer) -> Answer:
    """Go where a redirect leads."""
    assert answer.status == 303, (answer.status, answer.body)
    return person.public("GET", answer.headers["Location"])


def checked(person: Person, slug: str) -> Answer:
    """From signed in to the page on which the order is checked before it is sent; ``placed`` finds it by the slug."""
    form = person.public("GET", "/en/renewal")
    return follow(person, submit(person, form, "/renewal", email=f"{slug}@example.fi"))


def number_of(answer: Answer) -> str:
    """The order that the answer to "send" leads to."""
    assert answer.status == 303, (answer.status, answer.body)
    return answer.headers["Location"].split("/orders/")[1].split("/")[0]


def placed(services: Services, slug: str) -> list[tuple[str, int]]:
    """The orders of this holder, and of each how many times the audit says that it was placed."""
    audited = [entry.order for entry in services.audit.show(limit=10_000) if entry.action == "order.placed"]
    orders = [order.number for order in services.orders.every(None) if order.contact.email == f"{slug}@example.fi"]
    return [(number, audited.count(number)) for number in orders]


def appoint(cluster: Cluster, slug: str, role: Role) -> None:
    """Give the holder this role."""
    services = services_of(cluster)
    now = services.clock()
    pem = cluster.front.country.card(slug).chosen_pem.read_bytes()
    holder = services.judge.judge(x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER), now).holder
    with services.staff.units.writing() as unit:
        unit.staff.grant(Colleague(holder.person, holder.name), role, now)
        unit.commit()
