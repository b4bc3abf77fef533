"""Validation with revocation of a path of three certificates, as a multiple of the bare signature checks of that path.

Run with `make bench`. Only the ratio counts: both sides run in turn in one process, on one hierarchy. The bare side verifies
the two signatures (leaf by issuing CA, issuing CA by root) with public keys that are loaded already, and does nothing else.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tests.unit.pki.authority import NOW, KeyRing, der, new_root, person
from tests.unit.pki.office import open_office
from webvartti.pki.judge import Judge

ROUNDS, IN_A_ROUND = 150, 20
AIMS = {"rsa": 3.0, "p384": 1.5}
NAMES = {"rsa": "RSA-2048", "p384": "P-384"}


def bare_check(certificate: x509.Certificate, issuer: x509.Certificate) -> Callable[[], None]:
    key, signature, signed = issuer.public_key(), certificate.signature, certificate.tbs_certificate_bytes
    if isinstance(key, rsa.RSAPublicKey):
        rsa_key, pkcs1, sha256 = key, padding.PKCS1v15(), hashes.SHA256()
        return lambda: rsa_key.verify(signature, signed, pkcs1, sha256)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    ec_key, ecdsa = key, ec.ECDSA(hashes.SHA256())
    return lambda: ec_key.verify(signature, signed, ecdsa)


def seconds_each(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    for _ in range(IN_A_ROUND):
        call()
    return (time.perf_counter() - started) / IN_A_ROUND


@pytest.mark.parametrize("kind", ["rsa", "p384"])
def test_judging_against_the_bare_signature_checks(kind: str, tmp_path: Path) -> None:
    keys = KeyRing()
    root = new_root("Root", keys.key(kind, "root"))
    issuing = root.issue_ca("Professionals", keys.key(kind, "issuing"))
    office = open_office(tmp_path, root, issuing)
    card = issuing.issue(person(), keys.key(kind, "card"))
    data, judge = der(card), Judge(office.trust, office.index, production=False)
    of_leaf, of_issuer = bare_check(card, issuing.certificate), bare_check(issuing.certificate, root.certificate)

    def bare() -> None:
        of_leaf()
        of_issuer()

    seconds_each(lambda: judge.judge(data, NOW))  # warm
    rounds = [(seconds_each(lambda: judge.judge(data, NOW)), seconds_each(bare)) for _ in range(ROUNDS)]
    judged, checked = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(one / other for one, other in rounds)
    print(f"\njudge {NAMES[kind]}: {judged * 1e6:.0f} us, bare signature checks {checked * 1e6:.0f} us (medians)")
    print(f"judge {NAMES[kind]}: ratio {ratio:.2f} (aim: under {AIMS[kind]})")
    assert ratio < 4 * AIMS[kind]
