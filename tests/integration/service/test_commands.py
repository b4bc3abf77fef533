"""The commands, as an operator runs them, with good and with bad input."""

from __future__ import annotations

import csv
import json
import socket
import sqlite3
from pathlib import Path

from tests.conftest import Installation
from tests.databases import execute, forbid_inserts
from tests.integration.service.conftest import Run
from webvartti.domain.messages import Feedback
from webvartti.main import main
from webvartti.storage import revisions


def test_every_command_teaches_itself(run: Run) -> None:
    def walk(path: tuple[str, ...], command: object) -> None:
        told = run(*path, "--help")
        assert told.exit_code == 0
        assert len(told.output.splitlines()) >= 5, path
        for name, inner in getattr(command, "commands", {}).items():
            walk((*path, name), inner)

    walk((), main)


def test_settings_are_listed_without_their_values(run: Run, installation: Installation) -> None:
    told = run("settings", COLUMNS="250")
    assert told.exit_code == 0
    assert "WEBVARTTI_RENEWAL_WINDOW_DAYS" in told.output
    assert installation.environ["WEBVARTTI_SECRET_KEY_FILE"] not in told.output


def test_a_bad_setting_is_one_line_and_exit_code_1(run: Run) -> None:
    told = run("orders", "list", WEBVARTTI_HANDOFF_DELAY_HOURS="1")
    assert told.exit_code == 1
    assert "WEBVARTTI_HANDOFF_DELAY_HOURS" in told.output
    assert "Traceback" not in told.output


def test_orders_are_listed_shown_and_exported(run: Run, order: str, tmp_path: Path) -> None:
    assert order in run("orders", "list", COLUMNS="200").output
    listed = json.loads(run("orders", "list", "--json", "--state", "submitted").output)
    assert [row["number"] for row in listed] == [order]
    assert "No orders" in run("orders", "list", "--state", "rejected").output
    shown = json.loads(run("orders", "show", order, "--json").output)
    assert any("everything-to-people" in line for line in shown["findings"])
    for name in ("orders.csv", "orders.json", "orders.db"):
        assert "1 orders written" in run("orders", "export", tmp_path / name).output
        assert run("orders", "export", tmp_path / name).exit_code == 2  # never over an old file
    with (tmp_path / "orders.csv").open(encoding="utf-8") as file:
        assert [row["number"] for row in csv.DictReader(file)] == [order]
    with sqlite3.connect(tmp_path / "orders.db") as database:
        assert database.execute("SELECT number, state FROM orders").fetchall() == [(order, "submitted")]
    exported = "".join((tmp_path / name).read_text() for name in ("orders.csv", "orders.json"))
    assert "@" not in exported
    assert run("orders", "export", tmp_path / "orders.txt").exit_code == 2


def test_looking_leaves_audit_lines_that_hold(run: Run, order: str, installation: Installation) -> None:
    run("orders", "show", order)
    run("worker", "--once")
    told = run("audit", "show", "--order", order).output
    for action in ("order.placed", "order.viewed"):
        assert action in told
    checkpoints = installation.settings.audit_checkpoint_file
    assert "entries hold, 0 not sealed" in run("audit", "verify", "--checkpoints", checkpoints).output
    assert "can't be seen" in run("audit", "verify").output
    execute(installation.url, "UPDATE audit SET action = 'order.kept' WHERE action = 'order.viewed'")
    broken = run("audit", "verify", "--checkpoints", checkpoints)
    assert (broken.exit_code, "audit-broken" in broken.output) == (1, True)


def test_a_certificate_gets_the_verdict_of_sign_in(run: Run, installation: Installation, tmp_path: Path) -> None:
    country = installation.country
    password = tmp_path / "password"
    password.write_text("webvartti\n")
    for card in country.cards:
        expected = "path-invalid" if card.sign_in == "tls-alert" else card.sign_in
        told = run("certificate", "check", card.chosen_pem, COLUMNS="300")
        assert (card.slug, told.exit_code, expected in told.output) == (card.slug, 0 if expected == "accepted" else 1, True)
    assert "accepted" in run("certificate", "check", country.card("aino").p12, "--password-file", password).output
    assert "wrong-password" in run("certificate", "check", country.card("aino").p12, "--password-file", __file__).output
    assert "password-needed" in run("certificate", "check", country.card("aino").p12).output
    (tmp_path / "rubbish").write_bytes(b"\x30\x82not a certificate")
    assert "certificate-file-unreadable" in run("certificate", "check", tmp_path / "rubbish").output


