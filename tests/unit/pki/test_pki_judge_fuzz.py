"""Certificates that no honest CA would write, signed and unsigned: a named refusal each, soon, and with little memory. (A08)"""

from __future__ import annotations

import copy
import hashlib
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID, ObjectIdentifier
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.pki.authority import CARD_EXTENSIONS, NOW, Extension, KeyRing, attribute, der, new_root, person, policies
from tests.unit.pki.der_trees import CHANGES, Node, changed, encoded_length, nested, tree
from tests.unit.pki.office import Office, open_office
from webvartti.domain.certificates import AcceptedCard, CertificateRefused, CertificateUnreadable
from webvartti.pki.judge import Judge
from webvartti.pki.parsed import MAX_OCTETS

SECONDS = 2.0
MEGABYTES = 16
FUZZ = settings(max_examples=400, deadline=None, database=None, derandomize=True)


class Bench:
    """A judge, its issuing key, and a good card as a tree."""

    def __init__(self, office: Office, card: x509.Certificate) -> None:
        self.office = office
        self.judge = Judge(office.trust, office.index, production=False)
        self.card = card

    def signed(self, to_sign: bytes) -> bytes:
        """A certificate of these octets, signed by the issuing CA."""
        key = self.office.issuing.key
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        signature = key.sign(to_sign, ec.ECDSA(hashes.SHA256()))
        algorithm = tree(der(self.card)).children[1].encoded()
        bits = b"\x00" + signature
        content = to_sign + algorithm + b"\x03" + encoded_length(len(bits)) + bits
        return b"\x30" + encoded_length(len(content)) + content

    def answer(self, data: bytes) -> AcceptedCard | None:
        """None where refused. Anything but a CertificateRefused, a long wait or much memory fails the test."""
        before = _from_now_on_megabytes()
        started = time.process_time()
        try:
            accepted = self.judge.judge(data, NOW)
        except CertificateRefused:
            accepted = None
        assert time.process_time() - started < SECONDS
        assert _peak_megabytes() - before < MEGABYTES
        return accepted


