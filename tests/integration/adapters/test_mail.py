"""E-mails against a real server: what arrives, by which key, and what a server does wrongly."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.mail import DemoMails, MailAccount, SmtpMails, mail_sender
from portal.adapters.message_words import MessageWriter
from portal.adapters.returned_mail import keys_of_returned
from portal.adapters.wording import BabelWording
from portal.config import Config, ConfigError
from portal.domain.contact_wishes import Channel
from portal.services.ports import MessageNotSentError
from tests.clocks import HandClock
from tests.databases import Database
from tests.mail_server import PASSWORD, USER, make_certificate, post_office
from tests.people import CREDITOR

ADDRESS, KEY = "li.na@example.com", "0123456789abcdef0123456789abcdef"
VALUES: dict[str, str | int] = {
    "creditor": CREDITOR,
    "address": "https://repay.example",
    "check": "AB23-CD45",
    "phone": "400",
}


def mails_to(port: int, *, seconds: float = 5.0, **settings: Any) -> SmtpMails:
    clock = HandClock()
    account = MailAccount(
        **{
            "host": "localhost",
            "port": port,
            "security": "none",
            "sender": "service@repay.example",
            "wishes": "https://repay.example/record/contact",
            **settings,
        }
    )
    writer = MessageWriter(PackagedTexts(), BabelWording(), clock, Channel.EMAIL)
    return SmtpMails(account, writer, clock, seconds=seconds)


def send(mails: SmtpMails, *, to: str = ADDRESS, locale: str = "zh_CN", values: Any = VALUES) -> Any:
    return mails.send(to, "overdue_reminder", values, locale, key=KEY)


def refusal_of(mails: SmtpMails, to: str = ADDRESS) -> MessageNotSentError:
    with pytest.raises(MessageNotSentError) as refused:
        send(mails, to=to)
    return refused.value


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_a_letter_arrives_with_our_key_and_nothing_about_debt(locale: str) -> None:
    with post_office() as post:
        sent = send(mails_to(post.port), locale=locale)
    [letter] = post.taken
    assert letter["Message-ID"] == f"<{KEY}@repay.example>"
    assert letter["To"] == ADDRESS
    assert letter["From"] == f'"{CREDITOR}" <service@repay.example>' or CREDITOR in str(letter["From"])
    assert CREDITOR in letter["Subject"]
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Unsubscribe"] == "<https://repay.example/record/contact>"
    body = letter.get_content().replace("\r\n", "\n")
    assert sent.text == f"{letter['Subject']}\n\n{body.rstrip()}"
    assert "AB23-CD45" in body
    assert sent.version.startswith("2026-01-01-")


def test_what_is_sent_again_carries_the_same_key() -> None:
    with post_office() as post:
        for _ in range(2):
            send(mails_to(post.port))
    assert [letter["Message-ID"] for letter in post.taken] == [f"<{KEY}@repay.example>"] * 2


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_wants_it_is_spoken_to_in_private(tmp_path: Path, security: str) -> None:
    certificate = make_certificate(tmp_path)
    with post_office(security=security, certificate=certificate) as post:
        trusted: dict[str, Any] = {
            "security": security,
            "user": USER,
            "password": PASSWORD,
            "trust": certificate[0],
        }
        send(mails_to(post.port, **trusted))
        assert len(post.taken) == 1
        wrong = refusal_of(mails_to(post.port, **{**trusted, "password": "guessed"}))
        assert (str(wrong), wrong.is_certain, wrong.is_final) == ("server_535", True, False)
        unknown = refusal_of(mails_to(post.port, **{**trusted, "trust": None}))
        assert (str(unknown), unknown.is_certain) == ("SSLCertVerificationError", True)
    assert len(post.taken) == 1


def test_a_server_without_tls_gets_no_letter_where_it_is_wanted() -> None:
    with post_office() as post:
        refused = refusal_of(mails_to(post.port, security="starttls"))
    assert str(refused) == "SMTPNotSupportedError"
    assert post.taken == []


@pytest.mark.parametrize(
    ("what", "said", "code", "is_final"),
    [
        ("rcpt", "550 no such mailbox", "receiver_550", True),
        ("rcpt", "450 come back later", "receiver_450", False),
        ("data", "554 not wanted", "message_554", True),
        ("data", "451 come back later", "message_451", False),
    ],
)
def test_what_a_server_refuses_is_told_apart(what: str, said: str, code: str, *, is_final: bool) -> None:
    with post_office() as post:
        post.says[what] = said
        refused = refusal_of(mails_to(post.port))
    assert (str(refused), refused.is_certain, refused.is_final) == (code, True, is_final)


def test_a_server_that_takes_it_and_never_says_so_may_have_it() -> None:
    with post_office() as post:
        post.says["data"] = "cut"
        refused = refusal_of(mails_to(post.port))
    assert not refused.is_certain
    assert len(post.taken) == 1


@contextmanager
def silent_server() -> Iterator[int]:
    """Takes the connection, greets with a byte now and then, and says nothing that would end a line."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stop = threading.Event()

        ends_at = time.monotonic() + 10

        def drip() -> None:
            connection, _ = listening.accept()
            with connection:
                while not stop.wait(0.05) and time.monotonic() < ends_at:
                    try:
                        connection.sendall(b"2")
                    except OSError:
                        return

        threading.Thread(target=drip, daemon=True).start()
        yield listening.getsockname()[1]
        stop.set()


