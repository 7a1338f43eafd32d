from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.domain.one_time_codes import CodePurpose, code_of
from portal.domain.permissions import SYSTEM, Actor, ActorKind
from portal.models import Event, OneTimeCode, OutboxItem, RateCount
from portal.services import shared_limits
from portal.services.one_time_codes import CodeDoor, CodeOrder, CodeVerdict, check_code, send_code
from portal.services.rate_limits import Limit
from portal.services.text_messages import find_code_to_send, record_code_sent, record_code_stopped
from tests.codes import wrong_code
from tests.databases import Database
from tests.people import NOW, add_borrower
from tests.told_events import told

KEY = "a secret key for tests, long enough"
DOOR = CodeDoor(key=KEY, hash_key=KEY, address="203.0.113.9")
MINE = Actor(ActorKind.PUBLIC, session_key="my session")
MOBILE = "+8613800138001"
ORDER = CodeOrder(purpose=CodePurpose.SIGN_IN, target=MOBILE, mobile=MOBILE, locale="zh_CN")


def send(session: Session, *, now: datetime = NOW, order: CodeOrder = ORDER) -> str:
    sent = send_code(session, MINE, order=order, door=DOOR, now=now)
    assert sent.code_id is not None
    return code_of(session.get_one(OneTimeCode, sent.code_id).seed, KEY)


def check(
    session: Session, typed: str, *, now: datetime = NOW, actor: Actor = MINE, door: CodeDoor = DOOR
) -> CodeVerdict:
    return check_code(
        session, actor, purpose=CodePurpose.SIGN_IN, target=MOBILE, typed=typed, door=door, now=now
    )


def reason_of(verdict: CodeVerdict) -> str:
    assert verdict.error is not None
    return verdict.error.code


def test_the_right_code_is_right_once(session: Session) -> None:
    code = send(session)
    assert check(session, code).is_right
    assert reason_of(check(session, code)) == "code_used"


@pytest.mark.parametrize("written", ["{0}", " {0} ", "{1} {2}", "{1}-{2}"])
def test_spaces_and_hyphens_are_forgiven(session: Session, written: str) -> None:
    code = send(session)
    assert check(session, written.format(code, code[:3], code[3:])).is_right


def test_full_width_digits_are_digits(session: Session) -> None:
    code = send(session)
    assert check(session, "".join(chr(ord(digit) + 0xFEE0) for digit in code)).is_right


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３", "12345٦", "1" * 100])
def test_what_is_no_code_costs_no_try(session: Session, typed: str) -> None:
    code = send(session)
    for _ in range(6):
        assert reason_of(check(session, typed)) in {"code_missing", "code_unclear"}
    assert check(session, code).is_right


def test_a_code_lives_five_minutes(session: Session) -> None:
    code = send(session)
    assert reason_of(check(session, code, now=NOW + timedelta(minutes=5))) == "code_expired"
    assert check(session, code, now=NOW + timedelta(minutes=5) - timedelta(seconds=1)).is_right


def test_a_code_is_bound_to_the_session_that_asked(session: Session) -> None:
    code = send(session)
    stranger = Actor(ActorKind.PUBLIC, session_key="another session")
    assert reason_of(check(session, code, actor=stranger)) == "code_none"
    assert check(session, code).is_right


def test_a_stranger_s_tries_cost_the_owner_nothing(session: Session) -> None:
    code = send(session)
    stranger = Actor(ActorKind.PUBLIC, session_key="another session")
    for _ in range(30):
        check(session, wrong_code(code), actor=stranger)
    assert check(session, code).is_right


def test_one_code_is_live_for_a_target(session: Session) -> None:
    first = send(session)
    second = send(session, now=NOW + timedelta(minutes=2))
    assert not check(session, first, now=NOW + timedelta(minutes=2)).is_right or first == second
    assert check(session, second, now=NOW + timedelta(minutes=2)).is_right


