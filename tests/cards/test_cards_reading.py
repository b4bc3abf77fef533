"""Reading a well-behaved card, however it likes to be spoken to."""

from __future__ import annotations

import pytest
from cryptography import x509

from tests.cards.loopback import (
    AUTHENTICATION,
    CDF,
    DIR,
    FINEID,
    MYEID,
    CardMaterial,
    Loopback,
    entry,
    path,
    pkcs15_files,
    tlv,
    virtual_card,
)
from webvartti.cards.errors import NotAPkcs15Card
from webvartti.cards.holders_card import HoldersCard
from webvartti.demo.virtual_card.shapes import Shape
from webvartti.domain.card_in_reader import CardContents, KeyUse, PinName

SHAPES = pytest.mark.parametrize("shape", [MYEID, FINEID], ids=lambda shape: shape.name)


def contents(connection: Loopback) -> CardContents:
    return HoldersCard(connection).contents


@SHAPES
@pytest.mark.parametrize("t0", [False, True])
@pytest.mark.parametrize("by_aid", [False, True])
@pytest.mark.parametrize("without_description", [False, True])
def test_a_card_is_read_in_every_dialect(
    rsa: CardMaterial, shape: Shape, t0: bool, by_aid: bool, without_description: bool
) -> None:
    connection = Loopback(virtual_card(rsa, shape), t0, by_aid=by_aid, without_description=without_description)
    found = contents(connection)
    assert (found.label, found.serial) == ("WebVartti demo", rsa.serial.hex().upper())
    assert found.profile == {"myeid": "MyEID", "fineid": "FINEID S4-2"}[shape.name]
    assert [(each.identifier, each.use) for each in found.certificates] == [
        ("45", KeyUse.AUTHENTICATION),
        ("46", KeyUse.SIGNATURE),
        ("47", KeyUse.OTHER),
    ]
    assert [each.der for each in found.certificates] == [rsa.authentication.certificate, rsa.signature.certificate, rsa.issuer]
    certificate = x509.load_der_x509_certificate(rsa.authentication.certificate)
    shown = found.certificates[0]
    assert shown.holder.startswith("Aino ")
    assert (shown.not_before, shown.not_after) == (certificate.not_valid_before_utc, certificate.not_valid_after_utc)


@SHAPES
def test_nothing_but_reading_is_asked_of_the_card(rsa: CardMaterial, shape: Shape) -> None:
    connection = Loopback(virtual_card(rsa, shape), t0=True)
    contents(connection)
    assert {command[1] for command in connection.commands} <= {0xA4, 0xB0, 0xC0}
    assert all(command[0] == 0 for command in connection.commands)
    assert len(connection.commands) < 100


def test_asking_how_the_pins_stand_costs_no_try(p384: CardMaterial) -> None:
    connection = Loopback(virtual_card(p384, FINEID), t0=True)
    card = HoldersCard(connection)
    for _ in range(10):
        assert [pin.tries_left for pin in card.pins()] == [5, 5, 5]
    assert [pin.name for pin in card.pins()] == [PinName.PIN1, PinName.PIN2, PinName.CODE]


def test_without_ef_dir_the_application_is_found_by_its_aid(rsa: CardMaterial) -> None:
    files = {file: content for file, content in pkcs15_files(rsa, MYEID).items() if file != DIR}
    assert contents(Loopback(virtual_card(rsa, files=files))).serial == rsa.serial.hex().upper()


def test_another_kind_of_card_is_named(rsa: CardMaterial) -> None:
    usual = dict(pkcs15_files(rsa, MYEID))
    other = tlv(0x61, tlv(0x4F, b"other"), tlv(0x51, b"\x3f\x00\x50\x15"))
    for files in (
        {file: content for file, content in usual.items() if file != DIR},
        usual | {DIR: b""},
        usual | {DIR: other},
        {b"\x3f\x00\x00\x01": b"x"},
    ):
        with pytest.raises(NotAPkcs15Card):
            contents(Loopback(virtual_card(rsa, files=files), by_aid=False))


def test_a_part_of_a_file_is_cut_out(rsa: CardMaterial) -> None:
    der = rsa.signature.certificate
    where = path(AUTHENTICATION, tlv(0x02, b"\x06"), tlv(0x80, len(der).to_bytes(2)))
    files = dict(pkcs15_files(rsa, MYEID)) | {
        AUTHENTICATION: b"before" + der + b"behind",
        CDF: entry("part", b"\x01", where),
    }
    (found,) = contents(Loopback(virtual_card(rsa, files=files))).certificates
    assert (found.label, found.identifier, found.der) == ("part", "01", der)


def test_other_kinds_of_certificate_are_passed_over(rsa: CardMaterial) -> None:
    usual = pkcs15_files(rsa, MYEID)
    files = dict(usual) | {CDF: tlv(0xA0, b"x") + usual[CDF]}
    assert len(contents(Loopback(virtual_card(rsa, files=files))).certificates) == 3


def test_a_card_without_certificates_is_a_card(rsa: CardMaterial) -> None:
    files = dict(pkcs15_files(rsa, MYEID)) | {CDF: b""}
    card = HoldersCard(Loopback(virtual_card(rsa, files=files)))
    assert card.contents.certificates == ()
    assert [pin.name for pin in card.pins()] == list(PinName)  # by their order, as no certificate says which is which


def test_a_certificate_that_cannot_be_read_is_shown_without_facts(rsa: CardMaterial) -> None:
    files = dict(pkcs15_files(rsa, MYEID)) | {AUTHENTICATION: tlv(0x30, tlv(0x30, b"\x02\x01\x05"))}
    shown = contents(Loopback(virtual_card(rsa, files=files))).certificates[0]
    assert (shown.use, shown.holder, shown.not_after) == (KeyUse.OTHER, "", None)


def test_a_label_can_do_nothing_to_a_terminal(rsa: CardMaterial) -> None:
    label = "a\x1b[2Jb\u202ec\n\N{LATIN SMALL LETTER A WITH DIAERESIS}"
    files = dict(pkcs15_files(rsa, MYEID)) | {CDF: entry(label, b"\x45", path(AUTHENTICATION))}
    shown = contents(Loopback(virtual_card(rsa, files=files))).certificates[0].label
    assert shown == "a\ufffd[2Jb\ufffdc\ufffd\N{LATIN SMALL LETTER A WITH DIAERESIS}"
