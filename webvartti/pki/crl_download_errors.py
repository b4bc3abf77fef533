"""Why a CRL couldn't be brought from its address. (Why one that was brought isn't put in use: ``crl_errors``.)"""

from __future__ import annotations

from webvartti.pki.errors import PkiError


class AddressUnusable(PkiError):
    """The base of the reasons for which an address is never asked."""

    code = "address-unusable"


class AddressUnreadable(AddressUnusable):
    """Not an absolute URL of printable ASCII with a host."""

    code = "address-unreadable"


class AddressSchemeRefused(AddressUnusable):
    """Another scheme than http and https: ldap, ftp, file."""

    code = "address-scheme-refused"


class AddressWithCredentials(AddressUnusable):
    """A user name or password in the URL: it would stand in logs and in the redirects of others."""

    code = "address-with-credentials"


class AddressNotConfigured(AddressUnusable):
    """It doesn't stand in the trust file: whoever named it, it isn't asked."""

    code = "address-not-configured"


class DownloadFailed(PkiError):
    """The base of all reasons below. The list that was in use stays."""

    code = "download-failed"


class DownloadUnreachable(DownloadFailed):
    """The host name isn't known, nobody listens there, or the connection broke before an answer came."""

    code = "download-unreachable"


class DownloadTlsFailed(DownloadFailed):
    """No TLS, or a certificate that this machine doesn't trust for that host name."""

    code = "download-tls-failed"


class DownloadTooSlow(DownloadFailed):
    """Connecting, waiting or the whole download took too long."""

    code = "download-too-slow"


class DownloadTooLarge(DownloadFailed):
    """More bytes than the setting REVOCATION_MAX_MEGABYTES allows."""

    code = "download-too-large"


class DownloadCutOff(DownloadFailed):
    """The connection ended before the announced length was there."""

    code = "download-cut-off"


class DownloadNotHttp(DownloadFailed):
    """What answers doesn't speak HTTP by RFC 9112."""

    code = "download-not-http"


class DownloadEncoded(DownloadFailed):
    """A Content-Encoding that wasn't asked for: a small body may unpack into a huge one."""

    code = "download-encoded"


class DownloadStatusUnsuitable(DownloadFailed):
    """Another status than 200, or 304 without having been asked for a change."""

    code = "download-status-unsuitable"


class TooManyRedirects(DownloadFailed):
    """One redirect after another, or a loop."""

    code = "too-many-redirects"


class RedirectRefused(DownloadFailed):
    """A redirect without an address, to another scheme, from https to http, or into a network that isn't public."""

    code = "redirect-refused"


class DownloadNotStored(DownloadFailed):
    """The revocation directory can't be written: rights, or a full disk."""

    code = "download-not-stored"