def test_a_signing_code_opens_one_document(session: Session) -> None:
    def signing(content: str) -> CodeOrder:
        return CodeOrder(purpose=CodePurpose.SIGNING, target=content, mobile=MOBILE, locale="zh_CN")

    code = send(session, order=signing("a" * 64))

    def sign(content: str) -> CodeVerdict:
        return check_code(
            session, MINE, purpose=CodePurpose.SIGNING, target=content, typed=code, door=DOOR, now=NOW
        )

    assert reason_of(sign("b" * 64)) == "code_none"
    assert reason_of(check(session, code)) == "code_none"
    assert sign("a" * 64).is_right


def test_the_fifth_wrong_try_is_the_last(session: Session) -> None:
    code = send(session)
    left = [check(session, wrong_code(code)).error for _ in range(5)]
    assert [error and error.details.get("left") for error in left] == [4, 3, 2, 1, None]
    assert reason_of(check(session, code)) == "code_tries_spent"


def test_a_second_message_waits_a_minute_and_counts_nowhere(session: Session) -> None:
    send(session)
    for _ in range(20):
        early = send_code(session, MINE, order=ORDER, door=DOOR, now=NOW + timedelta(seconds=30))
        assert early.code_id is None
        assert early.again_at == NOW + timedelta(seconds=60)
    send(session, now=NOW + timedelta(seconds=60))
    assert session.scalar(select(func.count()).select_from(OutboxItem)) == 2


def test_ten_messages_a_day_and_then_none(session: Session) -> None:
    for minute in range(10):
        send(session, now=NOW + timedelta(minutes=2 * minute))
    late = NOW + timedelta(hours=1)
    refused = send_code(session, MINE, order=ORDER, door=DOOR, now=late)
    assert (refused.code_id, refused.again_at) == (None, NOW + timedelta(hours=24))
    send(session, now=NOW + timedelta(hours=24))


def test_one_address_does_not_use_up_the_messages_of_everybody(session: Session) -> None:
    """Nor does anybody with numbers that nobody has: no message goes out to them."""
    for number in range(305):
        send_code(session, MINE, order=to(f"+86138001{number:05}"), door=DOOR, now=NOW)
    assert (spent(session, "code:everywhere"), spent(session, "code:nobody")) == (0, 300)
    elsewhere = replace(DOOR, address="198.51.100.1")
    for number in range(305):
        order = replace(to(f"+86138001{number:05}"), purpose=CodePurpose.NEW_NUMBER, fits=True)
        send_code(session, MINE, order=order, door=elsewhere, now=NOW)
    assert (spent(session, "code:everywhere"), spent(session, "code:nobody")) == (300, 300)


def to(mobile: str) -> CodeOrder:
    return replace(ORDER, target=mobile, mobile=mobile)


def spent(session: Session, bucket: str) -> int:
    counted = session.get(RateCount, bucket, populate_existing=True)
    return 0 if counted is None else counted.count


def fill(session: Session, bucket: str) -> None:
    session.add(RateCount(bucket=bucket, window_started_at=NOW, count=50_000))
    session.flush()


def test_codes_to_numbers_of_the_book_spend_the_budget(session: Session) -> None:
    add_borrower(session, "李娜", mobile=MOBILE, id_last4="1024")
    send(session)
    assert (spent(session, "code:everywhere"), spent(session, "code:nobody")) == (1, 0)


def test_where_the_budget_is_used_up_nobody_gets_a_code_and_all_are_told_the_same(session: Session) -> None:
    add_borrower(session, "李娜", mobile=MOBILE, id_last4="1024")
    fill(session, "code:everywhere")
    for mobile in (MOBILE, "+8613800000000"):
        told = send_code(session, MINE, order=to(mobile), door=DOOR, now=NOW)
        assert (told.code_id, told.again_at) == (None, NOW + timedelta(hours=24))
    assert session.scalars(select(OneTimeCode)).all() == []


