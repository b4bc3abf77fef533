"""A07: what is unsafe stops the start, with the name of the setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from webvartti.config import SettingsRefused, examine_settings, load_settings
from webvartti.config_fields import FIELDS
from webvartti.domain.review import Matter

GOOD_KEY = "wq2vX9pTz7Lk4Rj1Nf8Hs3Gd6Ba0Cy5EuMiQoPxW"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A production system in order."""
    for name, key in (("secret", GOOD_KEY), ("audit", GOOD_KEY[::-1])):
        (tmp_path / name).write_text(key)
        (tmp_path / name).chmod(0o600)
    return {
        "WEBVARTTI_PUBLIC_ORIGIN": "https://webvartti.example.fi",
        "WEBVARTTI_CARD_ORIGIN": "https://kortti.webvartti.example.fi",
        "WEBVARTTI_DATABASE_URL": "sqlite:////var/lib/webvartti/webvartti.db",
        "WEBVARTTI_TRUST_FILE": "/etc/webvartti/trust.toml",
        "WEBVARTTI_REVOCATION_DIRECTORY": "/var/lib/webvartti/revocation",
        "WEBVARTTI_REGISTER_DIRECTORY": "/var/lib/webvartti/register",
        "WEBVARTTI_SECRET_KEY_FILE": str(tmp_path / "secret"),
        "WEBVARTTI_AUDIT_KEY_FILE": str(tmp_path / "audit"),
        "WEBVARTTI_AUDIT_CHECKPOINT_FILE": "/var/log/webvartti/checkpoints.jsonl",
        "WEBVARTTI_SMTP_SERVER": "mail.example.fi:25",
        "WEBVARTTI_MAIL_FROM": "webvartti@example.fi",
        "WEBVARTTI_HELP_DESK_EMAIL": "help@example.fi",
        "WEBVARTTI_HELP_DESK_TELEPHONE": "09 123 456",
    }


def test_a_system_in_order_starts(environ: dict[str, str]) -> None:
    settings = load_settings(environ)
    assert settings.production
    assert settings.renewal_window_days is None
    assert settings.card_host == "kortti.webvartti.example.fi"


@pytest.mark.parametrize(
    ("given", "matters"),
    [
        ("none", ()),
        ("roles", ("roles",)),
        ("rules  reject rules", ("rules", "reject")),
        ("reject override rules roles", ("reject", "override", "rules", "roles")),
    ],
)
def test_four_eyes_are_some_matters_or_none(environ: dict[str, str], given: str, matters: tuple[str, ...]) -> None:
    assert load_settings(environ | {"WEBVARTTI_FOUR_EYES": given}).four_eyes == matters


def test_a28_everything_that_can_takes_two_people_where_nobody_says_otherwise(environ: dict[str, str]) -> None:
    assert set(load_settings(environ).four_eyes) == set(Matter)


