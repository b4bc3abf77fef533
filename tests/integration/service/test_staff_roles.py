"""Roles and rules changed with two people, on a real database."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from tests.conftest import Installation, silent
from tests.integration.service.reviewing import Office, open_office
from tests.unit.domain.placed import ANNA, BENGT, CARITA
from webvartti.domain.audit import AuditEntry
from webvartti.domain.eligibility import RenewalPolicy
from webvartti.domain.errors import AuditUnavailable
from webvartti.domain.events import Actor, ActorKind
from webvartti.domain.permissions import Role
from webvartti.domain.rules import PolicyChangeGone
from webvartti.domain.staff import (
    Colleague,
    LastSupervisor,
    NotAStaffRole,
    OwnRole,
    RoleChange,
    RoleChangeGone,
    SameEyes,
)
from webvartti.storage.audit import Audit

OLLI, PIRJO = Actor(ActorKind.OPERATOR, "olli"), Actor(ActorKind.OPERATOR, "pirjo")


@pytest.fixture
def office(installation: Installation) -> Office:
    return open_office(installation)


def change(office: Office, who: Colleague, role: Role, asked_by: Actor = OLLI, *, grants: bool = True) -> bool:
    return office.services.staff.change(RoleChange(who, role, grants, asked_by, office.now))


def confirm(office: Office, who: Actor) -> RoleChange:
    """The oldest change that waits."""
    return office.services.staff.confirm(office.services.staff.list().asked[0].id, who, office.now)


def roles(office: Office, who: Colleague) -> frozenset[Role]:
    member = office.services.staff.member(who.person)
    return frozenset() if member is None else member.roles


@pytest.fixture
def supervised(office: Office) -> Office:
    """Anna and Bengt are supervisors."""
    assert change(office, ANNA, Role.SUPERVISOR)
    assert not change(office, BENGT, Role.SUPERVISOR)
    confirm(office, ANNA.actor)
    return office


def test_the_first_supervisor_is_made_by_a_command_and_the_next_by_two(office: Office) -> None:
    assert not change(office, ANNA, Role.SUPERVISOR, BENGT.actor)
    assert not change(office, ANNA, Role.REVIEWER)
    assert not change(office, ANNA, Role.SUPERVISOR, grants=False)
    assert roles(office, ANNA) == frozenset()
    assert change(office, ANNA, Role.SUPERVISOR)
    assert roles(office, ANNA) == {Role.SUPERVISOR}
    assert not change(office, BENGT, Role.SUPERVISOR)
    assert roles(office, BENGT) == frozenset()


def test_a28_whoever_asks_or_gets_a_role_does_not_confirm_it(supervised: Office) -> None:
    assert not change(supervised, CARITA, Role.SUPERVISOR, ANNA.actor)
    with pytest.raises(SameEyes):
        confirm(supervised, ANNA.actor)
    with pytest.raises(OwnRole):
        confirm(supervised, CARITA.actor)
    done = confirm(supervised, BENGT.actor)
    assert (done.colleague, set(roles(supervised, CARITA))) == (CARITA, {Role.SUPERVISOR})
    with pytest.raises(RoleChangeGone):
        supervised.services.staff.confirm(done.id, BENGT.actor, supervised.now)
    assert supervised.actions()[-2:] == ["role.asked", "role.granted"]
    granted = supervised.audit()[-1]
    assert (granted.actor, granted.subject, granted.detail["asked_by"]) == (BENGT.actor, CARITA.actor.name, ANNA.actor.name)


def test_what_waits_is_not_asked_for_twice(supervised: Office) -> None:
    for asker in (ANNA.actor, ANNA.actor, BENGT.actor):
        assert not change(supervised, CARITA, Role.REVIEWER, asker)
    assert len(supervised.services.staff.list().asked) == 1
    assert not change(supervised, CARITA, Role.AUDITOR, ANNA.actor)
    assert len(supervised.services.staff.list().asked) == 2


def test_declining_throws_a_change_away(supervised: Office) -> None:
    change(supervised, CARITA, Role.REVIEWER, ANNA.actor)
    (waiting,) = supervised.services.staff.list().asked
    supervised.services.staff.decline(waiting.id, ANNA.actor, supervised.now)
    with pytest.raises(RoleChangeGone):
        supervised.services.staff.confirm(waiting.id, BENGT.actor, supervised.now)
    assert roles(supervised, CARITA) == frozenset()
    assert supervised.actions()[-1] == "role.declined"


def test_the_last_supervisor_stays_also_where_changes_wait(supervised: Office) -> None:
    change(supervised, ANNA, Role.SUPERVISOR, OLLI, grants=False)
    change(supervised, BENGT, Role.SUPERVISOR, OLLI, grants=False)
    first, second = supervised.services.staff.list().asked
    supervised.services.staff.confirm(first.id, PIRJO, supervised.now)
    with pytest.raises(LastSupervisor):
        supervised.services.staff.confirm(second.id, PIRJO, supervised.now)
    with pytest.raises(LastSupervisor):
        change(supervised, BENGT, Role.SUPERVISOR, OLLI, grants=False)
    assert roles(supervised, BENGT) == {Role.SUPERVISOR}
    change(supervised, ANNA, Role.SUPERVISOR)
    supervised.services.staff.confirm(supervised.services.staff.list().asked[-1].id, BENGT.actor, supervised.now)
    supervised.services.staff.confirm(second.id, ANNA.actor, supervised.now)
    assert roles(supervised, BENGT) == frozenset()


def test_two_supervisors_taken_away_at_once_leave_one(supervised: Office) -> None:
    for who in (ANNA, BENGT):
        change(supervised, who, Role.SUPERVISOR, OLLI, grants=False)
    waiting = supervised.services.staff.list().asked
    barrier = Barrier(2)

    def take_away(asked: RoleChange) -> str:
        barrier.wait()
        try:
            supervised.services.staff.confirm(asked.id, PIRJO, supervised.now)
        except LastSupervisor as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take_away, waiting)) == ["done", "last-supervisor"]


def test_settings_may_ask_for_one_person(installation: Installation) -> None:
    office = open_office(installation, FOUR_EYES="reject override rules")
    assert change(office, ANNA, Role.REVIEWER)
    assert change(office, ANNA, Role.SUPERVISOR, BENGT.actor)
    assert roles(office, ANNA) == {Role.REVIEWER, Role.SUPERVISOR}
    assert change(office, ANNA, Role.REVIEWER, grants=False)
    with pytest.raises(LastSupervisor):
        change(office, ANNA, Role.SUPERVISOR, grants=False)
    assert [colleague.name for colleague in office.services.staff.reviewers()] == [ANNA.name]


@pytest.mark.parametrize("role", [Role.VISITOR, Role.HOLDER, Role.DRAFT_HOLDER])
def test_only_roles_of_the_staff_are_granted(office: Office, role: Role) -> None:
    with pytest.raises(NotAStaffRole):
        change(office, ANNA, role)


def test_a34_no_role_and_no_rule_without_its_audit_row(supervised: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    change(supervised, CARITA, Role.REVIEWER, ANNA.actor)
    services, policy = supervised.services, RenewalPolicy(60)
    services.rules.propose(policy, ANNA.actor, supervised.now)
    (proposed,) = services.rules.overview().proposed
    kept = services.staff.list(), services.rules.overview()
    (waiting,) = kept[0].asked

    def fail(self: Audit, entry: AuditEntry) -> None:
        raise AuditUnavailable

    steps: list[Callable[[], object]] = [
        lambda: change(supervised, CARITA, Role.AUDITOR, ANNA.actor),
        lambda: confirm(supervised, BENGT.actor),
        lambda: services.staff.decline(waiting.id, BENGT.actor, supervised.now),
        lambda: services.rules.propose(RenewalPolicy(30), ANNA.actor, supervised.now),
        lambda: services.rules.confirm(proposed.id, BENGT.actor, supervised.now),
        lambda: services.rules.decline(proposed.id, BENGT.actor, supervised.now),
    ]
    with monkeypatch.context() as patched:
        patched.setattr(Audit, "add", fail)
        for step in steps:
            with pytest.raises(AuditUnavailable):
                step()
    assert (services.staff.list(), services.rules.overview()) == kept


def test_a_policy_takes_two_and_counts_for_the_next_order(office: Office) -> None:
    rules, now = office.services.rules, office.now
    of_settings, none_early = rules.policy(), RenewalPolicy(window_days=0)
    assert office.services.renewals.overview(office.holder(), now).may_order
    for _ in range(2):
        assert not rules.propose(none_early, ANNA.actor, now)
    (waiting,) = rules.overview().proposed
    with pytest.raises(SameEyes):
        rules.confirm(waiting.id, ANNA.actor, now)
    assert rules.policy() == of_settings
    rules.confirm(waiting.id, BENGT.actor, now)
    assert rules.policy() == none_early
    assert not office.services.renewals.overview(office.holder(), now).may_order
    with pytest.raises(PolicyChangeGone):
        rules.confirm(waiting.id, CARITA.actor, now)
    overview = rules.overview()
    assert (overview.policy, overview.since.settled_by if overview.since else None) == (none_early, BENGT.actor)
    rules.propose(RenewalPolicy(90), BENGT.actor, now)
    (second,) = rules.overview().proposed
    rules.decline(second.id, BENGT.actor, now)
    assert rules.policy() == none_early
    assert office.actions()[-4:] == ["policy.proposed", "policy.in-force", "policy.proposed", "policy.declined"]


def test_the_newest_confirmed_wins_in_whatever_order_they_were_proposed(office: Office) -> None:
    rules, now = office.services.rules, office.now
    for window in (30, 60):
        rules.propose(RenewalPolicy(window), ANNA.actor, now)
    first, second = rules.overview().proposed
    rules.confirm(second.id, BENGT.actor, now)
    rules.confirm(first.id, BENGT.actor, now + timedelta(microseconds=1))
    assert rules.policy() == first.policy == RenewalPolicy(30)


def test_one_person_changes_a_policy_where_the_settings_say_so(installation: Installation) -> None:
    office = open_office(installation, FOUR_EYES="none")
    assert office.services.rules.propose(RenewalPolicy(60), ANNA.actor, office.now)
    assert office.services.rules.policy() == RenewalPolicy(60)
    assert office.actions()[-1] == "policy.in-force"


def test_replaying_changes_nothing_and_names_each_flip(office: Office) -> None:
    early, clean = office.place(), office.place("bjorn", address=None)
    assert (early.state, clean.state) == ("submitted", "approved")
    rules, before = office.services.rules, office.actions()
    same = rules.replay(rules.policy(), office.now, silent)
    assert (same.looked_at, same.flips) == (2, ())
    to_people = rules.replay(RenewalPolicy(None, False), office.now, silent)
    assert [(flip.number, flip.before, flip.after) for flip in to_people.flips] == [(clean.number, "approved", "person")]
    assert len(rules.replay(RenewalPolicy(0), office.now, silent, limit=1).flips) == 1
    assert rules.replay(RenewalPolicy(0), office.now.replace(year=office.now.year + 1), silent).looked_at == 0
    assert office.actions() == before
    assert office.order(clean.number) == clean


def test_asking_for_the_policy_costs_a_part_of_looking_at_one_s_card(office: Office) -> None:
    """It is asked anew for each request, for another node may have changed it."""
    holder = office.holder()

    def seconds(call: Callable[[], object]) -> float:
        started = time.perf_counter()
        call()
        return time.perf_counter() - started

    office.services.renewals.overview(holder, office.now)
    policy = statistics.median(seconds(office.services.rules.policy) for _ in range(50))
    overview = statistics.median(seconds(lambda: office.services.renewals.overview(holder, office.now)) for _ in range(50))
    assert policy < overview
