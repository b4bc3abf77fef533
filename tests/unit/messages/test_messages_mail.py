"""Mail over a real local server and into files: right, private, and never sent twice by its own fault."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.ports import free_port
from webvartti.domain.errors import MessageNotSent
from webvartti.domain.messages import Message, MessageKind
from webvartti.messages.catalogues import PoCatalogues, load_catalogues
from webvartti.messages.errors import AddressUnusable
from webvartti.messages.mail import FileMailSender, MailSender

SENDER = "WebVartti <webvartti@example.fi>"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
VALUES = {
    "number": "WV-7K3M-2P",
    "page_url": "https://webvartti.example/fi/orders/WV-7K3M-2P",
    "card_arrives": "2026-12-07",
    "letter_arrives": "2026-12-11",
}
LOCALHOST = "127.0.0.1"


class Mailbox:
    """An aiosmtpd handler that keeps what arrives, or answers ``refusal``."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.refusal = ""
        self.farewell = "221 Bye"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it by this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refusal:
            return f"{self.refusal} <{address}> is not welcome"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.envelopes.append(envelope)
        return "250 OK"

    async def handle_QUIT(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        return self.farewell

    def only_mail(self) -> EmailMessage:
        """The only mail that has arrived."""
        (envelope,) = self.envelopes
        return parsed(envelope.original_content or b"")


def parsed(content: bytes) -> EmailMessage:
    mail = message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def message(kind: MessageKind = MessageKind.ORDER_APPROVED, to: str = "aino@example.fi", language: str = "fi") -> Message:
    return Message(kind, to, language, VALUES, id=7)


def serve(mailbox: Mailbox, **options: Any) -> Iterator[Controller]:
    controller = Controller(mailbox, hostname=LOCALHOST, port=free_port(), **options)
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture(scope="module")
def catalogues() -> PoCatalogues:
    return load_catalogues()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[Controller]:
    yield from serve(mailbox)


@pytest.fixture
def sender(server: Controller, catalogues: PoCatalogues) -> MailSender:
    return MailSender(LOCALHOST, server.port, SENDER, catalogues, reply_to="tuki@example.fi", clock=lambda: NOW)


def test_mail_arrives_as_it_was_meant(sender: MailSender, mailbox: Mailbox) -> None:
    sender.send(message())
    (envelope,) = mailbox.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("webvartti@example.fi", ["aino@example.fi"])
    mail = mailbox.only_mail()
    assert (mail["From"], mail["To"], mail["Reply-To"]) == (SENDER, "aino@example.fi", "tuki@example.fi")
    assert mail["Subject"] == "Tilauksesi WV-7K3M-2P on hyväksytty"
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == "<order-approved.7.WV7K3M2P@example.fi>"
    assert (mail["Content-Language"], mail["Auto-Submitted"]) == ("fi", "auto-generated")
    assert "Uutta korttia koskeva tilauksesi WV-7K3M-2P on hyväksytty." in mail.get_content()
    assert VALUES["page_url"] in mail.get_content()


def test_the_same_message_has_the_same_id_when_it_is_sent_again(sender: MailSender, mailbox: Mailbox) -> None:
    sender.send(message())
    sender.send(message())
    sender.send(message(MessageKind.ORDER_RECEIVED))
    ids = [parsed(envelope.original_content or b"")["Message-ID"] for envelope in mailbox.envelopes]
    assert ids[0] == ids[1] != ids[2]


INJECTIONS = [
    "aino@example.fi\r\nBcc: x@example.org",
    "aino@example.fi\nBcc: x@example.org",
    "aino@example.fi\rX: y",
    "aino@example.fi\u2028X: y",
    "aino@example.fi, x@example.org",
    "aino@example.fi x@example.org",
    "<aino@example.fi>",
    "Aino <aino@example.fi>",
    "group:aino@example.fi;",
    "aino@x@example.fi",
    "aino",
    "@example.fi",
    "aino@",
    "",
    "a..b@example.fi\0",
]


@pytest.mark.parametrize("to", INJECTIONS)
def test_address_that_is_more_than_an_address_is_refused(sender: MailSender, mailbox: Mailbox, to: str) -> None:
    with pytest.raises(AddressUnusable) as caught:
        sender.send(message(to=to))
    assert isinstance(caught.value, MessageNotSent)
    assert "aino" not in str(caught.value)
    assert mailbox.envelopes == []


def test_values_cannot_inject_headers(sender: MailSender, mailbox: Mailbox) -> None:
    values = dict.fromkeys((*VALUES, "reason", "help_desk"), "x\r\nBcc: evil@example.org\r\n\r\nPay here")
    for kind in MessageKind:
        sender.send(Message(kind, "aino@example.fi", "en", values, id=1))
    assert len(mailbox.envelopes) == len(MessageKind)
    for envelope in mailbox.envelopes:
        mail = parsed(envelope.original_content or b"")
        assert mail["Bcc"] is None
        assert set(mail.keys()) == {
            *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Content-Language", "Auto-Submitted"),
            *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
        }
        assert envelope.rcpt_tos == ["aino@example.fi"]
        assert "\nPay here" not in mail.get_content()


@pytest.mark.parametrize("refusal", ["550", "451"])
def test_a33_refusal_does_not_repeat_the_address(sender: MailSender, mailbox: Mailbox, refusal: str) -> None:
    mailbox.refusal = refusal
    with pytest.raises(MessageNotSent, match=f"message 7: SMTPRecipientsRefused {refusal}") as caught:
        sender.send(message())
    assert "aino" not in str(caught.value)
    assert caught.value.__context__ is None, "the server's words hold the address"
    assert caught.value.__cause__ is None


def test_a40_no_server_is_a_message_not_sent(catalogues: PoCatalogues) -> None:
    with pytest.raises(MessageNotSent, match="ConnectionRefusedError"):
        MailSender(LOCALHOST, free_port(), SENDER, catalogues).send(message())


def test_a40_server_that_says_nothing_is_given_up(catalogues: PoCatalogues) -> None:
    with socket.create_server((LOCALHOST, 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(MessageNotSent, match="SMTPServerDisconnected"):
            MailSender(LOCALHOST, port, SENDER, catalogues, timeout=0.2).send(message())
    assert MailSender(LOCALHOST, port, SENDER, catalogues).timeout == 10


@pytest.mark.parametrize("host", ["", "not a host", "x" * 300])
def test_impossible_server_name_is_a_message_not_sent(catalogues: PoCatalogues, host: str) -> None:
    with pytest.raises(MessageNotSent):
        MailSender(host, free_port(), SENDER, catalogues, timeout=1).send(message())


def test_a37_failing_farewell_does_not_have_it_sent_again(sender: MailSender, mailbox: Mailbox) -> None:
    mailbox.farewell = "451 not so fast"
    sender.send(message())
    assert len(mailbox.envelopes) == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = datetime.now(UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), made, made + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOCALHOST))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return path


def accept(server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: LoginPassword) -> AuthResult:
    return AuthResult(success=login.login == b"webvartti" and login.password == b"secret", handled=False)


@pytest.fixture
def tls_server(mailbox: Mailbox, certificate: Path) -> Iterator[Controller]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    yield from serve(mailbox, tls_context=context, require_starttls=True, auth_required=True, authenticator=accept)


def test_starttls_and_login(tls_server: Controller, mailbox: Mailbox, catalogues: PoCatalogues, certificate: Path) -> None:
    trust = ssl.create_default_context(cafile=str(certificate))
    sender = MailSender(
        LOCALHOST, tls_server.port, SENDER, catalogues, starttls=True, user="webvartti", password="secret", tls=trust
    )
    sender.send(message())
    assert mailbox.only_mail()["To"] == "aino@example.fi"
    assert "secret" not in repr(sender)


def test_wrong_password_is_a_message_not_sent(
    tls_server: Controller, mailbox: Mailbox, catalogues: PoCatalogues, certificate: Path
) -> None:
    trust = ssl.create_default_context(cafile=str(certificate))
    sender = MailSender(
        LOCALHOST, tls_server.port, SENDER, catalogues, starttls=True, user="webvartti", password="x", tls=trust
    )
    with pytest.raises(MessageNotSent, match="SMTPAuthenticationError 535"):
        sender.send(message())


def test_untrusted_server_gets_nothing(tls_server: Controller, mailbox: Mailbox, catalogues: PoCatalogues) -> None:
    with pytest.raises(MessageNotSent, match="SSLCertVerificationError"):
        MailSender(LOCALHOST, tls_server.port, SENDER, catalogues, starttls=True).send(message())
    assert mailbox.envelopes == []


def test_server_without_starttls_gets_nothing(server: Controller, mailbox: Mailbox, catalogues: PoCatalogues) -> None:
    with pytest.raises(MessageNotSent, match="SMTPNotSupportedError"):
        MailSender(LOCALHOST, server.port, SENDER, catalogues, starttls=True).send(message())
    assert mailbox.envelopes == []


def test_files_stand_in_for_the_server(tmp_path: Path, catalogues: PoCatalogues) -> None:
    sender = FileMailSender(tmp_path / "mail", SENDER, catalogues, help_desk="0295 000 000")
    sender.send(message(MessageKind.CONTACT_CHANGED, language="sv"))
    sender.send(message(MessageKind.CONTACT_CHANGED, language="sv"))
    paths = sorted((tmp_path / "mail").iterdir())
    assert [path.name for path in paths] == ["000007-contact-changed-2.eml", "000007-contact-changed.eml"]
    mail = parsed(paths[1].read_bytes())
    assert mail["Subject"] == "En ny e-postadress angavs i beställning WV-7K3M-2P"
    assert "Kundtjänst: 0295 000 000" in mail.get_content()
    assert mail["Date"] is None


def test_file_for_an_address_beyond_ascii(tmp_path: Path, catalogues: PoCatalogues) -> None:
    FileMailSender(tmp_path, SENDER, catalogues).send(message(to="åke@example.fi"))
    (path,) = tmp_path.iterdir()
    assert parsed(path.read_bytes())["To"] == "åke@example.fi"


def test_a40_folder_that_cannot_be_written_is_a_message_not_sent(tmp_path: Path, catalogues: PoCatalogues) -> None:
    (tmp_path / "mail").write_text("a file, not a folder")
    with pytest.raises(MessageNotSent, match="message 7: "):
        FileMailSender(tmp_path / "mail", SENDER, catalogues).send(message())