def test_numbers_that_nobody_has_leave_no_more_once_their_own_budget_is_used_up(session: Session) -> None:
    """They are answered as ever, for an answer would tell which numbers are somebody's; the next page has its code to try."""
    add_borrower(session, "李娜", mobile=MOBILE, id_last4="1024")
    fill(session, "code:nobody")
    before = session.scalar(select(func.count(Event.id)))
    told = send_code(session, MINE, order=to("+8613800000000"), door=DOOR, now=NOW)
    assert told.again_at == NOW + timedelta(seconds=60)
    kept = session.get_one(OneTimeCode, told.code_id)
    assert code_of(kept.seed, KEY)
    assert session.scalars(select(OutboxItem)).all() == []
    assert session.scalar(select(func.count(Event.id))) == before
    send(session)
    assert session.scalar(select(func.count(OutboxItem.id))) == 1
    assert session.scalar(select(func.count(Event.id))) == (before or 0) + 1


@pytest.mark.postgresql
@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("is_other_known", [True, False])
def test_an_order_waits_for_another_whoever_has_the_numbers(
    postgresql_database: Database, *, is_known: bool, is_other_known: bool
) -> None:
    """Whoever holds up the orders of invented numbers would see by the wait which others are invented."""
    engine, elsewhere = postgresql_database.engine, replace(DOOR, address="198.51.100.1")
    numbers = {False: ("+8613800000000", "+8613800000001"), True: (MOBILE, "+8613800138002")}
    with transaction(engine) as session:
        for number in numbers[True]:
            add_borrower(session, "李娜", mobile=number, id_last4="1024")
    with transaction(engine) as other:
        send(other, order=to(numbers[is_other_known][0]))
        with transaction(engine) as session:
            session.execute(text("SET LOCAL lock_timeout = '300ms'"))
            with pytest.raises(OperationalError, match="lock timeout"), session.begin_nested():
                send_code(session, MINE, order=to(numbers[is_known][1]), door=elsewhere, now=NOW)


def test_guesses_are_bounded_over_a_day(session: Session) -> None:
    """An attacker who asks for every code that there is and tries each as often as the page lets them."""
    for minute in range(0, 24 * 60, 10):
        now = NOW + timedelta(minutes=minute)
        send_code(session, MINE, order=ORDER, door=DOOR, now=now)
        for _ in range(7):
            check(session, "000000", now=now)
    assert _compared(session) == 10


def test_of_a_thousand_guesses_in_a_row_ten_are_looked_at_in_a_day(session: Session, is_long: bool) -> None:
    """Whoever asks for codes as often as they come and guesses on within 24 hours; the short form guesses 250 times."""
    for turn in range(25):
        now = NOW + timedelta(minutes=57 * turn)
        send_code(session, MINE, order=ORDER, door=DOOR, now=now)
        for _ in range(40 if is_long else 10):
            assert not check(session, "000000", now=now).is_right
    assert _compared(session) == 10


@pytest.mark.slow
def test_of_200_guesses_at_once_five_are_looked_at(database: Database) -> None:
    with transaction(database.engine) as session:
        right = send(session)

    def guess(_: int) -> str:
        with transaction(database.engine) as session:
            verdict = check(session, wrong_code(right))
        return verdict.error.code if verdict.error else "right"

    with ThreadPoolExecutor(max_workers=12) as pool:
        told = list(pool.map(guess, range(200)))
    assert told.count("code_wrong") == 4
    assert told.count("code_tries_spent") == 196
    with transaction(database.engine) as session:
        assert session.scalars(select(OneTimeCode.tries)).one() == 5
        assert _compared(session) == 5


@pytest.mark.slow
def test_the_right_code_sent_fifty_times_at_once_opens_once(database: Database) -> None:
    with transaction(database.engine) as session:
        right = send(session)

    def use(_: int) -> bool:
        with transaction(database.engine) as session:
            return check(session, right).is_right

    with ThreadPoolExecutor(max_workers=12) as pool:
        assert sum(pool.map(use, range(50))) == 1


def test_neither_code_nor_number_stands_in_outbox_or_events(session: Session) -> None:
    code = send(session)
    kept = [item.payload for item in session.scalars(select(OutboxItem))]
    kept += [event.fields for event in session.scalars(select(Event))]
    assert code not in str(kept)
    assert "13800138001" not in str(kept)


