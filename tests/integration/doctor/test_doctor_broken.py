"""Deliberately broken proxies: the doctor finds each, and finds nothing else wrong with it."""

from __future__ import annotations

import pytest

from tests.integration.doctor.conftest import Broken, Configured
from webvartti.doctor.errors import NotThisService
from webvartti.doctor.remedies import REMEDIES
from webvartti.domain.health import Verdict

H, HOSTS, N = "haproxy.cfg", "haproxy-hosts.conf", "nginx.conf"
DELETES = (
    "http-request del-header ^(?!(host|cookie|origin|content-type|content-length|accept|accept-language|user-agent|"
    "if-none-match|if-modified-since|range)$) -m reg"
)
HYPHENS_ONLY = "http-request del-header ^(x-)?(ssl-|forwarded-|forwarded-tls-)?client-cert(-chain)?$ -m reg"
MISDIRECTED = "http-request return status 421"
AT_CARD, AT_PUBLIC = "acl at_card ssl_fc_sni -i -m str", "acl at_public ssl_fc_sni -i -m str"
FORGED = frozenset({"card-host-forged-certificate", "public-host-forged-certificate"})
UNTRUSTED = frozenset({"self-made-certificate", "cloned-certificate", "cloned-expired-certificate"})
OLD_TLS = frozenset(f"{host}-host-tls-{what}" for host in ("public", "card") for what in ("versions", "ciphers"))
MIXED = frozenset({"public-host-mixed-names", "card-host-mixed-names"})


def haproxy(name: str, fails: frozenset[str] | set[str], *replacements: tuple[str, str, str]) -> Broken:
    return Broken(name, "haproxy", replacements, frozenset(fails))


def nginx(name: str, fails: frozenset[str] | set[str], *replacements: tuple[str, str, str]) -> Broken:
    return Broken(name, "nginx", replacements, frozenset(fails))


BROKEN = (
    haproxy("h-nothing-deleted", FORGED, (H, DELETES, "# nothing is deleted")),
    haproxy("h-underscores-pass", FORGED, (H, DELETES, HYPHENS_ONLY)),
    haproxy(
        "h-sessions-resume",
        {"card-host-resumption"},
        (H, "tune.ssl.cachesize 0", "tune.ssl.cachesize 20000"),
        (H, " no-tls-tickets", ""),
    ),
    haproxy(
        "h-host-header-chooses",
        MIXED | {"card-host-closes"},  # which host answered isn't known any more when the response comes
        (H, MISDIRECTED, "# " + MISDIRECTED),
        (H, AT_CARD, "acl at_card req.fhdr(host) -i -m beg"),
    ),
    haproxy(
        "h-old-tls",
        OLD_TLS,
        (H, "ssl-min-ver TLSv1.2", "ssl-min-ver TLSv1.0"),
        (H, "ECDHE+AESGCM:ECDHE+CHACHA20", "ALL:@SECLEVEL=0"),
    ),
    haproxy("h-errors-ignored", UNTRUSTED, (H, "crt-ignore-err 9,10,26", "crt-ignore-err all ca-ignore-err all")),
    haproxy("h-keeps-alive", {"card-host-closes"}, (H, "http-after-response set-header Connection close if at_card", "")),
    haproxy(
        "h-public-asks",
        {"public-host-asks-for-no-certificate"},
        (HOSTS, "[verify none]", "[verify optional ca-file {into}/card-issuers.pem ca-verify-file {into}/card-trust.pem]"),
    ),
    haproxy(
        "h-card-does-not-ask",
        {"card-host-asks-for-certificate"},
        (HOSTS, "verify optional ca-file", "verify none ca-file"),
    ),
    haproxy("h-http-2", {"card-host-http-version"}, (H, "alpn http/1.1", "alpn h2,http/1.1")),
    nginx(
        "n-headers-pass",
        FORGED,
        (N, "proxy_pass_request_headers off;", ""),
        (N, "proxy_set_header Client-Cert $ssl_client_escaped_cert;", ""),
    ),
    nginx(
        "n-underscores-pass",
        FORGED,
        (N, "proxy_pass_request_headers off;", "underscores_in_headers on;"),
    ),
    nginx(
        "n-sessions-resume",
        {"card-host-resumption"},
        (N, "ssl_session_cache off;", "ssl_session_cache shared:all:1m;"),
        (N, "ssl_session_tickets off;", "ssl_session_tickets on;"),
    ),
    nginx(
        "n-host-not-checked",
        MIXED,
        (N, "return 421;", ""),
        (N, "proxy_set_header Host $http_host;", "proxy_set_header Host $host:{port};"),
    ),
    nginx(
        "n-old-tls",
        OLD_TLS,
        (N, "ssl_protocols TLSv1.2 TLSv1.3;", "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;"),
        (N, "ECDHE+AESGCM:ECDHE+CHACHA20", "ALL:@SECLEVEL=0"),
    ),
    nginx("n-keeps-alive", {"card-host-closes"}, (N, "keepalive_timeout 0;", "keepalive_timeout 65;")),
    nginx(
        "n-public-asks",
        {"public-host-asks-for-no-certificate"},
        (N, "server_name webvartti.localhost;",
         "server_name webvartti.localhost; ssl_verify_client optional; ssl_client_certificate {into}/card-issuers.pem;"),
    ),
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("broken", BROKEN, ids=lambda each: each.name)
def test_a06_the_doctor_finds_it(attacked: Configured, broken: Broken) -> None:
    found = attacked(broken)
    failed = {name for name, finding in found.items() if finding.verdict is Verdict.FAIL}
    assert failed == broken.fails, {name: found[name].detail for name in failed ^ broken.fails if name in found}
    for name in failed:
        assert (found[name].haproxy, found[name].nginx) == REMEDIES[
            name.removeprefix("public-host-").removeprefix("card-host-")
        ]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["h-nothing-deleted", "n-headers-pass"])
