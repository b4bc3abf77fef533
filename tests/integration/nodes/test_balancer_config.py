"""`webvartti proxy-config balancer`, and what a node's proxy is told of the balancer."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.integration.proxies.fronts import write_configuration
from tests.integration.proxies.test_proxy_config import CHECKS, MAIN_FILES, given
from tests.integration.proxies.test_proxy_config import run as run_for_node
from webvartti.demo.country import Country
from webvartti.demo.environment import environment
from webvartti.main import main

NODES = ["--node", "a=192.0.2.11:443", "--node", "b=[2001:db8::12]:443"]
HOSTS = ["--public-host", "kortti.example.fi", "--card-host", "tunniste.kortti.example.fi"]


def run(into: Path, *words: str, environ: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, ["proxy-config", "balancer", "--into", str(into), *words], env=environ or {})


def test_haproxy_takes_what_was_written(tmp_path: Path) -> None:
    done = run(tmp_path / "made", *HOSTS, *NODES, "--admin-socket", str(tmp_path / "admin.sock"))
    assert done.exit_code == 0, done.output
    text = (tmp_path / "made" / "haproxy.cfg").read_text()
    assert not re.search(r"@[a-z_]+@", text)
    assert text.count("server a 192.0.2.11:443") == text.count("server b [2001:db8::12]:443") == 2
    assert "bind 0.0.0.0:443\n    bind [::]:443 v6only\n" in text
    command = ["/usr/sbin/haproxy", "-c", "-f", str(tmp_path / "made" / "haproxy.cfg")]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, "WARN" in checked.stderr) == (0, False), checked.stderr


def test_the_hosts_come_from_the_settings_where_there_are_any(furnished: Country, tmp_path: Path) -> None:
    done = run(tmp_path / "made", *NODES, environ=environment(furnished))
    assert done.exit_code == 0, done.output
    text = (tmp_path / "made" / "haproxy.cfg").read_text()
    assert "hdr Host card.webvartti.localhost:8444" in text
    without = run(tmp_path / "other", *NODES)
    assert (without.exit_code, "--public-host" in without.output) == (2, True)


@pytest.mark.parametrize(
    "bad",
    [
        [], ["--node", "a"], ["--node", "a=node-a:443"], ["--node", "a=192.0.2.11"], ["--node", "a b=192.0.2.11:443"],
        ["--node", "a=192.0.2.11:443 check"], ["--node", "a=192.0.2.11:443", "--node", "a=192.0.2.12:443"],
        ["--node", "a=192.0.2.11:443", "--node", "b=192.0.2.11:443"], [*NODES, "--ca", "ca.pem"],
        [*NODES, "--admin-socket", "/run/x y"], [*NODES, "--proxy-user", "root; x"], [*NODES, "--listen", "443"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_would_be_configuration_or_no_node_is_refused(tmp_path: Path, bad: list[str]) -> None:
    done = run(tmp_path / "made", *HOSTS, *bad)
    assert done.exit_code == 2, done.output
    assert not (tmp_path / "made").exists()


def test_it_never_replaces_a_file_unasked(tmp_path: Path) -> None:
    assert run(tmp_path / "made", *HOSTS, *NODES).exit_code == 0
    again = run(tmp_path / "made", *HOSTS, *NODES)
    assert (again.exit_code, "--force" in again.output) == (2, True)
    assert run(tmp_path / "made", *HOSTS, *NODES, "--force").exit_code == 0


@pytest.mark.parametrize("name", ["haproxy", "nginx"])
def test_a_node_believes_the_balancers_that_are_named_and_no_other(furnished: Country, tmp_path: Path, name: str) -> None:
    balancers = ["--balancer", "192.0.2.8/30", "--balancer", "2001:db8::5"]
    for into, more in (("without", []), ("with", balancers)):
        done = run_for_node(furnished, tmp_path / into, *given(furnished), *more, name=name)
        assert done.exit_code == 0, done.output
        assert ("Only through the balancer" in done.output) == (name == "nginx" and into == "with")
    with_them, without = ((tmp_path / into / MAIN_FILES[name]).read_text() for into in ("with", "without"))
    if name == "haproxy":
        assert "acl from_balancer src 192.0.2.8/30 2001:db8::5/128\n" in with_them
        assert "acl from_balancer always_false\n" in without
    else:
        believed = re.findall(r"^ +(set_real_ip_from \S+|real_ip_header \S+);", with_them, re.MULTILINE)
        named = ["set_real_ip_from 192.0.2.8/30", "set_real_ip_from 2001:db8::5/128"]
        assert believed == [*named, "real_ip_header proxy_protocol"]
        assert with_them.count(" ssl proxy_protocol;") == without.count(" ssl;") == 4
        assert not re.search("proxy_protocol|real_ip", without.replace("(PROXY protocol)", ""))


@pytest.mark.parametrize(
    "bad",
    ["", "0.0.0.0/0", "::/0", "10.0.0.0/8", "2001:db8::/32", "192.0.2.9/30", "balancer", "192.0.2.1 192.0.2.2",
     "fe80::1%eth0", "::1%x;}", "192.0.2.1;"],
)  # fmt: skip
def test_a07_no_world_of_balancers_and_no_configuration_in_its_place(furnished: Country, tmp_path: Path, bad: str) -> None:
    done = run_for_node(furnished, tmp_path / "made", *given(furnished), "--balancer", bad)
    assert done.exit_code == 2, done.output
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("name", ["haproxy", "nginx"])
def test_the_proxy_of_a_node_takes_what_was_written(furnished: Country, tmp_path: Path, name: str) -> None:
    (tmp_path / "log").mkdir()
    into = write_configuration(name, furnished, tmp_path, 8443, "--balancer", "192.0.2.8/30", "--balancer", "2001:db8::5")
    command = [*CHECKS[name], str(into / MAIN_FILES[name])]
    if name == "nginx":
        command += ["-g", f"pid {tmp_path}/nginx.pid;"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
