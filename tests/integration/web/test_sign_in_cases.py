"""Sign-in for life's cases: no code, a number that changed hands, a new number, a phone that two people use."""

import re

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.sms import DemoMessages
from portal.adapters.wording import BabelWording
from portal.commands.work import HANDLERS, Workshop, run_until_empty
from portal.config import Config
from portal.domain.one_time_codes import CodePurpose
from portal.domain.permissions import SYSTEM
from portal.models import (
    Borrower,
    Contact,
    DemoMessage,
    Event,
    KnownDevice,
    NumberChange,
    OneTimeCode,
    OutboxItem,
    ServiceCase,
    StoppedNumber,
)
from portal.services.one_time_codes import CodeDoor, CodeOrder, send_code
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.codes import code_sent_to, wrong_code
from tests.databases import Database
from tests.integration.web.conftest import HASH_KEY, SECRET_KEY, SignIn, Writing
from tests.people import Cast, add_borrower

NOBODY = "+8613900139009"
NEW = "+8613700137007"
DEBT = re.compile(r"逾期|欠款|还清|本金|利息")


@pytest.fixture
def li_na(cast: Cast) -> Borrower:
    return cast.li_na


@pytest.fixture
def shop(config: Config, database: Database, clock: HandClock) -> Workshop:
    sender = DemoMessages(database.engine, PackagedTexts(), BabelWording(), clock)
    return Workshop(config, database.engine, clock, renderer=None, sealer=None, sender=sender)  # type: ignore[arg-type]


