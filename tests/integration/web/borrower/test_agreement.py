"""An agreement's page over the life of its plan: what leads, what was kept, the calendar, the code to check it by."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal.domain.arrears import arrears_of
from portal.domain.permissions import SYSTEM
from portal.domain.plan_progress import payable_rows
from portal.models import Agreement, Loan, Payment, StaffMember
from portal.queries.loans import loan_facts
from portal.queries.plans import plan_of
from portal.queries.proposals import get_proposal_of, get_signed_version
from portal.services.broken_plans import SeenPlan
from portal.services.documents import keep_sealed
from portal.services.running_plans import follow_plan
from tests.broken_plans import reinstate, tell, terminate
from tests.databases import Database
from tests.people import TODAY
from tests.plan_walks import MONTHLY, Walk, page_of, shown_text

DAY = timedelta(days=1)


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """What a page says is the same on both databases."""
    return sqlite_database


@pytest.fixture
def running(walk: Walk) -> Walk:
    """In force and sealed."""
    walk.to_sent()
    with walk.writing() as session:
        agreement = session.scalars(select(Agreement)).one()
        keep_sealed(session, SYSTEM, agreement_id=agreement.id, body=b"%PDF-1.7 sealed", now=walk.clock.now())
    return walk


def path(walk: Walk) -> str:
    with walk.writing() as session:
        return f"/agreements/{session.scalars(select(Agreement.public_id)).one()}"


def dates(walk: Walk) -> Sequence[date]:
    with walk.writing() as session:
        version = get_signed_version(session, get_proposal_of(session, walk.borrower.id, walk.id))
        return [row.due_on for row in plan_of(version).rows]


def receive(walk: Walk, on: date, minor: int) -> None:
    with walk.writing() as session:
        session.add(
            Payment(
                payment_ref=f"new-{on}",
                loan_id=walk.loan.id,
                paid_on=on,
                amount_minor=minor,
                channel="bank",
                is_reversed=False,
            )
        )


def live_until(walk: Walk, on: date, *, follows: bool = True, since: date = TODAY) -> None:
    """Days pass; the book came the evening before, and the day's run in the morning."""
    walk.wait(days=(on - since).days)
    with walk.writing() as session:
        session.get_one(Loan, walk.loan.id).as_of = on - DAY
        if follows:
            proposal = get_proposal_of(session, walk.borrower.id, walk.id)
            session.flush()
            follow_plan(session, SYSTEM, proposal_id=proposal.id, on=on, now=walk.clock.now())


def test_the_next_payment_leads_with_the_way_to_pay_it(running: Walk) -> None:
    answer = running.client.get(path(running))
    said = shown_text(answer)
    first = dates(running)[0]
    assert f"{first.year}年{first.month}月{first.day}日" in said
    assert f'href="/loans/{running.loan.public_id}/pay"' in page_of(answer)
    assert "还没有到第一个还款日" in said


def test_a_payment_that_came_is_shown_kept(running: Walk) -> None:
    with running.writing() as session:
        version = get_signed_version(session, get_proposal_of(session, running.borrower.id, running.id))
        due = plan_of(version).rows[0].due
    receive(running, TODAY, due)
    said = shown_text(running.client.get(path(running)))
    assert "其中 1 期已还，都算按时" in said
    assert f"已还{due / 100:,.2f} 元" in said.replace("已还 ", "已还")
    assert "按时已还" in said


def test_a_late_one_says_until_when_it_can_be_made_good(running: Walk) -> None:
    due = dates(running)[0]
    live_until(running, due + 4 * DAY)
    cure = due + 10 * DAY
    for page in (path(running), "/"):
        said = shown_text(running.client.get(page))
        assert f"{cure.year}年{cure.month}月{cure.day}日（含）以前补上，就算按时" in said, page
    assert "有一期逾期" in said or "尚未入账" in said or "目前还没有入账" in said


def test_it_says_so_even_before_the_days_run_came(running: Walk) -> None:
    due = dates(running)[0]
    live_until(running, due + DAY, follows=False)
    assert "就算按时" in shown_text(running.client.get(path(running)))


def test_a_broken_plan_offers_the_ways_on_without_blame(running: Walk) -> None:
    due = dates(running)[0]
    live_until(running, due + 11 * DAY)
    said = shown_text(running.client.get(path(running)))
    assert "您还的每一笔都算数" in said
    page = page_of(running.client.get(path(running)))
    assert f'href="/proposals/{running.id}/messages#write"' in page
    assert "会有工作人员看到并回复您" in said
    home = shown_text(running.client.get("/"))
    assert "目前不会联系您催收" not in home


