"""E-mails: through a mail server where the deployment is live and has one, onto the demo's page elsewhere.

A message has the same Message-ID whenever it is sent again, so that what went out twice is told from what is new.
"""

import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from threading import Timer
from typing import Final

from sqlalchemy import Engine

from portal.adapters.message_words import MessageWords, MessageWriter
from portal.adapters.sms import refuse_faulty_templates
from portal.clock import Clock
from portal.config import Config
from portal.db import transaction
from portal.domain.contact_wishes import Channel
from portal.models import DemoMessage
from portal.services.ports import BusinessTexts, MessageNotSentError, MessageSender, SentMessage, Wording

SECONDS: Final = 30.0
"""For the whole conversation with the server, however slowly it answers."""
DEMO_ADDRESS: Final = "service@demo.example"
_FOR_GOOD: Final = range(500, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAccount:
    """``security``: starttls, tls or none. ``sender`` is the address that e-mails come from, ``wishes`` the page where they are stopped."""

    host: str
    port: int
    security: str
    sender: str
    wishes: str
    user: str = ""
    password: str = field(default="", repr=False)
    trust: Path | None = None

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2]


class DemoMails:
    """Writes each e-mail to the demo's page instead of sending it."""

    def __init__(self, engine: Engine, writer: MessageWriter, clock: Clock) -> None:
        self._engine, self._writer, self._clock = engine, writer, clock

    def write(self, template: str, values: Mapping[str, str | int], locale: str) -> SentMessage:
        return kept(self._writer.write_hidden(template, values, locale), DEMO_ADDRESS)

    def send(
        self, mobile: str, template: str, values: Mapping[str, str | int], locale: str, *, key: str
    ) -> SentMessage:
        del key
        words = self._writer.write(template, values, locale)
        shown = DemoMessage(
            channel="email", mobile=mobile, subject=words.subject, text=words.text, at=self._clock.now()
        )
        with transaction(self._engine) as session:
            session.add(shown)
        return self.write(template, values, locale)


class SmtpMails:
    """See ``portal.services.ports.MessageSender``; ``mobile`` is the address. One connection a message: they are few."""

    def __init__(
        self, account: MailAccount, writer: MessageWriter, clock: Clock, *, seconds: float = SECONDS
    ) -> None:
        self._account, self._writer, self._clock, self._seconds = account, writer, clock, seconds

    def write(self, template: str, values: Mapping[str, str | int], locale: str) -> SentMessage:
        return kept(self._writer.write_hidden(template, values, locale), self._account.sender)

    def send(
        self, mobile: str, template: str, values: Mapping[str, str | int], locale: str, *, key: str
    ) -> SentMessage:
        words = self._writer.write(template, values, locale)
        try:
            letter = compose(words, mobile, self._account, key=key, at=self._clock.now())
        except (ValueError, IndexError, MessageError) as error:  # no address that a server would take
            raise MessageNotSentError("unwritable", is_certain=True, is_final=True) from error
        with _told_apart(), self._conversation() as server:
            self._hand_over(server, mobile, letter)
        return self.write(template, values, locale)

    def _hand_over(self, server: smtplib.SMTP, address: str, letter: EmailMessage) -> None:
        _accepted(server.mail(self._account.sender), "sender")
        _accepted(server.rcpt(address), "receiver", says_no_for_good=True)
        try:
            code, _ = server.data(letter.as_bytes())
        except smtplib.SMTPDataError as error:
            _accepted((error.smtp_code, b""), "message", says_no_for_good=True)
            raise
        except (OSError, smtplib.SMTPException) as error:
            # The server may have taken it before it fell silent.
            raise MessageNotSentError(f"message_{type(error).__name__}") from error
        _accepted((code, b""), "message", says_no_for_good=True)

    @contextmanager
    def _conversation(self) -> Iterator[smtplib.SMTP]:
        server = self._server()
        try:
            server.connect(self._account.host, self._account.port)
            self._introduce(server)
            yield server
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
        finally:
            server.watch.cancel()
            server.close()

    def _server(self) -> "_Watched | _WatchedFromTheFirstByte":
        if self._account.security == "tls":
            return _WatchedFromTheFirstByte(self._account.host, self._seconds, self._context())
        return _Watched(self._account.host, self._seconds)

    def _introduce(self, server: smtplib.SMTP) -> None:
        if self._account.security == "starttls":
            server.starttls(context=self._context())
        server.ehlo_or_helo_if_needed()
        if self._account.user:
            server.login(self._account.user, self._account.password)

    def _context(self) -> ssl.SSLContext:
        trust = self._account.trust
        return ssl.create_default_context(cafile=None if trust is None else str(trust))


