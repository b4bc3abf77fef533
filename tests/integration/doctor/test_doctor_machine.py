"""`webvartti doctor` on a machine where one thing at a time is really broken."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.conftest import Installation
from tests.unit.pki.authority import new_root
from webvartti.doctor.clock import kernel_state, synchronised
from webvartti.main import main

Run = Callable[..., Result]


@pytest.fixture
def run(installation: Installation) -> Run:
    """`webvartti doctor` with the installation's settings, some of them changed (None: taken away)."""
    keys = installation.directory / "keys"  # of the test's own: it breaks them
    keys.mkdir(mode=0o700)
    for name in ("secret_key", "audit_key"):
        shutil.copy(installation.country.directory / name, keys / name)
    installation.environ["WEBVARTTI_SECRET_KEY_FILE"] = str(keys / "secret_key")
    installation.environ["WEBVARTTI_AUDIT_KEY_FILE"] = str(keys / "audit_key")

    def invoke(**environ: str | Path | None) -> Result:
        changed = {f"WEBVARTTI_{name}": None if value is None else str(value) for name, value in environ.items()}
        return CliRunner().invoke(main, ["doctor"], env={**installation.environ, **changed})

    return invoke


def lines(result: Result, word: str) -> dict[str, str]:
    """Name -> detail of the lines with this verdict; names and details are apart by two blanks or more."""
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    found = {}
    for line in result.output.splitlines():
        if line.startswith(f"{word}  "):
            found[line[6:42].strip() if len(line) > 42 and line[42] == " " else line[6:].split()[0]] = line[43:]
    return found


def next_steps(result: Result) -> list[str]:
    return [line.partition("next step: ")[2] for line in result.output.splitlines() if "next step: " in line]


def test_nothing_is_wrong(run: Run) -> None:
    told = run()
    assert lines(told, "FAIL") == {}, told.output
    assert told.exit_code == 0
    assert {"settings", "trust anchors", "clock", "database", "crls", "database journal"} <= set(lines(told, "pass"))


def test_every_problem_of_the_settings_at_once_and_the_rest_is_examined(run: Run) -> None:
    told = run(SESSION_IDEL_MINUTES="5", HANDOFF_DELAY_HOURS="1", CARD_WORKING_DAYS="x", PUBLIC_ORIGIN=None)
    assert told.exit_code == 1
    for name in ("SESSION_IDEL_MINUTES", "HANDOFF_DELAY_HOURS", "CARD_WORKING_DAYS", "PUBLIC_ORIGIN"):
        assert f"WEBVARTTI_{name}" in told.output
    assert "trust anchors" in lines(told, "pass")
    assert "database journal" in lines(told, "pass")


def test_unsafe_settings_are_told_all_at_once(run: Run) -> None:
    told = run(PUBLIC_LISTEN="0.0.0.0:8443", SECURITY_CONTACT="somebody", CARD_ORIGIN="https://elsewhere.example:8444")
    for name in ("PUBLIC_LISTEN", "SECURITY_CONTACT", "CARD_ORIGIN"):
        assert f"FAIL  setting WEBVARTTI_{name}" in told.output


@pytest.mark.parametrize(
    ("mode", "content", "told", "step"),
    [
        (0o644, None, "others can read it", "chmod 600"),
        (0o600, b"short", "less than 32 random bytes", "openssl rand"),
        (0o600, b"a" * 64, "less than 32 random bytes", "openssl rand"),
    ],
)
def test_a07_a_bad_key(run: Run, installation: Installation, mode: int, content: bytes | None, told: str, step: str) -> None:
    key = installation.directory / "keys" / "secret_key"
    key.write_bytes(content or key.read_bytes())
    key.chmod(mode)
    result = run()
    assert told in lines(result, "FAIL")["key WEBVARTTI_SECRET_KEY_FILE"]
    assert any(each.startswith(step) for each in next_steps(result))
    assert result.exit_code == 1


def test_a07_two_keys_that_are_the_same(run: Run, installation: Installation) -> None:
    keys = installation.directory / "keys"
    shutil.copy(keys / "secret_key", keys / "audit_key")
    assert "same key as WEBVARTTI_SECRET_KEY_FILE" in lines(run(), "FAIL")["key WEBVARTTI_AUDIT_KEY_FILE"]


