"""Who counts as one client: of IPv6 a whole /64, in nginx's configuration as in our own code."""

from __future__ import annotations

import http.client
import re
from ipaddress import IPv6Address
from pathlib import Path
from random import Random

import pytest

from tests.integration.proxies.fronts import running_proxy
from tests.ports import free_port
from webvartti.domain.limits import client_network

DEPLOY = Path(__file__).parents[3] / "deploy"
FEW_GROUPS = [0, 0, 0, 1, 0xDB8, 0xFFFF]
OWN = ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1", "2001:db8:0:5::9", "fe80::1", "2001:db8:1:2:3:4:5:6"]


def addresses() -> list[str]:
    """Many shapes of zeros, for those are written short."""
    random = Random("addresses")  # noqa: S311 - the same addresses in each run
    made = [IPv6Address(sum(random.choice(FEW_GROUPS) << 16 * place for place in range(8))) for _ in range(1500)]
    return OWN + [str(address) for address in made if int(address) >> 112]  # nobody has addresses in 0::/16


def normal(network: str) -> str:
    """Groups without leading zeros."""
    return ":".join(format(int(group, 16), "x") for group in network.split(":")) if ":" in network else network


def test_nginx_counts_a_network_of_ipv6_as_one_client(tmp_path: Path) -> None:
    shipped = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    rules = re.search(r"map \$remote_addr \$client \{.*?\n    \}", shipped, re.DOTALL)
    assert rules
    port = free_port()
    (tmp_path / "nginx.conf").write_text(
        f"error_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{rules[0]}\nclient_body_temp_path {tmp_path}/body;\n"
        f"server {{\nlisten 127.0.0.1:{port};\nset_real_ip_from 127.0.0.1;\nreal_ip_header X-Real-IP;\n"
        'location / { return 200 "$client"; }\n}\n}\n'
    )
    with running_proxy("nginx", tmp_path, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for address in addresses():
            connection.request("GET", "/", headers={"X-Real-IP": address})
            told = connection.getresponse().read().decode()
            plain = told.removeprefix("::ffff:")  # an IPv4 address at a socket for both: a client of its own all the same
            assert normal(plain) == normal(client_network(address)), (address, told)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:0db8:0000:0000"),
        ("2001:db8::2", "2001:0db8:0000:0000"),
        ("fe80::1%eth0", "fe80:0000:0000:0000"),
        (" 192.0.2.7 ", "192.0.2.7"),
        ("", ""),
        ("unknown", ""),
    ],
)
def test_our_own_code_does_too(address: str, network: str) -> None:
    assert client_network(address) == network


def test_haproxy_masks_before_it_counts() -> None:
    shipped = (DEPLOY / "haproxy.cfg").read_text(encoding="utf-8")
    assert "track-sc0 src,ipmask(32,64) table connections" in shipped
    (per_client,) = re.findall(r"sc0_conn_cur gt (\d+)", shipped)
    (in_all,) = re.findall(r"^    maxconn (\d+)", shipped, re.MULTILINE)
    assert int(in_all) >= 4 * int(per_client), "one client never takes all"