def text_of(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def main_of(answer: TestResponse) -> str:
    """What a page says, without what belongs to the request."""
    page = text_of(answer).split("<main")[1].split("</main>")[0]
    page = re.sub(r'name="csrf_token"[^>]*value="[^"]*"', "", page)
    return re.sub(r"\b[NP][2-9A-Z]{8}\b|\d{3}\*{4}\d{4}", "…", page)


def prove_number(
    client: CheckedClient, writing: Writing, mobile: str, page: str = "/sign-in"
) -> TestResponse:
    """As far as the right code."""
    client.submit(page, {"mobile": mobile})
    with writing() as session:
        code = code_sent_to(session, mobile, SECRET_KEY)
    return client.submit("/sign-in/code", {"code": code})


def say_not_me(client: CheckedClient, writing: Writing, mobile: str) -> TestResponse:
    prove_number(client, writing, mobile)
    assert client.submit("/not-me").location == "/not-me/done"
    return client.get("/not-me/done")


class TestNoCodeArrives:
    def test_the_page_is_there_before_anything_was_typed_and_after(
        self, client: CheckedClient, li_na: Borrower
    ) -> None:
        assert "收不到验证码" in text_of(client.get("/sign-in/no-code"))
        client.submit("/sign-in", {"mobile": li_na.mobile})
        assert "/sign-in/no-code" in text_of(client.get("/sign-in/code"))
        assert "/sign-in/resend" in text_of(client.get("/sign-in/no-code"))

    def test_it_is_the_same_for_a_number_that_nobody_has(self, app: Flask, li_na: Borrower) -> None:
        told = []
        for mobile in (li_na.mobile, NOBODY):
            client = app.test_client()
            assert isinstance(client, CheckedClient)
            client.submit("/sign-in", {"mobile": mobile})
            told.append(main_of(client.get("/sign-in/no-code")))
        assert told[0] == told[1]


class TestANumberThatChangedHands:
    def test_its_holder_stops_contact_and_staff_get_a_case(
        self, client: CheckedClient, li_na: Borrower, writing: Writing
    ) -> None:
        page = say_not_me(client, writing, li_na.mobile)
        with writing() as session:
            stopped = session.scalars(select(StoppedNumber)).one()
            assert stopped.reference in text_of(page)
            assert (stopped.number_last4, stopped.lifted_at) == (li_na.mobile[-4:], None)
            assert li_na.mobile not in stopped.number_hash
            case = session.scalars(select(ServiceCase)).one()
            assert (case.borrower_id, case.kind, case.topic) == (li_na.id, "talk", "number_not_theirs")
            names = session.scalars(select(Event.name)).all()
            assert {"number:stopped", "case:opened"} <= set(names)

    def test_nothing_of_a_debt_is_said_on_the_way(
        self, client: CheckedClient, li_na: Borrower, writing: Writing
    ) -> None:
        pages = [
            prove_number(client, writing, li_na.mobile),
            client.get("/sign-in/ending"),
            client.get("/not-me"),
        ]
        client.submit("/not-me")
        pages.append(client.get("/not-me/done"))
        for page in pages:
            assert not DEBT.search(text_of(page).split("<main")[-1]), text_of(page)
            assert li_na.name not in text_of(page)

    def test_the_pages_are_the_same_for_a_number_that_nobody_has(
        self, app: Flask, li_na: Borrower, writing: Writing
    ) -> None:
        told = []
        for mobile in (li_na.mobile, NOBODY):
            client = app.test_client()
            assert isinstance(client, CheckedClient)
            told.append(main_of(say_not_me(client, writing, mobile)))
        assert told[0] == told[1]

    def test_a_link_in_a_message_leads_to_it_by_way_of_the_code_alone(
        self, client: CheckedClient, li_na: Borrower, writing: Writing
    ) -> None:
        assert client.get("/not-me").location == "/sign-in?next=/not-me"
        assert prove_number(client, writing, li_na.mobile, "/sign-in?next=/not-me").location == "/not-me"
        assert client.submit("/not-me").location == "/not-me/done"

    def test_the_page_that_asks_for_the_number_says_what_for(self, client: CheckedClient) -> None:
        """It is not the sign-in once more: the link on that page seemed to do nothing."""
        page = main_of(client.get("/sign-in?next=/not-me"))
        assert "<h1>这不是我</h1>" in page
        assert "收到短信的那个号码" in page
        assert 'href="/not-me"' not in page

    def test_who_asked_for_a_code_before_they_chose_it_is_led_to_it_all_the_same(
        self, client: CheckedClient, li_na: Borrower, writing: Writing
    ) -> None:
        client.submit("/sign-in", {"mobile": li_na.mobile})
        assert prove_number(client, writing, li_na.mobile, "/sign-in?next=/not-me").location == "/not-me"

    def test_even_on_a_device_that_knows_the_borrower_the_link_asks_and_opens_no_account(
        self, client: CheckedClient, li_na: Borrower, writing: Writing, sign_in: SignIn, clock: HandClock
    ) -> None:
        sign_in(client, li_na)
        client.submit("/", action="/sign-out")
        clock.move_on(minutes=2)
        assert prove_number(client, writing, li_na.mobile, "/sign-in?next=/not-me").location == "/not-me"
        assert client.get("/").location == "/sign-in"

    def test_without_the_code_nothing_is_stopped(
        self, client: CheckedClient, li_na: Borrower, writing: Writing
    ) -> None:
        client.submit("/sign-in", {"mobile": li_na.mobile})
        page = client.get("/sign-in/code")
        token = re.search(
            r'name="csrf_token" type="hidden" value="([^"]+)"|name="csrf_token" value="([^"]+)"',
            text_of(page),
        )
        assert token is not None
        answer = client.post("/not-me", data={"csrf_token": token[1] or token[2]})
        assert answer.location == "/sign-in?next=/not-me"
        with writing() as session:
            assert session.scalars(select(StoppedNumber)).all() == []

    def test_saying_it_twice_changes_nothing(
        self, app: Flask, li_na: Borrower, writing: Writing, clock: HandClock
    ) -> None:
        pages = []
        for _ in range(2):
            client = app.test_client()
            assert isinstance(client, CheckedClient)
            pages.append(
                re.findall(r"\bN[2-9A-Z]{8}\b", text_of(say_not_me(client, writing, li_na.mobile)))[0]
            )
            clock.move_on(minutes=2)
        assert pages[0] == pages[1]
        with writing() as session:
            assert session.scalar(select(func.count()).select_from(StoppedNumber)) == 1
            assert session.scalar(select(func.count()).select_from(ServiceCase)) == 1

    def test_every_borrower_with_the_number_gets_a_case_and_no_device_is_known_any_more(
        self, app: Flask, li_na: Borrower, writing: Writing, sign_in: SignIn, clock: HandClock
    ) -> None:
        with writing() as session:
            other = add_borrower(session, "李强", mobile=li_na.mobile, id_last4="777X")
        client = app.test_client()
        assert isinstance(client, CheckedClient)
        sign_in(client, li_na)
        clock.move_on(minutes=2)
        say_not_me(app.test_client(), writing, li_na.mobile)  # type: ignore[arg-type]
        with writing() as session:
            assert set(session.scalars(select(ServiceCase.borrower_id))) == {li_na.id, other.id}
            assert session.scalars(select(KnownDevice)).all() == []

    def test_a_full_sign_in_with_the_number_lifts_the_stop(
        self, client: CheckedClient, li_na: Borrower, writing: Writing, clock: HandClock
    ) -> None:
        say_not_me(client, writing, li_na.mobile)
        clock.move_on(minutes=2)
        prove_number(client, writing, li_na.mobile)
        client.submit("/sign-in/ending", {"ending": li_na.id_last4})
        with writing() as session:
            assert session.scalars(select(StoppedNumber)).one().lifted_at is not None
            assert session.scalar(select(Event).where(Event.name == "number:stop_lifted")) is not None
        assert "手机号" in text_of(client.get("/cases"))

    def test_who_is_signed_in_is_led_to_the_dispute(
        self, client: CheckedClient, li_na: Borrower, sign_in: SignIn
    ) -> None:
        sign_in(client, li_na)
        assert client.get("/not-me").location == "/"
        assert "提出异议" in text_of(client.get("/"))


class TestANewNumber:
    def ask(self, client: CheckedClient, writing: Writing, old: str, ending: str) -> TestResponse:
        answer = client.submit("/new-number", {"old": old, "ending": ending, "new": NEW})
        assert answer.location == "/new-number/code"
        with writing() as session:
            code = code_sent_to(session, NEW, SECRET_KEY, CodePurpose.NEW_NUMBER)
        assert client.submit("/new-number/code", {"code": code}).location == "/new-number/asked"
        return client.get("/new-number/asked")

    def test_each_field_that_is_empty_says_so_at_once(self, client: CheckedClient) -> None:
        page = main_of(client.submit("/new-number", {"old": "", "ending": "", "new": "1"}))
        for field, said in (
            ("old", "请填写手机号码"),
            ("ending", "请填写身份证号的后四位"),
            ("new", "请填写 11 位手机号码"),
        ):
            assert re.search(rf'<a href="#{field}">{said}', page)

    def test_code_ending_and_notice_make_a_case_and_change_nothing_by_themselves(
        self, client: CheckedClient, li_na: Borrower, writing: Writing, clock: HandClock
    ) -> None:
        page = self.ask(client, writing, li_na.mobile, li_na.id_last4)
        with writing() as session:
            change = session.scalars(select(NumberChange)).one()
            assert change.reference in text_of(page)
            assert change.borrower_id == li_na.id
            assert (change.not_before - clock.now()).total_seconds() == 72 * 3600
            case = session.scalars(select(ServiceCase)).one()
            assert (case.topic, case.reference) == ("number_changed", change.reference)
            assert session.get_one(Borrower, li_na.id).mobile == li_na.mobile

    @pytest.mark.parametrize(("mobile", "ending"), [(None, "0009"), (NOBODY, "1234")])
    def test_what_fits_nobody_looks_the_same_and_makes_no_case(
        self, app: Flask, li_na: Borrower, writing: Writing, clock: HandClock, mobile: str | None, ending: str
    ) -> None:
        told = []
        for given in ((li_na.mobile, li_na.id_last4), (mobile or li_na.mobile, ending)):
            client = app.test_client()
            assert isinstance(client, CheckedClient)
            told.append(re.sub(r"\d+日（周.）\d+:\d+", "then", main_of(self.ask(client, writing, *given))))
            clock.move_on(minutes=2)
        assert told[0] == told[1]
        with writing() as session:
            changes = session.scalars(select(NumberChange.borrower_id).order_by(NumberChange.id)).all()
            assert changes == [li_na.id, None]
            assert session.scalar(select(func.count()).select_from(ServiceCase)) == 1
            assert session.scalar(select(func.count()).where(OutboxItem.kind == "number:notice")) == 1

    @pytest.mark.parametrize(
        ("mobile", "ending", "goes_out"),
        [(None, "1024", True), (None, "0009", False), (NOBODY, "1024", False)],
    )
    def test_a_code_goes_out_only_where_old_number_and_ending_fit(
        self,
        client: CheckedClient,
        li_na: Borrower,
        writing: Writing,
        shop: Workshop,
        mobile: str | None,
        ending: str,
        goes_out: bool,
    ) -> None:
        given = {"old": mobile or li_na.mobile, "ending": ending, "new": NEW}
        assert client.submit("/new-number", given).location == "/new-number/code"
        run_until_empty(shop, HANDLERS)
        with writing() as session:
            sent = session.scalars(select(DemoMessage.mobile)).all()
            assert sent == ([NEW] if goes_out else [])
            told = ["contact:made", "code:sent", "code:not_sent"]
            names = session.scalars(select(Event.name).where(Event.name.in_(told))).all()
            assert names == (["contact:made"] if goes_out else ["code:not_sent"])
            asked = session.scalars(select(Event).where(Event.name == "code:requested")).one()
            assert asked.borrower_id is None

    def test_nothing_names_the_borrower_before_the_code_is_right(
        self, client: CheckedClient, li_na: Borrower, writing: Writing, shop: Workshop
    ) -> None:
        """Whoever knows number and ending has proven neither: a message to a stranger's number is no contact of the borrower's."""
        with writing() as session:
            before = session.scalar(select(func.max(Event.id))) or 0
        client.submit("/new-number", {"old": li_na.mobile, "ending": li_na.id_last4, "new": NEW})
        run_until_empty(shop, HANDLERS)
        with writing() as session:
            assert session.scalars(select(DemoMessage.mobile)).all() == [NEW]
            assert session.scalars(select(Contact.borrower_id)).all() == [None]
            events = session.scalars(select(Event).where(Event.id > before)).all()
            assert {event.borrower_id for event in events} == {None}
            wished = next(event for event in events if event.name == "number:wished")
            assert wished.fields == {"result": "fits"}
            code = code_sent_to(session, NEW, SECRET_KEY, CodePurpose.NEW_NUMBER)
        client.submit("/new-number/code", {"code": code})
        with writing() as session:
            asked = session.scalars(select(Event).where(Event.name == "number:change_asked")).one()
            assert asked.borrower_id == li_na.id

    @pytest.mark.parametrize("new", ["+1 900 555 0199", "0044 9098 790000", "+852 6123 4567"])
    def test_no_code_is_ordered_for_a_country_that_the_installation_does_not_send_to(
        self, client: CheckedClient, li_na: Borrower, writing: Writing, new: str
    ) -> None:
        answer = client.submit("/new-number", {"old": li_na.mobile, "ending": li_na.id_last4, "new": new})
        assert answer.status_code == 422
        assert "目前只能向 +86 开头的号码发送验证码" in text_of(answer)
        with writing() as session:
            assert session.scalars(select(OneTimeCode)).all() == []

    def guess(
        self, app: Flask, old: str, ending: str, place: str = "203.0.113.1", new: str = NEW
    ) -> TestResponse:
        """From a browser that nobody knows."""
        client = app.test_client()
        assert isinstance(client, CheckedClient)
        client.environ_base["REMOTE_ADDR"] = place
        return client.submit("/new-number", {"old": old, "ending": ending, "new": new})

    def test_from_one_place_five_wishes_about_a_number_are_looked_at_in_a_day(
        self, app: Flask, li_na: Borrower, clock: HandClock
    ) -> None:
        for old in (li_na.mobile, NOBODY):
            for number in range(5):
                assert self.guess(app, old, f"000{number}").status_code == 303
                clock.move_on(minutes=2)
            assert self.guess(app, old, li_na.id_last4).status_code == 429
        assert self.guess(app, li_na.mobile, "0000", "203.0.113.2", "13700137008").status_code == 303

    def test_from_everywhere_twenty_wishes_about_a_number_are_looked_at_in_a_day(
        self, app: Flask, li_na: Borrower, writing: Writing
    ) -> None:
        told = []
        for number in range(36):
            place, new = f"203.0.113.{number // 6}", f"137001370{number:02}"
            told.append(self.guess(app, li_na.mobile, "0000", place, new).status_code)
        assert told == ([303] * 5 + [429]) * 4 + [429] * 12
        with writing() as session:
            wished = session.scalars(select(Event).where(Event.name == "number:wished")).all()
            assert [event.fields["result"] for event in wished] == ["wrong"] * 20

    def test_strangers_here_keep_nobody_from_signing_in_on_a_new_device(
        self, app: Flask, client: CheckedClient, li_na: Borrower, sign_in: SignIn
    ) -> None:
        for number in range(30):
            self.guess(app, li_na.mobile, "0000", f"203.0.113.{number // 5}", f"137001370{number:02}")
        sign_in(client, li_na)
        assert client.get("/").status_code == 200

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"old": ""}, "手机号"),
            ({"ending": "12"}, "请填写四位"),
            ({"new": "123"}, "手机号"),
            ({"new": "13800138001"}, "新号码和原来的一样"),
        ],
    )
    def test_what_is_not_clear_is_said_and_what_was_typed_is_kept(
        self, client: CheckedClient, given: dict[str, str], said: str
    ) -> None:
        sent = {"old": "13800138001", "ending": "123X", "new": "13700137007"} | given
        answer = client.submit("/new-number", sent)
        assert answer.status_code == 422
        assert said in text_of(answer)
        assert all(value in text_of(answer) for value in sent.values())

    def test_sending_the_right_code_twice_asks_once(
        self, client: CheckedClient, li_na: Borrower, writing: Writing
    ) -> None:
        self.ask(client, writing, li_na.mobile, li_na.id_last4)
        assert client.get("/new-number/code").location == "/new-number/asked"
        with writing() as session:
            assert session.scalar(select(func.count()).select_from(NumberChange)) == 1

    def test_a_wrong_code_asks_for_nothing(
        self, client: CheckedClient, li_na: Borrower, writing: Writing
    ) -> None:
        client.submit("/new-number", {"old": li_na.mobile, "ending": li_na.id_last4, "new": NEW})
        with writing() as session:
            right = code_sent_to(session, NEW, SECRET_KEY, CodePurpose.NEW_NUMBER)
        assert client.submit("/new-number/code", {"code": wrong_code(right)}).status_code == 422
        with writing() as session:
            assert session.scalars(select(NumberChange)).all() == []

    def test_a_code_for_a_new_number_signs_nobody_in(
        self, client: CheckedClient, li_na: Borrower, writing: Writing
    ) -> None:
        client.submit("/new-number", {"old": NEW, "ending": "1234", "new": li_na.mobile})
        with writing() as session:
            code = code_sent_to(session, li_na.mobile, SECRET_KEY, CodePurpose.NEW_NUMBER)
            assert session.scalars(select(OneTimeCode.purpose)).one() == "new_number"
        client.submit("/sign-in", {"mobile": li_na.mobile})
        assert client.submit("/sign-in/code", {"code": code}).status_code == 422


