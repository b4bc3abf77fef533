"""Which CRLs are put in use; each other one is refused by name, and the last one stays. (A14)"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID, ObjectIdentifier

from tests.unit.pki.authority import NOW, Extension, KeyRing, key_usage, new_root, revoked, signed_with_sha1
from tests.unit.pki.crl_forge import fields, tlv, with_fields
from tests.unit.pki.office import Office, no_progress, open_office
from webvartti.domain.certificates import RevocationState
from webvartti.domain.holders import CardId
from webvartti.pki import crl, crl_errors
from webvartti.pki.crl_entry_extensions import EntryReasons

SKEW = timedelta(minutes=5)
SECOND = timedelta(seconds=1)
UNKNOWN = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")


def _scope(**options: object) -> Extension:
    usual: dict[str, object] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**(usual | options)), True  # type: ignore[arg-type]  # keyword names of many types


def _refused(office: Office, crl: bytes, reason: type[crl_errors.RevocationListRefused]) -> None:
    """Refused for this reason, and what was in use before still is."""
    before = office.index.snapshots()
    with pytest.raises(crl_errors.RevocationListRefused) as refused:
        office.load(crl)
    assert type(refused.value) is reason
    assert office.index.snapshots() == before
    assert [file.name for file in (office.folder / "crl").iterdir() if file.suffix not in {".sqlite", ""}] == []


@pytest.mark.parametrize("form", ["der", "pem", "pss"])
def test_a14_a_good_list_is_put_in_use_in_every_form(form: str, rsa_office: Office) -> None:
    crl = rsa_office.issuing.crl([revoked(7)], number=2, pss=form == "pss")
    if form == "pem":
        crl = x509.load_der_x509_crl(crl).public_bytes(Encoding.PEM)
    snapshot = rsa_office.load(crl)
    assert (snapshot.name, snapshot.number, snapshot.rows) == ("CN=Professionals,O=WebVartti test,C=FI", 2, 1)
    assert snapshot in rsa_office.index.snapshots()


def test_a14_an_empty_list_is_a_list(office: Office) -> None:
    assert office.load(office.issuing.crl(number=2)).rows == 0


@pytest.mark.parametrize("content", [b"", b"hello", b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"])
def test_a14_no_list_at_all(content: bytes, office: Office) -> None:
    _refused(office, content, crl_errors.CrlUnreadable)


def test_a14_a_truncated_list_wherever_it_is_cut(office: Office) -> None:
    crl = office.issuing.crl([revoked(serial) for serial in range(1, 20)], number=2)
    for length in range(0, len(crl), 37):
        _refused(office, crl[:length], crl_errors.CrlUnreadable)
    _refused(office, crl + b"\x00", crl_errors.CrlUnreadable)


def test_a14_a_file_that_is_not_there_or_is_a_folder(office: Office, tmp_path: Path) -> None:
    for path in (tmp_path / "none.crl", tmp_path):
        with pytest.raises(crl_errors.CrlFileMissing):
            office.index.load(path, NOW, no_progress)


def test_a14_a_list_of_a_stranger(office: Office, keys: KeyRing) -> None:
    _refused(office, new_root("Stranger", keys.key("p384", "stranger")).crl(number=2), crl_errors.CrlIssuerUnknown)


def test_a14_the_name_of_our_ca_and_another_signer(office: Office, keys: KeyRing) -> None:
    impostor = type(office.issuing)(office.issuing.certificate, keys.key("p384", "impostor"))
    _refused(office, impostor.crl(number=2), crl_errors.CrlSignatureInvalid)


def test_a14_a_changed_entry(office: Office) -> None:
    crl = office.issuing.crl([revoked(0x112233445566)], number=2)
    _refused(office, crl.replace(bytes.fromhex("112233445566"), bytes.fromhex("112233445567")), crl_errors.CrlSignatureInvalid)


def test_a14_a_ca_that_may_not_sign_lists(tmp_path: Path, keys: KeyRing) -> None:
    root = new_root("Root", keys.key("p384", "root"))
    issuing = root.issue_ca("Professionals", keys.key("p384", "issuing"), [(key_usage("key_cert_sign"), True)])
    office = open_office(tmp_path, root, issuing, with_crls=False)
    office.load(root.crl())
    _refused(office, issuing.crl(), crl_errors.CrlSignerNotAllowed)


def test_a14_thisupdate_in_the_future_beyond_the_skew_of_clocks(office: Office) -> None:
    later = NOW + timedelta(days=2)
    assert office.load(office.issuing.crl(number=2, this_update=NOW + SKEW, next_update=later))
    ahead = office.issuing.crl(number=3, this_update=NOW + SKEW + SECOND, next_update=later)
    _refused(office, ahead, crl_errors.CrlFromTheFuture)


def test_a14_nextupdate_past_by_one_second(office: Office) -> None:
    assert office.load(office.issuing.crl(number=2, next_update=NOW))
    _refused(office, office.issuing.crl(number=3, next_update=NOW - SECOND), crl_errors.CrlExpired)


def test_a14_no_nextupdate(rsa_office: Office) -> None:
    """The library's builder demands nextUpdate, so it is cut out and the list signed anew."""
    crl = rsa_office.issuing.crl(number=2)
    version, algorithm, issuer, this_update, _, extensions = fields(crl)
    without = with_fields(rsa_office.issuing, crl, [version, algorithm, issuer, this_update, extensions])
    _refused(rsa_office, without, crl_errors.CrlWithoutNextUpdate)


