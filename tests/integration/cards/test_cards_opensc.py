"""Debian's OpenSC accepts the virtual card: by the real output of its tools, over a real pcscd."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tests.integration.cards.virtual_reader import CardService, needs_pcscd
from webvartti.demo.country import Country
from webvartti.demo.virtual_card.pins import DEMO_PINS
from webvartti.demo.virtual_card.shapes import FINEID, PinSlot

pytestmark = [needs_pcscd, pytest.mark.timeout(300)]
PIN1, PIN2, CODE = (DEMO_PINS[slot] for slot in PinSlot)


@pytest.mark.parametrize(("slug", "kind"), [("aino", "RSA"), ("eero", "EC")])
def test_pkcs15_tool_shows_the_whole_card(pcscd: CardService, country: Country, slug: str, kind: str) -> None:
    with pcscd.inserted(country, slug):
        assert pcscd.run("opensc-tool", "--name").stdout.strip() == "MyEID 4.5.0"
        dump = pcscd.run("pkcs15-tool", "--dump").stdout
    assert "PKCS#15 Card [WebVartti demo]:" in dump
    assert "Manufacturer ID: WebVartti" in dump
    assert re.findall(r"^PIN \[(.*)\]$", dump, re.MULTILINE) == [
        "perustunnusluku",
        "allekirjoitustunnusluku",
        "aktivointitunnusluku",
    ]
    assert re.findall(r"^Private (\w+) Key \[(.*)\]$", dump, re.MULTILINE) == [
        (kind, "todentamisavain"),
        (kind, "allekirjoitusavain"),
    ]
    assert dump.count("\nX.509 Certificate [") == 3
    assert "initialized, needs-padding, unblockingPin" in dump
    serial = x509.load_pem_x509_certificate(country.card(slug).pem.read_bytes()).serial_number
    assert f"{serial:X}" in dump.replace(" ", "")


def test_pkcs11_tool_signs_with_every_mechanism_and_finds_no_error(pcscd: CardService, country: Country) -> None:
    with pcscd.inserted(country, "aino") as card:
        told = pcscd.run("pkcs11-tool", "--test", "--login", "--pin", PIN1).stdout
        for line in (
            "RSA-X-509: OK",
            "RSA-PKCS: OK",
            "SHA256-RSA-PKCS: OK",
            "all 4 signature functions seem to work",
            "No errors",
        ):
            assert line in told, told
        assert "VERIFY PIN1: right" in card.said
        assert sum("authentication key: 256 bytes" in line for line in card.said) >= 10
        wrong = pcscd.run("pkcs11-tool", "--test", "--login", "--pin", "0305", check=False)
        assert wrong.returncode != 0
        assert "CKR_PIN_INCORRECT" in wrong.stdout + wrong.stderr


@pytest.mark.parametrize(
    ("slug", "mechanism", "options"),
    [
        ("aino", "SHA256-RSA-PKCS", []),
        ("aino", "SHA256-RSA-PKCS-PSS", []),
        ("eero", "ECDSA-SHA384", ["--signature-format", "openssl"]),
        ("eero", "ECDSA-SHA256", ["--signature-format", "openssl"]),
    ],
)
def test_a_signature_through_opensc_is_verified_by_the_certificate(
    pcscd: CardService, country: Country, tmp_path: Path, slug: str, mechanism: str, options: list[str]
) -> None:
    (tmp_path / "data").write_bytes(b"something to sign")
    sign = ["pkcs11-tool", "--sign", "--mechanism", mechanism, "--login", "--pin", PIN1, "--id", "45", *options]
    with pcscd.inserted(country, slug):
        pcscd.run(*sign, "--input-file", tmp_path / "data", "--output-file", tmp_path / "signature")
    key = x509.load_pem_x509_certificate(country.card(slug).pem.read_bytes()).public_key()
    signature = (tmp_path / "signature").read_bytes()
    algorithm = hashes.SHA384() if "384" in mechanism else hashes.SHA256()
    if isinstance(key, rsa.RSAPublicKey):
        pss = padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO)
        key.verify(signature, b"something to sign", pss if "PSS" in mechanism else padding.PKCS1v15(), algorithm)
    else:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(signature, b"something to sign", ec.ECDSA(algorithm))


def test_opensc_activates_changes_locks_and_unlocks(pcscd: CardService, country: Country) -> None:
    def pin_tool(*words: str, check: bool = True) -> str:
        done = pcscd.run("pkcs15-tool", *words, check=check)
        return done.stdout + done.stderr

    with pcscd.inserted(country, "eero", activated=False) as card:
        pin_tool("--unblock-pin", "--auth-id", "01", "--puk", CODE, "--new-pin", "2580")
        pin_tool("--change-pin", "--auth-id", "01", "--pin", "2580", "--new-pin", "739152")
        for _ in range(5):
            assert "PIN code or key incorrect" in pin_tool("--verify-pin", "--auth-id", "01", "--pin", "0305", check=False)
        assert "Authentication method blocked" in pin_tool("--verify-pin", "--auth-id", "01", "--pin", "739152", check=False)
        pin_tool("--unblock-pin", "--auth-id", "01", "--puk", CODE, "--new-pin", "2580")
        pin_tool("--verify-pin", "--auth-id", "01", "--pin", "2580")
        assert "VERIFY PIN1: wrong, 0 tries left" in card.said


def test_what_opensc_does_not_know_it_leaves_alone(pcscd: CardService, country: Country) -> None:
    """The FINEID shape is for webvartti card: OpenSC 0.23 has no driver for the cards of today."""
    with pcscd.inserted(country, "eero", FINEID):
        told = pcscd.run("opensc-tool", "--atr", "--name", check=False)
        assert "3b:dd:96:00:80:31:fe:45:00:31:b8:64:04:29:ec:c1:73:94:01:80:83:49" in told.stdout
        assert "Unsupported card" in told.stdout
