"""Fetching CRLs with a whole installation: what comes into use, what is refused, what is remembered and told."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from tests.conftest import silent
from tests.databases import away
from tests.integration.service.crl_office import CA, HOUR, MINUTE, NOW, ROOT, Office
from tests.unit.pki.authority import CARD_EXTENSIONS, Authority, KeyRing, der, person
from tests.unit.pki.crl_publisher import body, cached, nobody_listens, publishing, redirect
from webvartti.bootstrap import build_trust
from webvartti.domain.certificates import CertificateRefused
from webvartti.domain.crl_fetching import FetchResult, FetchStopped, FetchUnderWay, ListState
from webvartti.domain.ports import Progress
from webvartti.domain.registers import Snapshot
from webvartti.pki.crl_download_folder import FetchFolder
from webvartti.pki.crl_index import CrlIndex
from webvartti.services.revocation import Fetching, fetch_quietly


def test_a14_every_address_is_fetched_and_its_list_used(office: Office) -> None:
    assert [each.state for each in office.services.revocation.status(NOW)] == [ListState.MISSING, ListState.MISSING]
    outcomes = office.fetch()
    assert {path: each.result for path, each in outcomes.items()} == {ROOT: FetchResult.NEW, CA: FetchResult.NEW}
    assert office.in_use() == {"Professionals": 1, "Root": 1}
    professionals, root = office.services.revocation.status(NOW)
    assert (professionals.state, root.state) == (ListState.IN_FORCE, ListState.IN_FORCE)
    assert professionals.fetched is not None
    assert professionals.fetched.url.endswith(CA)
    assert len(office.entries_of_audit()) == 2
    assert [file.name for file in office.folder.iterdir() if file.name.startswith(".download")] == []


def test_a_newer_list_takes_the_older_ones_place_and_leaves_one_entry_in_the_audit(office: Office) -> None:
    office.fetch()
    office.publish(CA, office.crl(2, 77))
    outcomes = office.fetch()
    assert {path: each.result for path, each in outcomes.items()} == {ROOT: FetchResult.SAME, CA: FetchResult.NEW}
    assert office.in_use()["Professionals"] == 2
    assert len(office.entries_of_audit()) == 3
    office.fetch()
    assert len(office.entries_of_audit()) == 3


@pytest.mark.parametrize("bad", ["404", "refused", "not a list", "cut", "older", "same number", "expired", "future", "forged"])
def test_a14_what_cannot_be_used_leaves_the_last_good_list_and_the_others(office: Office, crl_keys: KeyRing, bad: str) -> None:
    office.publish(CA, office.crl(5))
    office.fetch()
    other_key = Authority(office.ca.certificate, crl_keys.key("p384", "other"))
    answers = {
        "404": (body(b"", status=404), "download-status-unsuitable"),
        "refused": (redirect(f"{nobody_listens()}/"), "download-unreachable"),
        "not a list": (body(b"<html>"), "crl-unreadable"),
        "cut": (body(office.crl(6)[:-9]), "crl-unreadable"),
        "older": (body(office.crl(4)), "crl-rolled-back"),
        "same number": (body(office.crl(5, 99)), "crl-number-reused"),
        "expired": (body(office.crl(6, ends=NOW - MINUTE)), "crl-expired"),
        "future": (body(office.crl(6, started=NOW + HOUR)), "crl-from-the-future"),
        "forged": (body(other_key.crl(number=6, this_update=NOW - HOUR, next_update=NOW + HOUR)), "crl-signature-invalid"),
    }
    office.publisher.answers[CA], problem = answers[bad]
    office.publish(ROOT, office.root.crl(number=2, this_update=NOW - HOUR, next_update=NOW + HOUR))
    outcomes = office.fetch()
    assert (outcomes[CA].result, outcomes[CA].problem) == (FetchResult.FAILED, problem)
    assert outcomes[ROOT].result is FetchResult.NEW
    assert office.in_use() == {"Professionals": 5, "Root": 2}
    last = office.state(CA).last
    assert last is not None
    assert (last.problem, last.failures, last.succeeded_at) == (problem, 1, NOW)


def test_a_list_of_another_ca_is_told(office: Office) -> None:
    office.publisher.answers[CA] = office.publisher.answers[ROOT]
    assert office.fetched(CA) == "crl-of-another-ca"
    assert office.in_use() == {"Root": 1}


def test_not_modified_costs_no_list(office: Office) -> None:
    office.publisher.answers[CA] = cached(office.crl(1), '"1"')
    assert [office.fetched(CA) for _ in range(2)] == ["new", "not-modified"]
    office.publisher.answers[CA] = cached(office.crl(2), '"2"')
    assert [office.fetched(CA) for _ in range(2)] == ["new", "not-modified"]
    assert office.in_use()["Professionals"] == 2


def test_validators_count_only_while_their_list_is_in_use_and_in_force(office: Office, tmp_path: Path) -> None:
    def sent() -> str | None:
        office.fetch()
        return next(headers for path, headers in reversed(office.publisher.requests) if path == CA).get("if-none-match")

    office.publisher.answers[CA] = cached(office.crl(1), '"1"')
    assert [sent(), sent()] == [None, '"1"']
    for index in office.folder.glob("*.sqlite"):
        index.unlink()
    assert [sent(), sent()] == [None, '"1"']
    (tmp_path / "newer.crl").write_bytes(office.crl(2))
    office.services.revocation.load_crl(tmp_path / "newer.crl", operator="test", now=NOW, progress=silent)
    assert sent() is None
    office.publisher.answers[CA] = cached(office.crl(3), '"3"')
    assert [sent(), sent()] == [None, '"3"']
    office.services.revocation.fetch_all(Fetching(), NOW + 11 * HOUR, only_due=False)
    assert "if-none-match" not in office.publisher.requests[-1][1]


def test_a14_a_304_cannot_make_a_stale_list_do(office: Office) -> None:
    office.publisher.answers[CA] = cached(office.crl(1), '"1"')
    office.fetch()
    assert office.fetched(CA, NOW + 11 * HOUR) == "crl-expired"
    assert {each.state for each in office.services.revocation.status(NOW + 11 * HOUR)} == {ListState.STALE}


def test_a16_only_configured_addresses_are_asked(office: Office, crl_keys: KeyRing) -> None:
    with publishing() as other:
        lure = [
            x509.DistributionPoint([x509.UniformResourceIdentifier(other.url(path))], None, None, None)
            for path in ("/in-certificate.crl", "/delta.crl")
        ]
        ways = [
            x509.AccessDescription(method, x509.UniformResourceIdentifier(other.url("/aia")))
            for method in (AuthorityInformationAccessOID.OCSP, AuthorityInformationAccessOID.CA_ISSUERS)
        ]
        named = ((x509.CRLDistributionPoints(lure), False), (x509.AuthorityInformationAccess(ways), False))
        delta = (x509.FreshestCRL(lure[1:]), False)
        card = office.ca.issue(
            person(), crl_keys.key("p384", "card"), (*CARD_EXTENSIONS, *named, delta), not_after=NOW + 99 * HOUR
        )
        start, end = NOW - HOUR, NOW + 10 * HOUR
        office.publish(CA, office.ca.crl(number=2, this_update=start, next_update=end, extensions=named[1:]))
        for crl in (
            office.ca.crl(number=3, this_update=start, next_update=end, extensions=[delta]),
            office.ca.crl(number=3, this_update=start, next_update=end, extensions=[(_part(other.url("/part")), True)]),
        ):
            office.fetch()
            with suppress(CertificateRefused):  # whatever the verdict, nobody is asked
                office.services.judge.judge(der(card), NOW)
            office.publish(CA, crl)
        assert office.in_use()["Professionals"] == 2
        assert {path for path, _ in office.publisher.requests} == {ROOT, CA}
        assert other.requests == []


def _part(url: str) -> x509.IssuingDistributionPoint:
    return x509.IssuingDistributionPoint([x509.UniformResourceIdentifier(url)], None, False, False, None, False, False)


def test_what_is_due_is_remembered_across_restarts(office: Office) -> None:
    assert set(office.fetch(only_due=True)) == {ROOT, CA}
    office.publisher.answers[CA] = body(b"", status=500)
    again = Office(office.installation, office.publisher, office.root, office.ca, office.installation.build())
    assert again.fetch(NOW + 59 * MINUTE, only_due=True) == {}
    assert set(again.fetch(NOW + 60 * MINUTE, only_due=True)) == {ROOT, CA}
    failed_at = NOW + 60 * MINUTE
    for minutes in (1, 2, 4):
        assert again.fetch(failed_at + minutes * MINUTE - MINUTE / 2, only_due=True) == {}
        failed_at += minutes * MINUTE
        assert set(again.fetch(failed_at, only_due=True)) == {CA}
    office.publish(CA, office.crl(2))
    assert set(again.fetch(failed_at + 8 * MINUTE, only_due=True)) == {CA}
    assert again.state(CA, failed_at + 9 * MINUTE).due_at == failed_at + 68 * MINUTE


def test_near_next_update_a_list_is_asked_for_sooner(office: Office) -> None:
    office.publish(CA, office.crl(1, ends=NOW + 80 * MINUTE))
    office.fetch()
    assert office.fetch(NOW + 19 * MINUTE, only_due=True) == {}
    assert set(office.fetch(NOW + 20 * MINUTE, only_due=True)) == {CA}
    assert set(office.fetch(NOW + 25 * MINUTE, only_due=True)) == {CA}


def test_two_workers_do_each_other_no_harm(office: Office) -> None:
    with FetchFolder(office.folder).alone():
        with pytest.raises(FetchUnderWay):
            office.fetch()
        assert fetch_quietly(office.services.revocation, Fetching(), NOW) is False
    assert office.publisher.requests == []


def test_stopping_ends_the_round_and_counts_as_no_failure(office: Office) -> None:
    office.publisher.answers[ROOT] = office.publisher.hang()
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    with pytest.raises(FetchStopped):
        office.services.revocation.fetch_all(Fetching(stopping=stop.is_set), NOW, only_due=True)
    assert [each.last for each in office.services.revocation.fetches(NOW)] == [None, None]


def test_a_database_that_is_down_keeps_no_list_from_use_and_the_audit_catches_up(office: Office) -> None:
    with away(office.installation.url):
        assert office.fetch()[CA].problem == "storage-unavailable"
        assert office.in_use() == {"Professionals": 1, "Root": 1}
    assert office.fetched(CA) == "same"
    assert len(office.entries_of_audit()) == 2


class Tripping(CrlIndex):
    """With a mistake that shows at the root's list only."""

    def load(self, crl: Path, now: datetime, progress: Progress) -> Snapshot:
        if b"Professionals" not in crl.read_bytes():
            raise ZeroDivisionError("secret words")
        return super().load(crl, now, progress)


def test_a_mistake_of_ours_at_one_list_leaves_the_others(office: Office) -> None:
    index = Tripping(office.folder, build_trust(office.installation.settings))
    revocation = replace(office.services.revocation, register=index)
    root, ca = revocation.fetch_all(Fetching(), NOW, only_due=True)
    assert (root.problem, root.detail) == ("unexpected", "ZeroDivisionError")
    assert ca.result is FetchResult.NEW
    assert not any(each.due_at <= NOW for each in revocation.fetches(NOW))
