"""crlEntryExtensions (RFC 5280 5.3): the reason of an entry, and the entries whose meaning would be another than it seems."""

from __future__ import annotations

from webvartti.pki import crl_der as der
from webvartti.pki.crl_errors import CrlEntryUnsuitable, CrlExtensionUnknown, CrlIndirect
from webvartti.pki.errors import shown

REASONS = {
    -1: "",
    0: "unspecified",
    1: "keyCompromise",
    2: "cACompromise",
    3: "affiliationChanged",
    4: "superseded",
    5: "cessationOfOperation",
    6: "certificateHold",
    8: "removeFromCRL",
    9: "privilegeWithdrawn",
    10: "aACompromise",
}
"""CRLReason of RFC 5280 5.3.1; -1 stands for an entry without one."""

HOLD = 6
_REMOVE_FROM_CRL = 8
_CRL_REASON, _INVALIDITY_DATE, _CERTIFICATE_ISSUER = b"\x55\x1d\x15", b"\x55\x1d\x18", b"\x55\x1d\x1d"
_TRUE = b"\xff"
_KEPT, _KEPT_OCTETS = 64, 32


class EntryReasons:
    """Reads the extensions of entries; those that come again and again are read once."""

    def __init__(self) -> None:
        self._known: dict[bytes, int] = {}

    def reason(self, extensions: bytes) -> int:
        """The CRLReason in the DER of crlEntryExtensions. Raises NotDer or a RevocationListRefused."""
        known = self._known.get(extensions)
        if known is not None:
            return known
        reason = _reason(extensions)
        if len(self._known) < _KEPT and len(extensions) <= _KEPT_OCTETS:
            self._known[extensions] = reason
        return reason


def _reason(data: bytes) -> int:
    start, end = der.contents(data, 0, len(data), der.SEQUENCE)
    if end != len(data) or start == end:
        raise der.NotDer("not crlEntryExtensions")
    reason, seen = -1, set[bytes]()
    for tag, _, inside, after in der.children(data, start, end):
        if tag != der.SEQUENCE:
            raise der.NotDer("not an Extension")
        oid, critical, value = _extension(data, inside, after)
        if oid in seen:
            raise der.NotDer("an extension stands twice")
        seen.add(oid)
        if oid == _CRL_REASON:
            reason = _enumerated(value)
        elif oid == _CERTIFICATE_ISSUER:
            raise CrlIndirect("an entry names another certificate issuer")
        elif critical and oid != _INVALIDITY_DATE:
            raise CrlExtensionUnknown(f"critical extension {shown(oid.hex())} (DER) of an entry")
    return reason


def _extension(data: bytes, start: int, end: int) -> tuple[bytes, bool, bytes]:
    """extnID, critical, and the contents of extnValue."""
    inside, after = der.contents(data, start, end, der.OID)
    oid, critical = data[inside:after], False
    tag, inside, after = der.element(data, after, end)
    if tag == der.BOOLEAN:
        if data[inside:after] != _TRUE:  # FALSE is the default, which DER leaves out
            raise der.NotDer("not a BOOLEAN of DER")
        critical = True
        tag, inside, after = der.element(data, after, end)
    if tag != der.OCTET_STRING or after != end:
        raise der.NotDer("not an Extension")
    return oid, critical, data[inside:after]


def _enumerated(value: bytes) -> int:
    inside, after = der.contents(value, 0, len(value), der.ENUMERATED)
    if after != len(value) or after - inside != 1 or value[inside] not in REASONS:
        raise der.NotDer("not a CRLReason")
    if value[inside] == _REMOVE_FROM_CRL:
        raise CrlEntryUnsuitable("removeFromCRL in a complete CRL")
    return value[inside]