def mail_sender(
    config: Config, engine: Engine, texts: BusinessTexts, wording: Wording, clock: Clock
) -> MessageSender | None:
    """A real one where the deployment is live and names a server; None where it is live without one; else the demo's page.

    ``ConfigError`` where a template breaks a rule of wording.
    """
    refuse_faulty_templates(texts, clock)
    writer = MessageWriter(texts, wording, clock, Channel.EMAIL)
    if not config.live:
        return DemoMails(engine, writer, clock)
    if not config.smtp_host:
        return None
    account = MailAccount(
        host=config.smtp_host,
        port=config.smtp_port,
        security=config.smtp_security,
        sender=config.mail_from,
        wishes=f"{config.base_url}/record/contact",
        user=config.smtp_user,
        password=config.smtp_password,
        trust=config.smtp_trust,
    )
    return SmtpMails(account, writer, clock)


def compose(words: MessageWords, to: str, account: MailAccount, *, key: str, at: datetime) -> EmailMessage:
    """The letter as it goes out. ``ValueError`` where the address or a header cannot be."""
    letter = EmailMessage(policy=SMTP)
    letter["From"] = Address(words.written_sender, addr_spec=account.sender)
    letter["To"] = Address(addr_spec=to)
    letter["Subject"] = words.subject
    letter["Date"] = format_datetime(at)
    letter["Message-ID"] = f"<{key}@{account.domain}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter["List-Unsubscribe"] = f"<{account.wishes}>"
    letter.set_content(f"{words.text}\n")
    return letter


def kept(words: MessageWords, sender: str) -> SentMessage:
    """Subject and text, as the page that tells whether a message is ours compares them."""
    return SentMessage(version=words.version, text=f"{words.subject}\n\n{words.text}", number=sender[:40])


@contextmanager
def _told_apart() -> Iterator[None]:
    """Whatever goes wrong before the message is handed over: certainly not sent, and worth another try."""
    try:
        yield
    except MessageNotSentError:
        raise
    except smtplib.SMTPResponseException as error:
        raise MessageNotSentError(f"server_{error.smtp_code}", is_certain=True) from error
    except (OSError, smtplib.SMTPException) as error:
        raise MessageNotSentError(type(error).__name__, is_certain=True) from error


def _accepted(said: tuple[int, bytes], what: str, *, says_no_for_good: bool = False) -> None:
    """``what`` was refused where the code is no 2xx; where it begins with 5, and is about this letter, for good."""
    code = said[0]
    if not 200 <= code < 300:
        is_final = says_no_for_good and code in _FOR_GOOD
        raise MessageNotSentError(f"{what}_{code}", is_certain=True, is_final=is_final)


class _Watched(smtplib.SMTP):
    """Ends after its seconds whatever the server does; the library's own limit is for each answer, and one that drips never meets it."""

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(timeout=seconds)
        self._host = host  # whose certificate is asked for
        self.watch = _watch(self, seconds)


class _WatchedFromTheFirstByte(smtplib.SMTP_SSL):
    """The same over TLS."""

    def __init__(self, host: str, seconds: float, context: ssl.SSLContext) -> None:
        super().__init__(timeout=seconds, context=context)
        self._host = host
        self.watch = _watch(self, seconds)


def _watch(server: smtplib.SMTP, seconds: float) -> Timer:
    watch = Timer(seconds, _cut, (server,))
    watch.daemon = True
    watch.start()
    return watch


def _cut(server: smtplib.SMTP) -> None:
    sock = getattr(server, "sock", None)
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
