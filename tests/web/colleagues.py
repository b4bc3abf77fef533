"""Members of the staff for page tests: holders of the demo country with roles."""

from __future__ import annotations

from tests.web.visitor import Site, Visitor
from webvartti.domain.permissions import Role
from webvartti.domain.staff import Colleague


def appoint(site: Site, slug: str, *roles: Role, language: str = "en") -> Visitor:
    """This holder signed in, with these roles."""
    services = site.services
    now = services.clock()
    holder = services.judge.judge(site.certificate(slug), now).holder
    with services.staff.units.writing() as unit:
        for role in roles:
            unit.staff.grant(Colleague(holder.person, holder.name), role, now)
        unit.commit()
    return site.signed_in(slug, language)


def ordered(site: Site, slug: str) -> str:
    """The number of an order that a person must look at."""
    receipt = site.signed_in(slug).order()
    return receipt.headers["Location"].split("/orders/")[1].split("/")[0]
