"""Held orders and the registers: they are asked anew at release, and what no longer fits goes to a person."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.conftest import Installation, silent
from tests.unit.pki.authority import KeyRing
from tests.web.lane import HOUR, Lane, open_lane
from webvartti.domain.registers import RegisterKind


@pytest.fixture
def lane(installation: Installation) -> Lane:
    """An hour after the nextUpdate of the issuing CA's list."""
    lane = open_lane(installation, KeyRing())
    lane.later(2 * HOUR)
    return lane


def test_a18_the_registers_are_asked_anew(lane: Lane, tmp_path: Path) -> None:
    """The right to practise ends while the order is held: no rule approves it any more."""
    lane.hold_order(**lane.home())
    number = lane.site.country.card("aino").number
    source = lane.site.country.directory / "registers" / "rights.csv"
    with source.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    without = tmp_path / "rights.csv"
    with without.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(row for row in lines if number not in row)
    lane.later(HOUR)
    lane.site.services.registers.load_extract(
        RegisterKind.RIGHTS, without, skip_bad=False, operator="test", now=lane.now, progress=silent
    )
    lane.fresh()
    assert lane.settle() == 1
    order = lane.order()
    assert (order.state, order.decision) == ("submitted", None)
    assert "right-missing" in [finding.code for finding in order.findings]


def test_a18_without_registers_held_orders_wait_and_mail_goes_on(lane: Lane) -> None:
    order = lane.hold_order()
    lane.later(HOUR)
    lane.fresh()
    extract = lane.installation.directory / "register" / "rights.sqlite"
    extract.rename(extract.with_suffix(".away"))
    assert lane.settle() == 0
    assert lane.order() == order
    assert lane.mail() == []  # what was told at first has been sent
    extract.with_suffix(".away").rename(extract)
    assert lane.settle() == 1


def test_a18_a_name_that_changed_is_seen_at_release_as_at_sign_in(lane: Lane, tmp_path: Path) -> None:
    """The certificate's name is kept with the held order, for the rules ask for it again."""
    lane.hold_order(**lane.home())
    number = lane.site.country.card("aino").number
    source = lane.site.country.directory / "registers" / "rights.csv"
    with source.open(encoding="utf-8", newline="") as file:
        head, *lines = csv.reader(file)
    for row in lines:
        if number in row:
            row[head.index("surname")], row[head.index("given_names")] = "Toinen", "Tuntematon"
    changed = tmp_path / "rights.csv"
    with changed.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *lines])
    lane.later(HOUR)
    lane.site.services.registers.load_extract(
        RegisterKind.RIGHTS, changed, skip_bad=False, operator="test", now=lane.now, progress=silent
    )
    lane.fresh()
    assert lane.settle() == 1
    order = lane.order()
    assert (order.state, order.recipient) == ("submitted", "Tuntematon Toinen")
    assert "name-changed" in [finding.code for finding in order.findings]


def test_a18_the_workplace_that_left_the_register_sends_it_to_a_person(lane: Lane, tmp_path: Path) -> None:
    place = lane.site.services.registers.find_organisations("h", 1)[0]
    lane.hold_order(**lane.home(), letter_to="organisation", organisation=place.business_id)
    source = lane.site.country.directory / "registers" / "organisations.csv"
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    without = tmp_path / "organisations.csv"
    without.write_text("".join(line for line in lines if place.business_id not in line), encoding="utf-8")
    lane.later(HOUR)
    lane.site.services.registers.load_extract(
        RegisterKind.ORGANISATIONS, without, skip_bad=False, operator="test", now=lane.now, progress=silent
    )
    lane.fresh()
    assert lane.settle() == 1
    assert "delivery-unknown" in [finding.code for finding in lane.order().findings]
    assert lane.order().delivery.letter_organisation == place.business_id