def test_a_broken_plan_that_was_paid_since_says_so(running: Walk) -> None:
    on = dates(running)[0] + 11 * DAY
    live_until(running, on)
    receive(running, on, 9_000_000)
    for page in (path(running), f"/proposals/{running.id}"):
        said = shown_text(running.client.get(page))
        assert "这份方案的款项已经全部付清" in said, page
        assert "可能会再和您联系还款" not in said, page
        assert "申请恢复方案" not in said, page


def test_a_proposal_whose_plan_broke_offers_what_its_agreement_offers(running: Walk) -> None:
    """To go on once; not a second time."""
    on = dates(running)[0] + 11 * DAY
    live_until(running, on)
    page = page_of(running.client.get(f"/proposals/{running.id}"))
    assert f'href="/proposals/{running.id}/messages#write"' in page
    assert path(running) in page
    with running.writing() as session:
        get_proposal_of(session, running.borrower.id, running.id).reinstated_on = TODAY
    assert "申请恢复方案" not in shown_text(running.client.get(f"/proposals/{running.id}"))


def decide(walk: Walk, verb: Callable[..., None], on: date) -> None:
    with walk.writing() as session:
        proposal = get_proposal_of(session, walk.borrower.id, walk.id)
        approver = session.scalars(select(StaffMember).where(StaffMember.login == "zhou.min")).one()
        what = SeenPlan(proposal_id=proposal.id, row_version=proposal.row_version)
        verb(session, approver, what, on=on)


def in_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def test_a_plan_that_goes_on_says_until_when_what_is_out_may_be_there(running: Walk) -> None:
    on = dates(running)[0] + 11 * DAY
    live_until(running, on)
    decide(running, reinstate, on)
    until = in_words(on + 10 * DAY)
    for _ in range(2):
        said = shown_text(running.client.get(path(running)))
        assert f"{in_words(on)}恢复" in said
        assert f"{until}（含）以前补上就可以" in said
        assert "就算按时" not in said
        assert f"{until}（含）以前补上，方案照常继续" in shown_text(running.client.get("/"))
        live_until(running, on + DAY, since=on)
    assert f"{in_words(on)}恢复" in said


def test_what_fell_due_after_it_went_on_is_told_apart_with_its_own_days(running: Walk) -> None:
    first, second = dates(running)[:2]
    on = second - 3 * DAY
    live_until(running, first + 11 * DAY)
    live_until(running, on, since=first + 11 * DAY)
    decide(running, reinstate, on)
    live_until(running, second + DAY, since=on)
    with running.writing() as session:
        version = get_signed_version(session, get_proposal_of(session, running.borrower.id, running.id))
        out, later = (f"{row.due / 100:,.2f}" for row in plan_of(version).rows[:2])
        both = f"{sum(row.due for row in plan_of(version).rows[:2]) / 100:,.2f}"
    for page in (path(running), "/"):
        said = shown_text(running.client.get(page))
        assert f"{in_words(on + 10 * DAY)}（含）以前补上" in said, page
        assert out in said
        assert f"另有 {later} 元已于{in_words(second)}到期" in said.replace("\u202f", " "), page
        assert f"{in_words(second + 10 * DAY)}（含）以前还清，就算按时" in said, page
        assert both not in said.partition("如果没有方案")[0], page


def test_paying_names_what_keeps_a_plan_that_goes_on_and_all_that_is_out(running: Walk) -> None:
    first, second = dates(running)[:2]
    on = second - 3 * DAY
    live_until(running, first + 11 * DAY)
    live_until(running, on, since=first + 11 * DAY)
    decide(running, reinstate, on)
    live_until(running, on + DAY, since=on)
    with running.writing() as session:
        version = get_signed_version(session, get_proposal_of(session, running.borrower.id, running.id))
        rows = payable_rows(plan_of(version))
    out, both = (
        f"{sum(row.due for row in rows if row.due_on <= day) / 100:,.2f} 元" for day in (on, second + DAY)
    )
    pay = f"/loans/{running.loan.public_id}/pay"
    said = shown_text(running.client.get(pay))
    assert f"{in_words(on + 10 * DAY)}（含）以前补上，方案照常继续 {out}" in said
    assert "方案中到期未还" not in said
    assert both not in said
    live_until(running, second + DAY, since=on + DAY)
    said = shown_text(running.client.get(pay))
    assert f"方案照常继续 {out}" in said
    assert f"方案中到期未还的合计（含上面这笔） {both}" in said