@pytest.mark.parametrize("field", [field for field in FIELDS if field.default is None])
def test_a07_what_must_be_set_is_named(environ: dict[str, str], field: object) -> None:
    name = field.variable  # type: ignore[attr-defined]  # a Field
    del environ[name]
    with pytest.raises(SettingsRefused) as refused:
        load_settings(environ)
    assert refused.value.setting == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEBVARTTI_ENVIRONMENT", "prod"),
        ("WEBVARTTI_PUBLIC_ORIGIN", "http://webvartti.example.fi"),
        ("WEBVARTTI_PUBLIC_ORIGIN", "https://webvartti.example.fi/"),
        ("WEBVARTTI_PUBLIC_ORIGIN", "https://WEBVARTTI.example.fi"),
        ("WEBVARTTI_CARD_ORIGIN", "https://webvartti.example.fi:8444"),
        ("WEBVARTTI_CARD_ORIGIN", "https://kortti.another.fi"),
        ("WEBVARTTI_CARD_ORIGIN", "https://kortti.fi"),
        ("WEBVARTTI_DATABASE_URL", "sqlite:///:memory:"),
        ("WEBVARTTI_MAIL_DIRECTORY", "/var/mail/webvartti"),
        ("WEBVARTTI_SMTP_SERVER", ""),
        ("WEBVARTTI_MAIL_FROM", ""),
        ("WEBVARTTI_HELP_DESK_EMAIL", ""),
        ("WEBVARTTI_HELP_DESK_EMAIL", "help@webvartti.example"),
        ("WEBVARTTI_HELP_DESK_TELEPHONE", "0295 000 000"),
        ("WEBVARTTI_DEMO_NOW", "2027-01-31T12:00+02:00"),
        ("WEBVARTTI_PUBLIC_LISTEN", "0.0.0.0:8443"),
        ("WEBVARTTI_CARD_LISTEN", "192.0.2.1:8444"),
        ("WEBVARTTI_METRICS_LISTEN", "0.0.0.0:9464"),
        ("WEBVARTTI_METRICS_LISTEN", "9464"),
        ("WEBVARTTI_METRICS_DIRECTORY", "metrics"),
        ("WEBVARTTI_LOG_FORMAT", "xml"),
        ("WEBVARTTI_READER_SOFTWARE", ""),
        ("WEBVARTTI_READER_SOFTWARE_INTERFACE", "4.1.4e"),
        ("WEBVARTTI_READER_SOFTWARE_INTERFACE", "1"),
        ("WEBVARTTI_HANDOFF_DELAY_HOURS", "23"),
        ("WEBVARTTI_RENEWAL_WINDOW_DAYS", "-1"),
        ("WEBVARTTI_RENEWAL_WINDOW_DAYS", "٣"),
        ("WEBVARTTI_AUTOMATIC_DECISIONS", "maybe"),
        ("WEBVARTTI_FOUR_EYES", "approve"),
        ("WEBVARTTI_FOUR_EYES", "reject,rules"),
        ("WEBVARTTI_FOUR_EYES", "none reject"),
        ("WEBVARTTI_TRUST_FILE", "trust.toml"),
        ("WEBVARTTI_CSRF", "off"),
        ("WEBVARTTI_DEBUG", "1"),
        ("WEBVARTTI_TRUSTED_PROXY", "0.0.0.0/0"),
        ("WEBVARTTI_ENVIROMENT", "test"),
        ("FLASK_DEBUG", "1"),
    ],
)
def test_a07_unsafe_unknown_or_malformed_is_refused_by_name(environ: dict[str, str], name: str, value: str) -> None:
    environ[name] = value
    with pytest.raises(SettingsRefused) as refused:
        load_settings(environ)
    assert refused.value.setting == name


HELP_DESK = ("WEBVARTTI_HELP_DESK_EMAIL", "WEBVARTTI_HELP_DESK_TELEPHONE")


@pytest.mark.parametrize("name", HELP_DESK)
def test_a07_in_production_nobody_is_sent_to_the_invented_help_desk(environ: dict[str, str], name: str) -> None:
    del environ[name]
    with pytest.raises(SettingsRefused, match="invented") as refused:
        load_settings(environ)
    assert refused.value.setting == name
    assert [problem.setting for problem in examine_settings(environ)[0]] == [name]


@pytest.mark.parametrize("environment", ["test", "demo"])
def test_elsewhere_the_invented_help_desk_will_do(environ: dict[str, str], environment: str) -> None:
    for name in HELP_DESK:
        del environ[name]
    assert load_settings(environ | {"WEBVARTTI_ENVIRONMENT": environment}).help_desk_telephone


@pytest.mark.parametrize("key", ["", "short", "changeme" * 8, "0" * 64])
def test_a07_a_short_or_default_key_is_refused(environ: dict[str, str], tmp_path: Path, key: str) -> None:
    (tmp_path / "secret").write_text(key)
    with pytest.raises(SettingsRefused) as refused:
        load_settings(environ)
    assert refused.value.setting == "WEBVARTTI_SECRET_KEY_FILE"
    assert not key or key not in str(refused.value)


def test_a07_a_key_that_others_can_read_or_that_serves_twice_is_refused(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(SettingsRefused, match="chmod 600"):
        load_settings(environ)
    (tmp_path / "secret").chmod(0o600)
    (tmp_path / "audit").write_text(GOOD_KEY)
    with pytest.raises(SettingsRefused, match="AUDIT_KEY"):
        load_settings(environ)


def test_a_misspelt_setting_is_told_its_right_name(environ: dict[str, str]) -> None:
    with pytest.raises(SettingsRefused, match="did you mean WEBVARTTI_ENVIRONMENT"):
        load_settings({**environ, "WEBVARTTI_ENVIROMENT": "test"})


def test_listening_beyond_loopback_is_a_choice(environ: dict[str, str]) -> None:
    environ |= {"WEBVARTTI_PUBLIC_LISTEN": "0.0.0.0:8443", "WEBVARTTI_LISTEN_BEYOND_LOOPBACK": "yes"}
    assert load_settings(environ).public_listen == ("0.0.0.0", 8443)  # noqa: S104 - chosen by name, as the test says
