"""Real text messages: signed as the vendor wants it, and what a vendor does wrongly harms nothing."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select

from portal.adapters.acs3 import AccessKey, Act, signed_headers
from portal.adapters.business_texts import PackagedTexts
from portal.adapters.message_words import MessageWriter
from portal.adapters.sms import DemoMessages, message_sender
from portal.adapters.vendor_messages import VendorAccount, VendorMessages
from portal.adapters.wording import BabelWording
from portal.commands.work import HANDLERS, Workshop, run_until_empty
from portal.config import Config, ConfigError
from portal.db import transaction
from portal.domain.occasions import Occasion
from portal.domain.one_time_codes import CodePurpose
from portal.domain.permissions import Actor, ActorKind
from portal.models import Contact, OutboxItem
from portal.services.one_time_codes import CodeDoor, CodeOrder, send_code
from portal.services.ports import MessageNotSentError
from tests.clocks import HandClock
from tests.codes import code_sent_to
from tests.databases import Database
from tests.people import NOW, add_cast, add_loan
from tests.sms_vendor import KEY_ID, SECRET, Vendor, answer, take, vendor

KEY = "a secret key for tests, long enough"
MOBILE = "+8613800138001"
NAMES = ("sign_in", "signing", "new_message", "new_number", "number_notice", *Occasion)
TEMPLATES = {locale: {name: f"SMS_{name}" for name in NAMES} for locale in ("zh_CN", "en")}
VALUES: dict[str, str | int] = {"code": "123456", "minutes": 5, "check": "M23456789"}


def sender_to(
    address: str,
    *,
    secret: str = SECRET,
    seconds: float = 5.0,
    templates: Mapping[str, Mapping[str, str]] = TEMPLATES,
) -> VendorMessages:
    clock = HandClock()
    account = VendorAccount(
        url=address,
        key=AccessKey(KEY_ID, secret),
        sign_name="安心消费金融",
        number="1069 1234",
        templates=templates,
    )
    return VendorMessages(
        account, MessageWriter(PackagedTexts(), BabelWording(), clock), clock, seconds=seconds
    )


def send(sender: VendorMessages, key: str = "sms:1") -> Any:
    return sender.send(MOBILE, "sign_in", VALUES, "zh_CN", key=key)


def test_the_signature_is_the_one_that_the_vendor_published() -> None:
    act = Act(
        host="ecs.cn-shanghai.aliyuncs.com",
        action="RunInstances",
        version="2014-05-26",
        query={"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"},
        at=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        nonce="3156853299f313e23d1673dc12e1703d",
    )
    said = signed_headers(act, AccessKey("YourAccessKeyId", "YourAccessKeySecret"))["Authorization"]
    assert said.endswith("Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0")


def test_a_message_reaches_the_vendor_signed_and_is_kept_without_its_code() -> None:
    with vendor() as known:
        sent = send(sender_to(known.address))
    assert known.refused == 0
    asked = known.taken[0]
    assert (asked["PhoneNumbers"], asked["SignName"]) == (MOBILE, "安心消费金融")
    assert (asked["TemplateCode"], asked["OutId"]) == ("SMS_sign_in", "sms:1")
    assert json.loads(asked["TemplateParam"]) == {"code": "123456", "minutes": "5", "check": "M23456789"}
    assert sent.text.startswith("【安心消费金融】您正在登录还款服务，验证码 ••••••")
    assert sent.number == "1069 1234"


def test_of_a_loan_with_an_agency_only_words_that_name_it_go_out() -> None:
    """The signature names the lender alone."""
    placed = {"address": "https://a.example", "check": "M23456789", "placed_with": "正信服务"}
    with vendor() as known:
        with pytest.raises(MessageNotSentError, match=r"no template for demand\.agency"):
            sender_to(known.address).send(MOBILE, "demand", placed, "zh_CN", key="o:1")
        assert known.taken == []
        registered = {"zh_CN": {**TEMPLATES["zh_CN"], "demand.agency": "SMS_with"}}
        sent = sender_to(known.address, templates=registered).send(
            MOBILE, "demand", placed, "zh_CN", key="o:1"
        )
    assert known.taken[0]["TemplateCode"] == "SMS_with"
    assert json.loads(known.taken[0]["TemplateParam"])["agency"] == "正信服务"
    assert sent.text.startswith("【安心消费金融（正信服务受托）】有一份给您的正式通知")


def test_a_wrong_secret_sends_nothing() -> None:
    with vendor() as known, pytest.raises(MessageNotSentError, match="SignatureDoesNotMatch"):
        send(sender_to(known.address, secret="guessed"))
    assert (known.taken, known.refused) == ([], 1)


def _hang(_known: Vendor, handler: BaseHTTPRequestHandler) -> bool:
    handler.connection.settimeout(5)
    handler.connection.recv(1)
    return True


def _says(body: object, status: int = 200) -> Any:
    def behave(_known: Vendor, handler: BaseHTTPRequestHandler) -> bool:
        answer(handler, body, status=status)
        return True

    return behave


@pytest.mark.parametrize(
    ("behaves", "why"),
    [
        (_hang, "no answer in time|timeout|Timeout"),
        (_says({"Code": "isv.BUSINESS_LIMIT_CONTROL"}), "isv.BUSINESS_LIMIT_CONTROL"),
        (_says({"Code": "x" * 500}), "answer_unreadable"),
        (_says({"Code": "短信 13800138001"}), "answer_unreadable"),
        (_says(["OK"]), "answer_unreadable"),
        (_says({}, 503), "answered 503"),
    ],
)
def test_what_the_vendor_does_wrongly_is_told_without_a_word_of_the_message(behaves: Any, why: str) -> None:
    with vendor() as known:
        known.behaves = behaves
        sender = sender_to(known.address, seconds=0.5)
        with pytest.raises(MessageNotSentError, match=why) as refused:
            send(sender)
    assert "123456" not in str(refused.value)
    assert "138" not in str(refused.value)


def test_nobody_listens_is_told_too() -> None:
    with vendor() as known:
        address = known.address
    with pytest.raises(MessageNotSentError, match="ConnectionRefusedError"):
        send(sender_to(address))


def _breaks_off(known: Vendor, handler: BaseHTTPRequestHandler) -> bool:
    """Takes the message, and its answer never arrives: the first time."""
    if known.taken:
        return False
    assert take(known, handler) == "OK"
    handler.connection.close()
    return True


def test_an_answer_that_is_lost_sends_again_under_the_same_key_and_records_one_contact(
    database: Database, clock: HandClock
) -> None:
    with vendor() as known:
        known.behaves = _breaks_off
        shop = _shop(database, clock, sender_to(known.address))
        code = _ask(database)
        run_until_empty(shop, HANDLERS)
        clock.move_on(seconds=30)
        run_until_empty(shop, HANDLERS)
    keys = [asked["OutId"] for asked in known.taken]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert {json.loads(asked["TemplateParam"])["code"] for asked in known.taken} == {code}
    with transaction(database.engine, writes=False) as session:
        assert session.scalars(select(OutboxItem.state)).all() == ["done"]
        assert len(session.scalars(select(Contact)).all()) == 1


def test_a_dead_vendor_loses_no_message(database: Database, clock: HandClock) -> None:
    with vendor() as known:
        known.behaves = _says({"Code": "isp.SYSTEM_ERROR"})
        shop = _shop(database, clock, sender_to(known.address))
        _ask(database)
        run_until_empty(shop, HANDLERS)
        with transaction(database.engine, writes=False) as session:
            item = session.scalars(select(OutboxItem)).one()
            assert (item.state, item.last_error) == ("open", "MessageNotSentError")
            [contact] = session.scalars(select(Contact)).all()
            assert (contact.result, contact.error, contact.tries) == ("failed", "isp.SYSTEM_ERROR", 1)
        known.behaves = None
        clock.move_on(seconds=30)
        run_until_empty(shop, HANDLERS)
    assert len(known.taken) == 1


def _shop(database: Database, clock: HandClock, sender: VendorMessages) -> Workshop:
    config = Config(database_url=database.url, secret_key=KEY, testing=True)
    none = cast("Any", None)
    return Workshop(config, database.engine, clock, renderer=none, sealer=none, sender=sender)


def _ask(database: Database) -> str:
    order = CodeOrder(purpose=CodePurpose.SIGN_IN, target=MOBILE, mobile=MOBILE, locale="zh_CN")
    with transaction(database.engine) as session:
        add_loan(session, add_cast(session).li_na)
        actor = Actor(ActorKind.PUBLIC, session_key="mine")
        send_code(
            session, actor, order=order, door=CodeDoor(key=KEY, hash_key=KEY, address="203.0.113.9"), now=NOW
        )
        return code_sent_to(session, MOBILE, KEY, CodePurpose.SIGN_IN)


def _config(database: Database, folder: Path, templates: object, *, live: bool = True) -> Config:
    path = folder / "templates.json"
    path.write_text(json.dumps(templates), encoding="utf-8")
    return Config(
        database_url=database.url,
        secret_key=KEY,
        live=live,
        seal_key=folder / "seal.pem",
        sms_url="https://vendor.test",
        sms_key_id=KEY_ID,
        sms_secret=SECRET,
        sms_sign_name="安心消费金融",
        sms_templates=path,
        receipts_key="r" * 32,
    )


def test_only_a_live_deployment_sends_really(
    sqlite_database: Database, tmp_path: Path, clock: HandClock
) -> None:
    texts, wording = PackagedTexts(), BabelWording()
    live = _config(sqlite_database, tmp_path, TEMPLATES)
    assert isinstance(message_sender(live, sqlite_database.engine, texts, wording, clock), VendorMessages)
    tried = _config(sqlite_database, tmp_path, TEMPLATES, live=False)
    assert isinstance(message_sender(tried, sqlite_database.engine, texts, wording, clock), DemoMessages)


@pytest.mark.parametrize(
    ("templates", "missing"),
    [({}, "zh_CN.new_message"), ({"zh_CN": TEMPLATES["zh_CN"]}, "en.sign_in"), ([], "cannot be read")],
)
def test_a_template_that_the_vendor_does_not_know_is_told_at_the_start(
    sqlite_database: Database, tmp_path: Path, clock: HandClock, templates: object, missing: str
) -> None:
    config = _config(sqlite_database, tmp_path, templates)
    with pytest.raises(ConfigError, match=missing):
        message_sender(config, sqlite_database.engine, PackagedTexts(), BabelWording(), clock)


def test_half_a_configuration_is_refused() -> None:
    with pytest.raises(ConfigError, match="PORTAL_SMS_KEY_ID"):
        Config(database_url="sqlite://", secret_key=KEY, sms_url="https://vendor.test")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()