@pytest.mark.parametrize(("mode", "word"), [(0o777, "FAIL"), (0o770, "FAIL"), (0o755, "warn"), (0o711, "pass")])
def test_a07_a_key_in_a_directory_of_others(run: Run, installation: Installation, mode: int, word: str) -> None:
    (installation.directory / "keys").chmod(mode)
    assert "key WEBVARTTI_SECRET_KEY_FILE" in lines(run(), word)


def test_a07_a_key_that_is_not_there(run: Run, installation: Installation) -> None:
    (installation.directory / "keys" / "audit_key").unlink()
    assert "can't be read" in lines(run(), "FAIL")["key WEBVARTTI_AUDIT_KEY_FILE"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_a07_a_key_of_somebody_else(run: Run, installation: Installation) -> None:
    os.chown(installation.directory / "keys" / "audit_key", 65534, 65534)
    assert "belongs to another account" in lines(run(), "FAIL")["key WEBVARTTI_AUDIT_KEY_FILE"]


def trust_file(installation: Installation, pem: bytes) -> Path:
    """The country's trust file with one more anchor."""
    country = installation.country.directory
    text = (country / "trust.toml").read_text(encoding="utf-8").replace('file = "ca/', f'file = "{country}/ca/')
    (installation.directory / "more.pem").write_bytes(pem)
    path = installation.directory / "trust.toml"
    path.write_text(f'[[anchor]]\nfile = "{installation.directory}/more.pem"\n{text}', encoding="utf-8")
    return path


def test_a07_an_expired_anchor(run: Run, installation: Installation) -> None:
    ended = new_root("Old", ec.generate_private_key(ec.SECP256R1()), not_after=datetime.now(UTC) - timedelta(days=1))
    result = run(TRUST_FILE=trust_file(installation, ended.pem))
    assert "expired on" in lines(result, "FAIL")["trust anchors"]


def test_a07_a_weak_anchor(run: Run, installation: Installation) -> None:
    small = new_root("Small", rsa.generate_private_key(65537, 1024))  # noqa: S505 - weak on purpose
    result = run(TRUST_FILE=trust_file(installation, small.pem))
    assert "1 too weak" in lines(result, "FAIL")["trust anchors"]
    assert "RSA with 1024 bits" in result.output


def test_a07_a_missing_trust_file_and_one_that_others_write(run: Run, installation: Installation, tmp_path: Path) -> None:
    assert "no such file" in lines(run(TRUST_FILE=tmp_path / "none.toml"), "FAIL")["trust anchors"]
    file = trust_file(installation, new_root("New", ec.generate_private_key(ec.SECP256R1())).pem)
    file.chmod(0o666)
    assert "others can write" in lines(run(TRUST_FILE=file), "FAIL")["trust file"]


def test_a43_a_missing_crl_with_its_issuer(run: Run, installation: Installation) -> None:
    for file in (installation.directory / "revocation").glob("*.sqlite"):
        file.unlink()
    result = run()
    assert "0 in force" in lines(result, "FAIL")["crls"]
    assert "missing" in result.output
    assert "O=WebVartti demo" in result.output


def test_a_clock_that_is_behind(run: Run, installation: Installation) -> None:
    services = installation.build(DEMO_NOW=(datetime.now(UTC) + timedelta(hours=2)).isoformat())
    services.orders.exported(1, "test", services.clock())
    told = lines(run(), "FAIL")["clock"]
    assert "audit entry is 1" in told
    assert "minutes in the future" in told


def test_a_clock_that_somebody_keeps_or_not(tmp_path: Path) -> None:
    marker = tmp_path / "synchronized"
    assert synchronised(None, marker).detail.startswith("unknown")
    assert (synchronised(False, marker).verdict, synchronised(True, marker).verdict) == ("warn", "ok")
    marker.touch()
    assert synchronised(False, marker).verdict == "ok"
    assert kernel_state() in (True, False, None)


def test_a_database_that_is_not_there_is_not_made(run: Run, installation: Installation) -> None:
    file = installation.directory / "webvartti.db"
    file.unlink()
    result = run()
    assert "isn't there" in lines(result, "FAIL")["database files"]
    assert "run `webvartti database upgrade`" in next_steps(result)
    assert not file.exists()


def test_a_database_with_an_old_schema(run: Run, installation: Installation) -> None:
    with sqlite3.connect(installation.directory / "webvartti.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '0005'")
    database.close()
    assert "schema" in lines(run(), "FAIL")["database"]


def test_a_file_that_is_no_database(run: Run, tmp_path: Path) -> None:
    (tmp_path / "wrong.db").write_bytes(b"not a database" * 100)
    (tmp_path / "wrong.db").chmod(0o600)
    result = run(DATABASE_URL=f"sqlite:///{tmp_path / 'wrong.db'}")
    assert "isn't an SQLite database" in lines(result, "FAIL")["database journal"]
    assert result.exit_code == 1


def test_a_database_address_that_cannot_be_used(run: Run) -> None:
    told = run(DATABASE_URL="mysql://user:canary@host/webvartti")
    assert "FAIL  setting WEBVARTTI_DATABASE_URL" in told.output
    assert "canary" not in told.output


@pytest.mark.parametrize(("mode", "word"), [(0o644, "FAIL"), (0o660, "warn"), (0o600, "pass")])
def test_a_database_that_others_read(run: Run, installation: Installation, mode: int, word: str) -> None:
    (installation.directory / "webvartti.db").chmod(mode)
    assert "database files" in lines(run(), word)


def test_a_database_without_write_ahead_log(run: Run, tmp_path: Path, installation: Installation) -> None:
    copy = tmp_path / "journal.db"
    shutil.copy(installation.directory / "webvartti.db", copy)
    copy.chmod(0o600)
    with sqlite3.connect(copy) as database:
        assert database.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
    database.close()
    assert "database journal" in lines(run(DATABASE_URL=f"sqlite:///{copy}"), "warn")


@pytest.mark.parametrize("name", ["revocation", "register"])
def test_directories_that_others_write_or_that_are_not_there(run: Run, installation: Installation, name: str) -> None:
    directory = installation.directory / name
    directory.chmod(0o777)
    result = run()
    assert "anybody can write it" in lines(result, "FAIL")[f"{name} directory"]
    shutil.rmtree(directory)
    result = run()
    assert "isn't there" in lines(result, "FAIL")[f"{name} directory"]
    assert any(step.startswith("install -d") for step in next_steps(result))


def test_a34_checkpoints_beside_the_database_are_warned_of(run: Run) -> None:
    assert "same disk" in lines(run(), "warn")["audit checkpoints apart"]


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no other file system to write to")  # noqa: S108 - another disk
def test_a34_checkpoints_on_another_disk_pass(run: Run, installation: Installation) -> None:
    here = installation.directory.stat().st_dev
    apart = next(each for each in map(Path, ("/dev/shm", "/var/tmp", "/")) if each.stat().st_dev != here)  # noqa: S108 - as above
    found = lines(run(AUDIT_CHECKPOINT_FILE=str(apart / "checkpoints.jsonl")), "pass")
    assert "another disk" in found["audit checkpoints apart"]


def test_a_missing_extract(run: Run, installation: Installation) -> None:
    (installation.directory / "register" / "rights.sqlite").unlink()
    assert "rights" in lines(run(), "FAIL")["registers"]


@pytest.mark.parametrize(("account", "word"), [("root", "warn"), ("nobody", "pass")])
def test_a04_the_proxy_s_account(run: Run, account: str, word: str) -> None:
    assert "proxy account" in lines(run(PROXY_USER=account), word)


def test_a_mail_server_that_answers_and_one_that_does_not(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        assert lines(run(SMTP_SERVER=address, MAIL_FROM="a@example.fi"), "pass")["mail server"] == "answers"
    result = run(SMTP_SERVER=address, MAIL_FROM="a@example.fi")
    assert "doesn't answer" in lines(result, "warn")["mail server"]
    assert result.exit_code == 0


def test_options_of_the_attack_alone_are_refused(installation: Installation) -> None:
    told = CliRunner().invoke(main, ["doctor", "--connect", "127.0.0.1"], env=installation.environ)
    assert (told.exit_code, "--through" in told.output) == (2, True)