def test_registers_are_loaded_whole_or_not_at_all(run: Run, installation: Installation, tmp_path: Path) -> None:
    before = run("registry", "status", COLUMNS="200").output
    good = installation.country.directory / "registers" / "rights.csv"
    bad = tmp_path / "rights.csv"
    bad.write_text(good.read_text(encoding="utf-8") + "123,Nobody,None,001,licensed,2020-01-01,,\n", encoding="utf-8")
    told = run("registry", "load", "rights", bad)
    assert told.exit_code == 1
    assert f"{bad}:{len(bad.read_text(encoding='utf-8').splitlines())}:" in told.output
    assert "Nobody" not in told.output
    assert run("registry", "status", COLUMNS="200").output == before
    assert "rows in use" in run("registry", "load", "rights", bad, "--skip-bad").output
    assert run("registry", "load", "rights", __file__).exit_code == 1
    assert run("registry", "load", "nonsense", good).exit_code == 2


def test_what_is_missing_is_said(run: Run, installation: Installation) -> None:
    assert "missing" not in run("registry", "status", COLUMNS="200").output
    (installation.directory / "register" / "rights.sqlite").unlink()
    next((installation.directory / "revocation").glob("*.sqlite")).unlink()
    told = run("registry", "status", COLUMNS="200").output
    assert "missing: no extract of rights is loaded" in told
    assert "missing: no CRL in force of" in told


def test_the_demo_browser_says_what_it_lacks(run: Run, installation: Installation) -> None:
    country = installation.country.directory
    assert "no-display" in run("demo", "browser", "aino", "--country", country, DISPLAY="", WAYLAND_DISPLAY="").output
    told = run("demo", "browser", "aino", "--country", country, DISPLAY=":99")
    assert "demo-not-running" in told.output


def test_the_demo_s_settings_are_for_a_shell(run: Run, installation: Installation) -> None:
    told = run("demo", "environment", "--country", installation.country.directory).output
    assert told.splitlines()[0] == "export WEBVARTTI_ENVIRONMENT=demo"


def test_a_bad_crl_changes_nothing(run: Run, installation: Installation, tmp_path: Path) -> None:
    good = next((installation.country.directory / "crl").glob("*.crl"))
    cut = tmp_path / "cut.crl"
    cut.write_bytes(good.read_bytes()[:-20])
    before = run("registry", "status", COLUMNS="200").output
    told = run("revocation", "load", cut)
    assert f"{cut}:" in told.output
    assert (told.exit_code, "Traceback" in told.output) == (1, False)
    assert run("registry", "status", COLUMNS="200").output == before
    assert run("revocation", "load", good).exit_code == 0


def test_the_database_goes_up_and_tells_where_it_is(run: Run, empty_url: str) -> None:
    assert "no migration" in run("database", "current", WEBVARTTI_DATABASE_URL=empty_url).output
    assert revisions.head() in run("database", "upgrade", WEBVARTTI_DATABASE_URL=empty_url).output
    assert revisions.head() in run("database", "current", WEBVARTTI_DATABASE_URL=empty_url).output
    assert run("database", "downgrade", "base", "--yes", WEBVARTTI_DATABASE_URL=empty_url).exit_code == 0
    told = run("serve", WEBVARTTI_DATABASE_URL=empty_url)
    assert (told.exit_code, "webvartti database upgrade" in told.output) == (1, True)


def test_the_database_is_compared_with_what_the_program_expects(run: Run, installation: Installation) -> None:
    told = run("database", "check")
    assert (told.exit_code, told.output) == (0, "the database is as this version expects it\n")
    execute(installation.url, "DROP INDEX ix_audit_subject", "ALTER TABLE feedback ADD COLUMN stars INTEGER")
    told = run("database", "check")
    assert told.exit_code == 1
    assert sorted(line.split()[0] for line in told.output.splitlines()) == ["add_index", "remove_column"]


def test_a_program_that_is_too_old_for_the_database_says_so(run: Run, installation: Installation) -> None:
    execute(installation.url, "UPDATE alembic_version SET version_num = '0099'", "UPDATE schema_floor SET revision = '0099'")
    told = run("serve")
    assert (told.exit_code, "install the newer one" in told.output) == (1, True)


def test_a_card_command_without_card_support_says_how_to_get_it(run: Run) -> None:
    told = run("card", "show")
    assert told.exit_code in (3, 4, 5)
    # without pyscard how to get it; with it, that there is no reader or no service to talk to readers
    codes = ("card-support-missing", "card-service-unavailable", "no-card-reader", "no-card")
    assert any(code in told.output for code in codes), told.output
    assert "Traceback" not in told.output


def test_the_demo_s_table_and_its_errors(run: Run, installation: Installation, tmp_path: Path) -> None:
    told = run("demo", "cards", "--country", installation.country.directory, COLUMNS="250")
    assert "aino" in told.output
    assert "bjorn" in told.output
    missing = run("demo", "cards", "--country", tmp_path / "nowhere")
    assert (missing.exit_code, "webvartti demo create" in missing.output) == (1, True)
    unknown = run("demo", "browser", "ainoo", "--country", installation.country.directory)
    assert (unknown.exit_code, "aino" in unknown.output) == (1, True)
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "thesis.txt").write_text("precious")
    refused = run("demo", "create", tmp_path / "work")
    assert refused.exit_code == 1
    assert (tmp_path / "work" / "thesis.txt").read_text() == "precious"