def test_a14_no_number(office: Office) -> None:
    _refused(office, office.issuing.crl(number=None), crl_errors.CrlWithoutNumber)


def test_a14_a_lower_number_after_a_higher_one_is_a_rollback(office: Office) -> None:
    old, new = office.issuing.crl(number=5), office.issuing.crl([revoked(7)], number=6)
    office.load(old)
    office.load(new)
    _refused(office, old, crl_errors.CrlRolledBack)


def test_a14_numbers_may_be_longer_than_any_database_integer(office: Office) -> None:
    assert office.load(office.issuing.crl(number=2**150)).number == 2**150
    _refused(office, office.issuing.crl(number=2**150 - 1), crl_errors.CrlRolledBack)


def test_a14_the_same_number_is_the_same_list_or_refused(office: Office) -> None:
    crl = office.issuing.crl([revoked(7)], number=5)
    assert office.load(crl) == office.load(crl) == office.load(x509.load_der_x509_crl(crl).public_bytes(Encoding.PEM))
    _refused(office, office.issuing.crl(number=5), crl_errors.CrlNumberReused)


def test_a14_the_numbers_of_two_issuers_are_apart(office: Office) -> None:
    office.load(office.issuing.crl(number=9))
    assert office.load(office.root.crl(number=2)).number == 2


def test_a14_a_delta_list(office: Office) -> None:
    _refused(office, office.issuing.crl(number=2, extensions=[(x509.DeltaCRLIndicator(1), True)]), crl_errors.CrlDelta)


def test_a14_an_indirect_list_told_by_its_scope_or_by_an_entry(office: Office) -> None:
    _refused(office, office.issuing.crl(number=2, extensions=[_scope(indirect_crl=True)]), crl_errors.CrlIndirect)
    other = x509.CertificateIssuer([x509.DirectoryName(office.root.certificate.subject)])
    _refused(office, office.issuing.crl([revoked(7, None, (other, True))], number=2), crl_errors.CrlIndirect)


@pytest.mark.parametrize(
    "options",
    [
        {"only_contains_attribute_certs": True},
        {"full_name": [x509.RFC822Name("crl@example.fi")]},
    ],
)
def test_a14_a_partition_that_no_certificate_here_can_be_in(options: dict[str, object], office: Office) -> None:
    _refused(office, office.issuing.crl(number=2, extensions=[_scope(**options)]), crl_errors.CrlPartitioned)


def test_a14_a_partition_for_end_entities_and_cas_only_at_once(office: Office) -> None:
    """The library's builder refuses such a scope, so the octets are put together here."""
    both = tlv(0x30, b"\x81\x01\xff\x82\x01\xff")
    unwritable = x509.UnrecognizedExtension(ExtensionOID.ISSUING_DISTRIBUTION_POINT, both)
    _refused(office, office.issuing.crl(number=2, extensions=[(unwritable, True)]), crl_errors.CrlUnreadable)


def test_a14_a_list_that_says_deltas_go_with_it(office: Office) -> None:
    point = x509.DistributionPoint([x509.UniformResourceIdentifier("http://crl.example/d.crl")], None, None, None)
    _refused(office, office.issuing.crl(number=2, extensions=[(x509.FreshestCRL([point]), False)]), crl_errors.CrlHasDeltas)


def test_a14_unknown_critical_extensions_of_the_list_and_of_an_entry(office: Office) -> None:
    _refused(office, office.issuing.crl(number=2, extensions=[(UNKNOWN, True)]), crl_errors.CrlExtensionUnknown)
    _refused(office, office.issuing.crl([revoked(7, None, (UNKNOWN, True))], number=2), crl_errors.CrlExtensionUnknown)
    assert office.load(office.issuing.crl([revoked(7, None, (UNKNOWN, False))], number=2, extensions=[(UNKNOWN, False)]))


