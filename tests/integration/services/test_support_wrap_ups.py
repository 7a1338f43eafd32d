"""What comes of a support call: noted once, with all that follows, before the next is started."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.call_notes import SensitiveNoteError
from portal.domain.call_outcomes import TaskState
from portal.domain.errors import AccessRefused, Conflict, DomainError, NotFound
from portal.domain.holds import HoldKind
from portal.domain.one_time_codes import keyed_hash
from portal.domain.permissions import SYSTEM, Role
from portal.domain.policy import DEFAULT_POLICY
from portal.domain.support_calls import Direction, Level, Reason
from portal.domain.support_supervision import is_drawn
from portal.domain.support_wrap_ups import Flag, Follow, SupportOutcome
from portal.models import (
    CallTask,
    Contact,
    Hold,
    Loan,
    ServiceCase,
    SupportDraft,
    SupportEscalation,
    SupportReading,
    SupportWrapUp,
)
from portal.queries.support_desk import borrowers_of_day, due_tasks, find_reveal
from portal.services.call_promises import settle_promises
from portal.services.holds import start_hold
from portal.services.stopped_numbers import Day, stop_number
from portal.services.support_reveals import UNCOVERED_FOR, reveal_in_support_call
from portal.services.support_supervision import answer_escalation, read_again
from portal.services.support_wrap_ups import miss_call_back
from tests.integration.web.conftest import HASH_KEY
from tests.people import TODAY, Cast, add_borrower, add_loan, add_staff, change_policy
from tests.stories import ZONE
from tests.support_stories import KEY, OnTheLine, staff_actor


@pytest.fixture
def loan(session: Session, cast: Cast) -> Loan:
    return add_loan(session, cast.li_na, ref="L-1001")


@pytest.fixture
def line(session: Session, cast: Cast, loan: Loan) -> OnTheLine:
    return OnTheLine(session, cast.chen_chen, cast.li_na)


def set_rules(session: Session, **rules: int) -> None:
    change_policy(session, support={**DEFAULT_POLICY["support"], **rules})


def test_nobody_starts_another_call_before_the_last_is_wrapped_up(line: OnTheLine) -> None:
    call = line.start()
    with pytest.raises(Conflict, match="support_call_open"):
        line.start()
    line.end(call)
    with pytest.raises(Conflict, match="support_wrap_up_missing") as refused:
        line.start()
    assert refused.value.details["call"] == call.public_id
    line.wrap_up(call)
    assert line.start().id != call.id


def test_a_call_that_the_clock_ended_is_wrapped_up_too(line: OnTheLine, session: Session) -> None:
    call = line.start()
    line.wait(minutes=21)
    with pytest.raises(Conflict, match="support_wrap_up_missing"):
        line.start()
    line.wrap_up(call)
    session.refresh(call)
    assert call.ended_by == "clock"
    line.start()


def test_wrapping_up_ends_a_call_that_still_runs_and_is_done_once(line: OnTheLine, session: Session) -> None:
    call = line.proven()
    line.wrap_up(call, note="问了本期金额")
    notes = [each.note for each in session.scalars(select(SupportWrapUp))]
    assert (call.ended_by, notes) == ("agent", ["问了本期金额"])
    with pytest.raises(Conflict, match="support_wrapped_up"):
        line.wrap_up(call)
    (fields,) = line.events("support:wrapped_up")
    assert (fields["outcome"], fields["follows"], fields["support_call_id"]) == ("helped", [], call.id)


def test_a_colleagues_call_is_not_there(line: OnTheLine, session: Session) -> None:
    call = line.proven()
    other = add_staff(session, "3001", "other.agent", "别的坐席", Role.AGENT)
    with pytest.raises(NotFound):
        OnTheLine(session, other, line.caller, line.now).wrap_up(call)


@pytest.mark.parametrize(
    ("note", "field"),
    [("卡号 4111 1111 1111 1111", "note"), ("他说在住院", "note"), ("验证码是 482913", "note")],
)
def test_a_note_with_sensitive_data_is_warned_of_and_then_taken(
    line: OnTheLine, session: Session, note: str, field: str
) -> None:
    call = line.proven()
    with pytest.raises(SensitiveNoteError) as warned:
        line.wrap_up(call, note=note)
    assert warned.value.field == field
    line.wrap_up(call, note=note, keeps_note=True)
    assert session.scalars(select(SupportWrapUp)).one().note == note


@pytest.mark.parametrize("follow", [Follow.PROMISE, Follow.CALL_BACK])
def test_nothing_is_promised_about_somebody_elses_loan(
    line: OnTheLine, session: Session, cast: Cast, follow: Follow
) -> None:
    others = add_loan(session, cast.wang_qiang, ref="L-2001")
    call = line.proven()
    with pytest.raises(DomainError) as refused, session.begin_nested():
        line.wrap_up(
            call,
            SupportOutcome.PROMISE if follow is Follow.PROMISE else SupportOutcome.HELPED,
            follows=frozenset({follow}),
            loan_id=others.public_id,
            amount="500",
            due_on=TODAY + timedelta(days=3),
            call_back_at=line.now + timedelta(days=1),
        )
    assert (refused.value.code, refused.value.field) == ("support_loan_missing", "loan")
    assert session.scalars(select(CallTask)).all() == []


def test_a_promise_is_a_task_that_the_book_settles(line: OnTheLine, session: Session, loan: Loan) -> None:
    call = line.proven()
    said: dict[str, Any] = {"loan_id": loan.public_id, "amount": "500", "due_on": TODAY + timedelta(days=3)}
    line.wrap_up(call, SupportOutcome.PROMISE, follows=frozenset({Follow.PROMISE}), **said)
    task = session.scalars(select(CallTask)).one()
    assert (task.support_call_id, task.call_id, task.amount_minor, task.state) == (
        call.id,
        None,
        50_000,
        "open",
    )
    (promised,) = line.events("call:promised")
    assert promised["support_call_id"] == call.id
    loan.as_of = TODAY + timedelta(days=4)
    session.flush()
    settle_promises(session, SYSTEM, after=0, now=line.now + timedelta(days=5))
    assert task.state == TaskState.BROKEN


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"amount": "500", "due_on": TODAY + timedelta(days=40)}, "promise_day_out_of_range"),
        ({"amount": "", "due_on": TODAY}, "amount_missing"),
        ({"amount": "900000", "due_on": TODAY}, "promise_above_owed"),
        ({"amount": "5", "due_on": None}, "promise_day_missing"),
        ({"amount": "5", "due_on": TODAY, "loan_id": "0" * 32}, "support_loan_missing"),
    ],
)
def test_a_promise_is_checked(
    line: OnTheLine, session: Session, loan: Loan, said: dict[str, Any], code: str
) -> None:
    call = line.proven()
    with pytest.raises(DomainError, match=code):
        line.wrap_up(
            call,
            SupportOutcome.PROMISE,
            follows=frozenset({Follow.PROMISE}),
            **{"loan_id": loan.public_id, **said},
        )


def test_a_call_back_comes_up_when_it_is_due_and_is_done_by_calling(
    line: OnTheLine, session: Session, loan: Loan
) -> None:
    at = line.now + timedelta(hours=3)
    line.wrap_up(
        line.proven(),
        SupportOutcome.CALL_BACK,
        follows=frozenset({Follow.CALL_BACK}),
        loan_id=loan.public_id,
        call_back_at=at,
    )
    assert due_tasks(session, staff_id=line.agent.id or 0, until=line.now) == []
    line.wait(hours=3)
    (due,) = due_tasks(session, staff_id=line.agent.id or 0, until=line.now)
    again = miss_call_back(session, line.agent, task=due.task, seen=due.task.due_at, now=line.now)
    assert again == line.now + timedelta(hours=2)
    assert due_tasks(session, staff_id=line.agent.id or 0, until=line.now) == []
    line.wait(hours=2)
    line.wrap_up(line.proven(direction=Direction.OUT, reason=Reason.CALL_BACK))
    assert due.task.state == TaskState.DONE
    assert len(line.events("support:call_back_missed")) == 1


def test_to_call_back_as_promised_the_number_shows_before_any_proof_and_no_other_ever(
    line: OnTheLine, session: Session, loan: Loan
) -> None:
    wish = {"direction": Direction.OUT, "reason": Reason.CALL_BACK}
    call = line.start(**wish)
    with pytest.raises(AccessRefused, match="support_not_allowed"):
        reveal_in_support_call(session, line.on(call), field="mobile", reason="call_back", now=line.now)
    line.wrap_up(call, SupportOutcome.NOT_REACHED)
    line.wrap_up(
        line.proven(),
        SupportOutcome.CALL_BACK,
        follows=frozenset({Follow.CALL_BACK}),
        loan_id=loan.public_id,
        call_back_at=line.now + timedelta(hours=3),
    )
    line.wait(hours=3)
    call = line.start(**wish)
    reveal_in_support_call(session, line.on(call), field="mobile", reason="call_back", now=line.now)
    with pytest.raises(AccessRefused, match="support_not_allowed"):
        reveal_in_support_call(session, line.on(call), field="name", reason="call_back", now=line.now)


def test_nobody_is_called_back_at_night(line: OnTheLine, loan: Loan) -> None:
    call = line.proven()
    with pytest.raises(DomainError, match="support_call_back_at_night"):
        line.wrap_up(
            call,
            SupportOutcome.CALL_BACK,
            follows=frozenset({Follow.CALL_BACK}),
            loan_id=loan.public_id,
            call_back_at=line.now.replace(hour=23),
        )


def test_what_was_agreed_aloud_without_its_recording_is_not_handed_over(
    line: OnTheLine, session: Session, loan: Loan
) -> None:
    call = line.proven(Level.CONSENTED)
    proposal = line.draft(call, loan)
    said = {"follows": frozenset({Follow.ORAL}), "loan_id": loan.public_id}
    with pytest.raises(DomainError, match="recording_missing"):
        line.wrap_up(call, SupportOutcome.AGREED_ALOUD, **said)
    kept = session.get_one(SupportDraft, proposal.id)
    assert kept.handed_over_at is None


def test_agreed_aloud_with_its_recording(line: OnTheLine, session: Session, loan: Loan) -> None:
    call = line.proven(Level.CONSENTED)
    proposal = line.draft(call, loan)
    row = line.wrap_up(
        call,
        SupportOutcome.AGREED_ALOUD,
        follows=frozenset({Follow.ORAL}),
        loan_id=loan.public_id,
        recording="REC-2026-11-02-0042",
    )
    assert (row.oral_proposal_id, row.recording_reference) == (proposal.id, "REC-2026-11-02-0042")
    assert session.get_one(SupportDraft, proposal.id).handed_over_at == line.now
    assert proposal.status == "draft"
    (fields,) = line.events("support:agreed_aloud")
    assert fields["recording_reference"] == "REC-2026-11-02-0042"


def test_without_a_finished_draft_nothing_was_agreed(line: OnTheLine, loan: Loan) -> None:
    call = line.proven(Level.CONSENTED)
    with pytest.raises(DomainError, match="oral_needs_draft"):
        line.wrap_up(
            call,
            SupportOutcome.AGREED_ALOUD,
            follows=frozenset({Follow.ORAL}),
            loan_id=loan.public_id,
            recording="REC-1",
        )


@pytest.mark.parametrize(
    ("flag", "kind"),
    [
        (Flag.HARDSHIP, HoldKind.HARDSHIP),
        (Flag.ILLNESS, HoldKind.ILLNESS),
        (Flag.VULNERABLE, HoldKind.HARDSHIP),
        (Flag.DECEASED, HoldKind.DECEASED),
    ],
)
def test_what_was_said_about_the_person_pauses_contact_on_all_their_loans(
    line: OnTheLine, session: Session, cast: Cast, flag: Flag, kind: HoldKind
) -> None:
    add_loan(session, cast.li_na, ref="L-1002")
    line.wrap_up(line.proven(), SupportOutcome.HARDSHIP, follows=frozenset({Follow.HOLD}), flag=flag.value)
    kept = session.execute(select(Hold.kind, Hold.reason)).all()
    assert [tuple(each) for each in kept] == [(kind.value, "said in a support call")] * 2
    assert cast.li_na.is_vulnerable is (flag is Flag.VULNERABLE)
    assert [fields["flag"] for fields in line.events("support:flagged")] == [flag.value]
    assert all(fields["support_call_id"] for fields in line.events("hold:started"))


@pytest.mark.parametrize("typed", [None, "13900139009"])
def test_a_death_told_without_proof_stops_contact_and_tells_nobody_whether_the_number_fits(
    line: OnTheLine, session: Session, typed: str | None
) -> None:
    call = line.start(typed)
    line.wrap_up(call, SupportOutcome.HARDSHIP, follows=frozenset({Follow.HOLD}), flag="deceased")
    assert len(session.scalars(select(Hold)).all()) == (typed is None)


@pytest.mark.parametrize("follow", [Follow.PROMISE, Follow.CALL_BACK, Follow.ORAL, Follow.CASE, Follow.HOLD])
def test_without_proof_nothing_is_noted_about_a_loan(line: OnTheLine, loan: Loan, follow: Follow) -> None:
    call = line.start()
    with pytest.raises(DomainError, match="support_needs_proof"):
        line.wrap_up(call, follows=frozenset({follow}), loan_id=loan.public_id, flag="hardship")


def test_a_complaint_is_a_case_in_the_borrowers_words_with_its_pause(
    line: OnTheLine, session: Session, loan: Loan
) -> None:
    row = line.wrap_up(
        line.proven(),
        SupportOutcome.BROUGHT_UP,
        follows=frozenset({Follow.CASE}),
        about="complaint:service",
        text="电话太多了",
        loan_id=loan.public_id,
    )
    case = session.scalars(select(ServiceCase)).one()
    assert (row.case_id, case.kind, case.body) == (case.id, "complaint", "电话太多了")
    assert session.scalars(select(Hold.kind)).all() == ["complaint"]


def test_an_escalation_has_its_deadline_and_is_answered_once_by_somebody_else(
    line: OnTheLine, session: Session, cast: Cast
) -> None:
    line.wrap_up(
        line.start(),
        SupportOutcome.ESCALATED,
        follows=frozenset({Follow.ESCALATE}),
        escalation="at_risk",
        explanation="说不想活了，请马上回电",
    )
    row = session.scalars(select(SupportEscalation)).one()
    assert row.deadline_at == line.now + timedelta(hours=1)
    cast.chen_chen.roles = ["agent", "supervisor"]
    with pytest.raises(AccessRefused, match="escalation_own"):
        answer_escalation(session, staff_actor(cast.chen_chen), escalation=row, answer="已回电", now=line.now)
    wu_yan = staff_actor(cast.wu_yan)
    answer_escalation(
        session, wu_yan, escalation=row, answer="已回电，已联系其家属以外的援助热线", now=line.now
    )
    with pytest.raises(Conflict, match="escalation_answered"):
        answer_escalation(session, wu_yan, escalation=row, answer="再答", now=line.now)
    assert row.answered_by == cast.wu_yan.id


def test_an_outcome_takes_what_it_says(line: OnTheLine) -> None:
    call = line.proven()
    with pytest.raises(DomainError, match="support_follow_missing"):
        line.wrap_up(call, SupportOutcome.PROMISE)


def test_a_field_shows_for_thirty_seconds_with_a_reason_and_an_event(
    line: OnTheLine, session: Session
) -> None:
    call = line.proven()
    on = line.on(call, Level.PROVEN)
    for field, reason, code in (("mobile", "", "reason_missing"), ("id", "address", "reveal_field_missing")):
        with pytest.raises(DomainError, match=code):
            reveal_in_support_call(session, on, field=field, reason=reason, now=line.now)
    reveal_in_support_call(session, on, field="mobile", reason="call_back", now=line.now)
    last = line.now + UNCOVERED_FOR - timedelta(milliseconds=1)
    assert find_reveal(session, call_id=call.id, field="mobile", now=last)
    assert not find_reveal(session, call_id=call.id, field="mobile", now=line.now + UNCOVERED_FOR)
    assert not find_reveal(session, call_id=call.id, field="name", now=last)
    (fields,) = line.events("support:revealed")
    assert (fields["field"], fields["reason"], fields["support_call_id"]) == ("mobile", "call_back", call.id)


def test_beyond_the_ceiling_of_borrowers_a_day_no_call_starts(
    line: OnTheLine, session: Session, cast: Cast
) -> None:
    set_rules(session, borrowers_a_day=2)
    add_loan(session, cast.wang_qiang, ref="L-2001")
    other = OnTheLine(session, cast.chen_chen, cast.wang_qiang, line.now)
    line.wrap_up(line.proven())
    line.wrap_up(line.proven())
    assert borrowers_of_day(session, cast.chen_chen.id, now=line.now) == 1
    other.wrap_up(other.proven())
    assert line.events("support:ceiling_reached") == [{"borrowers": 2, "ceiling": 2}]
    with pytest.raises(AccessRefused, match="support_ceiling_reached"):
        line.start()
    line.wait(hours=24)
    line.start()


def test_whom_only_the_pairing_number_named_counts_as_well(
    line: OnTheLine, session: Session, cast: Cast
) -> None:
    set_rules(session, borrowers_a_day=1)
    line.wrap_up(line.proven(typed=""))
    assert line.events("support:ceiling_reached") == [{"borrowers": 1, "ceiling": 1}]
    with pytest.raises(AccessRefused, match="support_ceiling_reached"):
        line.start("")


def test_a_share_of_the_calls_is_drawn_so_that_it_can_be_drawn_again(
    line: OnTheLine, session: Session
) -> None:
    set_rules(session, share_per_mille=500)
    calls = []
    for _ in range(24):
        calls.append(line.start(""))
        line.wrap_up(calls[-1])
    drawn = set(session.scalars(select(SupportReading.call_id)))
    expected = {
        call.id for call in calls if is_drawn(call.public_id, key=KEY, share_per_mille=500) is not None
    }
    assert drawn == expected
    assert 0 < len(drawn) < 24
    assert len(line.events("support:drawn")) == len(drawn)


@pytest.mark.parametrize(("share", "count"), [(0, 0), (1000, 1)])
def test_none_or_all_may_be_drawn(line: OnTheLine, session: Session, share: int, count: int) -> None:
    set_rules(session, share_per_mille=share)
    line.start("")
    assert len(session.scalars(select(SupportReading)).all()) == count


def test_a_drawn_call_is_read_once_with_a_verdict_and_not_by_who_was_on_it(
    line: OnTheLine, session: Session, cast: Cast
) -> None:
    set_rules(session, share_per_mille=1000)
    call = line.start("")
    wu_yan = staff_actor(cast.wu_yan)
    with pytest.raises(Conflict, match="support_call_on"):
        read_again(session, wu_yan, call=call, verdict="good", remark="", now=line.now)
    line.wrap_up(call)
    cast.chen_chen.roles = ["agent", "supervisor"]
    with pytest.raises(AccessRefused, match="reading_own_call"):
        read_again(session, line.agent, call=call, verdict="good", remark="", now=line.now)
    for verdict, remark, code in (("", "", "verdict_missing"), ("improve", " ", "remark_missing")):
        with pytest.raises(DomainError, match=code) as refused:
            read_again(session, wu_yan, call=call, verdict=verdict, remark=remark, now=line.now)
        assert refused.value.field == code.removesuffix("_missing")
    read_again(session, wu_yan, call=call, verdict="improve", remark="先问候", now=line.now)
    with pytest.raises(Conflict, match="read_already"):
        read_again(session, wu_yan, call=call, verdict="good", remark="", now=line.now)
    row = session.get_one(SupportReading, call.id)
    assert (row.verdict, row.remark, row.read_by) == ("improve", "先问候", cast.wu_yan.id)


@pytest.mark.parametrize(
    ("outcome", "result"),
    [
        (SupportOutcome.NOT_REACHED, "no_answer"),
        (SupportOutcome.THIRD_PERSON, "other_person"),
        (SupportOutcome.BROKEN_OFF, "answered"),
    ],
)
def test_a_call_that_goes_out_is_a_dial_until_it_is_said_who_answered(
    line: OnTheLine, session: Session, outcome: SupportOutcome, result: str
) -> None:
    call = line.start(direction=Direction.OUT)
    contact = session.get_one(Contact, call.contact_id)
    assert (contact.result, contact.direction) == ("dialling", "out")
    line.end(call)
    assert contact.result == "not_noted"
    line.wrap_up(call, outcome)
    assert contact.result == result


def test_who_enters_the_number_of_a_call_answered_it(line: OnTheLine, session: Session) -> None:
    call = line.proven(direction=Direction.OUT)
    line.end(call)
    assert session.get_one(Contact, call.contact_id).result == "answered"


def test_whoever_calls_in_is_on_the_line_whatever_is_noted(line: OnTheLine, session: Session) -> None:
    call = line.start()
    line.wrap_up(call, SupportOutcome.NOT_REACHED)
    assert session.get_one(Contact, call.contact_id).result == "answered"


def test_the_seventh_dial_of_a_number_that_nobody_answers_is_refused(
    line: OnTheLine, session: Session, loan: Loan
) -> None:
    sharing = add_borrower(session, "李父", mobile=line.caller.mobile, id_last4="5678")
    typed, also = loan.loan_ref, add_loan(session, sharing, ref="L-9").loan_ref
    line.wrap_up(line.start(typed, direction=Direction.OUT))
    for each in (typed, typed, typed, also, also, also):
        line.wrap_up(line.start(each, direction=Direction.OUT), SupportOutcome.NOT_REACHED)
    for each in (typed, also):
        with pytest.raises(DomainError, match="no_call_now"):
            line.start(each, direction=Direction.OUT)
    assert line.start(typed).direction == "in"


def test_a_number_that_several_share_is_dialled_six_times_however_it_was_sought(
    line: OnTheLine, session: Session, loan: Loan
) -> None:
    add_borrower(session, "李父", mobile=line.caller.mobile, id_last4="5678")
    for typed in (None, loan.loan_ref, None, loan.loan_ref, None, None):
        line.wrap_up(line.start(typed, direction=Direction.OUT), SupportOutcome.NOT_REACHED)
    kept = session.execute(select(Contact.number_hash, Contact.number_last4)).all()
    assert set(kept) == {(keyed_hash(line.caller.mobile, HASH_KEY, purpose="number"), "8001")}
    with pytest.raises(DomainError, match="no_call_now") as refused:
        line.start(direction=Direction.OUT)
    assert refused.value.rule is None
    with pytest.raises(DomainError):
        line.start(loan.loan_ref, direction=Direction.OUT)
    line.start()


def test_a_number_of_nobody_is_dialled_six_times_too(line: OnTheLine) -> None:
    for _ in range(6):
        line.wrap_up(line.start("13900139009", direction=Direction.OUT), SupportOutcome.NOT_REACHED)
    with pytest.raises(DomainError, match="no_call_now"):
        line.start("13900139009", direction=Direction.OUT)
    line.start("13900139008", direction=Direction.OUT)


@pytest.mark.parametrize("mobile", ["+8613800138001", "+8613900139009"])
def test_a_stopped_number_is_not_dialled_whoever_has_it(
    line: OnTheLine, session: Session, mobile: str
) -> None:
    """One that two borrowers share, and one of nobody in the book."""
    add_borrower(session, "李父", mobile=line.caller.mobile, id_last4="5678")
    stop_number(session, SYSTEM, mobile=mobile, key=HASH_KEY, day=Day(today=TODAY, zone=ZONE), now=line.now)
    with pytest.raises(DomainError, match="no_call_now"):
        line.start(mobile.removeprefix("+86"), direction=Direction.OUT)


def test_what_holds_for_one_of_those_who_share_a_number_keeps_a_call_back(
    line: OnTheLine, session: Session
) -> None:
    sharing = add_borrower(session, "李父", mobile=line.caller.mobile, id_last4="5678")
    line.wrap_up(line.start(direction=Direction.OUT), SupportOutcome.NOT_REACHED)
    fathers = add_loan(session, sharing, ref="L-9")
    start_hold(session, SYSTEM, loan_id=fathers.id, kind=HoldKind.REPRESENTED, reason="x", now=line.now)
    with pytest.raises(DomainError, match="no_call_now"):
        line.start(direction=Direction.OUT)
