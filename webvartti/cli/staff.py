"""`webvartti staff`: who has which role."""

from __future__ import annotations

import json
import re

import click

from webvartti.cli.context import operator, tools
from webvartti.domain.events import Actor, ActorKind
from webvartti.domain.holders import REGISTRATION_NUMBERS, Person
from webvartti.domain.permissions import STAFF_ROLES, Role
from webvartti.domain.staff import Colleague, RoleChange, StaffMember
from webvartti.services import Services


class RegistrationNumber(click.ParamType[str]):
    """The 11 digits of the professional register."""

    name = "registration-number"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The number as it is, or a usage error."""
        if not re.fullmatch(r"[0-9]{11}", value):
            self.fail(f"{value!r} isn't a registration number: 11 digits, as on the card", param, ctx)
        return value


NUMBER = click.argument("number", metavar="REGISTRATION-NUMBER", type=RegistrationNumber())
ROLE = click.argument("role", metavar="ROLE", type=click.Choice([role.value for role in STAFF_ROLES]))


@click.group()
def staff() -> None:
    """Who may review, supervise, operate and audit: card identities with roles."""


@staff.command()
@NUMBER
@ROLE
@click.option("--name", default="", help="The person's name, where the register of rights doesn't have it.")
@click.pass_context
def grant(context: click.Context, number: str, role: str, name: str) -> None:
    """Grant ROLE (reviewer, supervisor, operator or auditor) to the holder of a card with this number.

    The first supervisor is made like this. Afterwards a second person confirms on the page Roles, where the settings want four
    eyes for roles.
    """
    services = tools(context).services()
    member = services.staff.member(Person(REGISTRATION_NUMBERS, number))
    if member is not None and Role(role) in member.roles:
        raise click.ClickException(f"{member.colleague.name} is {role} already.")
    known = name.strip() or services.registers.name_of(number) or (member.colleague.name if member else "")
    if not known:
        raise click.UsageError("The register of rights doesn't know this number. Check it, and say whose it is with --name.")
    _change(services, Colleague(Person(REGISTRATION_NUMBERS, number), known), Role(role), grants=True)


@staff.command()
@NUMBER
@ROLE
@click.pass_context
def revoke(context: click.Context, number: str, role: str) -> None:
    """Take ROLE away from somebody. It ends with their next click; the last supervisor stays one."""
    services = tools(context).services()
    member = services.staff.member(Person(REGISTRATION_NUMBERS, number))
    if member is None or Role(role) not in member.roles:
        raise click.ClickException(f"{number} isn't {role}: webvartti staff list shows who is.")
    _change(services, member.colleague, Role(role), grants=False)


def _change(services: Services, colleague: Colleague, role: Role, *, grants: bool) -> None:
    asked_by = Actor(ActorKind.OPERATOR, operator())
    change = RoleChange(colleague, role, grants, asked_by, services.clock())
    same = (each for each in services.staff.list().asked if (each.colleague.person, each.role) == (colleague.person, role))
    if any(each.grants == grants for each in same):
        raise click.ClickException("This change waits already: confirm it on the page Roles.")
    done = services.staff.change(change)
    what = f"{colleague.name} ({colleague.person.serial_number})"
    if not done:
        wanted = f"to be {role}" if grants else f"not to be {role} any more"
        click.echo(f"{what} {wanted}: waits for a second person: confirm on the page Roles")
        return
    click.echo(f"{what} is {role} now" if grants else f"{what} isn't {role} any more")


@staff.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.pass_context
def list_staff(context: click.Context, as_json: bool) -> None:
    """Who has which role, and which changes wait for a second person."""
    found = tools(context).services().staff.list()
    members = [_member_row(member) for member in found.members]
    waiting = [_waiting_row(change) for change in found.asked]
    if as_json:
        click.echo(json.dumps({"members": members, "waiting": waiting}, ensure_ascii=False, indent=1))
        return
    for member in members:
        click.echo(f"{member['registration_number']}  {member['name']}  {', '.join(member['roles'])}")
    if not members:
        click.echo("Nobody has a role yet: webvartti staff grant REGISTRATION-NUMBER supervisor")
    for change in waiting:
        what = "grant" if change["grants"] else "take away"
        click.echo(
            f"waits for a second person: {what} {change['role']}, {change['registration_number']} {change['name']},"
            f" asked by {change['asked_by']} at {change['asked_at']}"
        )


def _member_row(member: StaffMember) -> dict[str, str | list[str]]:
    roles = [role.value for role in STAFF_ROLES if role in member.roles]
    colleague = member.colleague
    return {"registration_number": colleague.person.serial_number, "name": colleague.name, "roles": roles}


def _waiting_row(change: RoleChange) -> dict[str, str | bool]:
    return {
        "registration_number": change.colleague.person.serial_number,
        "name": change.colleague.name,
        "role": change.role.value,
        "grants": change.grants,
        "asked_by": f"{change.asked_by.kind} {change.asked_by.name}",
        "asked_at": change.asked_at.isoformat(timespec="seconds"),
    }