def test_a_server_that_drips_is_left_in_time() -> None:
    with silent_server() as port:
        refused = refusal_of(mails_to(port, seconds=0.5))
    assert refused.is_certain


def test_nobody_there_is_worth_another_try() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    refused = refusal_of(mails_to(port))
    assert (refused.is_certain, refused.is_final) == (True, False)


@pytest.mark.parametrize("address", ["no address", "a@b\r\nBcc: c@d.example", ""])
def test_what_is_no_address_is_never_tried_again(address: str) -> None:
    refused = refusal_of(mails_to(1), to=address)
    assert (str(refused), refused.is_final) == ("unwritable", True)


REPORT = """\
From: MAILER-DAEMON@repay.example
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
MIME-Version: 1.0

--b
Content-Type: text/plain

It did not go.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; li.na@example.com
Action: {action}
Status: 5.1.1
--b
Content-Type: message/rfc822

Message-ID: <{key}@repay.example>
Subject: x

x
--b--
"""


def test_a_letter_that_came_back_is_known_by_its_key() -> None:
    assert list(keys_of_returned(REPORT.format(action="failed", key=KEY).encode())) == [(KEY, "mail_5.1.1")]
    assert list(keys_of_returned(REPORT.format(action="delayed", key=KEY).encode())) == []
    assert list(keys_of_returned(REPORT.format(action="failed", key="somebody-elses").encode())) == []
    assert list(keys_of_returned(b"\xff\x00 no letter at all")) == []


def test_only_a_live_deployment_with_a_server_sends_really(sqlite_database: Database, tmp_path: Path) -> None:
    parts = sqlite_database.engine, PackagedTexts(), BabelWording(), HandClock()
    server = {"smtp_host": "mail.example", "mail_from": "service@repay.example"}
    live = {"live": True, "seal_key": tmp_path / "seal.pem"}
    assert isinstance(mail_sender(config(**server, **live), *parts), SmtpMails)
    assert mail_sender(config(**live), *parts) is None
    assert isinstance(mail_sender(config(**server), *parts), DemoMails)


def config(**settings: Any) -> Config:
    return Config(database_url="sqlite://", secret_key="k" * 32, **settings)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"smtp_host": "mail.example"}, "PORTAL_MAIL_FROM"),
        ({"smtp_host": "mail.example", "mail_from": "a@b", "smtp_security": "none"}, "on this machine only"),
        ({"smtp_security": "some"}, "PORTAL_SMTP_SECURITY"),
        ({"messages_a_day": 0}, "PORTAL_MESSAGES_A_"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        config(**settings)