def test_a07_demo_material_is_refused_in_production(run: Run, installation: Installation) -> None:
    production = {
        "WEBVARTTI_ENVIRONMENT": "production",
        "WEBVARTTI_MAIL_DIRECTORY": "",
        "WEBVARTTI_SMTP_SERVER": "127.0.0.1:25",
        "WEBVARTTI_MAIL_FROM": "webvartti@example.fi",
    }
    told = run("certificate", "check", installation.country.card("aino").pem, **production)
    assert (told.exit_code, "test-card-in-production" in told.output) == (1, True)
    assert "MAIL_DIRECTORY" in run("orders", "list", **{**production, "WEBVARTTI_MAIL_DIRECTORY": "/var/mail"}).output
    assert "DEMO_NOW" in run("orders", "list", **production, WEBVARTTI_DEMO_NOW="2027-01-31T12:00+02:00").output


def test_a07_a_bad_anchor_stops_the_start(run: Run, installation: Installation, tmp_path: Path) -> None:
    for name, text in (("missing.toml", None), ("empty.toml", ""), ("wrong.toml", "anchor = 1"), ("binary.toml", "\x00")):
        if text is not None:
            (tmp_path / name).write_text(text)
        told = run("orders", "list", WEBVARTTI_TRUST_FILE=str(tmp_path / name))
        assert (told.exit_code, name in told.output.replace("\n", "")) == (1, True)


def test_the_demo_s_clock_moves_the_rules(run: Run, installation: Installation) -> None:
    aino = installation.country.card("aino")
    later = aino.not_after.replace(year=aino.not_after.year + 1).isoformat()
    told = run("certificate", "check", aino.pem, WEBVARTTI_DEMO_NOW=later)
    assert "certificate-expired" in told.output


def test_a_port_that_is_taken_is_named(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = run("serve", WEBVARTTI_PUBLIC_LISTEN=f"127.0.0.1:{taken.getsockname()[1]}")
    assert (told.exit_code, "Traceback" in told.output) == (1, False)
    assert "serving-failed" in told.output


def test_whoever_checks_an_address_sees_it_and_the_letter_s(run: Run, order: str, installation: Installation) -> None:
    shown = json.loads(run("orders", "show", order, "--json").output)
    street = next(installation.build().orders.every(None)).delivery.card_address.street
    assert street in shown["card_to"]
    assert street in shown["registered_address"]
    assert street not in run("orders", "list", "--json").output


def test_the_operator_is_the_account_whatever_the_environment_says(run: Run, order: str) -> None:
    run("orders", "show", order, LOGNAME="colleague", USER="colleague", SUDO_USER="colleague")
    told = run("audit", "show", "--order", order).output
    assert "order.viewed" in told
    assert "colleague" not in told


def test_an_export_that_can_not_be_finished_leaves_no_file(
    run: Run, order: str, installation: Installation, tmp_path: Path
) -> None:
    told = run("orders", "export", tmp_path / "nowhere" / "orders.csv")
    assert (told.exit_code, "can't be written" in told.output) == (1, True)
    assert run("orders", "export", tmp_path / "orders.csv").exit_code == 0
    assert (tmp_path / "orders.csv").stat().st_mode & 0o077 == 0
    forbid_inserts(installation.url, "audit")
    for name in ("later.csv", "later.json", "later.db"):
        assert run("orders", "export", tmp_path / name).exit_code == 1
    assert [path.name for path in tmp_path.iterdir() if "later" in path.name] == []
    assert run("orders", "list").exit_code == 1  # no look without its audit line either


def test_a07_there_is_no_demo_in_production(run: Run, tmp_path: Path) -> None:
    for command in (("create", tmp_path / "country"), ("cards",), ("run", tmp_path / "country")):
        told = run("demo", *command, WEBVARTTI_ENVIRONMENT="production")
        assert (told.exit_code, "demo-refused" in told.output) == (1, True)
    assert not (tmp_path / "country").exists()


def test_feedback_is_read_and_deleted(run: Run, installation: Installation) -> None:
    services = installation.build()
    services.feedback.leave(Feedback(services.clock(), "fi", "/fi/feedback", "Hyvin\x1b[2J toimii"))
    told = run("feedback", "list").output
    assert "toimii" in told
    assert "\x1b" not in told
    assert run("feedback", "delete", "1").exit_code == 0
    assert run("feedback", "delete", "1").exit_code == 1
    assert "No feedback" in run("feedback", "list").output