STRANGER = Actor(ActorKind.PUBLIC, session_key="another session")


def test_a_stranger_s_order_leaves_the_code_that_another_session_waits_for(session: Session) -> None:
    code = send(session)
    elsewhere = replace(DOOR, address="198.51.100.1")
    now = NOW + timedelta(seconds=10)
    assert send_code(session, STRANGER, order=ORDER, door=elsewhere, now=now).code_id is not None
    assert check(session, code, now=now).is_right


def test_nobody_at_one_address_uses_up_the_codes_and_guesses_of_a_number(session: Session) -> None:
    """A stranger asks and guesses all day, a minute before the owner wants to sign in, too."""
    elsewhere = replace(DOOR, address="198.51.100.1")
    for minute in range(0, 24 * 60, 10):
        now = NOW + timedelta(minutes=minute)
        send_code(session, STRANGER, order=ORDER, door=elsewhere, now=now)
        for _ in range(7):
            check(session, "000000", now=now, actor=STRANGER, door=elsewhere)
    assert _compared(session) == 10
    assert session.scalar(select(func.count()).select_from(OneTimeCode)) == 10
    code = send(session, now=now)
    assert check(session, code, now=now).is_right


def test_from_everywhere_a_number_gets_thirty_messages_and_25_guesses_a_day(session: Session) -> None:
    for place in range(20):
        door = replace(DOOR, address=f"198.51.100.{place}")
        for turn in range(10):
            now = NOW + timedelta(minutes=place * 60 + turn * 5)
            send_code(session, STRANGER, order=ORDER, door=door, now=now)
            for _ in range(5):
                check(session, "000000", now=now, actor=STRANGER, door=door)
    assert session.scalar(select(func.count()).select_from(OneTimeCode)) == 30
    assert _compared(session) == 25  # ten from each of two addresses, five from a third
    for number in range(40):
        door = replace(DOOR, address=f"192.0.2.{number}")
        session.execute(update(OneTimeCode).values(tries=0, expires_at=NOW + timedelta(hours=24)))
        check(session, "000000", now=NOW + timedelta(hours=23), actor=STRANGER, door=door)
    assert _compared(session) == 25


def test_a_network_of_ipv6_gets_what_one_address_gets_of_a_number(session: Session) -> None:
    """Whoever has 48 bits has 65,536 places in them."""
    for place in range(30):
        door = replace(DOOR, address=f"2001:db8:7:{place:x}::/64")
        send_code(session, STRANGER, order=ORDER, door=door, now=NOW + timedelta(minutes=2 * place))
        check(session, "000000", now=NOW + timedelta(minutes=2 * place), actor=STRANGER, door=door)
    assert session.scalar(select(func.count()).select_from(OneTimeCode)) == 10
    assert _compared(session) == 10
    code = send(session)
    assert check(session, code).is_right


@pytest.mark.parametrize(
    ("flooded", "elsewhere", "part"),
    [("2001:db8:7:{0:x}::/64", "2001:db8:8::/64", 3), ("203.0.113.{0}", "203.0.114.1", 6)],
)
def test_no_network_uses_up_what_all_share(
    session: Session, monkeypatch: pytest.MonkeyPatch, flooded: str, elsewhere: str, part: int
) -> None:
    """Numbers of the book from one network: a tenth of the limit, of IPv4 a fifth, and the doors stay open for others."""
    for name in ("CODES", "GUESSES"):
        limit: Limit = getattr(shared_limits, name)
        monkeypatch.setattr(shared_limits, name, replace(limit, most=30))
    ordered: list[bool] = []
    for number in range(40):
        mobile = f"+86137001370{number:02}"
        add_borrower(session, "李娜", mobile=mobile, id_last4="1024")
        door = replace(DOOR, address=flooded.format(number))
        order = CodeOrder(purpose=CodePurpose.SIGN_IN, target=mobile, mobile=mobile, locale="zh_CN")
        sent = send_code(session, STRANGER, order=order, door=door, now=NOW)
        ordered.append(sent.code_id is not None)
        check_code(
            session,
            STRANGER,
            purpose=CodePurpose.SIGN_IN,
            target=mobile,
            typed="000000",
            door=door,
            now=NOW,
        )
    assert ordered == [True] * part + [False] * (40 - part)
    assert _compared(session) == part
    there = replace(DOOR, address=elsewhere)
    again = send_code(session, MINE, order=ORDER, door=there, now=NOW).code_id
    assert again is not None
    assert check(session, code_of(session.get_one(OneTimeCode, again).seed, KEY), door=there).is_right