def test_the_proposal_of_a_plan_that_goes_on_names_its_new_day(running: Walk) -> None:
    on = dates(running)[0] + 11 * DAY
    live_until(running, on)
    decide(running, reinstate, on)
    live_until(running, on + DAY, since=on)
    said = shown_text(running.client.get(f"/proposals/{running.id}"))
    assert f"{in_words(on + 10 * DAY)}（含）以前补上，方案照常继续" in said
    assert "算按时" not in said


def test_the_proposal_of_a_late_plan_names_the_day(running: Walk) -> None:
    due = dates(running)[0]
    live_until(running, due + DAY)
    said = shown_text(running.client.get(f"/proposals/{running.id}"))
    assert f"{in_words(due + 10 * DAY)}（含）以前补上，就算按时" in said


def test_where_nothing_is_paid_it_does_not_say_that_it_counts_as_on_time(running: Walk) -> None:
    live_until(running, dates(running)[0] + DAY)
    said = shown_text(running.client.get(path(running)))
    assert "期，还没有还款" in said
    assert "其中 0 期" not in said


def test_a_broken_plan_of_which_all_is_paid_warns_of_nothing(running: Walk) -> None:
    on = dates(running)[0] + 11 * DAY
    live_until(running, on)
    pages = (path(running), f"/proposals/{running.id}")
    receive(running, on, 9_000_000)
    for page in pages:
        said = shown_text(running.client.get(page))
        assert "曾中断，已全部还清" in said, page


def test_a_plan_that_broke_again_does_not_promise_what_cannot_be(running: Walk) -> None:
    on = dates(running)[0] + 11 * DAY
    live_until(running, on)
    decide(running, reinstate, on)
    live_until(running, on + DAY, since=on)
    live_until(running, on + 11 * DAY, since=on + DAY)
    said = shown_text(running.client.get(path(running)))
    assert "只能恢复一次，这份已经恢复过" in said
    assert "申请恢复方案" not in said


def test_who_was_told_of_an_end_reads_the_day_and_may_still_ask(running: Walk) -> None:
    on = dates(running)[0] + 11 * DAY
    live_until(running, on)
    decide(running, tell, on)
    said = shown_text(running.client.get(path(running)))
    assert f"最早在{in_words(on + 11 * DAY)}" in said
    assert "申请恢复方案" in said


def test_an_ended_plan_says_what_is_owed_and_what_can_be_done(running: Walk) -> None:
    on = dates(running)[0] + 11 * DAY
    live_until(running, on)
    decide(running, tell, on)
    live_until(running, on + 11 * DAY, since=on)
    decide(running, terminate, on + 11 * DAY)
    answer = running.client.get(path(running))
    said, page = shown_text(answer), page_of(answer)
    with running.writing() as session:
        overdue = arrears_of(loan_facts(session, running.loan.id), on=on + 11 * DAY).total
    assert "按原合同，截至今天到期未还" in said
    assert f"{overdue / 100:,.2f}" in said
    for way in (
        f"/loans/{running.loan.public_id}/plan",
        f"/proposals/{running.id}/messages",
        f"/loans/{running.loan.public_id}/dispute",
        "/complain",
    ):
        assert f'href="{way}"' in page, way
    messages = shown_text(running.client.get(f"/proposals/{running.id}/messages"))
    assert "没有收到新的付款" in messages
    assert f'href="/loans/{running.loan.public_id}/plan"' in page_of(
        running.client.get(f"/proposals/{running.id}")
    )


def test_a_payment_that_is_late_is_named_once_among_the_sums_to_pay(running: Walk) -> None:
    live_until(running, dates(running)[0] + 2 * DAY)
    said = shown_text(running.client.get(f"/loans/{running.loan.public_id}/pay"))
    assert "方案中到期未还" in said
    assert "方案的下一次还款" not in said


def test_dates_that_were_taken_back_come_again(running: Walk) -> None:
    on = dates(running)[0] + 11 * DAY
    live_until(running, on)
    decide(running, reinstate, on)
    text = running.client.get(f"{path(running)}/dates.ics").get_data(as_text=True)
    assert "STATUS:CANCELLED" not in text
    assert text.count("SEQUENCE:2") == text.count("BEGIN:VEVENT")


