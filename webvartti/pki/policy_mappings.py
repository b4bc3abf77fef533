"""The policyMappings extension (RFC 5280 4.2.1.5), which the library hands over as bare DER."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography import x509

PolicyMapping = tuple[str, str]
"""(issuerDomainPolicy, subjectDomainPolicy), dotted."""

_POLICY_MAPPINGS = x509.ObjectIdentifier("2.5.29.33")
_MOST_OCTETS = 63
_SEQUENCE, _OBJECT_IDENTIFIER = 0x30, 0x06


def read_policy_mappings(extensions: x509.Extensions) -> tuple[PolicyMapping, ...]:
    """Empty where the extension is absent. Raises ValueError where it isn't DER of the right shape."""
    extension = next((extension.value for extension in extensions if extension.oid == _POLICY_MAPPINGS), None)
    if extension is None:
        return ()
    if not isinstance(extension, x509.UnrecognizedExtension):  # a later library may parse it: refuse rather than overlook it
        raise ValueError("policyMappings in a form that isn't known here")
    (outer,) = _elements(extension.value, _SEQUENCE)
    return tuple(_mapping(content) for content in _elements(outer, _SEQUENCE))


def _mapping(content: bytes) -> PolicyMapping:
    issuer_domain, subject_domain = _elements(content, _OBJECT_IDENTIFIER)
    return _dotted(issuer_domain), _dotted(subject_domain)


def _elements(data: bytes, tag: int) -> Iterator[bytes]:
    """The contents of the elements that lie one after another in ``data``, all of one tag."""
    while data:
        if data[0] != tag or len(data) < 2:
            raise ValueError("unexpected DER element in policyMappings")
        start, length = 2, data[1]
        if length & 0x80:
            start = 2 + (length & 0x7F)
            length = int.from_bytes(data[2:start], "big")
        if start + length > len(data):
            raise ValueError("policyMappings is cut short")
        yield data[start : start + length]
        data = data[start + length :]


def _dotted(content: bytes) -> str:
    """X.690 8.19: base 128, the first two arcs in one number. As long as those that the library reads, no longer."""
    if len(content) > _MOST_OCTETS:
        raise ValueError("an object identifier in policyMappings is too long")
    if not content or content[-1] & 0x80:
        raise ValueError("an object identifier in policyMappings is cut short")
    numbers, number = [], 0
    for octet in content:
        number = number << 7 | octet & 0x7F
        if not octet & 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(str(arc) for arc in (first, numbers[0] - 40 * first, *numbers[1:]))