def test_invented_numbers_use_up_nothing_of_what_a_network_s_people_have(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes nowhere is counted apart, refuses nobody, and leaves no work beyond its part."""
    for name in ("CODES", "CODES_TO_NOBODY"):
        monkeypatch.setattr(shared_limits, name, replace(getattr(shared_limits, name), most=30))
    for number in range(40):
        door = replace(DOOR, address=f"203.0.113.{number}")
        told = send_code(session, STRANGER, order=to(f"+86137001370{number:02}"), door=door, now=NOW)
        assert told.code_id is not None
    assert session.scalar(select(func.count(OutboxItem.id))) == 6
    assert (spent(session, "code:everywhere"), spent(session, "code:nobody")) == (0, 40)
    add_borrower(session, "李娜", mobile=MOBILE, id_last4="1024")
    send(session)
    assert session.scalar(select(func.count(OutboxItem.id))) == 7
    assert (spent(session, "code:everywhere"), spent(session, "code:nobody")) == (1, 40)


def _compared(session: Session) -> int:
    """Wrong guesses that were really compared, by the record."""
    refused = session.scalars(select(Event).where(Event.name == "code:refused")).all()
    return sum(event.fields["reason"] == "wrong" for event in refused)


@pytest.mark.parametrize("fits", [True, False])
def test_a_wish_that_a_program_of_before_put_into_the_outbox_is_answered_as_it_meant(
    session: Session, fits: bool
) -> None:
    """It named whom the wish fits in place of saying that it fits."""
    borrower = add_borrower(session, "李娜", mobile=MOBILE, id_last4="1024")
    order = replace(ORDER, purpose=CodePurpose.NEW_NUMBER, mobile="+8613900139000", fits=True)
    send(session, order=order)
    payload = dict(session.scalars(select(OutboxItem.payload).where(OutboxItem.kind == "sms")).one())
    del payload["fits"]
    payload["borrower_id"] = borrower.id if fits else None
    found = find_code_to_send(session, SYSTEM, payload=payload, seed="s", key=KEY, now=NOW)
    assert (found is not None) is fits
    if found is not None:
        assert (found.ways[0].address, found.borrower_id) == ("+8613900139000", None)
        record_code_sent(session, SYSTEM, payload=payload, now=NOW)
    events = session.scalars(select(Event).where(Event.name.in_(["code:sent", "code:not_sent"]))).all()
    told = [] if fits else [("code:not_sent", None)]  # of one that goes out its contact tells
    assert [(event.name, event.borrower_id) for event in events] == told


def test_a_code_whose_number_was_stopped_meanwhile_is_told_as_not_sent(session: Session) -> None:
    borrower = add_borrower(session, "李娜", mobile=MOBILE, id_last4="1024")
    document = CodeOrder(
        purpose=CodePurpose.SIGNING,
        target="a" * 64,
        mobile=MOBILE,
        locale="zh_CN",
        values={"document": "P12345678", "amount_minor": 100, "currency": "CNY"},
        borrower_id=borrower.id,
    )
    signing = Actor(ActorKind.BORROWER, borrower.id, session_key="my session")
    code_id = send_code(session, signing, order=document, door=DOOR, now=NOW).code_id
    [item] = session.scalars(select(OutboxItem)).all()
    record_code_stopped(session, SYSTEM, payload=item.payload, rule="C09", now=NOW)
    said = {"purpose": "signing", "code_id": code_id, "reason": "number_stopped"}
    assert told(session, "code:not_sent") == [(borrower.id, said)]