def test_a02_somebody_who_signs_in_with_a_forged_header_is_told_of_loudly(attacked: Configured, name: str) -> None:
    (broken,) = [each for each in BROKEN if each.name == name]
    again = Broken(f"{name}-again", broken.proxy, broken.replacements, broken.fails)
    assert "SIGNED IN WITH A FORGED HEADER" in attacked(again)["card-host-forged-certificate"].detail


@pytest.mark.slow
@pytest.mark.parametrize("name", ["h-nothing-deleted", "n-headers-pass"])
def test_a02_a_self_made_certificate_is_enough_to_find_it(attacked: Configured, name: str) -> None:
    (broken,) = [each for each in BROKEN if each.name == name]
    again = Broken(f"{name}-self-made", broken.proxy, broken.replacements, broken.fails)
    found = attacked(again, forging=False)
    assert {name for name, finding in found.items() if finding.verdict is Verdict.FAIL} == broken.fails


@pytest.mark.slow
def test_a06_what_only_looks_bad_is_a_warning(attacked: Configured) -> None:
    line = "http-after-response set-header Connection close if at_card"
    telling = 'http-after-response set-header Server "nginx/1.22.1"'
    found = attacked(haproxy("h-tells-versions", set(), (H, line, f"{line}\n    {telling}")))
    assert {name for name, finding in found.items() if finding.verdict is Verdict.FAIL} == set()
    assert found["server-versions"].verdict is Verdict.WARN
    assert "nginx/1.22.1" in found["server-versions"].detail


def checked(host: str) -> tuple[tuple[str, str, str], ...]:
    """As docs/doctor.md has it: HAProxy asks /health of its backends, naming the host."""
    return tuple(
        (
            H,
            f"{name}.sock maxconn 24",
            f"{name}.sock check inter 300ms fall 1 rise 1 maxconn 24\n    option httpchk\n"
            f"    http-check send meth GET uri /health ver HTTP/1.1 hdr Host {prefix}{host}:{{port}}\n"
            "    http-check expect status 200",
        )
        for name, prefix in (("public", ""), ("card", "card."))
    )


@pytest.mark.slow
def test_a43_haproxy_asks_for_health_naming_the_host(attacked: Configured) -> None:
    found = attacked(haproxy("h-health", set(), *checked("webvartti.localhost")))
    assert {name for name, finding in found.items() if finding.verdict is Verdict.FAIL} == set()


@pytest.mark.slow
def test_a43_without_the_right_host_haproxy_takes_the_node_for_unfit(attacked: Configured) -> None:
    """So the test above means something: 421 isn't 200."""
    with pytest.raises(NotThisService, match="503"):
        attacked(haproxy("h-health-wrong", set(), *checked("other.example")), settle=1.5)
