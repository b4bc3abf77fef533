"""The header in which a proxy hands the certificate over: exactly the configured form, or nothing."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from hashlib import sha512
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webvartti.web.client_certificate import LONGEST, NGINX_ESCAPED_PEM, RFC9440, read_header

DER = bytes(range(256)) * 4


def pem(der: bytes) -> str:
    text = b64encode(der).decode()
    lines = "".join(f"{text[start : start + 64]}\n" for start in range(0, len(text), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n"


def escaped(text: str) -> str:
    return quote(text, safe="")


def test_both_forms_give_the_same_bytes() -> None:
    assert read_header(f":{b64encode(DER).decode()}:", RFC9440) == DER
    assert read_header(escaped(pem(DER)), NGINX_ESCAPED_PEM) == DER


BASE64 = b64encode(DER).decode()
BAD_RFC9440 = {
    "empty": "",
    "no colons": BASE64,
    "one colon": f":{BASE64}",
    "nothing between": "::",
    "twice, joined": f":{BASE64}:,:{BASE64}:",
    "twice, joined with a blank": f":{BASE64}:, :{BASE64}:",
    "a parameter": f":{BASE64}:;a=1",
    "a blank inside": f":{BASE64[:8]} {BASE64[8:]}:",
    "the alphabet for addresses": ":-_-_:",
    "padding missing": ":QQ:",
    "too much padding": ":QQ===:",
    "a tab behind": f":{BASE64}:\t",
    "64 KiB": f":{'A' * 65536}:",
    "the other form": escaped(pem(DER)),
    "PEM as it is": pem(DER),
    "DER in Latin-1": DER.decode("latin-1"),
}
BAD_ESCAPED = {
    "empty": "",
    "the other form": f":{BASE64}:",
    "two certificates": escaped(pem(DER) + pem(DER)),
    "twice, joined": f"{escaped(pem(DER))},{escaped(pem(DER))}",
    "words before": escaped(f"subject=someone\n{pem(DER)}"),
    "words behind": escaped(f"{pem(DER)}more"),
    "a private key": escaped(pem(DER).replace("CERTIFICATE", "PRIVATE KEY")),
    "not escaped": pem(DER),
    "tabs for line ends, as old nginx wrote": pem(DER).replace("\n", "\n\t"),
    "half an escape": f"{escaped(pem(DER))}%2",
    "small letters in an escape": escaped(pem(DER)).replace("%2B", "%2b"),
    "nothing between": escaped("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
    "padding in the middle": escaped(pem(DER).replace("AAEC", "AA==", 1)),
    "64 KiB": escaped(pem(bytes(65536))),
}


@pytest.mark.parametrize("value", BAD_RFC9440.values(), ids=BAD_RFC9440.keys())
def test_a03_any_other_form_than_rfc_9440s_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_header(value, RFC9440)


@pytest.mark.parametrize("value", BAD_ESCAPED.values(), ids=BAD_ESCAPED.keys())
def test_a03_any_other_form_than_nginxs_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_header(value, NGINX_ESCAPED_PEM)


@pytest.mark.parametrize("form", [RFC9440, NGINX_ESCAPED_PEM])
@given(value=st.text(max_size=200) | st.text(alphabet=":=%2DAB-, \t\n", max_size=60))
def test_a03_any_text_gives_bytes_or_a_value_error(form: str, value: str) -> None:
    with suppress(ValueError):
        assert isinstance(read_header(value, form), bytes)


@given(der=st.binary(min_size=1, max_size=3000))
def test_what_a_proxy_writes_is_what_is_read(der: bytes) -> None:
    assert read_header(f":{b64encode(der).decode()}:", RFC9440) == der
    assert read_header(escaped(pem(der)), NGINX_ESCAPED_PEM) == der


def test_the_longest_value_holds_a_large_card_certificate_in_either_form() -> None:
    largest = b"".join(sha512(bytes([part])).digest() for part in range(64))  # 4 KiB, twice what cards have
    assert len(f":{b64encode(largest).decode()}:") < LONGEST
    assert len(escaped(pem(largest))) < LONGEST
