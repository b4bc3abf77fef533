"""Why a CRL isn't put in use. The one that was in use before stays."""

from __future__ import annotations

from webvartti.pki.errors import PkiError


class RevocationListRefused(PkiError):
    """The base of all reasons below."""

    code = "revocation-list-refused"


class CrlFileMissing(RevocationListRefused):
    """There is no file of that name, or it can't be read."""

    code = "crl-file-missing"


class CrlUnreadable(RevocationListRefused):
    """An empty file, a truncated one, or no CRL by RFC 5280."""

    code = "crl-unreadable"


class CrlIssuerUnknown(RevocationListRefused):
    """No configured anchor or issuer has the name of the CRL's issuer."""

    code = "crl-issuer-unknown"


class CrlSignatureInvalid(RevocationListRefused):
    """No configured CA of that name has signed it."""

    code = "crl-signature-invalid"


class CrlSignatureTooWeak(RevocationListRefused):
    """Signed with a hash that isn't accepted."""

    code = "crl-signature-too-weak"


class CrlSignerNotAllowed(RevocationListRefused):
    """RFC 5280 6.3.3 (f): the CA's keyUsage lacks cRLSign."""

    code = "crl-signer-not-allowed"


class CrlDelta(RevocationListRefused):
    """A delta CRL: it tells only what has changed since another list."""

    code = "crl-delta"


class CrlHasDeltas(RevocationListRefused):
    """RFC 5280 5.2.6: its FreshestCRL names delta CRLs, so by itself it may be behind before its nextUpdate."""

    code = "crl-has-deltas"


class CrlIndirect(RevocationListRefused):
    """It speaks for certificates of other issuers."""

    code = "crl-indirect"


class CrlPartitioned(RevocationListRefused):
    """It is for attribute certificates only, or its scope can't be told."""

    code = "crl-partitioned"


class CrlExtensionUnknown(RevocationListRefused):
    """RFC 5280 5.2 and 5.3: an unknown critical extension of the CRL or of an entry may change what the list means."""

    code = "crl-extension-unknown"


class CrlEntryUnsuitable(RevocationListRefused):
    """An entry says removeFromCRL, which belongs in a delta CRL (RFC 5280 5.3.1)."""

    code = "crl-entry-unsuitable"


class CrlFromTheFuture(RevocationListRefused):
    """thisUpdate lies ahead by more than the clocks may differ."""

    code = "crl-from-the-future"


class CrlWithoutNextUpdate(RevocationListRefused):
    """RFC 5280 5.1.2.5 demands nextUpdate; without it the list would never grow old."""

    code = "crl-without-next-update"


class CrlExpired(RevocationListRefused):
    """nextUpdate has passed."""

    code = "crl-expired"


class CrlWithoutNumber(RevocationListRefused):
    """RFC 5280 5.2.3 demands a CRLNumber; without it a rollback couldn't be seen."""

    code = "crl-without-number"


class CrlRolledBack(RevocationListRefused):
    """Its CRLNumber is lower than that of the list in use of the same scope."""

    code = "crl-rolled-back"


class CrlNumberReused(RevocationListRefused):
    """Its CRLNumber is the one in use, but it is another list."""

    code = "crl-number-reused"


class CrlIndexNotWritten(RevocationListRefused):
    """The index file can't be written: rights, or a full disk."""

    code = "crl-index-not-written"
