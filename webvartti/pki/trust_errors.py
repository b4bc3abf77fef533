"""Why a trust file can't be used. Each message names the file and what to do."""

from __future__ import annotations

from webvartti.pki.errors import PkiError


class TrustNotUsable(PkiError):
    """The start is refused: without trust anchors and issuers nobody can be told from anybody."""

    code = "trust-not-usable"


class TrustFileMissing(TrustNotUsable):
    """There is no file of that name."""

    code = "trust-file-missing"


class TrustFileUnreadable(TrustNotUsable):
    """The file is there and can't be read (rights, a folder, not UTF-8)."""

    code = "trust-file-unreadable"


class TrustFileNotToml(TrustNotUsable):
    """The trust file isn't TOML."""

    code = "trust-file-not-toml"


class TrustKeyUnknown(TrustNotUsable):
    """The trust file holds a key that means nothing here: perhaps a typing error in one that matters."""

    code = "trust-key-unknown"


class TrustValueMissing(TrustNotUsable):
    """An anchor or issuer lacks a key, or its value is of the wrong kind."""

    code = "trust-value-missing"


class TrustKindUnknown(TrustNotUsable):
    """``kind`` isn't a kind of card."""

    code = "trust-kind-unknown"


class TrustPolicyUnsuitable(TrustNotUsable):
    """An accepted certificate policy isn't an OID, or is anyPolicy."""

    code = "trust-policy-unsuitable"


class NoAnchors(TrustNotUsable):
    """The trust file names no anchor."""

    code = "no-anchors"


class NoIssuers(TrustNotUsable):
    """The trust file names no issuer."""

    code = "no-issuers"


class NotATrustCertificate(TrustNotUsable):
    """The file of an anchor or issuer isn't exactly one certificate."""

    code = "not-a-trust-certificate"


class AnchorExpired(TrustNotUsable):
    """notAfter of an anchor has passed."""

    code = "anchor-expired"


class KeyConfiguredTwice(TrustNotUsable):
    """Two certificates of the trust file have the same key: which one counts would be chance."""

    code = "key-configured-twice"


class CrlAddressUnsuitable(TrustNotUsable):
    """The base of the four below: ``crls`` holds something from which no CRL is ever fetched."""

    code = "crl-address-unsuitable"


class CrlAddressUnreadable(CrlAddressUnsuitable):
    """Not an absolute URL of printable ASCII with a host."""

    code = "crl-address-unreadable"


class CrlAddressSchemeRefused(CrlAddressUnsuitable):
    """Another scheme than http and https, such as ldap or file."""

    code = "crl-address-scheme-refused"


class CrlAddressWithCredentials(CrlAddressUnsuitable):
    """A user name or password in the address."""

    code = "crl-address-with-credentials"


class CrlAddressTwice(CrlAddressUnsuitable):
    """One address stands twice: a list is one CA's."""

    code = "crl-address-twice"
