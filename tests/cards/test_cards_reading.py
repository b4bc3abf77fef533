"""Reading a well-behaved card, however it likes to be spoken to."""

from __future__ import annotations

import pytest
from cryptography import x509

from tests.cards.loopback import AUTHENTICATION, CDF, DIR, FOLDER, LoopbackCard, certificate, entry, path, pkcs15_files, tlv
from webvartti.cards import CardCertificate, CardContents, read_card
from webvartti.cards.errors import NotAPkcs15Card

CONTENTS = CardContents(
    label="DVV card",
    serial="246012",
    certificates=(
        CardCertificate("todentamis- ja salausvarmenne", "45", certificate("authentication")),
        CardCertificate("allekirjoitusvarmenne", "46", certificate("signature")),
    ),
)


@pytest.mark.parametrize("chained", [False, True])
@pytest.mark.parametrize("selects_by_aid", [False, True])
@pytest.mark.parametrize("takes_p2_0c", [False, True])
def test_a_card_is_read_in_every_dialect(chained: bool, selects_by_aid: bool, takes_p2_0c: bool) -> None:
    card = LoopbackCard(chained=chained, selects_by_aid=selects_by_aid, takes_p2_0c=takes_p2_0c)
    contents = read_card(card)
    assert contents == CONTENTS
    assert x509.load_der_x509_certificate(contents.certificates[0].der).serial_number == 4711


def test_nothing_but_reading_is_asked_of_the_card() -> None:
    card = LoopbackCard(chained=True)
    read_card(card)
    assert {command[1] for command in card.commands} <= {0xA4, 0xB0, 0xC0}
    assert all(command[0] == 0 for command in card.commands)


def test_without_ef_dir_the_application_is_found_by_its_aid() -> None:
    files = pkcs15_files()
    del files[DIR]
    assert read_card(LoopbackCard(files)) == CONTENTS


def test_another_kind_of_card_is_named() -> None:
    files = pkcs15_files()
    del files[DIR]
    for card in (
        LoopbackCard(files, selects_by_aid=False),
        LoopbackCard(pkcs15_files() | {DIR: b""}, selects_by_aid=False),
        LoopbackCard(pkcs15_files() | {DIR: tlv(0x61, tlv(0x4F, b"other"), tlv(0x51, FOLDER))}, selects_by_aid=False),
        LoopbackCard({b"\x3f\x00\x00\x01": b"x"}, selects_by_aid=False),
    ):
        with pytest.raises(NotAPkcs15Card):
            read_card(card)


def test_a_part_of_a_file_is_cut_out() -> None:
    der = certificate("signature")
    files = pkcs15_files() | {
        AUTHENTICATION: b"before" + der + b"behind",
        CDF: entry("part", b"\x01", path(AUTHENTICATION, tlv(0x02, b"\x06"), tlv(0x80, len(der).to_bytes(2)))),
    }
    assert read_card(LoopbackCard(files)).certificates == (CardCertificate("part", "01", der),)


def test_other_kinds_of_certificate_are_passed_over() -> None:
    files = pkcs15_files()
    files[CDF] = tlv(0xA0, b"x") + files[CDF]
    assert read_card(LoopbackCard(files)) == CONTENTS


def test_a_card_without_certificates_is_a_card() -> None:
    assert read_card(LoopbackCard(pkcs15_files() | {CDF: b""})).certificates == ()


def test_a_label_can_do_nothing_to_a_terminal() -> None:
    label = "a\x1b[2Jb\u202ec\n\N{LATIN SMALL LETTER A WITH DIAERESIS}"
    files = pkcs15_files() | {CDF: entry(label, b"\x45", path(AUTHENTICATION))}
    shown = read_card(LoopbackCard(files)).certificates[0].label
    assert shown == "a\ufffd[2Jb\ufffdc\ufffd\N{LATIN SMALL LETTER A WITH DIAERESIS}"