class TestTheOldNumber:
    def test_is_told_and_can_object(
        self, client: CheckedClient, li_na: Borrower, writing: Writing, shop: Workshop
    ) -> None:
        TestANewNumber().ask(client, writing, li_na.mobile, li_na.id_last4)
        run_until_empty(shop, HANDLERS)
        with writing() as session:
            told = session.scalars(select(DemoMessage).where(DemoMessage.mobile == li_na.mobile)).one()
            assert "尾号 7007" in told.text
            assert "400-000-0000" in told.text
            assert "2026年11月5日之前不会更换" in told.text
            assert not DEBT.search(told.text)
            contact = session.scalars(select(Contact).where(Contact.purpose == "number_notice")).one()
            assert contact.borrower_id == li_na.id

    def test_is_left_alone_where_contact_at_it_has_stopped(
        self,
        client: CheckedClient,
        li_na: Borrower,
        writing: Writing,
        shop: Workshop,
        clock: HandClock,
    ) -> None:
        say_not_me(client, writing, li_na.mobile)
        clock.move_on(minutes=2)
        TestANewNumber().ask(client, writing, li_na.mobile, li_na.id_last4)
        run_until_empty(shop, HANDLERS)
        with writing() as session:
            assert session.scalars(select(Contact).where(Contact.purpose == "number_notice")).all() == []
            refused = session.scalars(select(Event).where(Event.name == "contact:refused")).one()
            assert refused.fields == {"rule": "C11", "purpose": "number_notice"}

    def test_never_gets_a_signing_code_once_contact_has_stopped(
        self, client: CheckedClient, li_na: Borrower, writing: Writing, shop: Workshop, clock: HandClock
    ) -> None:
        say_not_me(client, writing, li_na.mobile)
        order = CodeOrder(
            purpose=CodePurpose.SIGNING,
            target="ab" * 32,
            mobile=li_na.mobile,
            locale="zh_CN",
            values={"document": "协议", "amount_minor": 100, "currency": "CNY"},
            borrower_id=li_na.id,
        )
        with writing() as session:
            send_code(
                session,
                SYSTEM,
                order=order,
                door=CodeDoor(key=SECRET_KEY, hash_key=HASH_KEY, address=""),
                now=clock.now(),
            )
        run_until_empty(shop, HANDLERS)
        with writing() as session:
            not_sent = session.scalars(
                select(Event).where(Event.name == "code:not_sent", Event.borrower_id == li_na.id)
            ).one()
            assert not_sent.fields["reason"] == "number_stopped"


