"""The TLS rules of a listener as an OpenSSL context. A context is never changed once a connection has used it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from OpenSSL import SSL, crypto

from webvartti.server.errors import ServerCertificateUnusable, TrustedCertificatesUnusable
from webvartti.server.listener import ClientCertificates, Listener

# TLS 1.2 with forward secrecy and authenticated encryption only (RFC 9325 4.2). TLS 1.3 has only sound suites of its own.
# Security level 2, OpenSSL's default today, is said aloud: no SHA-1 signature, no RSA key below 2048 bits, no group below 224.
CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20:@SECLEVEL=2"
PROTOCOL = b"http/1.1"

# OpenSSL's SSL_OP_NO_RENEGOTIATION: the value has been fixed since 1.1.0h, but older pyOpenSSL doesn't name it.
OP_NO_RENEGOTIATION: int = getattr(SSL, "OP_NO_RENEGOTIATION", 0x40000000)

# No tickets and no renegotiation: on a resumed or renegotiated connection the certificate that the application is told of
# would not be the one that signed this handshake (CVE-2025-23419). No compression: CRIME. In TLS 1.3 OpenSSL still sends
# what it calls stateful tickets, and pyOpenSSL can't stop it; with the session cache off they resume nothing.
OPTIONS = SSL.OP_NO_TICKET | SSL.OP_NO_COMPRESSION | SSL.OP_CIPHER_SERVER_PREFERENCE | OP_NO_RENEGOTIATION

# X509_V_ERR_CERT_NOT_YET_VALID, _CERT_HAS_EXPIRED, _INVALID_PURPOSE, _UNHANDLED_CRITICAL_EXTENSION: the people who have
# such a card are to read a page that says what is wrong with it, not a browser's error screen.
EXPLAINED_BY_A_PAGE = frozenset({9, 10, 26, 34})


def build_context(listener: Listener) -> SSL.Context:
    """Raises ServerCertificateUnusable or TrustedCertificatesUnusable."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_max_proto_version(SSL.TLS1_2_VERSION if listener.tls12_only else SSL.TLS1_3_VERSION)
    context.set_options(OPTIONS)
    context.set_cipher_list(CIPHERS)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    # OpenSSL refuses to ask for client certificates without a session id context; one for each listener, so that a session
    # of the public one could never be resumed on the card one even if sessions were kept.
    context.set_session_id(listener.name.encode()[:32])
    context.set_tlsext_servername_callback(_take_any_server_name)
    context.set_alpn_select_callback(_speak_http)
    _use_own_certificate(context, listener)
    if listener.client_certificates is not None:
        _ask_for_client_certificate(context, listener.name, listener.client_certificates)
    return context


def accept_what_a_page_explains(
    connection: SSL.Connection, certificate: crypto.X509, error: int, depth: int, preverified: int
) -> bool:
    """The verify callback: OpenSSL's own verdict, softened for the leaf alone and for four errors alone.

    This is no acceptance of the card: the application validates the DER by itself, always. Above the leaf nothing is softened,
    so an expired issuing CA fails here.
    """
    return bool(preverified) or (depth == 0 and error in EXPLAINED_BY_A_PAGE)


def _ask_for_client_certificate(context: SSL.Context, listener: str, certificates: ClientCertificates) -> None:
    store: Any = context.get_cert_store()  # None only where OpenSSL is out of memory
    try:
        for der in certificates.trusted:
            store.add_cert(crypto.load_certificate(crypto.FILETYPE_ASN1, der))
        for der in certificates.names:
            issuer: Any = crypto.load_certificate(crypto.FILETYPE_ASN1, der).to_cryptography()
            context.add_client_ca(issuer)
    except (crypto.Error, SSL.Error, ValueError) as error:
        raise TrustedCertificatesUnusable(listener, _reason(error)) from error
    # Without VERIFY_FAIL_IF_NO_PEER_CERT: who has no card in the reader gets a page too.
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_CLIENT_ONCE, accept_what_a_page_explains)


def _use_own_certificate(context: SSL.Context, listener: Listener) -> None:
    _readable(listener, listener.certificate_file)
    key = _readable(listener, listener.key_file)
    try:
        context.use_certificate_chain_file(str(listener.certificate_file))
    except SSL.Error as error:
        raise ServerCertificateUnusable(listener.name, listener.certificate_file, _reason(error)) from error
    try:
        # The empty passphrase: an encrypted key is an error, not a question on the terminal.
        private_key: Any = crypto.load_privatekey(crypto.FILETYPE_PEM, key, b"").to_cryptography_key()
        context.use_privatekey(private_key)
        context.check_privatekey()
    except (crypto.Error, SSL.Error, ValueError, TypeError) as error:
        raise ServerCertificateUnusable(listener.name, listener.key_file, _reason(error)) from error


def _readable(listener: Listener, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ServerCertificateUnusable(listener.name, file, error.strerror or type(error).__name__) from error


def _reason(error: Exception) -> str:
    """The last of OpenSSL's reasons, which come as (library, function, reason)."""
    try:
        return str(error.args[0][-1][2])
    except (IndexError, TypeError):
        return type(error).__name__


def _take_any_server_name(connection: SSL.Connection) -> None:
    """Having a callback makes OpenSSL keep the name; the application compares it with the Host header and its own."""


def _speak_http(connection: SSL.Connection, offered: list[bytes]) -> bytes:
    """A client that means another protocol is turned away, so that nothing of ours can be made to answer it (RFC 9325 3.7)."""
    return PROTOCOL if PROTOCOL in offered else b""
