"""The browser's command line and its named errors; that the card arrives is shown in tests/journeys."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from webvartti.demo.browser import Browser, find_programs
from webvartti.demo.country import Country
from webvartti.demo.errors import BrowserMissing, ProfileNotPrepared


def test_missing_programs_name_their_debian_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrowserMissing, match="apt-get install chromium libnss3-tools") as caught:
        find_programs()
    assert caught.value.programs == ("chromium", "certutil", "pk12util")
    (tmp_path / "chromium").write_text("")
    (tmp_path / "chromium").chmod(0o755)
    with pytest.raises(BrowserMissing) as caught:
        find_programs()
    assert caught.value.packages == ("libnss3-tools",)


def programs(folder: Path, script: str) -> None:
    """Stand-ins for Chromium and the NSS tools, which needn't be installed for these tests."""
    folder.mkdir()
    for name in ("chromium", "certutil", "pk12util"):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)


@pytest.fixture
def browser(country: Country, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Browser:
    programs(tmp_path / "bin", "exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return Browser(country, country.card("aino"), tmp_path / "profile", card_origin="https://card.example:1")


def test_a_refusal_of_certutil_is_a_named_error(country: Country, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs(tmp_path / "bin", "echo the database is locked >&2; exit 255")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    with pytest.raises(ProfileNotPrepared, match="the database is locked"):
        Browser(country, country.card("aino"), tmp_path / "profile")


def test_a_folder_with_other_files_is_refused_and_left_alone(browser: Browser, country: Country, tmp_path: Path) -> None:
    thesis = tmp_path / "somebody" / "home" / "thesis.txt"
    thesis.parent.mkdir(parents=True)
    thesis.write_text("years of work")
    with pytest.raises(ProfileNotPrepared, match="holds other files"):
        Browser(country, country.card("aino"), tmp_path / "somebody")
    assert thesis.read_text() == "years of work"


@pytest.mark.skipif(not shutil.which("certutil") or not shutil.which("chromium"), reason="chromium, libnss3-tools needed")
def test_a_profile_can_be_filled_twice_with_the_real_tools(country: Country, tmp_path: Path) -> None:
    for slug in ("eero", "signe"):
        Browser(country, country.card(slug), tmp_path / "profile")
    assert (tmp_path / "profile" / "home" / ".local" / "share" / "pki" / "nssdb" / "cert9.db").is_file()


def test_a_profile_is_private_and_its_policy_names_one_site(browser: Browser) -> None:
    profile = browser.executable.parent
    assert profile.stat().st_mode & 0o777 == 0o700
    assert browser.executable.stat().st_mode & 0o777 == 0o700
    (rule,) = json.loads((profile / "policy.json").read_text())["AutoSelectCertificateForUrls"]
    assert json.loads(rule) == {"pattern": "https://card.example:1", "filter": {}}


def test_only_root_goes_without_the_sandbox(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "--no-sandbox" not in browser.command("https://x.example/", headless=True, auto_select=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "--no-sandbox" in browser.command("https://x.example/", headless=True, auto_select=False)


def test_the_command_starts_the_script_only_to_choose_the_card_by_itself(browser: Browser) -> None:
    shown = browser.command("https://x.example/", headless=False, auto_select=False)
    assert (shown[0], shown[-1]) == ("chromium", "https://x.example/")
    assert "--headless" not in shown
    hidden = browser.command("https://x.example/", headless=True, auto_select=True)
    assert hidden[0] == str(browser.executable)
    assert {"--headless", f"--user-data-dir={browser.user_data}"} <= set(hidden)


def test_the_environment_keeps_the_display_and_changes_the_home(browser: Browser, tmp_path: Path) -> None:
    outer = {"HOME": str(tmp_path), "DISPLAY": ":7", "PATH": "/bin"}
    inner = browser.environment(outer)
    assert (inner["DISPLAY"], inner["PATH"]) == (":7", "/bin")
    assert "XAUTHORITY" not in inner
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        assert Path(inner[name]).is_relative_to(tmp_path / "profile")
    (tmp_path / ".Xauthority").touch()
    assert browser.environment(outer)["XAUTHORITY"] == str(tmp_path / ".Xauthority")
    assert browser.environment({**outer, "XAUTHORITY": "/x"})["XAUTHORITY"] == "/x"