def test_a14_removefromcrl_in_a_complete_list(office: Office) -> None:
    lifted = revoked(7, x509.ReasonFlags.remove_from_crl)
    _refused(office, office.issuing.crl([lifted], number=2), crl_errors.CrlEntryUnsuitable)


def test_a14_a_list_signed_with_sha1(rsa_office: Office) -> None:
    crl = rsa_office.issuing.crl(number=2)
    weak = signed_with_sha1(crl, x509.load_der_x509_crl(crl).tbs_certlist_bytes, rsa_office.issuing.key)
    _refused(rsa_office, weak, crl_errors.CrlSignatureTooWeak)


def test_a14_a_bad_entry_far_down_leaves_the_last_list_in_use(office: Office) -> None:
    office.load(office.issuing.crl([revoked(7)], number=2))
    many = [revoked(serial) for serial in range(100, 20_000)]
    bad = office.issuing.crl([*many, revoked(5, x509.ReasonFlags.remove_from_crl)], number=3)
    _refused(office, bad, crl_errors.CrlEntryUnsuitable)
    card = CardId(next(iter(office.trust.issuers)), "7")
    assert office.index.status(card, NOW).state is RevocationState.REVOKED


def test_a14_a_folder_that_can_not_be_written(office: Office) -> None:
    folder = office.folder / "crl"
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    folder.write_text("in the way", encoding="utf-8")
    with pytest.raises(crl_errors.CrlIndexNotWritten):
        office.load(office.issuing.crl(number=2))


def test_every_reason_has_a_code_of_its_own() -> None:
    every = crl_errors.RevocationListRefused.__subclasses__()
    reasons = [reason for reason in every if reason.__module__ == crl_errors.__name__]
    assert len({reason.code for reason in reasons}) == len(reasons) == 19


def test_a14_a_name_longer_than_any_ca_s_is_refused_before_it_is_read(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an object it takes a hundred times its size, and nobody has signed for it yet."""
    names = [x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, f"{part:060}") for part in range(300)]
    builder = x509.CertificateRevocationListBuilder(x509.Name(names)).last_update(NOW).next_update(NOW + timedelta(days=1))
    signed = builder.sign(office.issuing.key, hashes.SHA256()).public_bytes(Encoding.DER)
    monkeypatch.setattr(crl, "find_signer", lambda *_: pytest.fail("the name was read"))
    _refused(office, signed, crl_errors.CrlUnreadable)


def test_a14_extensions_longer_than_any_ca_s_are_refused_before_they_are_read(office: Office) -> None:
    long = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4.5"), b"\x04\x83\x01\x00\x00" + bytes(65536))
    _refused(office, office.issuing.crl(number=2, extensions=[(long, False)]), crl_errors.CrlUnreadable)


def test_a_stranger_s_name_is_cut_before_it_is_told(office: Office) -> None:
    names = [x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "x" * 60) for _ in range(100)]
    builder = x509.CertificateRevocationListBuilder(x509.Name(names)).last_update(NOW).next_update(NOW + timedelta(days=1))
    file = office.folder / "stranger.crl"
    file.write_bytes(builder.sign(office.issuing.key, hashes.SHA256()).public_bytes(Encoding.DER))
    with pytest.raises(crl_errors.CrlIssuerUnknown) as refused:
        office.index.load(file, NOW, no_progress)
    assert len(str(refused.value)) < 300


def test_a14_a_number_longer_than_twenty_octets(office: Office) -> None:
    """RFC 5280 5.2.3. Python doesn't write numbers of any length as text, and the index keeps it as text."""
    assert office.load(office.issuing.crl(number=2**160 - 1)).number == 2**160 - 1
    for number in (2**160, 2**20_000):
        _refused(office, office.issuing.crl(number=number), crl_errors.CrlUnreadable)


def test_a_stranger_s_name_can_not_write_lines_of_its_own(office: Office) -> None:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a\nadmin: \x1b[2J all is well")])
    builder = x509.CertificateRevocationListBuilder(name).last_update(NOW).next_update(NOW + timedelta(days=1))
    with pytest.raises(crl_errors.CrlIssuerUnknown) as refused:
        office.load(builder.sign(office.issuing.key, hashes.SHA256()).public_bytes(Encoding.DER))
    assert str(refused.value).isprintable()
    assert "all is well" in str(refused.value)


def test_an_extension_s_name_is_cut_before_it_is_told() -> None:
    """Without the library, which refuses so long a name before."""
    extension = tlv(0x30, tlv(0x06, b"\x2a" + b"\x03" * 1000) + b"\x01\x01\xff\x04\x00")
    with pytest.raises(crl_errors.CrlExtensionUnknown) as refused:
        EntryReasons().reason(tlv(0x30, extension))
    assert len(str(refused.value)) < 300
