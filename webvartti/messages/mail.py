"""Messages as e-mail: over SMTP, or into files for demonstrations."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from itertools import count
from pathlib import Path

from webvartti.domain.errors import MessageNotSent
from webvartti.domain.messages import Message
from webvartti.domain.ports import Catalogues, Clock
from webvartti.messages.errors import AddressUnusable
from webvartti.messages.rendering import render

TIMEOUT = 10.0
"""Seconds that one step of the talk with the mail server may take."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes: ``sender`` is "Name <address>" or an address; the others may be empty.

    ``clock`` gives the Date header; without it the mail server adds one (RFC 6409 8.2).
    """

    sender: str
    help_desk: str = ""
    reply_to: str = ""
    clock: Clock | None = None


def compose(message: Message, letterhead: Letterhead, catalogues: Catalogues) -> EmailMessage:
    """The whole e-mail. Raises AddressUnusable, WordsUnusable.

    Its Message-ID depends on the message alone, so that a mail sent twice can be recognised as one.
    """
    defaults = {"help_desk": letterhead.help_desk} if letterhead.help_desk else {}
    subject, body = render(message, catalogues, defaults)
    name, sender = parseaddr(letterhead.sender)
    mail = EmailMessage()
    mail["From"] = _address(sender, name)
    mail["To"] = _address(message.to)
    if letterhead.reply_to:
        mail["Reply-To"] = _address(letterhead.reply_to)
    mail["Subject"] = " ".join(subject.split())
    if letterhead.clock is not None:
        mail["Date"] = format_datetime(letterhead.clock())
    mail["Message-ID"] = f"<{message.kind}.{message.id}.{_for_id(message)}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: holiday replies aren't wanted
    mail.set_content(body, charset="utf-8", cte="quoted-printable")
    mail["Content-Language"] = message.language if message.language in ("fi", "sv") else "en"
    return mail


def _for_id(message: Message) -> str:
    number = "".join(letter for letter in message.values.get("number", "") if letter.isascii() and letter.isalnum())
    return number or "none"


def _address(spec: str, name: str = "") -> Address:
    """One address and nothing else: no second recipient, no header, no line end."""
    local, _, domain = spec.rpartition("@")
    plain = local and domain and not any(letter in '()<>[]:;\\," ' or not letter.isprintable() for letter in spec)
    if plain and "@" not in local:
        with suppress(ValueError, IndexError):  # what email says of malformed addresses
            return Address(display_name=name, username=local, domain=domain)
    raise AddressUnusable("not one e-mail address")


@dataclass(frozen=True, slots=True)
class MailSender:
    """Implements ``domain.ports.MessageSender`` over SMTP.

    With ``starttls`` nothing is said in the clear: a server that doesn't offer it, or whose certificate ``tls`` (the
    system's trust where None) doesn't trust, gets nothing. ``user`` empty means no authentication.
    """

    host: str
    port: int
    sender: str
    catalogues: Catalogues
    starttls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)
    help_desk: str = ""
    reply_to: str = ""
    clock: Clock | None = None
    tls: ssl.SSLContext | None = None
    timeout: float = TIMEOUT

    def send(self, message: Message) -> None:
        """Raises MessageNotSent, whose text never holds the address."""
        letterhead = Letterhead(self.sender, self.help_desk, self.reply_to, self.clock)
        mail = compose(message, letterhead, self.catalogues)
        failure = ""
        try:
            self._deliver(mail)
        except (OSError, smtplib.SMTPException, ValueError) as problem:  # ValueError: a server name that can't be one
            failure = _named(problem)
        if failure:  # raised here, so that what the server said, address and all, isn't its context
            raise MessageNotSent(f"message {message.id}: {failure}")

    def _deliver(self, mail: EmailMessage) -> None:
        server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            if self.starttls:
                server.starttls(context=self.tls or ssl.create_default_context())
            if self.user:
                server.login(self.user, self.password)
            server.send_message(mail)
            # The server has taken the message: a farewell that fails must not have it sent again.
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
        finally:
            server.close()


def _named(problem: Exception) -> str:
    """The kind of a failure and the server's codes, without its words."""
    codes: list[int] = []
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in problem.recipients.values()]
    elif isinstance(problem, smtplib.SMTPResponseException):
        codes = [problem.smtp_code]
    return " ".join([type(problem).__name__, *map(str, codes)])


@dataclass(frozen=True, slots=True)
class FileMailSender:
    """Stands in for the mail server in demonstrations: one .eml file a message in ``folder``. Refused in production."""

    folder: Path
    sender: str
    catalogues: Catalogues
    help_desk: str = ""
    reply_to: str = ""
    clock: Clock | None = None

    def send(self, message: Message) -> None:
        """Never writes over an earlier file. Raises MessageNotSent."""
        mail = compose(message, Letterhead(self.sender, self.help_desk, self.reply_to, self.clock), self.catalogues)
        content = mail.as_bytes(policy=SMTP if message.to.isascii() else SMTPUTF8)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for attempt in count(1):
                path = self.folder / f"{message.id:06d}-{message.kind}{f'-{attempt}' if attempt > 1 else ''}.eml"
                with suppress(FileExistsError), path.open("xb") as file:
                    file.write(content)
                    return
        except OSError as problem:
            raise MessageNotSent(f"message {message.id}: {type(problem).__name__}") from None
