"""What the proxies and gunicorn write down is nothing about anybody."""

from __future__ import annotations

import re

from tests.integration.proxies.client import Person, ask, request
from tests.integration.proxies.fronts import Front, wait_until
from tests.integration.proxies.test_proxies_headers import der_of, in_form, on_socket
from webvartti.demo.server_certificate import PUBLIC_HOST


def test_a33_no_log_of_proxy_or_gunicorn_holds_anything_personal(proxy: Front) -> None:
    card = proxy.country.card("bjorn")
    person = Person(proxy, card.chosen_pem)
    page = person.signed_in()
    assert card.name in page.body
    canaries = [morsel.value for morsel in person.cookies.values() if len(morsel.value) > 8]
    assert canaries
    value = in_form(proxy, der_of(card.chosen_pem))
    bad = [b"Cookie: canary-cookie", b"Client-Cert: " + value, b"X_Canary: canary-value"]
    on_socket(proxy, "public", bad)  # gunicorn itself refuses this one
    ask(proxy.public_port, PUBLIC_HOST, request("GET", "/en/canary-path?canary-query", proxy.public_host, bad))
    ask(proxy.public_port, PUBLIC_HOST, b"GET canary-line\r\n\r\n")
    wait_until(lambda: "refused or failed before the application" in proxy.logs() and " 404 " in proxy.logs(), proxy.logs)
    logs = proxy.logs()
    for canary in [*canaries, "canary", "127.0.0.1", value.decode()[10:60], card.name, "Cookie"]:
        assert canary not in logs, canary
    assert re.search(r" 200 ", logs)
