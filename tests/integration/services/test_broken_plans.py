"""A plan that broke goes on, once; or is ended after its borrower was told: what it does to progress, pause, hold, record and messages."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.domain.arrears import arrears_of
from portal.domain.contact_requests import Purpose
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.holds import HoldKind
from portal.domain.occasions import Occasion
from portal.domain.permissions import SYSTEM
from portal.domain.plan_course import reminder_due
from portal.domain.plan_progress import PlanProgress, RowState
from portal.domain.proposals import OPEN_STATUSES, ProposalStatus
from portal.domain.reasons import PlanEndReason
from portal.domain.stage_packs import PACKS, StagePack
from portal.models import (
    Agreement,
    DelinquencyPause,
    Event,
    Loan,
    Message,
    OutboxItem,
    Payment,
    Proposal,
    StaffRelation,
    Thread,
)
from portal.queries.loans import loan_facts
from portal.queries.occasions import why_over
from portal.queries.plan_figures import plan_lines
from portal.queries.plans import plan_of
from portal.queries.running_plans import plan_under
from portal.queries.situations import running_holds, situation_of
from portal.queries.threads import find_thread
from portal.services.broken_plans import SeenPlan
from portal.services.message_notices import KIND as NOTICE
from portal.services.message_notices import find_notice_to_send
from portal.services.references import new_public_id
from portal.services.threads import WrittenMessage, post_message, settle_thread
from tests.broken_plans import (
    LATER,
    break_it,
    first_due,
    follow,
    reinstate,
    seen,
    staff_actor,
    tell,
    terminate,
)
from tests.databases import Database
from tests.people import NOW, Cast, add_cast, add_loan
from tests.races import AT_ONCE, at_once, count
from tests.stories import Story
from tests.told_events import told

DAY = timedelta(days=1)


@pytest.fixture
def broken(session: Session, story: Story) -> Story:
    del session
    return break_it(story)


def back_on(story: Story) -> date:
    """The day on which somebody decides: five days after it broke."""
    return first_due(story) + 16 * DAY


def progress(story: Story, on: date) -> PlanProgress:
    agreement = story.session.scalars(
        select(Agreement).where(Agreement.proposal_id == story.proposal.id)
    ).one()
    return plan_under(story.session, agreement, on=on).progress


def pay(story: Story, on: date, minor: int) -> None:
    story.session.add(
        Payment(
            payment_ref=f"new-{on}",
            loan_id=story.loan.id,
            paid_on=on,
            amount_minor=minor,
            channel="bank",
            is_reversed=False,
        )
    )
    story.session.flush()


def fields_of(session: Session, name: str) -> Sequence[dict[str, object]]:
    return [fields for _, fields in told(session, name)]


def letters(session: Session) -> Sequence[str]:
    return [each.body for each in session.scalars(select(Message).order_by(Message.id))]


def test_a_plan_goes_on_and_what_was_out_may_be_made_good_once_more(
    session: Session, broken: Story, cast: Cast
) -> None:
    on = back_on(broken)
    reinstate(session, cast.zhou_min, seen(broken), on=on)
    assert (broken.proposal.status, broken.proposal.reinstated_on) == (ProposalStatus.ACTIVE, on)
    assert broken.proposal.ended_at is None
    assert fields_of(session, "plan:reinstated") == [
        {
            "version_number": 1,
            "reason_code": "asked_and_able",
            "due_on": first_due(broken).isoformat(),
            "until": (on + 10 * DAY).isoformat(),
        }
    ]
    assert HoldKind.PLAN_ACTIVE in running_holds(session, broken.loan.id)


def test_where_nothing_is_out_the_record_names_no_day_to_make_it_good(
    session: Session, broken: Story, cast: Cast
) -> None:
    pay(broken, first_due(broken) + 12 * DAY, progress(broken, back_on(broken)).due_now)
    reinstate(session, cast.zhou_min, seen(broken), on=back_on(broken))
    [fields] = fields_of(session, "plan:reinstated")
    assert str(fields["due_on"]) > back_on(broken).isoformat()
    assert fields["until"] == ""


def test_the_days_run_leaves_it_alone_until_the_new_days_are_over(
    session: Session, broken: Story, cast: Cast
) -> None:
    on = back_on(broken)
    reinstate(session, cast.zhou_min, seen(broken), on=on)
    for later in (1, 2, 9, 10):
        follow(broken, on + later * DAY)
        assert broken.proposal.status == ProposalStatus.MISSED, later
    assert [each["cure_until"] for each in fields_of(session, "plan:missed")][1:] == [
        (on + 10 * DAY).isoformat()
    ]
    follow(broken, on + 11 * DAY)
    assert broken.proposal.status == ProposalStatus.BROKEN
    assert len(fields_of(session, "plan:broken")) == 2
    assert HoldKind.PLAN_ACTIVE not in running_holds(session, broken.loan.id)


def test_paid_within_the_new_days_it_goes_on_and_the_payment_stays_a_late_one(
    session: Session, broken: Story, cast: Cast
) -> None:
    on = back_on(broken)
    reinstate(session, cast.zhou_min, seen(broken), on=on)
    follow(broken, on + DAY)
    pay(broken, on + 8 * DAY, progress(broken, on + 8 * DAY).due_now)
    broken.loan.as_of = on + 12 * DAY
    found = progress(broken, on + 9 * DAY)
    assert found.rows[0].state is RowState.LATE
    follow(broken, on + 9 * DAY)
    assert broken.proposal.status == ProposalStatus.ACTIVE


def test_a_payment_that_falls_due_later_has_its_own_ten_days(
    session: Session, broken: Story, cast: Cast
) -> None:
    on = back_on(broken)
    reinstate(session, cast.zhou_min, seen(broken), on=on)
    found = progress(broken, on)
    first, second = found.rows[0], next(row for row in found.rows if row.row.due_on > on)
    assert (first.cure_until, first.reminder_on) == (on + 10 * DAY, on + 3 * DAY)
    assert second.cure_until == second.row.due_on + 10 * DAY


def test_it_is_reminded_of_once_more_before_the_new_days_are_over(
    session: Session, broken: Story, cast: Cast
) -> None:
    on, pack = back_on(broken), StagePack.from_data(PACKS[0])
    reinstate(session, cast.zhou_min, seen(broken), on=on)
    broken.loan.as_of = on + 20 * DAY
    day = pack.plan_missed_day
    found = reminder_due(progress(broken, on + day * DAY), since=on + (day - 1) * DAY, pack=pack)
    assert found is not None
    assert (found[0], found[1].due_on) == (Occasion.PLAN_MISSED, first_due(broken))


def test_days_stand_still_from_the_day_on_which_it_goes_on_and_not_from_before(
    session: Session, broken: Story, cast: Cast
) -> None:
    def delinquent(on: date) -> int:
        return arrears_of(loan_facts(session, broken.loan.id), on=on).delinquent_days

    on = back_on(broken)
    before = delinquent(on)
    reinstate(session, cast.zhou_min, seen(broken), on=on)
    assert delinquent(on + 9 * DAY) == before == 42 + 5
    pauses = session.scalars(select(DelinquencyPause).order_by(DelinquencyPause.id)).all()
    assert [(each.starts_on, each.ends_on) for each in pauses][1:] == [(on, None)]
    follow(broken, on + DAY)
    follow(broken, on + 11 * DAY)
    session.refresh(pauses[1])
    assert pauses[1].ends_on == on + 11 * DAY


def test_a_second_time_is_refused(session: Session, broken: Story, cast: Cast) -> None:
    on = back_on(broken)
    reinstate(session, cast.zhou_min, seen(broken), on=on)
    follow(broken, on + DAY)
    follow(broken, on + 11 * DAY)
    with pytest.raises(DomainError, match="reinstated_before"):
        reinstate(session, cast.wu_yan, seen(broken), on=on + 12 * DAY)
    assert broken.proposal.status == ProposalStatus.BROKEN


def test_nothing_of_a_plan_that_is_paid_goes_on(session: Session, broken: Story, cast: Cast) -> None:
    on = back_on(broken)
    pay(broken, on - DAY, plan_of(broken.version).cost.total_paid + 10_000_000)
    with pytest.raises(DomainError, match="nothing_left_of_plan"):
        reinstate(session, cast.zhou_min, seen(broken), on=on)


def test_a_plan_that_is_paid_is_not_ended(session: Session, broken: Story, cast: Cast) -> None:
    on = back_on(broken)
    tell(session, cast.zhou_min, seen(broken), on=on, reason=PlanEndReason.ASKED_FOR)
    pay(broken, on + DAY, plan_of(broken.version).cost.total_paid + 10_000_000)
    for act in (tell, terminate):
        with pytest.raises(DomainError, match="nothing_left_of_plan"):
            act(session, cast.zhou_min, seen(broken), on=on + 11 * DAY)
    assert broken.proposal.status == ProposalStatus.BROKEN


def test_nobody_is_told_that_a_plan_broke_which_is_paid(session: Session, broken: Story) -> None:
    on = back_on(broken)

    def why() -> str | None:
        loan_id = broken.loan.id
        return why_over(session, Occasion.PLAN_BROKEN, loan_id=loan_id, on=on, fields={}, today=on)

    assert why() is None
    pay(broken, on - DAY, plan_of(broken.version).cost.total_paid + 10_000_000)
    assert why() == "paid_already"


def test_a_plan_whose_last_date_has_passed_may_go_on_for_its_last_days(
    session: Session, broken: Story, cast: Cast
) -> None:
    on = plan_of(broken.version).ends_on + 30 * DAY
    reinstate(session, cast.zhou_min, seen(broken), on=on)
    assert {row.cure_until for row in progress(broken, on).unmet} == {on + 10 * DAY}


def test_a_draft_gives_way_to_the_plan_that_goes_on(session: Session, broken: Story, cast: Cast) -> None:
    another = Story(session, cast.li_na, broken.loan).start()
    reinstate(session, cast.zhou_min, seen(broken), on=back_on(broken))
    assert another.proposal.status == ProposalStatus.DISCARDED
    assert (another.proposal.ended_at, another.proposal.closes_at) == (NOW, None)
    assert fields_of(session, "plan:discarded") == [{"reference": another.proposal.reference}]
    noted = session.scalars(select(Event).where(Event.name == "plan:discarded")).one()
    assert (noted.actor_kind, noted.actor_id) == ("staff", cast.zhou_min.id)
    assert broken.proposal.status == ProposalStatus.ACTIVE
    assert "草稿已经作废" in letters(session)[-1]


def test_without_a_draft_none_is_written_of(session: Session, broken: Story, cast: Cast) -> None:
    reinstate(session, cast.zhou_min, seen(broken), on=back_on(broken))
    assert "草稿" not in letters(session)[-1]


@pytest.mark.parametrize("status", [each for each in OPEN_STATUSES if each is not ProposalStatus.DRAFT])
def test_not_beside_another_plan_for_the_loan_that_was_signed(
    session: Session, broken: Story, cast: Cast, status: ProposalStatus
) -> None:
    another = Story(session, cast.li_na, broken.loan).start()
    another.proposal.status = status.value
    session.flush()
    with pytest.raises(Conflict, match="other_plan_exists"):
        reinstate(session, cast.zhou_min, seen(broken), on=back_on(broken))


def test_only_a_broken_plan_and_only_as_it_was_seen(session: Session, broken: Story, cast: Cast) -> None:
    on, as_seen = back_on(broken), seen(broken)
    tell(session, cast.wu_yan, as_seen, on=on)
    with pytest.raises(Conflict, match="proposal_moved"):
        reinstate(session, cast.zhou_min, as_seen, on=on)
    reinstate(session, cast.zhou_min, seen(broken), on=on)
    for act in (reinstate, tell, terminate):
        with pytest.raises(Conflict, match="plan_not_broken"):
            act(session, cast.wu_yan, seen(broken), on=on)


@pytest.mark.parametrize("act", [reinstate, tell, terminate])
def test_only_approvers_and_none_close_to_the_borrower(
    session: Session, broken: Story, cast: Cast, act: object
) -> None:
    assert callable(act)
    with pytest.raises(AccessRefused, match="permission_missing"):
        act(session, cast.zheng_hao, seen(broken), on=back_on(broken))
    session.add(
        StaffRelation(staff_member_id=cast.zhou_min.id, borrower_id=cast.li_na.id, kind="close", made_at=NOW)
    )
    session.flush()
    with pytest.raises(AccessRefused, match="related_case"):
        act(session, cast.zhou_min, seen(broken), on=back_on(broken))


def test_nobodys_plan_ends_before_they_were_told_and_had_ten_days(
    session: Session, broken: Story, cast: Cast
) -> None:
    on = back_on(broken)
    with pytest.raises(DomainError, match="end_not_told"):
        terminate(session, cast.zhou_min, seen(broken), on=on)
    tell(session, cast.zhou_min, seen(broken), on=on)
    with pytest.raises(Conflict, match="end_told_already"):
        tell(session, cast.wu_yan, seen(broken), on=on + DAY)
    with pytest.raises(DomainError, match="end_too_early"):
        terminate(session, cast.zhou_min, seen(broken), on=on + 10 * DAY)
    assert broken.proposal.status == ProposalStatus.BROKEN
    broke_at = broken.proposal.ended_at
    terminate(session, cast.zhou_min, seen(broken), on=on + 11 * DAY)
    assert (broken.proposal.status, broken.proposal.terminated_at) == (ProposalStatus.TERMINATED, LATER)
    assert broken.proposal.ended_at == broke_at
    left = progress(broken, on + 11 * DAY).left
    assert fields_of(session, "plan:end_told") == [
        {
            "version_number": 1,
            "reason_code": "nothing_paid_since",
            "from_day": (on + 11 * DAY).isoformat(),
            "left_minor": left,
        }
    ]
    assert fields_of(session, "plan:terminated") == [
        {
            "version_number": 1,
            "reason_code": "nothing_paid_since",
            "told_on": on.isoformat(),
            "left_minor": left,
        }
    ]


def test_a_reason_that_the_book_contradicts_is_not_told(session: Session, broken: Story, cast: Cast) -> None:
    on = back_on(broken)
    for reason in (PlanEndReason.TOO_LITTLE_PAID_SINCE, PlanEndReason.BROKE_AGAIN):
        with pytest.raises(DomainError, match="reason_no_longer_true"):
            tell(session, cast.zhou_min, seen(broken), on=on, reason=reason)
    pay(broken, on - DAY, 100)
    with pytest.raises(DomainError, match="reason_no_longer_true"):
        tell(session, cast.zhou_min, seen(broken), on=on)
    assert letters(session) == []


def test_a_payment_before_it_broke_is_none_since(session: Session, broken: Story, cast: Cast) -> None:
    pay(broken, first_due(broken) + 10 * DAY, 100)
    tell(session, cast.zhou_min, seen(broken), on=back_on(broken))
    assert broken.proposal.end_reason == PlanEndReason.NOTHING_PAID_SINCE


def test_a_payment_after_the_letter_is_told_of_anew_and_gives_all_the_days_again(
    session: Session, broken: Story, cast: Cast
) -> None:
    on = back_on(broken)
    tell(session, cast.zhou_min, seen(broken), on=on)
    pay(broken, on + 5 * DAY, 100)
    again = on + 11 * DAY
    with pytest.raises(DomainError, match="reason_no_longer_true"):
        terminate(session, cast.zhou_min, seen(broken), on=again)
    tell(session, cast.zhou_min, seen(broken), on=again, reason=PlanEndReason.TOO_LITTLE_PAID_SINCE)
    assert broken.proposal.end_told_on == again
    with pytest.raises(DomainError, match="end_too_early"):
        terminate(session, cast.zhou_min, seen(broken), on=again + 10 * DAY)
    terminate(session, cast.zhou_min, seen(broken), on=again + 11 * DAY)
    assert "不足以让它继续下去" in letters(session)[-1]


def test_the_end_changes_nothing_of_the_days_before(session: Session, broken: Story, cast: Cast) -> None:
    on = back_on(broken)
    tell(session, cast.zhou_min, seen(broken), on=on)
    before = arrears_of(loan_facts(session, broken.loan.id), on=on + 11 * DAY)
    terminate(session, cast.zhou_min, seen(broken), on=on + 11 * DAY)
    assert arrears_of(loan_facts(session, broken.loan.id), on=on + 11 * DAY) == before


def test_told_of_the_end_a_plan_may_still_go_on(session: Session, broken: Story, cast: Cast) -> None:
    on = back_on(broken)
    tell(session, cast.zhou_min, seen(broken), on=on)
    reinstate(session, cast.wu_yan, seen(broken), on=on + 3 * DAY)
    assert (broken.proposal.end_told_on, broken.proposal.end_reason) == (None, None)
    follow(broken, on + 4 * DAY)
    follow(broken, on + 14 * DAY)
    assert broken.proposal.status == ProposalStatus.BROKEN
    with pytest.raises(DomainError, match="end_not_told"):
        terminate(session, cast.wu_yan, seen(broken), on=on + 30 * DAY)


def test_the_borrower_reads_what_is_out_until_when_and_what_comes_next(
    session: Session, broken: Story, cast: Cast
) -> None:
    on = back_on(broken)
    reinstate(session, cast.zhou_min, seen(broken, "谢谢您打来电话。"), on=on)
    (letter,) = letters(session)
    found = progress(broken, on)
    out, coming = found.due_now, next(row for row in found.unmet if row.row.due_on > on)
    until = on + 10 * DAY
    for words in (
        broken.proposal.reference,
        f"一共是 {out / 100:,.2f} 元",
        f"{until.year}年{until.month}月{until.day}日（含当天）",
        f"{coming.row.due_on.year}年{coming.row.due_on.month}月{coming.row.due_on.day}日",
        "谢谢您打来电话。",
        "恢复只有这一次机会",
    ):
        assert words in letter, letter
    assert session.scalars(select(OutboxItem.kind).where(OutboxItem.kind == "message:notice")).all()


def test_the_borrower_reads_why_it_is_to_end_what_is_left_and_what_they_may_do(
    session: Session, broken: Story, cast: Cast
) -> None:
    on = back_on(broken)
    tell(
        session,
        cast.zhou_min,
        seen(broken, "我们给您打过两次电话。"),
        on=on,
        reason=PlanEndReason.NOTHING_PAID_SINCE,
    )
    terminate(session, cast.zhou_min, seen(broken), on=on + 11 * DAY)
    told, ended = letters(session)
    left = f"{progress(broken, on).left / 100:,.2f} 元"
    overdue = f"{arrears_of(loan_facts(session, broken.loan.id), on=on).total / 100:,.2f} 元"
    for words in ("还没有收到新的付款", "我们给您打过两次电话。", left, overdue, "申请恢复", "异议", "投诉"):
        assert words in told, told
    for words in ("没有收到新的付款", left, "异议", "投诉", "重新提出"):
        assert words in ended, ended
    assert "申请恢复" not in ended


def test_who_went_on_once_is_not_promised_it_again(session: Session, broken: Story, cast: Cast) -> None:
    on = back_on(broken)
    reinstate(session, cast.zhou_min, seen(broken), on=on)
    follow(broken, on + DAY)
    follow(broken, on + 11 * DAY)
    tell(session, cast.wu_yan, seen(broken), on=on + 12 * DAY, reason=PlanEndReason.BROKE_AGAIN)
    assert "申请恢复" not in letters(session)[-1]
    assert "恢复以后又中断了" in letters(session)[-1]


@pytest.mark.parametrize("decide", [tell, reinstate, terminate])
def test_each_letter_is_announced_although_an_earlier_message_is_unread(
    session: Session, broken: Story, cast: Cast, decide: Callable[..., None]
) -> None:
    on = back_on(broken)
    if decide is terminate:
        tell(session, cast.zhou_min, seen(broken), on=on)
        on += 11 * DAY
    else:
        written = WrittenMessage(form_key="a" * 32, body="我们收到了您的消息。")
        post_message(session, staff_actor(cast.zhou_min), about=broken.proposal, written=written, now=NOW)
    thread = session.scalars(select(Thread)).one()
    thread.told_borrower = thread.last_number
    decide(session, cast.zhou_min, seen(broken), on=on)
    notice = session.scalars(
        select(OutboxItem).where(OutboxItem.kind == NOTICE).order_by(OutboxItem.id.desc()).limit(1)
    ).one()
    assert notice.payload["number"] == thread.last_number
    wanted = find_notice_to_send(session, SYSTEM, payload=notice.payload, seed="s", key="k" * 32, now=NOW)
    assert wanted is not None
    assert wanted.guarded_as is Purpose.ANSWER
    thread.read_by_borrower = thread.last_number
    assert (
        find_notice_to_send(session, SYSTEM, payload=notice.payload, seed="s", key="k" * 32, now=NOW) is None
    )


def test_a_letter_in_english_names_the_same(session: Session, broken: Story, cast: Cast) -> None:
    cast.li_na.locale = "en"
    session.add(cast.li_na)
    session.flush()
    tell(session, cast.zhou_min, seen(broken), on=back_on(broken))
    assert "since the plan was interrupted, no payment has reached us" in letters(session)[0]


def test_words_that_threaten_do_not_go_out(session: Session, broken: Story, cast: Cast) -> None:
    with pytest.raises(DomainError, match="forbidden_phrase"):
        tell(session, cast.zhou_min, seen(broken, "否则我们起诉"), on=back_on(broken))
    assert letters(session) == []


def test_a_plan_that_went_on_counts_as_running_and_as_one_that_broke_lately(
    session: Session, broken: Story, cast: Cast
) -> None:
    on = back_on(broken)
    reinstate(session, cast.zhou_min, seen(broken), on=on)
    (line,) = plan_lines(session, since=NOW - 90 * DAY, until=NOW + 90 * DAY, now=NOW + 60 * DAY)
    assert (line.broken, line.running) == (0, 1)
    situation = situation_of(session, broken.loan, on=on, answers={})
    assert situation.broken_on == (on,)
    assert situation.circumstances.has_broken_plan_lately


def test_a_plan_that_was_ended_stays_broken_when_it_broke(
    session: Session, broken: Story, cast: Cast
) -> None:
    on = back_on(broken)
    tell(session, cast.zhou_min, seen(broken), on=on)
    terminate(session, cast.zhou_min, seen(broken), on=on + 11 * DAY)
    (line,) = plan_lines(session, since=NOW - DAY, until=NOW + DAY, now=NOW + 60 * DAY)
    assert (line.broken, line.running) == (1, 0)


def write(story: Story, body: str) -> Thread:
    """The borrower writes about the plan."""
    written = WrittenMessage(form_key=new_public_id(), body=body)
    post_message(story.session, story.actor, about=story.proposal, written=written, now=NOW)
    thread = find_thread(story.session, story.proposal)
    assert thread is not None
    return thread


def test_what_the_borrower_wrote_goes_on_waiting_beside_the_letters(
    session: Session, broken: Story, cast: Cast
) -> None:
    on, thread = back_on(broken), write(broken, "我下周可以还。")
    tell(session, cast.zhou_min, seen(broken), on=on)
    assert (thread.waits_since, thread.read_by_staff) == (NOW, 0)
    reinstate(session, cast.wu_yan, seen(broken), on=on + DAY)
    assert (thread.waits_since, thread.read_by_staff, thread.last_from_staff) == (NOW, 0, 3)


def test_nobodys_plan_ends_while_their_answer_waits(session: Session, broken: Story, cast: Cast) -> None:
    on = back_on(broken)
    tell(session, cast.zhou_min, seen(broken), on=on)
    thread = write(broken, "我昨天付了一笔。")
    with pytest.raises(DomainError, match="answer_waits"):
        terminate(session, cast.zhou_min, seen(broken), on=on + 11 * DAY)
    settle_thread(session, staff_actor(cast.wu_yan), thread=thread, up_to=thread.last_number, now=NOW)
    terminate(session, cast.zhou_min, seen(broken), on=on + 11 * DAY)
    assert broken.proposal.status == ProposalStatus.TERMINATED


@pytest.fixture
def broken_id(database: Database) -> tuple[Cast, int, date]:
    with transaction(database.engine) as session:
        cast = add_cast(session)
        story = break_it(Story(session, cast.li_na, add_loan(session, cast.li_na)))
        return cast, story.proposal.id, back_on(story)


@pytest.mark.parametrize("verbs", [(reinstate,), (reinstate, tell)])
def test_of_two_approvers_at_once_one_decides(
    database: Database, broken_id: tuple[Cast, int, date], verbs: Sequence[object]
) -> None:
    cast, proposal_id, on = broken_id
    with transaction(database.engine, writes=False) as session:
        row_version = session.get_one(Proposal, proposal_id).row_version

    def act(session: Session, number: int) -> None:
        verb = verbs[number % len(verbs)]
        assert callable(verb)
        member = (cast.zhou_min, cast.wu_yan)[number % 2]
        verb(session, member, SeenPlan(proposal_id=proposal_id, row_version=row_version), on=on)

    found = at_once(database, act)
    assert found.pop("done") == 1
    assert sum(found.values()) == AT_ONCE - 1
    assert found.keys() <= {"plan_not_broken", "proposal_moved"}
    assert count(database, Event.name.in_(["plan:reinstated", "plan:end_told"])) == 1
    assert count(database, Message.id > 0) == 1


def test_a_plan_does_not_go_on_beside_a_draft_that_is_begun_meanwhile(
    database: Database, broken_id: tuple[Cast, int, date]
) -> None:
    cast, proposal_id, on = broken_id
    with transaction(database.engine, writes=False) as session:
        proposal = session.get_one(Proposal, proposal_id)
        row_version, loan_id = proposal.row_version, proposal.loan_id

    def act(session: Session, number: int) -> None:
        if number % 2:
            what = SeenPlan(proposal_id=proposal_id, row_version=row_version)
            reinstate(session, cast.zhou_min, what, on=on)
        else:
            Story(session, cast.li_na, session.get_one(Loan, loan_id)).start()

    found = at_once(database, act)
    assert found.keys() <= {
        "done",
        "plan_already_runs",
        "other_plan_exists",
        "plan_not_broken",
        "proposal_moved",
    }
    drafts = count(database, Proposal.status == "draft")
    running = count(database, Proposal.status == "active")
    assert (drafts, running) == (0, 1)
