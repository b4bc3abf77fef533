"""The CAs above a card, and other keys of its issuer: a card's status is never better than theirs. (A14, A17)"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from tests.unit.pki.authority import (
    CA_USAGE,
    NOW,
    Authority,
    Extension,
    KeyRing,
    PrivateKey,
    key_usage,
    new_root,
    person,
    revoked,
)
from tests.unit.pki.office import Office, open_office
from webvartti.domain.certificates import RevocationMissing, RevocationState
from webvartti.domain.holders import CardId
from webvartti.pki import crl_errors

LATER = NOW + timedelta(days=2)
LONG = NOW + timedelta(days=9)
NO_LIMIT: Extension = (x509.BasicConstraints(True, None), True)


def status_of(office: Office, issuer: int, serial: int = 7, days: int = 0) -> tuple[RevocationState, str]:
    key = list(office.trust.issuers)[issuer]
    status = office.index.status(CardId(key, f"{serial:x}"), NOW + timedelta(days=days))
    return status.state, status.reason


def serial_of(authority: Authority) -> int:
    return authority.certificate.serial_number


# A card's issuing CA, and the CA above that.


@pytest.fixture
def three(tmp_path: Path, keys: KeyRing) -> tuple[Office, Authority]:
    """A root, a CA below it and an issuing CA below that one."""
    root = new_root("Root", keys.key("p384", "root"))
    middle = root.issue_ca("Middle", keys.key("p384", "middle"), [NO_LIMIT])
    issuing = middle.issue_ca("Professionals", keys.key("p384", "issuing"))
    return open_office(tmp_path, root, issuing, middle), middle


def test_a17_a_card_of_a_revoked_issuer_is_revoked_by_its_serial_alone(office: Office) -> None:
    assert status_of(office, 0) == (RevocationState.GOOD, "")
    office.load(office.root.crl([revoked(serial_of(office.issuing), x509.ReasonFlags.ca_compromise)], number=2))
    assert status_of(office, 0) == (RevocationState.REVOKED, "issuerRevoked")


def test_a17_a_revoked_ca_further_up_revokes_the_cards_below(three: tuple[Office, Authority]) -> None:
    office, middle = three
    assert status_of(office, 0) == (RevocationState.GOOD, "")
    office.load(office.root.crl([revoked(serial_of(middle))], number=2))
    assert status_of(office, 0) == (RevocationState.REVOKED, "issuerRevoked")


def test_a17_an_issuer_on_hold_puts_its_cards_on_hold_but_not_the_revoked_one(office: Office) -> None:
    held = revoked(serial_of(office.issuing), x509.ReasonFlags.certificate_hold)
    office.load(office.root.crl([held], number=2))
    office.load(office.issuing.crl([revoked(8, x509.ReasonFlags.superseded)], number=2))
    assert status_of(office, 0) == (RevocationState.ON_HOLD, "issuerOnHold")
    assert status_of(office, 0, serial=8) == (RevocationState.REVOKED, "superseded")


def test_a17_a_missing_list_above_makes_the_card_missing(tmp_path: Path, keys: KeyRing) -> None:
    root = new_root("Root", keys.key("p384", "root"))
    issuing = root.issue_ca("Professionals", keys.key("p384", "issuing"))
    office = open_office(tmp_path, root, issuing, with_crls=False)
    office.load(issuing.crl([revoked(8)]))
    assert status_of(office, 0) == (RevocationState.MISSING, "")
    assert status_of(office, 0, serial=8)[0] is RevocationState.REVOKED


def test_a17_a_stale_list_above_makes_the_card_stale_by_the_list_that_ran_out_first(three: tuple[Office, Authority]) -> None:
    office, middle = three
    office.load(office.issuing.crl(number=2, next_update=LONG))
    office.load(middle.crl(number=2, next_update=LONG))
    key = next(iter(office.trust.issuers))
    status = office.index.status(CardId(key, "7"), LATER)
    assert (status.state, status.next_update) == (RevocationState.STALE, NOW + timedelta(days=1))
    office.load(office.root.crl(number=2, next_update=LONG))
    assert office.index.status(CardId(key, "7"), LATER).state is RevocationState.GOOD


def test_a17_a_hold_on_a_stale_list_is_still_told(office: Office) -> None:
    office.load(office.issuing.crl([revoked(7, x509.ReasonFlags.certificate_hold)], number=2))
    assert status_of(office, 0, days=2) == (RevocationState.STALE, "certificateHold")
    office.load(office.issuing.crl([revoked(7, x509.ReasonFlags.key_compromise)], number=3))
    assert status_of(office, 0, days=2) == (RevocationState.REVOKED, "keyCompromise")


def test_a14_a_card_of_an_issuer_without_a_path_to_the_anchor_is_missing(tmp_path: Path, keys: KeyRing) -> None:
    root, stranger = (new_root(name, keys.key("p384", name)) for name in ("root", "stranger"))
    office = open_office(tmp_path, root, stranger.issue_ca("Professionals", keys.key("p384", "issuing")))
    assert status_of(office, 0)[0] is RevocationState.MISSING


# Another key of the same CA.


@pytest.fixture
def rolled(tmp_path: Path, keys: KeyRing) -> tuple[Office, Authority, Authority]:
    """A CA with its old key, which has certified the new one (RFC 4210 4.4: new with old). Only the root's list is loaded."""
    root = new_root("Root", keys.key("p384", "root"))
    old = root.issue_ca("Professionals", keys.key("p384", "old"), [NO_LIMIT])
    new = old.issue_ca("Professionals", keys.key("p384", "new"))
    office = open_office(tmp_path, root, old, new, with_crls=False)
    office.load(root.crl())
    return office, old, new


