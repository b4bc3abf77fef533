"""Whatever the octets of a CRL are: a list with the entries that the library reads, or a refusal by name. (A14)"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.pki.authority import NOW, Authority, KeyRing, new_root
from tests.unit.pki.authority import revoked as revoked_entry
from tests.unit.pki.crl_forge import entry, fields, reason, signed, tlv, with_entries, with_fields
from webvartti.domain.products import CardKind
from webvartti.pki import crl_errors
from webvartti.pki.crl import VerifiedCrl, verify_crl
from webvartti.pki.crl_entries import EPOCH
from webvartti.pki.crl_entry_extensions import REASONS
from webvartti.pki.parsed import key_hash, parse_certificate
from webvartti.pki.path_policy import CARD_PATH_POLICY
from webvartti.pki.trust import IssuingCa, Trust

Verify = Callable[[bytes], VerifiedCrl]
SINCE = datetime(1950, 1, 1, tzinfo=UTC)
LISTED = [reason for reason in x509.ReasonFlags if reason is not x509.ReasonFlags.remove_from_crl]


@pytest.fixture(scope="module")
def issuing(keys: KeyRing) -> Authority:
    return new_root("Root", keys.key("p384", "root")).issue_ca("Professionals", keys.key("p384", "issuing"))


@pytest.fixture(scope="module")
def verify(issuing: Authority) -> Verify:
    certificate = parse_certificate(issuing.der)
    issuer = IssuingCa(key_hash(certificate), certificate, CardKind.PROFESSIONAL, "registration-number", frozenset())
    return partial(verify_crl, trust=Trust({}, {issuer.key: issuer}), policy=CARD_PATH_POLICY, now=NOW)


@pytest.fixture(scope="module")
def usual(issuing: Authority) -> bytes:
    reasons = [None, *LISTED]
    scope = x509.IssuingDistributionPoint(
        [x509.UniformResourceIdentifier("http://crl.example/1.crl")], None, True, False, None, False, False
    )
    entries = [revoked_entry(serial * 7919, reasons[serial % len(reasons)]) for serial in range(1, 40)]
    return issuing.crl(entries, extensions=[(scope, True)])


def read(verify: Verify, crl: bytes) -> list[tuple[bytes, int, int]] | None:
    """Its entries, or None where it is refused by name. Any other exception fails the test."""
    try:
        return list(verify(crl).entries)
    except crl_errors.RevocationListRefused:
        return None


entries = st.lists(
    st.tuples(
        st.integers(1, 2**159 - 1),
        st.integers(0, 150 * 365 * 24 * 3600),
        st.sampled_from([None, *LISTED]),
        st.booleans(),
    ),
    max_size=20,
)


@settings(deadline=None)
@given(listed=entries)
def test_a14_the_entries_are_those_that_the_library_reads(
    listed: list[tuple[int, int, x509.ReasonFlags | None, bool]], verify: Verify, issuing: Authority
) -> None:
    crl = issuing.crl([_entry(*each) for each in listed])
    ours = [
        (int.from_bytes(serial, "big"), EPOCH + timedelta(seconds=at), REASONS[why]) for serial, at, why in verify(crl).entries
    ]
    theirs = [(each.serial_number, each.revocation_date_utc, _reason(each)) for each in x509.load_der_x509_crl(crl)]
    assert ours == theirs


def _entry(serial: int, seconds: int, why: x509.ReasonFlags | None, invalid_since: bool) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(SINCE + timedelta(seconds=seconds))
    if why is not None:
        builder = builder.add_extension(x509.CRLReason(why), critical=False)
    if invalid_since:
        builder = builder.add_extension(x509.InvalidityDate(NOW), critical=False)
    return builder.build()


def _reason(each: x509.RevokedCertificate) -> str:
    reasons = [extension.value for extension in each.extensions if isinstance(extension.value, x509.CRLReason)]
    return reasons[0].reason.value if reasons else ""


@settings(deadline=timedelta(seconds=1))
@given(octets=st.binary(max_size=500))
def test_a14_any_octets_are_refused_by_name(octets: bytes, verify: Verify) -> None:
    assert read(verify, octets) is None
    assert read(verify, b"-----BEGIN X509 CRL-----\n" + octets) is None


@settings(deadline=timedelta(seconds=1))
@given(place=st.floats(0, 1, exclude_max=True), length=st.integers(0, 12), octets=st.binary(max_size=12))
def test_a14_a_changed_list_is_refused_by_name(place: float, length: int, octets: bytes, verify: Verify, usual: bytes) -> None:
    at = int(place * len(usual))
    changed = usual[:at] + octets + usual[at + length :]
    assert read(verify, changed) is None or changed == usual


@settings(deadline=timedelta(seconds=1), max_examples=300)
@given(place=st.floats(0, 1, exclude_max=True), length=st.integers(0, 12), octets=st.binary(max_size=12))
def test_a14_a_changed_list_that_its_ca_has_signed_is_read_as_the_library_reads_it_or_refused_by_name(
    place: float, length: int, octets: bytes, verify: Verify, usual: bytes, issuing: Authority
) -> None:
    tbs = x509.load_der_x509_crl(usual).tbs_certlist_bytes
    at = int(place * len(tbs))
    crl = signed(issuing, tbs[:at] + octets + tbs[at + length :], usual)
    ours = read(verify, crl)
    if ours is not None:
        theirs = [each.serial_number for each in x509.load_der_x509_crl(crl)]
        assert [int.from_bytes(serial, "big", signed=True) for serial, _, _ in ours] == theirs


@settings(deadline=timedelta(seconds=1), max_examples=300)
@given(octets=st.binary(max_size=60), place=st.integers(0, 59))
def test_a14_entries_of_any_octets_are_read_as_the_library_reads_them_or_refused_by_name(
    octets: bytes, place: int, verify: Verify, usual: bytes, issuing: Authority
) -> None:
    good = entry(b"\x07", extensions=reason(1)) + entry(b"\x08")
    changed = good[:place] + octets + good[place + len(octets) :]
    crl = with_entries(issuing, usual, changed)
    ours = read(verify, crl)
    if ours is not None:
        theirs = [each.serial_number for each in x509.load_der_x509_crl(crl)]
        assert [int.from_bytes(serial, "big", signed=True) for serial, _, _ in ours] == theirs


@pytest.mark.parametrize(
    "bad",
    [
        entry(b""),
        entry(b"\x00\x07"),
        entry(b"\xff\xff"),
        entry(b"\x07", time=b"\x17\x0d260230000000Z"),
        entry(b"\x07", time=b"\x17\x0d260101240000Z"),
        entry(b"\x07", time=b"\x17\x0d260101006000Z"),
        entry(b"\x07", time=b"\x17\x0d260101000060Z"),
        entry(b"\x07", time=b"\x17\x0b2601010000Z"),
        entry(b"\x07", time=b"\x17\x11260101000000+0200"),
        entry(b"\x07", time=b"\x17\x0d2 0101000000Z"),
        entry(b"\x07", time=b"\x18\x0d260101000000Z"),
        entry(b"\x07", time=b"\x18\x0f00000101000000Z"),
        entry(b"\x07", time=b""),
        entry(b"\x07", extensions=b"\x30\x00"),
        entry(b"\x07", extensions=reason(7)),
        entry(b"\x07", extensions=reason(11)),
        entry(b"\x07", extensions=reason(1) + reason(1)),
        entry(b"\x07", extensions=tlv(0x30, reason(1)[2:] * 2)),
        entry(b"\x07", extensions=tlv(0x30, tlv(0x30, b"\x06\x03\x55\x1d\x15\x01\x01\x00\x04\x03\x0a\x01\x01"))),
        entry(b"\x07", extensions=tlv(0x30, tlv(0x30, b"\x06\x03\x55\x1d\x15\x04\x04\x0a\x02\x00\x01"))),
        entry(b"\x07", extensions=b"\x05\x00"),
        b"\x30\x80" + entry(b"\x07")[2:] + b"\x00\x00",
        b"\x30\x81" + entry(b"\x07")[1:],
        entry(b"\x07")[:-1],
        entry(b"\x07") + b"\x00",
        b"\x02\x01\x07",
    ],
)
def test_a14_an_entry_that_is_none(bad: bytes, verify: Verify, usual: bytes, issuing: Authority) -> None:
    crl = with_entries(issuing, usual, entry(b"\x05") + bad)
    with pytest.raises(crl_errors.CrlUnreadable):
        list(verify(crl).entries)


def test_a14_dates_of_both_kinds_are_those_of_the_library(verify: Verify, usual: bytes, issuing: Authority) -> None:
    times = (b"\x17\x0d500101000000Z", b"\x17\x0d491231235959Z", b"\x18\x0f20500101000000Z", b"\x18\x0f99991231235959Z")
    crl = with_entries(issuing, usual, b"".join(entry(b"\x07", time) for time in times))
    ours = [EPOCH + timedelta(seconds=at) for _, at, _ in verify(crl).entries]
    assert ours == [each.revocation_date_utc for each in x509.load_der_x509_crl(crl)]


def test_a14_the_algorithms_inside_and_outside_must_be_one(verify: Verify, usual: bytes, issuing: Authority) -> None:
    version, algorithm, *others = fields(usual)
    assert algorithm == bytes.fromhex("300a06082a8648ce3d040302")
    other = bytes.fromhex("300a06082a8648ce3d040303")
    assert read(verify, with_fields(issuing, usual, [version, algorithm, *others])) is not None
    with pytest.raises((crl_errors.CrlUnreadable, crl_errors.CrlSignatureInvalid)):  # some versions of the library look first
        verify(with_fields(issuing, usual, [version, other, *others]))


def test_a14_nesting_and_lengths_that_lie_take_neither_time_nor_memory(verify: Verify) -> None:
    nested = b""
    for _ in range(3000):
        nested = tlv(0x30, nested)
    hostile = [
        nested,
        b"\x30\x80" * 100_000,
        b"\x30\x84\x7f\xff\xff\xff" * 10_000,
        b"\x30\xff" + b"\xff" * 127,
        b"\x30" * 100_000,
    ]
    tracemalloc.start()
    try:
        for octets in hostile:
            assert read(verify, octets) is None
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
