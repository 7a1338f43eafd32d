from typing import Any, cast

import pytest
from sqlalchemy import select

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.sms import DemoMessages, message_sender
from portal.adapters.wording import BabelWording
from portal.commands.work import HANDLERS, Workshop, run_until_empty
from portal.config import Config, ConfigError
from portal.db import transaction
from portal.domain.one_time_codes import CodePurpose
from portal.domain.permissions import Actor, ActorKind
from portal.models import Contact, DemoMessage, Event, OutboxItem
from portal.services.one_time_codes import CodeDoor, CodeOrder, send_code
from tests.clocks import HandClock
from tests.codes import code_sent_to
from tests.databases import Database
from tests.people import CREDITOR, NOW, add_cast, add_loan

KEY = "a secret key for tests, long enough"
MOBILE = "+8613800138001"
SIGN_IN = CodeOrder(purpose=CodePurpose.SIGN_IN, target=MOBILE, mobile=MOBILE, locale="zh_CN")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def shop(database: Database, clock: HandClock) -> Workshop:
    config = Config(database_url=database.url, secret_key=KEY, testing=True)
    sender = DemoMessages(database.engine, PackagedTexts(), BabelWording(), clock)
    none = cast("Any", None)
    return Workshop(config, database.engine, clock, renderer=none, sealer=none, sender=sender)


def ask(database: Database, order: CodeOrder = SIGN_IN) -> str:
    actor = Actor(ActorKind.PUBLIC, session_key="mine")
    with transaction(database.engine) as session:
        add_loan(session, add_cast(session).li_na)
        send_code(
            session, actor, order=order, door=CodeDoor(key=KEY, hash_key=KEY, address="203.0.113.9"), now=NOW
        )
        return code_sent_to(session, order.mobile, KEY, order.purpose)


def message_of(database: Database) -> DemoMessage | None:
    with transaction(database.engine, writes=False) as session:
        return session.scalars(select(DemoMessage)).one_or_none()


def test_the_message_names_lender_purpose_and_the_warning(database: Database, shop: Workshop) -> None:
    code = ask(database)
    assert run_until_empty(shop, HANDLERS) == 1
    message = message_of(database)
    assert message is not None
    assert message.mobile == MOBILE
    assert message.text.startswith(f"【{CREDITOR}】您正在登录还款服务，验证码 {code}，5 分钟内有效")
    assert "请勿告诉任何人，包括我们的工作人员" in message.text
    assert not {"逾期", "欠款", "借款"} & {message.text[i : i + 2] for i in range(len(message.text))}


def test_the_signing_message_names_document_and_sum(database: Database, shop: Workshop) -> None:
    order = CodeOrder(
        purpose=CodePurpose.SIGNING,
        target="a" * 64,
        mobile=MOBILE,
        locale="zh_CN",
        values={"document": "还款协议 P12345678", "amount_minor": 123_456, "currency": "CNY"},
    )
    code = ask(database, order)
    run_until_empty(shop, HANDLERS)
    message = message_of(database)
    assert message is not None
    assert f"《还款协议 P12345678》，金额合计 1,234.56 元，签署验证码 {code}" in message.text


def test_an_english_reader_gets_an_english_message(database: Database, shop: Workshop) -> None:
    ask(database, CodeOrder(purpose=CodePurpose.SIGN_IN, target=MOBILE, mobile=MOBILE, locale="en"))
    run_until_empty(shop, HANDLERS)
    message = message_of(database)
    assert message is not None
    assert "Never tell it to anybody" in message.text


def test_each_message_is_a_contact_with_its_rule(database: Database, shop: Workshop) -> None:
    ask(database)
    run_until_empty(shop, HANDLERS)
    with transaction(database.engine, writes=False) as session:
        contact = session.scalars(select(Contact)).one()
        assert (contact.channel, contact.purpose, contact.result) == ("sms", "code_sign_in", "sent")
        assert contact.number_last4 == "8001"
        assert "13800138001" not in contact.number_hash
        assert contact.template_version.startswith("sign_in@2026-01-01-")
        assert contact.rule_decision
        assert contact.borrower_id is not None
        names = [event.name for event in session.scalars(select(Event).order_by(Event.id))]
    assert names == ["code:requested", "contact:made"]


def test_a_number_that_nobody_has_gets_no_message(database: Database, shop: Workshop) -> None:
    nobody = "+8613900139009"
    ask(database, CodeOrder(purpose=CodePurpose.SIGN_IN, target=nobody, mobile=nobody, locale="zh_CN"))
    run_until_empty(shop, HANDLERS)
    assert message_of(database) is None
    with transaction(database.engine, writes=False) as session:
        event = session.scalars(select(Event).where(Event.name == "code:not_sent")).one()
        assert event.fields["reason"] == "nobody_has_the_number"
        assert session.scalars(select(Contact)).all() == []


def test_a_message_that_is_late_is_not_sent(database: Database, shop: Workshop, clock: HandClock) -> None:
    ask(database)
    clock.move_on(minutes=5)
    run_until_empty(shop, HANDLERS)
    assert message_of(database) is None


def test_a_message_is_sent_once(database: Database, shop: Workshop, clock: HandClock) -> None:
    ask(database)
    run_until_empty(shop, HANDLERS)
    run_until_empty(shop, HANDLERS)
    assert message_of(database) is not None
    with transaction(database.engine, writes=False) as session:
        assert session.scalars(select(OutboxItem.state)).one() == "done"


def test_a_live_deployment_refuses_to_start_without_a_real_sender(
    database: Database, clock: HandClock
) -> None:
    config = Config(database_url=database.url, secret_key=KEY, live=True, seal_key=cast("Any", "key.pem"))
    with pytest.raises(ConfigError, match="PORTAL_LIVE"):
        message_sender(config, database.engine, PackagedTexts(), BabelWording(), clock)