def _from_now_on_megabytes() -> float:
    """What the process holds. Its high-water mark begins anew (proc_pid_clear_refs(5)), so that none before hides the next."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _peak_megabytes()


def _peak_megabytes() -> float:
    """VmHWM: what Python, the library and OpenSSL took, all of it."""
    return int(Path("/proc/self/status").read_text(encoding="utf-8").partition("VmHWM:")[2].split()[0]) / 1024


@pytest.fixture(scope="module")
def bench(keys: KeyRing, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    root = new_root("Root", keys.key("p384", "root"))
    issuing = root.issue_ca("Professionals", keys.key("p384", "issuing"))
    office = open_office(tmp_path_factory.mktemp("fuzz"), root, issuing)
    more: list[Extension] = [
        (x509.SubjectAlternativeName([x509.RFC822Name("aino@mail.test"), x509.DirectoryName(person())]), False),
        (x509.CRLDistributionPoints([_point(x509.UniformResourceIdentifier("http://crl.test/1.crl"))]), False),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
        (x509.BasicConstraints(False, None), True),
        (x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.33"), bytes.fromhex("300a300806022b0106022b02")), False),
    ]
    return Bench(office, issuing.issue(person(), keys.key("p384", "card"), [*CARD_EXTENSIONS, *more]))


def _point(name: x509.GeneralName) -> x509.DistributionPoint:
    return x509.DistributionPoint([name], None, None, None)


def test_memory_that_was_taken_and_given_back_is_seen_each_time() -> None:
    for _ in range(2):
        before = _from_now_on_megabytes()
        bytearray(b"\x01") * (4 * MEGABYTES * 2**20)
        assert _peak_megabytes() - before > 3 * MEGABYTES
    assert _from_now_on_megabytes() - before < MEGABYTES


def test_the_card_that_is_changed_here_is_a_good_one(bench: Bench) -> None:
    assert bench.answer(der(bench.card))
    assert bench.answer(bench.signed(bench.card.tbs_certificate_bytes))


@pytest.mark.slow
@FUZZ
@given(changes=CHANGES)
def test_a08_elements_changed_and_signed_again_are_judged(bench: Bench, changes: list[tuple[int, str, Any]]) -> None:
    """The signature is right, so everything behind it is reached. Accepted is at most what still says all that is demanded."""
    root = copy.deepcopy(tree(bench.card.tbs_certificate_bytes))
    changed(root, changes)
    data = bench.signed(root.encoded())
    accepted = bench.answer(data)
    if accepted is not None:
        assert accepted.holder.fingerprint == hashlib.sha256(data).hexdigest()
        assert accepted.holder.person.serial_number.isdigit()


@pytest.mark.slow
@FUZZ
@given(changes=CHANGES)
def test_a08_elements_inside_extensions_changed_and_signed_again_are_judged(
    bench: Bench, changes: list[tuple[int, str, Any]]
) -> None:
    root = copy.deepcopy(tree(bench.card.tbs_certificate_bytes))
    values = [node for node in root.children[-1].below() if node.tag == 0x04]
    place, _, _ = changes[0]
    value = values[place % len(values)]
    inner = Node(0x30, b"", [tree(value.content)])
    changed(inner, changes)
    value.content = b"".join(child.encoded() for child in inner.children)
    bench.answer(bench.signed(root.encoded()))


@pytest.mark.slow
@FUZZ
@given(changes=CHANGES)
def test_a08_elements_changed_without_a_new_signature_are_refused(bench: Bench, changes: list[tuple[int, str, Any]]) -> None:
    root = copy.deepcopy(tree(der(bench.card)))
    changed(root, changes)
    data = root.encoded()
    assert bench.answer(data) is None or data == der(bench.card)


@pytest.mark.slow
@FUZZ
@given(
    octets=st.binary(max_size=60),
    oid=st.sampled_from([oid for oid in vars(ExtensionOID).values() if hasattr(oid, "dotted_string")]),
)
def test_a08_any_octets_in_any_known_extension_are_judged(bench: Bench, octets: bytes, oid: ObjectIdentifier) -> None:
    card = tree(bench.card.tbs_certificate_bytes)
    added = x509.CertificateBuilder().add_extension(x509.UnrecognizedExtension(oid, octets), critical=False)
    extension = _encoded_extension(added)
    card.children[-1].children[0].children.append(tree(extension))
    bench.answer(bench.signed(card.encoded()))


def _encoded_extension(builder: x509.CertificateBuilder) -> bytes:
    key = ec.derive_private_key(1, ec.SECP256R1())
    name = x509.Name([])
    builder = builder.subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = builder.not_valid_before(NOW).not_valid_after(NOW).sign(key, hashes.SHA256())
    return tree(made.tbs_certificate_bytes).children[-1].children[0].children[0].encoded()


HUGE = [
    b"\x30\x84\xff\xff\xff\xff",
    b"\x30\x88\x7f\xff\xff\xff\xff\xff\xff\xff\x30",
    b"\x30\xff" + b"\xff" * 200,
    b"\x30\x80" * 5000,
    nested(3000),
    b"\x30\x84\x7f\xff\xff\xff" + nested(500),
    b"\x1f" + b"\xff" * 5000,
    b"\x30" * 10_000_000,
    bytes(50_000_000),
]


@pytest.mark.parametrize("data", HUGE, ids=lambda data: f"{data[:4].hex()}-{len(data)}")
def test_a08_deep_and_huge_octets_are_refused_at_once(bench: Bench, data: bytes) -> None:
    assert bench.answer(data) is None
    assert bench.answer(der(bench.card)[:200] + data) is None


def test_a08_more_octets_than_any_card_has_are_unreadable(bench: Bench, keys: KeyRing) -> None:
    filler = (x509.UnrecognizedExtension(ObjectIdentifier("1.2.3"), bytes(MAX_OCTETS)), False)
    card = bench.office.issuing.issue(person(), keys.key("p384", "card"), [*CARD_EXTENSIONS, filler])
    with pytest.raises(CertificateUnreadable):
        bench.judge.judge(der(card), NOW)


def _mappings(pairs: int, arc_octets: int) -> Extension:
    oid = b"\x06" + encoded_length(arc_octets + 1) + b"\x2a" + b"\xff" * (arc_octets - 1) + b"\x7f"
    pair = b"\x30" + encoded_length(2 * len(oid)) + oid + oid
    return x509.UnrecognizedExtension(
        ObjectIdentifier("2.5.29.33"), b"\x30" + encoded_length(len(pair) * pairs) + pair * pairs
    ), False


CROWDED: dict[str, tuple[Extension, ...]] = {
    "policies": (CARD_EXTENSIONS[0], policies("1.2.246.517.99.10.1", *(f"1.2.3.{number}" for number in range(1200)))),
    "mappings": (*CARD_EXTENSIONS, _mappings(1000, 2)),
    "mapping-of-one-huge-arc": (*CARD_EXTENSIONS, _mappings(1, 7000)),
    "names": (
        *CARD_EXTENSIONS,
        (x509.SubjectAlternativeName([x509.DNSName(f"{number}.test") for number in range(1200)]), False),
    ),
    "points": (
        *CARD_EXTENSIONS,
        (x509.CRLDistributionPoints([_point(x509.UniformResourceIdentifier("http://a/")) for _ in range(600)]), False),
    ),
    "relative-points": (
        *CARD_EXTENSIONS,
        (
            x509.CRLDistributionPoints(
                [
                    x509.DistributionPoint(
                        None, x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.COMMON_NAME, "a")]), None, None
                    )
                ]
                * 600
            ),
            False,
        ),
    ),
    "extensions": (
        *CARD_EXTENSIONS,
        *((x509.UnrecognizedExtension(ObjectIdentifier(f"1.2.3.{number}"), b"\x05\x00"), False) for number in range(700)),
    ),
}


@pytest.mark.parametrize("extensions", CROWDED.values(), ids=CROWDED)
def test_a08_a_crowded_certificate_is_judged_in_time(bench: Bench, keys: KeyRing, extensions: tuple[Extension, ...]) -> None:
    card = der(bench.office.issuing.issue(person(), keys.key("p384", "card"), extensions))
    assert MAX_OCTETS / 4 < len(card) <= MAX_OCTETS
    bench.answer(card)


def test_a08_a_crowded_subject_is_judged_in_time(bench: Bench, keys: KeyRing, tmp_path: Path) -> None:
    titles = [attribute(NameOID.TITLE, f"Lääkäri {number}") for number in range(500)]
    assert bench.answer(
        der(bench.office.issuing.issue(person("00098705718", "Mäkinen", "Åsa", *titles), keys.key("p384", "card")))
    )
