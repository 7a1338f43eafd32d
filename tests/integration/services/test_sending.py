"""Messages from the outbox to a provider: what the guard says, what fails, what it costs, what comes back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import select, update

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.message_words import MessageWriter
from portal.adapters.wording import BabelWording
from portal.commands.work import HANDLERS, Workshop, run_until_empty
from portal.config import Config
from portal.db import transaction
from portal.domain.contact_wishes import Channel, ContactHours, ContactWishes
from portal.domain.holds import HoldKind
from portal.domain.occasions import Occasion
from portal.domain.permissions import SYSTEM
from portal.models import Borrower, Contact, Creditor, EmailAddress, Event, Loan, LoanStanding, OutboxItem
from portal.queries.standings import LoanRange
from portal.services.collection_messages import AskedMessage, ask_for_messages
from portal.services.contact_attempts import Way
from portal.services.contact_wishes import replace_wish
from portal.services.holds import end_hold, start_hold
from portal.services.outbox import MAX_ATTEMPTS
from portal.services.ports import MessageNotSentError, SentMessage
from portal.services.receipts import Noted, Receipt, ask_to_stop, note_receipt
from portal.services.standings import take_up_loans
from portal.services.stopped_numbers import Day, stop_number
from tests.clocks import HandClock
from tests.databases import Database
from tests.people import CREDITOR, NOW, TODAY, add_cast, add_loan

KEY = "a secret key for tests, long enough"
DAY = timedelta(days=1)


@dataclass
class Provider:
    """Takes what it gets, or does what ``behaves`` says."""

    writer: MessageWriter
    taken: list[tuple[str, str, str]] = field(default_factory=list)
    behaves: Callable[[], None] = lambda: None

    def write(self, template: str, values: Mapping[str, str | int], locale: str) -> SentMessage:
        words = self.writer.write_hidden(template, values, locale)
        return SentMessage(version=words.version, text=f"{words.subject}{words.text}", number="1069")

    def send(
        self, mobile: str, template: str, values: Mapping[str, str | int], locale: str, *, key: str
    ) -> SentMessage:
        self.behaves()
        self.taken.append((mobile, template, key))
        return self.write(template, values, locale)


@dataclass
class Scene:
    """李娜 with one late loan, and both providers."""

    database: Database
    clock: HandClock
    shop: Workshop
    texts: Provider
    mails: Provider
    borrower: Borrower
    loan: Loan

    def ask(
        self, occasion: Occasion = Occasion.OVERDUE_REMINDER, *, makes_up: bool = False, **fields: str
    ) -> None:
        now = self.clock.now().astimezone(self.clock.zone)
        with transaction(self.database.engine) as session:
            asked = AskedMessage(
                loan_id=self.loan.id,
                borrower_id=self.borrower.id,
                occasion=occasion,
                on=now.date(),
                fields=fields,
                makes_up=makes_up,
            )
            ask_for_messages(session, SYSTEM, [asked], now=now)

    def stand(self) -> None:
        with transaction(self.database.engine) as session:
            take_up_loans(session, LoanRange(self.loan.id - 1, self.loan.id))

    def settle_owed(self) -> None:
        with transaction(self.database.engine) as session:
            session.execute(update(LoanStanding).values(demand_owed_on=None))

    def pay(self) -> None:
        with transaction(self.database.engine) as session:
            session.get_one(Loan, self.loan.id).status = "closed"

    def work(self, **later: float) -> None:
        self.clock.move_on(**later)
        run_until_empty(self.shop, HANDLERS)

    def contact(self) -> Contact:
        with transaction(self.database.engine, writes=False) as session:
            return session.scalars(select(Contact)).one()

    def items(self) -> list[tuple[str, str | None]]:
        with transaction(self.database.engine, writes=False) as session:
            found = session.scalars(select(OutboxItem).order_by(OutboxItem.id))
            return [(item.state, item.last_error) for item in found]

    def events(self, name: str) -> list[dict[str, Any]]:
        with transaction(self.database.engine, writes=False) as session:
            return list(session.scalars(select(Event.fields).where(Event.name == name).order_by(Event.id)))

    def hold(self, kind: HoldKind, *, ends: bool = False) -> None:
        with transaction(self.database.engine) as session:
            act = end_hold if ends else start_hold
            act(session, SYSTEM, loan_id=self.loan.id, kind=kind, reason="test", now=self.clock.now())


@pytest.fixture
def scene(database: Database) -> Scene:
    return make_scene(database)


def make_scene(database: Database, **settings: Any) -> Scene:
    clock = HandClock()
    with transaction(database.engine) as session:
        cast_ = add_cast(session)
        loan = add_loan(session, cast_.li_na)
    writers = [
        MessageWriter(PackagedTexts(), BabelWording(), clock, channel)
        for channel in (Channel.SMS, Channel.EMAIL)
    ]
    texts, mails = map(Provider, writers)
    config = Config(database_url=database.url, secret_key=KEY, testing=True, **settings)
    none = cast("Any", None)
    shop = Workshop(config, database.engine, clock, none, none, sender=texts, mailer=mails)
    return Scene(database, clock, shop, texts, mails, cast_.li_na, loan)


def test_a_reminder_goes_out_with_all_that_must_be_kept_of_it(scene: Scene) -> None:
    scene.ask()
    scene.work()
    [(mobile, template, key)] = scene.texts.taken
    assert (mobile, template) == (scene.borrower.mobile, "overdue_reminder")
    contact = scene.contact()
    assert (contact.result, contact.purpose, contact.channel) == ("sent", "overdue_reminder", "sms")
    assert (contact.borrower_id, contact.loan_id, contact.at) == (scene.borrower.id, scene.loan.id, NOW)
    assert contact.number_hash == Way(Channel.SMS, mobile).hashed(KEY)
    assert contact.template_version.startswith("overdue_reminder@2026-01-01-")
    assert contact.rule_decision == "let through by CN-2026-01 as collection"
    assert (contact.message_key, contact.tries) == (key, 1)
    assert contact.check_reference is not None
    assert contact.check_reference in contact.text
    assert scene.items() == [("done", None)]
    assert [made["purpose"] for made in scene.events("contact:made")] == ["overdue_reminder"]


@pytest.mark.parametrize(
    ("stage", "names"), [("agency", "（正信服务有限公司受托）】"), ("internal", "】"), ("legal", "】")]
)
@pytest.mark.parametrize("occasion", [Occasion.DEMAND, Occasion.OVERDUE_REMINDER])
def test_what_is_sent_of_a_loan_with_an_agency_names_lender_and_agency(
    scene: Scene, stage: str, names: str, occasion: Occasion
) -> None:
    with transaction(scene.database.engine) as session:
        session.get_one(Loan, scene.loan.id).collection_stage = stage
        session.scalars(select(Creditor)).one().agency = "正信服务有限公司"
    scene.ask(occasion)
    scene.work()
    assert scene.contact().text.startswith(f"【{CREDITOR}{names}")


def test_what_is_put_off_comes_again_as_the_same_piece_of_work(scene: Scene) -> None:
    scene.ask()
    scene.work()
    scene.ask(Occasion.DEMAND)
    scene.work()
    assert scene.items() == [("done", None), ("open", "C06")]
    assert scene.events("contact:refused") == [{"rule": "C06", "purpose": "demand"}]
    scene.work(hours=13)
    assert len(scene.texts.taken) == 1
    scene.work(hours=9)
    assert [template for _, template, _ in scene.texts.taken] == ["overdue_reminder", "demand"]
    assert scene.items() == [("done", None), ("done", None)]


@pytest.mark.parametrize(
    ("kind", "rule"),
    [(HoldKind.DISPUTE, "C09"), (HoldKind.PROPOSAL_PENDING, "C08"), (HoldKind.DECEASED, "C09")],
)
def test_a_hold_calls_it_off_even_between_two_tries(scene: Scene, kind: HoldKind, rule: str) -> None:
    def fails() -> None:
        raise MessageNotSentError("no answer in time")

    scene.texts.behaves = fails
    scene.ask()
    scene.work()
    assert (scene.contact().result, scene.contact().error) == ("unsure", "no answer in time")
    scene.hold(kind)
    scene.texts.behaves = lambda: None
    scene.work(minutes=1)
    assert scene.texts.taken == []
    assert scene.items() == [("cancelled", rule)]
    assert scene.events("contact:refused") == [{"rule": rule, "purpose": "overdue_reminder"}]


def demand_owed(scene: Scene) -> date | None:
    with transaction(scene.database.engine, writes=False) as session:
        return session.scalars(select(LoanStanding.demand_owed_on)).one()


@pytest.mark.parametrize(
    ("occasion", "is_owed"), [(Occasion.DEMAND, True), (Occasion.OVERDUE_REMINDER, False)]
)
def test_a_demand_that_a_hold_calls_off_is_owed(scene: Scene, occasion: Occasion, is_owed: bool) -> None:
    scene.stand()
    scene.ask(occasion)
    scene.hold(HoldKind.DISPUTE)
    scene.work()
    assert scene.items() == [("cancelled", "C09")]
    assert demand_owed(scene) == (TODAY if is_owed else None)


def test_a_demand_that_makes_up_for_another_is_not_made_up_for_again(scene: Scene) -> None:
    scene.stand()
    scene.ask(Occasion.DEMAND, makes_up=True)
    scene.hold(HoldKind.DISPUTE)
    scene.work()
    assert demand_owed(scene) is None


def test_a_demand_that_was_put_off_too_long_is_owed_and_one_that_nobody_may_send_is_not(scene: Scene) -> None:
    scene.stand()
    scene.ask(Occasion.DEMAND)
    scene.work(days=8)
    assert scene.items() == [("cancelled", "over")]
    assert demand_owed(scene) == TODAY
    scene.settle_owed()
    scene.ask(Occasion.DEMAND)
    scene.pay()
    scene.work()
    assert demand_owed(scene) is None


def test_what_was_paid_meanwhile_is_not_reminded_of(scene: Scene) -> None:
    scene.ask()
    with transaction(scene.database.engine) as session:
        session.get_one(Loan, scene.loan.id).status = "closed"
    scene.work()
    assert scene.texts.taken == []
    assert scene.items() == [("cancelled", "over")]
    assert scene.events("contact:refused") == [{"rule": "nothing_overdue", "purpose": "overdue_reminder"}]


def test_nothing_is_sent_about_a_plan_that_is_not_there(scene: Scene) -> None:
    for occasion in (Occasion.PLAN_DUE_SOON, Occasion.PLAN_MISSED, Occasion.PLAN_BROKEN):
        scene.ask(occasion, day=TODAY.isoformat())
    scene.work()
    assert scene.texts.taken == []
    assert {each["rule"] for each in scene.events("contact:refused")} == {"plan_moved_on", "nothing_missed"}


def test_what_the_provider_refuses_for_good_is_not_tried_again(scene: Scene) -> None:
    def refuses() -> None:
        raise MessageNotSentError("isv.MOBILE_NUMBER_ILLEGAL", is_certain=True, is_final=True)

    scene.texts.behaves = refuses
    scene.ask()
    scene.work()
    scene.work(days=1)
    assert scene.items() == [("done", None)]
    assert (scene.contact().result, scene.contact().error) == ("failed", "isv.MOBILE_NUMBER_ILLEGAL")
    assert len(scene.events("contact:failed")) == 1


def test_what_fails_again_and_again_is_given_up_and_told(scene: Scene) -> None:
    def fails() -> None:
        raise MessageNotSentError("isp.SYSTEM_ERROR", is_certain=True)

    scene.texts.behaves = fails
    scene.ask()
    for _ in range(MAX_ATTEMPTS):
        scene.work(minutes=40)
    assert scene.items()[0][0] == "dead"
    assert len(scene.events("contact:given_up")) == 1


def test_what_kills_every_worker_is_given_up_and_told(scene: Scene) -> None:
    def dies() -> None:
        raise SystemExit

    scene.texts.behaves = dies
    scene.ask()
    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(SystemExit):
            scene.work(minutes=3)
    scene.work(minutes=3)
    assert scene.items() == [("dead", "worker_died")]
    assert (scene.contact().result, len(scene.events("contact:given_up"))) == ("unsure", 1)


def test_a_failed_message_uses_up_no_message_of_the_day(scene: Scene) -> None:
    def refuses() -> None:
        raise MessageNotSentError("isv.MOBILE_NUMBER_ILLEGAL", is_certain=True, is_final=True)

    scene.texts.behaves = refuses
    scene.ask()
    scene.work()
    scene.texts.behaves = lambda: None
    scene.ask(Occasion.DEMAND)
    scene.work()
    assert [template for _, template, _ in scene.texts.taken] == ["demand"]


# by which way


def confirm_email(scene: Scene, *, confirmed: bool = True) -> None:
    with transaction(scene.database.engine) as session:
        session.add(
            EmailAddress(
                borrower_id=scene.borrower.id,
                address="li.na@example.com",
                address_hash="h" * 64,
                given_at=NOW,
                confirmed_at=NOW if confirmed else None,
            )
        )


def wish(scene: Scene, *channels: Channel, hours: ContactHours | None = None) -> None:
    wishes = ContactWishes(hours or ContactHours(8, 22), frozenset(channels))
    with transaction(scene.database.engine) as session:
        replace_wish(session, SYSTEM, borrower_id=scene.borrower.id, wishes=wishes, now=NOW)


def test_who_wants_no_text_messages_is_written_to_where_they_confirmed(scene: Scene) -> None:
    confirm_email(scene)
    wish(scene, Channel.EMAIL)
    scene.ask()
    scene.work()
    assert scene.texts.taken == []
    [(address, _, _)] = scene.mails.taken
    assert address == "li.na@example.com"
    assert (scene.contact().channel, scene.contact().number_last4) == ("email", "")


def test_an_address_that_nobody_confirmed_gets_nothing(scene: Scene) -> None:
    confirm_email(scene, confirmed=False)
    wish(scene, Channel.EMAIL)
    scene.ask()
    scene.work()
    assert (scene.texts.taken, scene.mails.taken) == ([], [])
    assert scene.items() == [("cancelled", "C02")]


def test_a_number_whose_holder_said_not_me_is_left_alone(scene: Scene) -> None:
    with transaction(scene.database.engine) as session:
        day = Day(today=TODAY, zone=scene.clock.zone)
        stop_number(session, SYSTEM, mobile=scene.borrower.mobile, key=KEY, day=day, now=NOW)
    scene.ask(Occasion.CASE_DECIDED, reference="D12345678")
    scene.work()
    assert scene.texts.taken == []
    assert scene.items() == [("cancelled", "C11")]


def test_whoever_answers_td_gets_no_more_text_messages(scene: Scene) -> None:
    with transaction(scene.database.engine) as session:
        assert ask_to_stop(session, SYSTEM, mobile=scene.borrower.mobile, now=NOW) == 1
        assert ask_to_stop(session, SYSTEM, mobile="+8613900000000", now=NOW) == 0
    scene.ask()
    scene.work()
    assert scene.texts.taken == []
    assert scene.items() == [("cancelled", "C02")]


# the budget


def test_collection_stops_where_the_budget_is_spent_and_answers_go_on(database: Database) -> None:
    scene = make_scene(database, messages_a_day=5)
    for number in range(4):
        scene.ask(Occasion.CASE_DECIDED, reference=f"D{number}")
        with transaction(database.engine) as session:
            for item in session.scalars(select(OutboxItem)):
                item.dedupe_key = f"{item.dedupe_key}:{number}:{item.id}"
        scene.work()
    assert [near["spent"] for near in scene.events("spending:near")] == [4]
    scene.ask()
    scene.work()
    assert [reached["spent"] for reached in scene.events("spending:reached")] == [5]
    scene.clock.move_on(hours=1)
    with transaction(database.engine) as session:
        for contact in session.scalars(select(Contact).where(Contact.purpose == "overdue_reminder")):
            contact.at -= timedelta(days=8)  # so that the cap of the rules is not what stops the next
    scene.ask(Occasion.DEMAND)
    scene.ask(Occasion.CASE_DECIDED, reference="D9")
    scene.work()
    assert [template for _, template, _ in scene.texts.taken][-1] == "case_decided"
    assert ("open", "budget") in scene.items()
    scene.work(hours=24)
    assert [template for _, template, _ in scene.texts.taken][-1] == "demand"
    assert len(scene.events("spending:reached")) == 1


# receipts


def receive(
    scene: Scene, *, arrived: bool = True, at: datetime | None = None, key: str | None = None
) -> Noted:
    receipt = Receipt(
        key=key or scene.contact().message_key or "",
        has_arrived=arrived,
        at=at,
        error="" if arrived else "UNDELIV",
    )
    with transaction(scene.database.engine) as session:
        return note_receipt(session, SYSTEM, receipt=receipt, now=scene.clock.now())


def test_a_delivered_demand_restarts_the_limitation_period_once(scene: Scene) -> None:
    scene.ask(Occasion.DEMAND)
    scene.work()
    scene.clock.move_on(minutes=5)
    arrived = NOW + timedelta(minutes=1)
    assert [receive(scene, at=arrived) for _ in range(3)] == [Noted.NEW, Noted.KNOWN, Noted.KNOWN]
    assert (scene.contact().result, scene.contact().arrived_at) == ("delivered", arrived)
    with transaction(scene.database.engine, writes=False) as session:
        [interrupted] = session.scalars(select(Event).where(Event.name == "limitation:interrupted")).all()
        assert (interrupted.at, interrupted.fields, interrupted.loan_id) == (
            arrived,
            {"cause": "demand_delivered"},
            scene.loan.id,
        )


def test_a_reminder_restarts_nothing_and_an_unknown_receipt_harms_nothing(scene: Scene) -> None:
    scene.ask()
    scene.work()
    assert receive(scene) is Noted.NEW
    assert receive(scene, key="f" * 32) is Noted.UNKNOWN
    assert scene.events("limitation:interrupted") == []


def test_an_arrival_is_never_taken_back_and_comes_also_late(scene: Scene) -> None:
    scene.ask(Occasion.DEMAND)
    scene.work()
    assert receive(scene, arrived=False) is Noted.NEW
    assert (scene.contact().result, scene.contact().error) == ("undelivered", "UNDELIV")
    assert receive(scene, arrived=False) is Noted.KNOWN
    assert receive(scene) is Noted.NEW
    assert receive(scene, arrived=False) is Noted.KNOWN
    assert scene.contact().result == "delivered"
    assert len(scene.events("limitation:interrupted")) == 1


def test_a_clock_that_cannot_be_right_is_not_believed(scene: Scene) -> None:
    scene.ask(Occasion.DEMAND)
    scene.work()
    receive(scene, at=NOW + timedelta(days=400))
    assert scene.contact().arrived_at == NOW


def test_a_receipt_settles_what_got_no_answer(scene: Scene) -> None:
    def takes_and_falls_silent() -> None:
        raise MessageNotSentError("no answer in time")

    scene.texts.behaves = takes_and_falls_silent
    scene.ask(Occasion.DEMAND)
    scene.work()
    assert receive(scene) is Noted.NEW
    scene.texts.behaves = lambda: None
    scene.work(minutes=5)
    assert scene.texts.taken == []
    assert scene.items() == [("done", None)]
    assert len(scene.events("contact:made")) == 1


@pytest.mark.parametrize(("seconds", "is_believed"), [(0, True), (1, False)])
def test_an_arrival_of_up_to_a_day_before_the_last_try_is_believed(
    scene: Scene, seconds: int, *, is_believed: bool
) -> None:
    scene.ask(Occasion.DEMAND)
    scene.work()
    scene.clock.move_on(minutes=5)
    at = scene.contact().at - timedelta(days=1, seconds=seconds)
    receive(scene, at=at)
    assert scene.contact().arrived_at == (at if is_believed else scene.clock.now())
