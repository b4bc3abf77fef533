"""A39: kill -9 at random moments while people order, withdraw and decide: nothing that anybody was told is lost or doubled."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.durability.conftest import KILLS
from tests.durability.faults import Chaos
from tests.durability.installation import durable_cluster, running
from tests.durability.record import Act, Record, Told, verdict
from tests.durability.report import kept_and_lost, show, show_progress, watched
from tests.durability.trial import SETTINGS, Trial
from webvartti.demo.country import Country

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240 + 15 * KILLS)]


@dataclass(frozen=True)
class Variant:
    """What the installation stands on."""

    postgresql: bool
    nodes: int


VARIANTS = {
    "sqlite": Variant(postgresql=False, nodes=1),
    "postgresql": Variant(postgresql=True, nodes=1),
    "postgresql-two-nodes": Variant(postgresql=True, nodes=2),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_a39_nothing_that_was_acknowledged_is_lost_or_doubled(
    name: str, furnished: Country, tmp_path_factory: pytest.TempPathFactory, seed: str
) -> None:
    variant, directory = VARIANTS[name], tmp_path_factory.mktemp("killed")
    with ExitStack() as stack:
        cluster = stack.enter_context(durable_cluster()) if variant.postgresql else None
        with running(furnished, directory, cluster=cluster, changes=SETTINGS, machines=[{}] * variant.nodes) as installation:
            trial = Trial(installation, f"{seed} {name}")
            chaos = trial.chaos()
            trial.while_people_act(lambda: strike_until_enough(name, chaos, trial.record))
            found = kept_and_lost(trial.record, trial.contents())
            trial.settle()
        wrong = trial.examine(sent_twice=len(chaos.faults))
        contents = trial.contents()
    more = {"orders in the database": str(len(contents["orders"])), "damages": str(len(wrong)), "seed": seed}
    show(f"{name}: {chaos.kills} kills", chaos.faults, found, more)
    assert not wrong, f"{directory}, WEBVARTTI_TEST_SEED={seed}:\n" + "\n".join(wrong)
    assert found["orders accepted"] > KILLS, "too few orders to tell anything"


def strike_until_enough(name: str, chaos: Chaos, record: Record) -> None:
    """On a busy machine few orders come between the kills: it goes on until there are some to tell from, or a minute longer."""
    with watched(f"kills: {name}", KILLS) as bar:
        while chaos.kills < KILLS:
            chaos.strike()
            show_progress(bar, chaos)
    until = time.monotonic() + 60
    while accepted(record) <= KILLS and time.monotonic() < until:
        time.sleep(0.5)


def accepted(record: Record) -> int:
    return sum(verdict(lines) is Told.ACCEPTED for lines in record.of(Act.PLACE).values())
