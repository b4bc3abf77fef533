"""A41: clocks that are set five minutes forth and back while people act change nothing of what comes out."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.databases import ask
from tests.durability.installation import durable_cluster, running
from tests.durability.trial import SETTINGS, Trial
from tests.machine_clocks import MachineClock, built_library
from webvartti.demo.country import Country

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

STEPS = (300, -300, 0, 300, 0, -300, 300)
"""Seconds by which a machine's clock is wrong, one after the other."""
EACH = 1.5
"""Seconds until the next step."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_library(tmp_path_factory.mktemp("set-clock"))


def clocks(library: Path, directory: Path, count: int) -> list[MachineClock]:
    made = [MachineClock(library, directory / f"clock-{number}") for number in range(count)]
    for clock in made:
        clock.set(0)
    return made


@pytest.mark.parametrize("name", ["sqlite", "postgresql-two-nodes"])
def test_a41_clocks_that_are_set_while_people_act_change_nothing(
    name: str, furnished: Country, tmp_path_factory: pytest.TempPathFactory, library: Path, seed: str
) -> None:
    """On two nodes they are set in opposite directions: ten minutes apart."""
    directory = tmp_path_factory.mktemp("clock")
    machines = clocks(library, directory, 1 if name == "sqlite" else 2)
    started = datetime.now(UTC)
    with ExitStack() as stack:
        cluster = stack.enter_context(durable_cluster()) if name != "sqlite" else None
        variables = [machine.variables() for machine in machines]
        with running(furnished, directory, cluster=cluster, changes=SETTINGS, machines=variables) as installation:
            trial = Trial(installation, f"{seed} clock {name}")

            def work() -> None:
                for step in STEPS:
                    for machine, sign in zip(machines, (1, -1), strict=False):
                        machine.set(sign * step)
                    time.sleep(EACH)

            trial.while_people_act(work)
            trial.settle()
            assert [kept.name for node in installation.nodes for kept in node.programs if kept.deaths] == []
            moments = seen_moments(trial)
            ended = datetime.now(UTC)
        wrong = trial.examine(sent_twice=0)
    assert not wrong, f"{directory}, WEBVARTTI_TEST_SEED={seed}:\n" + "\n".join(wrong)
    wide = timedelta(minutes=5) if name == "sqlite" else timedelta(0)
    assert started - wide - timedelta(seconds=2) <= min(moments), "written by a clock that was wrong"
    assert max(moments) <= ended + wide + timedelta(seconds=2), "written by a clock that was wrong"
    if wide:  # so that it means something: the wrong clock was really used
        assert max(moments) - min(moments) > timedelta(minutes=8)


def seen_moments(trial: Trial) -> list[datetime]:
    """When things happened, as the audit has it."""
    rows = ask(trial.environ["WEBVARTTI_DATABASE_URL"], "SELECT at FROM audit WHERE actor_kind <> 'operator'")
    return [
        at.astimezone(UTC) if isinstance(at, datetime) else datetime.fromisoformat(at).replace(tzinfo=UTC) for (at,) in rows
    ]
