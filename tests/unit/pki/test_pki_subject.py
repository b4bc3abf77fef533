"""Who the card says its holder is. (A12)"""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID, ObjectIdentifier

from tests.unit.pki.authority import NUMBER, PrivateKey, attribute, der, person
from tests.unit.pki.office import Office
from webvartti.domain.certificates import CertificateUnreadable, IdentityUnclear
from webvartti.domain.holders import Person
from webvartti.pki.subject import SubjectIdentity, read_subject, readable_name

NAMESPACE = "registration-number"


def _read(*attributes: x509.NameAttribute[str]) -> SubjectIdentity:
    """Through DER, as a card's subject comes."""
    encoded = x509.Name(attributes).public_bytes()
    return read_subject(x509.Name.from_bytes(encoded), NAMESPACE)


def _typed(oid: ObjectIdentifier, value: str, kind: _ASN1Type) -> x509.NameAttribute[str]:
    return x509.NameAttribute(oid, value, kind)


NUMBER_ATTRIBUTE = attribute(NameOID.SERIAL_NUMBER, NUMBER)
SURNAME = attribute(NameOID.SURNAME, "Öhman")
GIVEN_NAME = attribute(NameOID.GIVEN_NAME, "Åke")


@pytest.mark.parametrize("kind", [_ASN1Type.UTF8String, _ASN1Type.BMPString])
def test_a12_letters_of_every_string_type_arrive_whole(kind: _ASN1Type) -> None:
    identity = _read(
        _typed(NameOID.SERIAL_NUMBER, NUMBER, kind),
        _typed(NameOID.SURNAME, "Åström-Älänen", kind),
        _typed(NameOID.GIVEN_NAME, "Örjan Ñ", kind),
    )
    assert (identity.serial_number, identity.surname, identity.given_name) == (NUMBER, "Åström-Älänen", "Örjan Ñ")


def test_a12_printable_strings_arrive_whole() -> None:
    kind = _ASN1Type.PrintableString
    identity = _read(
        _typed(NameOID.SERIAL_NUMBER, NUMBER, kind),
        _typed(NameOID.SURNAME, "O'Brien", kind),
        _typed(NameOID.GIVEN_NAME, "Mary", kind),
    )
    assert (identity.serial_number, identity.surname) == (NUMBER, "O'Brien")


def test_a12_combining_accents_become_the_letters_that_they_mean() -> None:
    identity = _read(NUMBER_ATTRIBUTE, attribute(NameOID.SURNAME, "A\u030astro\u0308m"), GIVEN_NAME)
    assert identity.surname == "Åström"


def test_a12_attributes_are_found_in_any_order_and_the_common_name_is_never_read() -> None:
    common_name = attribute(NameOID.COMMON_NAME, "Öhman Maija 11122233344")
    title, doctor = attribute(NameOID.TITLE, "Lääkäri"), attribute(NameOID.PSEUDONYM, "654321")
    organisation = attribute(NameOID.ORGANIZATION_NAME, "Sairaala Oy")
    identity = _read(doctor, GIVEN_NAME, common_name, NUMBER_ATTRIBUTE, organisation, SURNAME, title)
    assert identity == SubjectIdentity(NUMBER, "Öhman", "Åke", "Lääkäri", "654321", "Sairaala Oy")


def test_a12_a_common_name_alone_is_nobody() -> None:
    with pytest.raises(IdentityUnclear):
        _read(attribute(NameOID.COMMON_NAME, f"Öhman Åke {NUMBER}"))


def test_a12_a_multi_valued_rdn_is_read_like_any_other() -> None:
    subject = x509.Name(
        [x509.RelativeDistinguishedName([NUMBER_ATTRIBUTE, SURNAME]), x509.RelativeDistinguishedName([GIVEN_NAME])]
    )
    assert read_subject(x509.Name.from_bytes(subject.public_bytes()), NAMESPACE).serial_number == NUMBER


def test_a12_two_serial_numbers_are_nobody_also_in_one_rdn() -> None:
    victim = attribute(NameOID.SERIAL_NUMBER, "11122233344")
    with pytest.raises(IdentityUnclear):
        _read(NUMBER_ATTRIBUTE, SURNAME, GIVEN_NAME, victim)
    together = x509.Name([x509.RelativeDistinguishedName([NUMBER_ATTRIBUTE, victim]), *(x509.Name([SURNAME, GIVEN_NAME]).rdns)])
    with pytest.raises(IdentityUnclear):
        read_subject(together, NAMESPACE)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "0009870571",
        "000987057180",
        "0009870571\x00",
        f"{NUMBER}\x00",
        f"{NUMBER}\n",
        f" {NUMBER}",
        "0009870571٨",
        "0009870571８",
    ],
)
def test_a12_a_serial_number_of_another_form_is_nobody(number: str) -> None:
    with pytest.raises(IdentityUnclear):
        _read(attribute(NameOID.SERIAL_NUMBER, number) if number else SURNAME, SURNAME, GIVEN_NAME)