def test_a13_lists_of_a_new_key_are_for_the_cards_of_the_old_one(
    rolled: tuple[Office, Authority, Authority], card_key: PrivateKey
) -> None:
    office, old, new = rolled
    office.load(new.crl([revoked(8)], extensions=[_for_users()]))
    office.load(old.crl(extensions=[_for_cas()]))
    for authority in (old, new):
        assert office.judge(authority.issue(person(), card_key, serial=7))
    assert [status_of(office, issuer)[0] for issuer in (0, 1)] == [RevocationState.GOOD] * 2
    assert [status_of(office, issuer, serial=8)[0] for issuer in (0, 1)] == [RevocationState.REVOKED] * 2
    assert office.index.without_crl(NOW) == ()


def test_a13_no_list_vouches_for_its_own_signer(rolled: tuple[Office, Authority, Authority], card_key: PrivateKey) -> None:
    """Whoever has stolen the new key would sign a list that doesn't know of it."""
    office, old, new = rolled
    office.load(new.crl())
    with pytest.raises(RevocationMissing):
        office.judge(old.issue(person(), card_key, serial=7))
    assert status_of(office, 0)[0] is RevocationState.MISSING


def test_a13_the_silence_of_a_revoked_signer_counts_for_nothing(rolled: tuple[Office, Authority, Authority]) -> None:
    office, old, new = rolled
    office.load(new.crl([revoked(8)], extensions=[_for_users()]))
    office.load(old.crl([revoked(serial_of(new))], extensions=[_for_cas()]))
    assert status_of(office, 0) == (RevocationState.MISSING, "")
    assert status_of(office, 0, serial=8)[0] is RevocationState.REVOKED
    assert status_of(office, 1) == (RevocationState.REVOKED, "issuerRevoked")


def test_a13_the_silence_of_an_expired_signer_counts_for_nothing(tmp_path: Path, keys: KeyRing) -> None:
    root = new_root("Root", keys.key("p384", "root"))
    old = root.issue_ca("Professionals", keys.key("p384", "old"), [NO_LIMIT])
    new = old.issue_ca("Professionals", keys.key("p384", "new"), not_after=NOW + timedelta(days=1))
    office = open_office(tmp_path, root, old, new, with_crls=False)
    office.load(root.crl(next_update=LONG))
    office.load(old.crl(extensions=[_for_cas()], next_update=LONG))
    office.load(new.crl(extensions=[_for_users()], next_update=LONG))
    assert status_of(office, 0)[0] is RevocationState.GOOD
    assert status_of(office, 0, days=2)[0] is RevocationState.MISSING


def test_a14_the_lists_of_two_cas_of_one_name_stay_apart(tmp_path: Path, keys: KeyRing) -> None:
    """Neither has certified the other, and each may sign lists: nothing says that they are one."""
    root = new_root("Root", keys.key("p384", "root"))
    one, other = (root.issue_ca("Professionals", keys.key("p384", name)) for name in ("one", "other"))
    office = open_office(tmp_path, root, one, other, with_crls=False)
    office.load(root.crl())
    office.load(other.crl([revoked(8)]))
    assert status_of(office, 0)[0] is RevocationState.MISSING
    assert status_of(office, 0, serial=8)[0] is RevocationState.MISSING
    assert status_of(office, 1)[0] is RevocationState.GOOD


def test_a13_a_ca_that_may_not_sign_lists_leaves_it_to_its_namesake_of_the_same_issuer(tmp_path: Path, keys: KeyRing) -> None:
    root = new_root("Root", keys.key("p384", "root"))
    signs_cards = root.issue_ca("Professionals", keys.key("p384", "one"), [(key_usage("key_cert_sign"), True)])
    signs_lists = root.issue_ca("Professionals", keys.key("p384", "other"), [(key_usage("crl_sign"), True)])
    office = open_office(tmp_path, root, signs_cards, signs_lists, with_crls=False)
    office.load(root.crl())
    office.load(signs_lists.crl([revoked(8)]))
    assert [status_of(office, 0, serial)[0] for serial in (7, 8)] == [RevocationState.GOOD, RevocationState.REVOKED]
    with pytest.raises(crl_errors.CrlSignerNotAllowed):
        office.load(signs_cards.crl())
    office.load(office.root.crl([revoked(serial_of(signs_lists))], number=2))
    assert status_of(office, 0)[0] is RevocationState.MISSING


def test_a13_a_weak_key_of_the_same_ca_speaks_for_no_other(tmp_path: Path, keys: KeyRing) -> None:
    root = new_root("Root", keys.key("rsa", "root"))
    old = root.issue_ca("Professionals", keys.key("rsa", "old"), [NO_LIMIT])
    weak = old.issue_ca("Professionals", keys.key("rsa1024", "weak"), [CA_USAGE])
    office = open_office(tmp_path, root, old, weak, with_crls=False)
    office.load(root.crl())
    office.load(old.crl(extensions=[_for_cas()]))
    office.load(weak.crl(extensions=[_for_users()]))
    assert status_of(office, 0)[0] is RevocationState.MISSING


def _for_users() -> Extension:
    return x509.IssuingDistributionPoint(None, None, True, False, None, False, False), True


def _for_cas() -> Extension:
    return x509.IssuingDistributionPoint(None, None, False, True, None, False, False), True