class TestAPhoneThatOthersUse:
    def test_it_can_be_forgotten_after_signing_out(
        self, client: CheckedClient, li_na: Borrower, writing: Writing, sign_in: SignIn, clock: HandClock
    ) -> None:
        sign_in(client, li_na)
        client.submit("/", action="/sign-out")
        assert client.submit("/sign-in?left=1", action="/sign-in/forget-device").location == "/sign-in"
        assert "不再记住" in text_of(client.get("/sign-in"))
        clock.move_on(minutes=2)
        assert prove_number(client, writing, li_na.mobile).location == "/sign-in/ending"
        with writing() as session:
            event = session.scalars(select(Event).where(Event.name == "device:forgotten")).one()
            assert event.borrower_id == li_na.id

    def test_another_phone_stays_known(
        self, app: Flask, li_na: Borrower, writing: Writing, sign_in: SignIn, clock: HandClock
    ) -> None:
        phones: list[CheckedClient] = []
        for _ in range(2):
            client = app.test_client()
            assert isinstance(client, CheckedClient)
            sign_in(client, li_na)
            client.submit("/", action="/sign-out")
            clock.move_on(minutes=2)
            phones.append(client)
        phones[0].submit("/sign-in?left=1", action="/sign-in/forget-device")
        assert prove_number(phones[1], writing, li_na.mobile).location == "/"

    def test_forgetting_where_nothing_is_known_is_no_mistake(self, client: CheckedClient) -> None:
        assert client.submit("/sign-in?left=1", action="/sign-in/forget-device").location == "/sign-in"