def test_a_completed_plan_thanks(running: Walk) -> None:
    receive(running, TODAY, 9_000_000)
    live_until(running, TODAY + DAY)
    said = shown_text(running.client.get(path(running)))
    assert "全部还清" in said or "已还清" in said
    assert "放进日历" not in said


def test_the_calendar_has_an_event_a_payment_and_tells_a_stranger_nothing(running: Walk) -> None:
    answer = running.client.get(f"{path(running)}/dates.ics")
    assert answer.mimetype == "text/calendar"
    text = answer.get_data(as_text=True)
    assert text.count("BEGIN:VEVENT") >= len(dates(running))
    assert text.count("SUMMARY:今日备忘") == text.count("BEGIN:VEVENT")
    for word in ("还款", "元", "安心", running.loan.loan_ref, "portal", "协议"):
        assert word not in text
    with_sums = running.client.get(f"{path(running)}/dates.ics?sums=yes").get_data(as_text=True)
    assert "SUMMARY:还款" in with_sums
    assert uids(with_sums) == uids(text)


def test_what_is_paid_on_one_day_is_one_event(walk: Walk) -> None:
    """The plan's payment and the usual installment: two reminders of two sums on one day look like a mistake."""
    walk.to_sent(need={**MONTHLY, "day": "20"})
    assert walk.status in {"approved", "active"}
    text = walk.client.get(f"{path(walk)}/dates.ics?sums=yes").get_data(as_text=True)
    standing = [event for event in text.split("BEGIN:VEVENT")[1:] if "STATUS:CONFIRMED" in event]
    days = [line for event in standing for line in event.splitlines() if line.startswith("DTSTART")]
    assert len(days) == len(set(days))
    with walk.writing() as session:
        plan = plan_of(get_signed_version(session, get_proposal_of(session, walk.borrower.id, walk.id)))
    rows = (*plan.rows, *plan.running_rows)
    day = min({row.due_on for row in plan.rows} & {row.due_on for row in plan.running_rows})
    paid = sum(row.due for row in rows if row.due_on == day)
    assert f"还款 {paid / 100:,.2f} 元".replace(",", "\\,") in text


def test_an_earlier_file_s_second_event_of_a_day_is_taken_back(walk: Walk) -> None:
    """Files once had an event a payment: in a calendar that read one, the usual installment would stand beside the day's sum."""
    walk.to_sent(need={**MONTHLY, "day": "20"})
    text = walk.client.get(f"{path(walk)}/dates.ics?sums=yes").get_data(as_text=True)
    with walk.writing() as session:
        plan = plan_of(get_signed_version(session, get_proposal_of(session, walk.borrower.id, walk.id)))
    shared = {row.due_on for row in plan.rows} & {row.due_on for row in plan.running_rows}
    events = text.split("BEGIN:VEVENT")[1:]
    taken_back = [event for event in events if "STATUS:CANCELLED" in event]
    assert len(taken_back) == len(shared) > 0
    assert len(set(uids(text))) == len(events)
    assert not any("BEGIN:VALARM" in event or "元" in event for event in taken_back)


def test_events_of_a_plan_that_is_over_are_taken_back(running: Walk) -> None:
    before = uids(running.client.get(f"{path(running)}/dates.ics").get_data(as_text=True))
    live_until(running, dates(running)[0] + 11 * DAY)
    text = running.client.get(f"{path(running)}/dates.ics").get_data(as_text=True)
    assert uids(text) == before
    assert text.count("STATUS:CANCELLED") == len(before)


def test_the_code_leads_to_the_check(running: Walk) -> None:
    answer = running.client.get(f"{path(running)}/check.svg")
    assert answer.mimetype == "image/svg+xml"
    assert answer.data.startswith(b"<svg")


def uids(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("UID:")]


def test_a_loan_settled_early_leaves_nothing_to_pay(running: Walk) -> None:
    with running.writing() as session:
        session.get_one(Loan, running.loan.id).status = "closed"
    live_until(running, TODAY + DAY)
    said = shown_text(running.client.get(path(running)))
    assert "剩余各期不用再还" in said
    assert "还剩0.00 元" in said.replace("还剩 ", "还剩")