@pytest.mark.parametrize("hidden", ["\x00", "\n", "\x1b", "\u200b", "\u202e", "\u2028", "\ue000"])
def test_a12_characters_that_are_no_text_make_the_name_unclear(hidden: str) -> None:
    for surname, given_name in ((f"Öh{hidden}man", "Åke"), ("Öhman", f"Å{hidden}ke")):
        with pytest.raises(IdentityUnclear):
            _read(NUMBER_ATTRIBUTE, attribute(NameOID.SURNAME, surname), attribute(NameOID.GIVEN_NAME, given_name))


@pytest.mark.parametrize("name", ["Ö", "Ö" * 130, "Maria Anna-Liisa", "D’Angelo"])
def test_a12_short_long_and_compound_names_are_fine(name: str) -> None:
    assert _read(NUMBER_ATTRIBUTE, attribute(NameOID.SURNAME, name), GIVEN_NAME).surname == name


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a12_number_surname_and_given_name_must_all_be_there(missing: int) -> None:
    attributes = [NUMBER_ATTRIBUTE, SURNAME, GIVEN_NAME]
    del attributes[missing]
    with pytest.raises(IdentityUnclear):
        _read(*attributes)


def test_a12_another_namespace_takes_other_numbers_but_not_invisible_ones() -> None:
    def read(number: str) -> str:
        return read_subject(x509.Name([attribute(NameOID.SERIAL_NUMBER, number), SURNAME, GIVEN_NAME]), "staff").serial_number

    assert read("HLO-123") == "HLO-123"
    for unclear in ("HLO\x00123", "HLÖ-123", " HLO"):
        with pytest.raises(IdentityUnclear):
            read(unclear)


def test_several_titles_are_joined_two_doctor_ids_are_refused() -> None:
    titles = (attribute(NameOID.TITLE, "Lääkäri"), attribute(NameOID.TITLE, "Hammaslääkäri"))
    assert _read(NUMBER_ATTRIBUTE, SURNAME, GIVEN_NAME, *titles).title == "Lääkäri, Hammaslääkäri"
    doctors = (attribute(NameOID.PSEUDONYM, "123456"), attribute(NameOID.PSEUDONYM, "654321"))
    with pytest.raises(IdentityUnclear):
        _read(NUMBER_ATTRIBUTE, SURNAME, GIVEN_NAME, *doctors)


def test_a_name_for_the_page_is_given_only_where_it_is_clear() -> None:
    assert readable_name(x509.Name([SURNAME, GIVEN_NAME])) == "Åke Öhman"
    assert readable_name(x509.Name([SURNAME, SURNAME, GIVEN_NAME])) == ""


def test_a12_the_judge_names_the_person_of_the_subject_and_refuses_the_unclear(office: Office, card_key: PrivateKey) -> None:
    accepted = office.judge(office.issuing.issue(person("11122233344"), card_key))
    assert accepted.holder.person == Person(NAMESPACE, "11122233344")
    with pytest.raises(IdentityUnclear) as refused:
        office.judge(office.issuing.issue(person(f"{NUMBER}\x00"), card_key))
    assert refused.value.name == "Åsa Mäkinen"


def test_a12_a_name_in_broken_utf8_is_unreadable(office: Office, card_key: PrivateKey) -> None:
    broken = der(office.issuing.issue(person(), card_key)).replace("Mäkinen".encode(), b"M\xff\xfekinen")
    with pytest.raises(CertificateUnreadable):
        office.judge(broken)


def test_a12_a_printable_string_with_letters_that_it_cannot_hold_is_unreadable(office: Office, card_key: PrivateKey) -> None:
    plain = _typed(NameOID.TITLE, "Laakari", _ASN1Type.PrintableString)
    certificate = der(office.issuing.issue(person(NUMBER, "Öhman", "Åke", plain), card_key))
    for wrong in (b"L\xe4akari", b"Laaka\x00i", b"Laak@ri"):
        with pytest.raises(CertificateUnreadable):
            office.judge(certificate.replace(b"Laakari", wrong))
