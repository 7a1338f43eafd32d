"""Writing to each other: one form is one message, numbered, owned, recorded, announced once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.domain.errors import AccessRefused, DomainError, NotFound
from portal.domain.holds import HoldKind
from portal.domain.limitation import Interruption
from portal.domain.message_budgets import MessageBudget
from portal.domain.permissions import SYSTEM, Actor, ActorKind, Role
from portal.domain.policy import HardshipReason
from portal.domain.threads import MessageKind
from portal.models import (
    Contact,
    Event,
    Loan,
    Message,
    OutboxItem,
    Proposal,
    StaffMember,
    StaffRelation,
    Thread,
)
from portal.queries.situations import interruptions_of
from portal.queries.threads import find_draft, find_thread, thread_page, threads_of, unread_of
from portal.services.contact_attempts import Attempt, Desk, Refusal, begin_attempt, mark_sent
from portal.services.holds import start_hold
from portal.services.message_notices import find_notice_to_send, record_notice_sent
from portal.services.ports import SentMessage
from portal.services.references import new_public_id
from portal.services.threads import (
    WrittenMessage,
    keep_draft,
    look_at_thread,
    mark_read,
    post_message,
    record_refusal,
    settle_thread,
)
from tests.databases import Database
from tests.people import NOW, Cast, add_cast, add_loan
from tests.service_cases import bring_up
from tests.stories import ZONE, Story, borrower_actor

WORDS = "我下个月开始上班，可以从十二月起还。"
KEY = "a" * 32


def staff_actor(member: StaffMember) -> Actor:
    return Actor(ActorKind.STAFF, member.id, frozenset(map(Role, member.roles)), request_id="test")


def written(body: str = WORDS, key: str | None = None, **more: Any) -> WrittenMessage:
    return WrittenMessage(form_key=key or new_public_id(), body=body, **more)


@pytest.fixture
def waiting(story: Story) -> Proposal:
    story.submit(reason=HardshipReason.ILLNESS)
    return story.proposal


@pytest.fixture
def li_na(cast: Cast) -> Actor:
    return borrower_actor(cast.li_na)


@pytest.fixture
def zhou_min(cast: Cast) -> Actor:
    return staff_actor(cast.zhou_min)


Post = Callable[..., Message]


@pytest.fixture
def post(session: Session, waiting: Proposal) -> Post:
    def post(actor: Actor, message: WrittenMessage | None = None, **more: Any) -> Message:
        values: dict[str, Any] = {"about": waiting, "written": message or written(), "now": NOW} | more
        return post_message(session, actor, **values)

    return post


def events(session: Session, name: str) -> Sequence[Event]:
    return session.scalars(select(Event).where(Event.name == name).order_by(Event.id)).all()


def thread_of(session: Session, proposal: Proposal) -> Thread:
    thread = find_thread(session, proposal)
    assert thread is not None
    return thread


def test_both_sides_write_and_read_oldest_first(
    session: Session, waiting: Proposal, post: Post, li_na: Actor, zhou_min: Actor
) -> None:
    post(li_na, written("第一"))
    post(zhou_min, written("第二"))
    post(li_na, written("第三"))
    lines = thread_page(session, find_thread(session, waiting)).lines
    assert [(line.number, line.author, line.body) for line in lines] == [
        (1, "borrower", "第一"),
        (2, "staff", "第二"),
        (3, "borrower", "第三"),
    ]
    assert (lines[1].staff_number, lines[1].staff_role) == ("1002", "approver")


def test_the_same_form_twice_is_one_message(session: Session, post: Post, li_na: Actor) -> None:
    first, again = post(li_na, written(key=KEY)), post(li_na, written(key=KEY))
    assert first is again
    assert len(events(session, "message:posted")) == 1
    assert events(session, "message:posted")[0].fields["number"] == 1


def test_the_same_form_with_other_words_is_refused(session: Session, post: Post, li_na: Actor) -> None:
    post(li_na, written(key=KEY))
    with pytest.raises(DomainError, match="form_sent_already"):
        post(li_na, written("别的话", key=KEY))


def test_somebody_else_s_key_is_refused_and_tells_nothing(
    session: Session, post: Post, li_na: Actor, zhou_min: Actor
) -> None:
    post(li_na, written(key=KEY))
    with pytest.raises(DomainError, match="form_sent_already"):
        post(zhou_min, written(key=KEY))


def test_a_stranger_finds_nothing_to_write_to(session: Session, post: Post, cast: Cast) -> None:
    with pytest.raises(NotFound):
        post(borrower_actor(cast.wang_qiang))
    with pytest.raises(NotFound):
        post(SYSTEM)
    assert session.scalars(select(Message)).all() == []


@pytest.mark.parametrize("who", ["chen_chen", "zheng_hao", "sun_hao", "he_jing"])
def test_staff_without_the_right_do_not_write(post: Post, cast: Cast, who: str) -> None:
    with pytest.raises(AccessRefused, match="permission_missing"):
        post(staff_actor(getattr(cast, who)))


def test_staff_close_to_the_borrower_do_not_write(
    session: Session, post: Post, cast: Cast, zhou_min: Actor
) -> None:
    relation = StaffRelation(
        staff_member_id=cast.zhou_min.id, borrower_id=cast.li_na.id, kind="close", made_at=NOW
    )
    session.add(relation)
    session.flush()
    with pytest.raises(AccessRefused, match="related_case"):
        post(zhou_min)


def test_a_draft_has_no_thread(session: Session, story: Story, li_na: Actor) -> None:
    draft = story.start().proposal
    with pytest.raises(DomainError, match="thread_not_open"):
        post_message(session, li_na, about=draft, written=written(), now=NOW)


@pytest.mark.parametrize(
    ("body", "code"), [("", "text_missing"), (" \n\u202e", "text_missing"), ("长" * 2001, "text_too_long")]
)
def test_words_are_needed_and_bounded(
    session: Session, post: Post, li_na: Actor, body: str, code: str
) -> None:
    with pytest.raises(DomainError, match=code):
        post(li_na, written(body))
    assert session.scalars(select(Message)).all() == []


def _acts(session: Session, waiting: Proposal) -> Sequence[Interruption]:
    return interruptions_of(session, session.get_one(Loan, waiting.loan_id), zone=ZONE)


def test_only_a_request_for_time_restarts_the_limitation_period(
    session: Session, waiting: Proposal, post: Post, li_na: Actor
) -> None:
    before = len(_acts(session, waiting))
    post(li_na, written("请给我一点时间"))
    assert len(_acts(session, waiting)) == before
    post(li_na, written("请给我一点时间", kind=MessageKind.REQUEST_FOR_TIME))
    acts = _acts(session, waiting)
    assert [act.cause.value for act in acts[before:]] == ["request_for_time"]


def test_staff_cannot_ask_for_time_in_the_borrower_s_name(post: Post, zhou_min: Actor) -> None:
    with pytest.raises(DomainError, match="message_kind_refused"):
        post(zhou_min, written(kind=MessageKind.REQUEST_FOR_TIME))


def test_nor_does_the_database_take_it(session: Session, post: Post, zhou_min: Actor) -> None:
    message = post(zhou_min)
    message.kind = "request_for_time"
    with pytest.raises(IntegrityError, match="time_is_asked_by_borrower"):
        session.flush()
    session.rollback()


def test_a_request_for_time_on_a_time_barred_debt_needs_the_warning_confirmed(
    session: Session, post: Post, li_na: Actor
) -> None:
    asking = {"kind": MessageKind.REQUEST_FOR_TIME, "key": KEY}
    with pytest.raises(DomainError, match="limitation_not_confirmed"):
        post(li_na, written(**asking), is_time_barred=True)
    post(li_na, written(**asking, knows_limitation=True), is_time_barred=True)
    assert len(events(session, "message:posted")) == 1


def test_a_plain_message_on_a_time_barred_debt_goes_through(post: Post, li_na: Actor) -> None:
    assert post(li_na, is_time_barred=True).number == 1


def test_unread_is_what_the_other_side_wrote_since(
    session: Session, waiting: Proposal, post: Post, cast: Cast, li_na: Actor, zhou_min: Actor
) -> None:
    post(li_na)
    assert unread_of(session, cast.li_na.id) == 0
    post(zhou_min)
    post(zhou_min)
    assert unread_of(session, cast.li_na.id) == 1
    assert threads_of(session, cast.li_na.id)[0].unread == 2
    mark_read(session, li_na, thread=thread_of(session, waiting), now=NOW)
    mark_read(session, li_na, thread=thread_of(session, waiting), now=NOW)
    assert unread_of(session, cast.li_na.id) == 0
    assert [event.fields["up_to"] for event in events(session, "message:read")] == [3]


def test_a_thread_waits_from_the_first_unanswered_message(
    session: Session, waiting: Proposal, post: Post, li_na: Actor, zhou_min: Actor
) -> None:
    post(li_na)
    post(li_na, now=NOW + timedelta(hours=1))
    assert thread_of(session, waiting).waits_since == NOW
    post(zhou_min)
    assert thread_of(session, waiting).waits_since is None


def test_a_thread_is_settled_only_as_far_as_it_was_seen(
    session: Session, waiting: Proposal, post: Post, li_na: Actor, zhou_min: Actor
) -> None:
    post(li_na)
    post(li_na)
    still_waits = []
    for up_to in (1, 2, 2):
        settle_thread(session, zhou_min, thread=thread_of(session, waiting), up_to=up_to, now=NOW)
        still_waits.append(thread_of(session, waiting).waits_since is not None)
    assert still_waits == [True, False, False]
    assert len(events(session, "thread:settled")) == 1


def test_a_draft_is_kept_for_its_author_and_becomes_the_message(
    session: Session, waiting: Proposal, post: Post, li_na: Actor
) -> None:
    keep_draft(session, li_na, about=waiting, form_key=KEY, body="写到一半", now=NOW)
    thread = thread_of(session, waiting)
    draft = find_draft(session, thread)
    assert draft is not None
    assert (draft.public_id, draft.body) == (KEY, "写到一半")
    assert thread_page(session, thread).lines == []
    assert thread.waits_since is None
    post(li_na, written(key=KEY))
    assert find_draft(session, thread) is None
    with pytest.raises(DomainError, match="form_sent_already"):
        keep_draft(session, li_na, about=waiting, form_key=KEY, body="再写", now=NOW)


@pytest.mark.parametrize("count", [0, 1, 20, 21, 65])
def test_any_number_of_messages_is_read_page_by_page(
    session: Session, waiting: Proposal, post: Post, li_na: Actor, count: int
) -> None:
    for number in range(count):
        post(li_na, written(f"第 {number + 1} 条"))
    thread = find_thread(session, waiting)
    page = thread_page(session, thread)
    seen: list[int] = []
    while True:
        seen = [line.number for line in page.lines] + seen
        if page.before is None:
            break
        page = thread_page(session, thread, before=page.before)
    assert seen == list(range(1, count + 1))


def test_the_way_back_to_newer_messages_meets_the_way_to_older_ones(
    session: Session, waiting: Proposal, post: Post, li_na: Actor
) -> None:
    for _ in range(45):
        post(li_na)
    thread = find_thread(session, waiting)
    older = thread_page(session, thread, before=thread_page(session, thread).before)
    newer = thread_page(session, thread, before=older.after)
    assert newer.lines[0].number == older.lines[-1].number + 1


def test_thirty_at_once_get_thirty_numbers_and_one_form_one(database: Database) -> None:
    with transaction(database.engine) as session:
        cast = add_cast(session)
        story = Story(session, cast.li_na, add_loan(session, cast.li_na))
        story.submit(reason=HardshipReason.ILLNESS)
        proposal_id, actor = story.proposal.id, borrower_actor(cast.li_na)

    def send(place: int) -> int | None:
        with transaction(database.engine) as session:
            about = session.get_one(Proposal, proposal_id)
            key = KEY if place % 2 else None
            return post_message(session, actor, about=about, written=written(key=key), now=NOW).number

    with ThreadPoolExecutor(max_workers=6) as pool:
        numbers = list(pool.map(send, range(30)))
    assert len(set(numbers)) == 16
    with transaction(database.engine) as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 16
        assert session.scalars(select(Thread.last_number)).one() == 16


SECRET, SENT = "k" * 32, SentMessage(version="2026-01-01", text="您有一条新的回复", number="1069")
DESK = Desk(key=SECRET, words=lambda *_asked: SENT, budget=MessageBudget())
NOON, NIGHT = NOW.astimezone(ZONE).replace(hour=12), NOW.astimezone(ZONE).replace(hour=23)


def notices(session: Session) -> Sequence[OutboxItem]:
    kind = OutboxItem.kind == "message:notice"
    return session.scalars(select(OutboxItem).where(kind).order_by(OutboxItem.id)).all()


def begin_notice(session: Session, item: OutboxItem, at: datetime = NOON) -> Attempt | Refusal | None:
    """As the worker does, up to where it would call the provider; what may go out is marked as sent."""
    seed = f"message:notice:{item.id}"
    wanted = find_notice_to_send(session, SYSTEM, payload=item.payload, seed=seed, key=SECRET, now=at)
    if wanted is None:
        return None
    begun = begin_attempt(session, SYSTEM, wanted, desk=DESK, now=at)
    if isinstance(begun, Attempt):
        mark_sent(session, SYSTEM, wanted, begun, now=at)
        record_notice_sent(session, SYSTEM, payload=item.payload, now=at)
    return begun


def send_notice(session: Session, item: OutboxItem, at: datetime = NOON) -> bool:
    return isinstance(begin_notice(session, item, at), Attempt)


def test_a_message_of_staff_is_announced_and_a_borrower_s_is_not(
    session: Session, post: Post, li_na: Actor, zhou_min: Actor
) -> None:
    post(li_na)
    assert notices(session) == []
    post(zhou_min)
    [item] = notices(session)
    assert set(item.payload) == {"thread_id", "number"}
    assert send_notice(session, item)
    contact = session.scalars(select(Contact).where(Contact.purpose == "message_notice")).one()
    assert (contact.channel, contact.result) == ("sms", "sent")
    assert len(events(session, "contact:made")) == 1


def test_one_notice_until_it_was_read(
    session: Session, waiting: Proposal, post: Post, li_na: Actor, zhou_min: Actor
) -> None:
    for _ in range(2):
        post(zhou_min)
    assert [send_notice(session, item) for item in notices(session)] == [True, False]
    mark_read(session, li_na, thread=thread_of(session, waiting), now=NOW)
    post(zhou_min)
    assert send_notice(session, notices(session)[-1])
    assert [event.fields["rule"] for event in events(session, "contact:refused")] == ["told_already"]


def test_what_was_read_before_needs_no_notice(
    session: Session, waiting: Proposal, post: Post, li_na: Actor, zhou_min: Actor
) -> None:
    post(zhou_min)
    mark_read(session, li_na, thread=thread_of(session, waiting), now=NOW)
    assert not send_notice(session, notices(session)[0])


def test_at_night_it_is_put_off_to_the_morning(session: Session, post: Post, zhou_min: Actor) -> None:
    post(zhou_min)
    [item] = notices(session)
    morning = (NIGHT + timedelta(days=1)).replace(hour=8)
    assert begin_notice(session, item, at=NIGHT) == Refusal("C01", morning)
    assert send_notice(session, item, at=morning)


@pytest.mark.parametrize(
    ("kind", "goes"),
    [(HoldKind.PLAN_ACTIVE, True), (HoldKind.DECEASED, False), (HoldKind.REPRESENTED, False)],
)
def test_holds_that_say_whose_number_it_is_not_stop_it(
    session: Session, waiting: Proposal, post: Post, zhou_min: Actor, kind: HoldKind, *, goes: bool
) -> None:
    start_hold(session, SYSTEM, loan_id=waiting.loan_id, kind=kind, reason="test", now=NOW)
    post(zhou_min)
    assert send_notice(session, notices(session)[0]) is goes


def test_what_was_not_taken_is_told_with_what_it_was_about(
    session: Session, waiting: Proposal, cast: Cast, li_na: Actor
) -> None:
    """A borrower reads of it beside the plan or the loan that they wrote about."""
    loan = session.get_one(Loan, waiting.loan_id)
    case = bring_up(session, cast.li_na, loan)
    for about in (waiting, case):
        record_refusal(session, li_na, about=about, name="message:refused", code="forbidden_phrase", now=NOW)
    refused = events(session, "message:refused")
    assert [(each.borrower_id, each.loan_id, each.proposal_id) for each in refused] == [
        (cast.li_na.id, loan.id, waiting.id),
        (cast.li_na.id, loan.id, None),
    ]
    assert [dict(each.fields) for each in refused] == [{"code": "forbidden_phrase"}] * 2


def test_a_thread_that_staff_open_is_told_as_a_look_and_not_to_who_is_close(
    session: Session, waiting: Proposal, cast: Cast, zhou_min: Actor
) -> None:
    look_at_thread(session, zhou_min, about=waiting, now=NOW)
    thread = thread_of(session, waiting)
    [look] = events(session, "thread:looked_at")
    assert (look.borrower_id, look.loan_id, look.proposal_id) == (cast.li_na.id, waiting.loan_id, waiting.id)
    assert dict(look.fields) == {"thread_id": thread.id, "reason": "thread_page"}
    session.add(
        StaffRelation(staff_member_id=cast.zhou_min.id, borrower_id=cast.li_na.id, kind="close", made_at=NOW)
    )
    session.flush()
    with pytest.raises(AccessRefused, match=r"^related_case$"):
        look_at_thread(session, zhou_min, about=waiting, now=NOW)
    with pytest.raises(AccessRefused, match=r"^related_case$"):
        settle_thread(session, zhou_min, thread=thread, up_to=1, now=NOW)
