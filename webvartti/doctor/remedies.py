"""For each finding the line of configuration to look at, as the files of `webvartti proxy-config` have it."""

from __future__ import annotations

from dataclasses import replace

from webvartti.domain.deployment import ProbeFinding
from webvartti.domain.health import Verdict

_CERTIFICATE = (
    "http-request del-header ^(?!(host|cookie|...)$) -m reg, before set-header Client-Cert :%[ssl_c_der,base64]:",
    "proxy_pass_request_headers off; and proxy_set_header Client-Cert $ssl_client_escaped_cert;",
)
_ADDRESS = ("http-request set-header X-Forwarded-For %[src]", "proxy_set_header X-Forwarded-For $remote_addr;")
_NAMES = (
    "http-request return status 421 ... unless at_public names_public or at_card names_card",
    "if ($meant != card) { return 421; } (public in the other server), and proxy_set_header Host $http_host;",
)
_VERSIONS = ("ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets", "ssl_protocols TLSv1.2 TLSv1.3;")
_CIPHERS = ("ssl-default-bind-ciphers ECDHE+AESGCM:ECDHE+CHACHA20", "ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;")
_RESUMPTION = (
    "tune.ssl.cachesize 0, and no-tls-tickets in ssl-default-bind-options",
    "ssl_session_cache off; ssl_session_tickets off;",
)
_APPLICATION = ("nothing may change the application's headers: no http-response set-header of it",
                "nothing may change the application's headers: no proxy_hide_header or add_header of it")  # fmt: skip
_UNTRUSTED = (
    "verify optional with crt-ignore-err 9,10,26 at the most: never crt-ignore-err all or ca-ignore-err",
    "ssl_verify_client optional; with error_page 495 = @card; never optional_no_ca",
)

REMEDIES: dict[str, tuple[str, str]] = {
    "answers": (
        "server application unix@.../public.sock, card.sock",
        "upstream ...: server unix:.../public.sock; card.sock",
    ),
    "forged-certificate": _CERTIFICATE,
    "forwarded-headers": _ADDRESS,
    "mixed-names": _NAMES,
    "tls-versions": _VERSIONS,
    "tls-ciphers": _CIPHERS,
    "renegotiation": ("HAProxy refuses it by itself: is this port HAProxy's?", "nginx refuses it by itself: is this nginx?"),
    "resumption": _RESUMPTION,
    "asks-for-no-certificate": (
        "[verify none] for the public host in the crt-list",
        "no ssl_verify_client in the public server",
    ),
    "asks-for-certificate": (
        "[verify optional ca-file ISSUERS ca-verify-file TRUST] for the card host in the crt-list",
        "ssl_verify_client optional; ssl_client_certificate ISSUERS; in the card server",
    ),
    "http-version": ("no alpn h2 in the bind line", "no http2 in the listen line"),
    "self-made-certificate": _UNTRUSTED,
    "cloned-certificate": _UNTRUSTED,
    "cloned-expired-certificate": _UNTRUSTED,
    "plain-text": ("bind ... ssl crt-list FILE", "listen ... ssl;"),
    "closes": ("http-after-response set-header Connection close if at_card", "keepalive_timeout 0; in the card server"),
    "hsts": _APPLICATION,
    "content-policy": _APPLICATION,
    "cookies": _APPLICATION,
    "server-versions": ("http-response del-header Server", "server_tokens off;"),
    "server-certificate": ("the certificate in the crt-list", "ssl_certificate"),
    "health": (
        "server application unix@.../public.sock, card.sock",
        "upstream ...: server unix:.../public.sock; card.sock",
    ),
}
"""(HAProxy, nginx) by a finding's name without its host."""


def with_remedy(finding: ProbeFinding) -> ProbeFinding:
    """The finding with the lines to look at, where there is something to change."""
    if finding.verdict is Verdict.OK:
        return finding
    name = finding.name.removeprefix("public-host-").removeprefix("card-host-")
    haproxy, nginx = REMEDIES[name]
    return replace(finding, haproxy=haproxy, nginx=nginx)
