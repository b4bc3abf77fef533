"""Rules about more than one row, kept while many act at the same time: the last supervisor, the feedback of an hour."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.conftest import Installation
from tests.databases import execute
from tests.integration.service.reviewing import open_office
from tests.unit.domain.placed import ANNA, BENGT
from webvartti.domain.errors import StorageUnavailable, WebVarttiError
from webvartti.domain.events import Actor, ActorKind
from webvartti.domain.messages import Feedback
from webvartti.domain.permissions import Role
from webvartti.domain.staff import Colleague, RoleChange
from webvartti.services import Services
from webvartti.services.feedback import MOST_AN_HOUR, FeedbackFull

OLLI = Actor(ActorKind.OPERATOR, "olli")


def test_two_nodes_never_dismiss_the_last_two_supervisors(installation: Installation) -> None:
    office = open_office(installation, FOUR_EYES="none")
    nodes = [installation.build(FOUR_EYES="none") for _ in range(2)]

    def change(services: Services, who: Colleague, *, grants: bool) -> str:
        try:
            services.staff.change(RoleChange(who, Role.SUPERVISOR, grants, OLLI, office.now))
        except WebVarttiError as refused:
            return refused.code
        return "done"

    for _ in range(10):
        assert [change(office.services, who, grants=True) for who in (ANNA, BENGT)] == ["done", "done"]
        barrier = Barrier(2)

        def dismiss(count: int, together: Barrier = barrier) -> str:
            together.wait()
            return change(nodes[count], (ANNA, BENGT)[count], grants=False)

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(dismiss, range(2))) == ["done", "last-supervisor"]
        members = office.services.staff.list().members
        assert [Role.SUPERVISOR in member.roles for member in members] == [True]
    assert office.actions().count("role.revoked") == 10


def test_feedback_is_taken_up_to_its_limit_by_many_who_write_at_once(installation: Installation) -> None:
    """Whoever meets others too often is told to try again, and does; nobody is let in beyond the limit."""
    services, threads, room = installation.build(), 12, 5
    now = services.clock()
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MOST_AN_HOUR - room})"  # noqa: S608 - a number
    rows = f"{numbers} SELECT '{now.isoformat(sep=' ')}', 'fi', '/', 'Hyvä', '' FROM n"  # noqa: S608 - the values above
    execute(installation.url, f"INSERT INTO feedback (at, language, page, text, reply_to) {rows}")
    barrier = Barrier(threads)

    def leave(_: int) -> str:
        barrier.wait()
        for _ in range(10):
            try:
                services.feedback.leave(Feedback(now, "fi", "/", "Hyvä"))
            except FeedbackFull:
                return "full"
            except StorageUnavailable:
                continue
            return "taken"
        return "never"

    with ThreadPoolExecutor(threads) as pool:
        assert Counter(pool.map(leave, range(threads))) == {"taken": room, "full": threads - room}
    assert len(services.feedback.read(MOST_AN_HOUR + threads)) == MOST_AN_HOUR
