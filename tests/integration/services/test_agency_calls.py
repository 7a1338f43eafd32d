"""Calls of an agency's staff: only what stands with their agency, only while it does, and within the same rules as everybody's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.domain.call_choices import Shown
from portal.domain.call_outcomes import CallOutcome
from portal.domain.claims import LEASE
from portal.domain.contact_overrides import OverrideReason
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.holds import HoldKind
from portal.domain.loans import Stage
from portal.domain.permissions import SYSTEM
from portal.models import (
    Agency,
    Call,
    Contact,
    Event,
    Hold,
    Installment,
    Loan,
    LoanStanding,
    Proposal,
    StaffRelation,
)
from portal.queries.call_list import CallFilter, call_page, waiting_counts
from portal.queries.standings import LoanRange
from portal.services.call_list import give_back, list_for_calls, take_next_call
from portal.services.call_outcomes import set_next_call
from portal.services.call_overrides import ask_for_override
from portal.services.calls import end_lapsed_calls
from portal.services.holds import start_hold
from tests.callers import AT_TEN, Caller, fill_list, item_of
from tests.integration.services.test_assignments import run_day
from tests.integration.web.conftest import SECRET_KEY
from tests.people import TODAY, Cast, add_agency, add_creditor, add_loan, add_staff
from tests.placements import employ, engage, place, tell_of_agency
from tests.stories import Story

End = Callable[[Session, Cast, Loan], None]


@pytest.fixture
def agency(session: Session, cast: Cast) -> Agency:
    return engage(session, cast)


@pytest.fixture
def he_jing(session: Session, cast: Cast, agency: Agency) -> Caller:
    return Caller(session, cast.he_jing)


@pytest.fixture
def loan(session: Session, cast: Cast, agency: Agency) -> Loan:
    """李娜's, with 何静's agency."""
    return session.get_one(Loan, place(session, cast.li_na).loan_id)


def wanted_by(caller: Caller, **choices: Any) -> CallFilter:
    return CallFilter(
        staff_id=caller.member.id, is_agencys=caller.actor.is_agencys, **{"now": caller.now, **choices}
    )


def seen_by(caller: Caller, **choices: Any) -> list[int]:
    """Their list; what is counted and what is next are of the same loans."""
    wanted = wanted_by(caller, **choices)
    rows = [row.loan_id for row in call_page(caller.session, wanted).rows]
    assert waiting_counts(caller.session, wanted)[1] == len(rows)
    return rows


def end_contract(session: Session, cast: Cast, loan: Loan) -> None:
    session.execute(update(Agency).values(contract_to=TODAY - timedelta(days=1)))


def end_agency(session: Session, cast: Cast, loan: Loan) -> None:
    session.execute(update(Agency).values(ended_at=AT_TEN, data_removed_at=AT_TEN))


def begin_later(session: Session, cast: Cast, loan: Loan) -> None:
    session.execute(update(Agency).values(contract_from=TODAY + timedelta(days=1)))


def engage_another(session: Session, cast: Cast, loan: Loan) -> None:
    cast.creditor.agency = add_agency(session, "江南催收服务有限公司").name
    session.flush()


def engage_nobody(session: Session, cast: Cast, loan: Loan) -> None:
    cast.creditor.agency = None
    session.flush()


def recall(session: Session, cast: Cast, loan: Loan) -> None:
    """A book that came in since the day's run."""
    loan.collection_stage = Stage.INTERNAL.value
    session.flush()


def recall_silently(session: Session, cast: Cast, loan: Loan) -> None:
    loan.collection_stage = None
    session.flush()


def hand_on(session: Session, cast: Cast, loan: Loan) -> None:
    loan.former_creditor, loan.former_until, loan.assigned_on = "前任", TODAY - timedelta(days=9), TODAY
    session.flush()


def hold(session: Session, cast: Cast, loan: Loan) -> None:
    start_hold(session, SYSTEM, loan_id=loan.id, kind=HoldKind.ILLNESS, reason="test", now=AT_TEN)


def dispute(session: Session, cast: Cast, loan: Loan) -> None:
    start_hold(session, SYSTEM, loan_id=loan.id, kind=HoldKind.DISPUTE, reason="test", now=AT_TEN)


def agree_on_a_plan(session: Session, cast: Cast, loan: Loan) -> None:
    Story(session, session.get_one(type(cast.li_na), loan.borrower_id), loan).submit()


def be_under_a_plan(session: Session, cast: Cast, loan: Loan) -> None:
    """Whatever became of its pause."""
    agree_on_a_plan(session, cast, loan)
    session.execute(delete(Hold))
    session.execute(update(Proposal).values(status="active"))


def close(session: Session, cast: Cast, loan: Loan) -> None:
    loan.status = "closed"
    session.flush()


def be_paid(session: Session, cast: Cast, loan: Loan) -> None:
    """Counted by a run."""
    session.execute(
        update(LoanStanding).where(LoanStanding.loan_id == loan.id).values(delinquent_days=0, overdue_minor=0)
    )


def be_barred(session: Session, cast: Cast, loan: Loan) -> None:
    day = TODAY - timedelta(days=1)
    session.execute(
        update(LoanStanding).where(LoanStanding.loan_id == loan.id).values(limitation_ends_on=day)
    )


def pay_since_the_run(session: Session, cast: Cast, loan: Loan) -> None:
    """A book that came in since."""
    parts = ("principal", "interest", "fee", "penalty")
    due = {f"{part}_paid_minor": getattr(Installment, f"{part}_due_minor") for part in parts}
    session.execute(update(Installment).where(Installment.loan_id == loan.id).values(**due))


ENDS: tuple[End, ...] = (
    end_contract, end_agency, begin_later, engage_another, engage_nobody, recall, recall_silently, hand_on, hold,
    dispute, agree_on_a_plan, be_under_a_plan, close, be_paid, pay_since_the_run, be_barred,
)  # fmt: skip
each_end = pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)


def test_an_agency_sees_what_stands_with_it_and_the_team_sees_none_of_that(
    session: Session, cast: Cast, he_jing: Caller
) -> None:
    lin_yue = Caller(session, cast.lin_yue)
    assert (seen_by(he_jing), seen_by(lin_yue)) == ([], [])
    first = place(session, cast.li_na).loan_id
    assert (seen_by(he_jing), seen_by(lin_yue)) == ([first], [])
    second = place(session, cast.wang_qiang, ref="L-9002", late_days=120, paid=3).loan_id
    ours = add_loan(session, cast.wang_qiang, ref="L-1")
    fill_list(session)
    assert (seen_by(he_jing), seen_by(lin_yue)) == ([second, first], [ours.id])


def test_another_agencys_loans_are_theirs_alone(
    session: Session, cast: Cast, he_jing: Caller, loan: Loan
) -> None:
    theirs = add_agency(session, "江南催收服务有限公司")
    other = add_staff(session, "1016", "other.one", "外人", *he_jing.actor.roles)
    employ(session, other, theirs)
    add_creditor(session, "江南小额贷款有限公司").agency = theirs.name
    foreign = add_loan(session, cast.wang_qiang, ref="L-8", late_days=95, paid=4, stage=Stage.AGENCY)
    foreign.creditor = "江南小额贷款有限公司"
    fill_list(session)
    assert (seen_by(he_jing), seen_by(Caller(session, other))) == ([loan.id], [foreign.id])
    with pytest.raises(Conflict, match="placement_over"):
        he_jing.take(foreign)


def test_somebody_without_an_agency_sees_nothing(
    session: Session, cast: Cast, he_jing: Caller, loan: Loan
) -> None:
    he_jing.member.agency_id = None
    session.flush()
    assert seen_by(he_jing) == []


def test_a_placement_lasts_through_the_last_day_of_the_contract(
    session: Session, he_jing: Caller, agency: Agency, loan: Loan
) -> None:
    agency.contract_to = TODAY
    session.flush()
    assert seen_by(he_jing) == [loan.id]
    assert seen_by(he_jing, now=AT_TEN + timedelta(days=1)) == []


def test_nothing_waits_for_a_notice_where_the_book_placed_the_loan(
    session: Session, cast: Cast, he_jing: Caller
) -> None:
    """As the contact guard lets its agency call (decision 0299)."""
    item = place(session, cast.li_na)
    assert session.scalars(select(Contact)).all() == []
    assert seen_by(he_jing) == [item.loan_id]
    he_jing.take(session.get_one(Loan, item.loan_id))
    assert he_jing.open(session.get_one(Loan, item.loan_id)).call is not None


def test_what_the_portal_placed_itself_needs_no_word_of_the_book(
    session: Session, he_jing: Caller, loan: Loan
) -> None:
    loan.collection_stage = None
    session.get_one(LoanStanding, loan.id).stage_basis = "notice"
    session.flush()
    assert seen_by(he_jing) == [loan.id]


@pytest.mark.parametrize(("since", "is_theirs"), [(10, True), (9, False)])
def test_by_the_rules_it_comes_to_them_ten_days_after_the_notice(
    session: Session, cast: Cast, he_jing: Caller, since: int, is_theirs: bool
) -> None:
    """Stages ask that, and nothing else does."""
    loan = add_loan(session, cast.li_na, ref="L-9001", late_days=95, paid=4)
    loan.collection_stage = None
    tell_of_agency(session, loan, AT_TEN - timedelta(days=since))
    run_day(session, TODAY, loan)
    list_for_calls(session, LoanRange(0, loan.id), on=TODAY)
    assert (seen_by(he_jing) == [loan.id]) is is_theirs


@each_end
def test_a_loan_that_is_no_longer_theirs_is_on_no_list(
    session: Session, cast: Cast, he_jing: Caller, loan: Loan, end: End
) -> None:
    assert seen_by(he_jing) == [loan.id]
    end(session, cast, loan)
    assert seen_by(he_jing) == []
    assert seen_by(he_jing, shown=Shown.ALL) == []
    assert he_jing.next().item is None
    with pytest.raises(Conflict, match="placement_over"):
        he_jing.take(loan)


@each_end
def test_a_loan_that_they_held_is_not_called_about_any_more(
    session: Session, cast: Cast, he_jing: Caller, loan: Loan, end: End
) -> None:
    he_jing.take(loan)
    end(session, cast, loan)
    with pytest.raises(Conflict, match="placement_over"):
        he_jing.open(loan)
    assert session.scalars(select(Call)).all() == []
    assert he_jing.next().item is None, "and holds nobody up"


@each_end
def test_a_call_that_was_on_is_noted_and_does_not_go_on(
    session: Session, cast: Cast, he_jing: Caller, loan: Loan, end: End
) -> None:
    he_jing.take(loan)
    call = he_jing.open(loan).call
    assert call is not None
    he_jing.say(call)
    end(session, cast, loan)
    with pytest.raises(Conflict, match="placement_over"):
        he_jing.say(call)
    for outcome, said in (
        (CallOutcome.PROMISE, {"amount": "10", "due_on": TODAY + timedelta(days=3)}),
        (CallOutcome.CALL_BACK, {"call_back_at": AT_TEN + timedelta(days=1)}),
    ):
        with pytest.raises(DomainError, match="placement_over"):
            he_jing.note(call, outcome, **said)
    he_jing.note(call, CallOutcome.REACHED, note="本人接听")
    assert (call.outcome, call.note) == ("reached", "本人接听")
    with pytest.raises(Conflict, match="placement_over"):
        set_next_call(session, he_jing.actor, item=item_of(session, loan), days=3, now=AT_TEN)


def test_the_caps_of_a_day_count_everybodys_calls(
    session: Session, cast: Cast, he_jing: Caller, loan: Loan
) -> None:
    """李娜 has a loan with the agency and one with the team: three conversations, whoever calls."""
    ours = add_loan(session, cast.li_na, ref="L-1")
    fill_list(session)
    lin_yue = Caller(session, cast.lin_yue)
    he_jing.call(loan, CallOutcome.REACHED)
    lin_yue.call(ours, CallOutcome.REACHED)
    he_jing.call(loan, CallOutcome.REACHED)
    lin_yue.take(ours)
    assert lin_yue.open(ours).verdict.rule == "C03"
    give_back(session, lin_yue.actor, item=item_of(session, ours), reason="skipped", now=AT_TEN)
    he_jing.take(loan)
    assert he_jing.open(loan).verdict.rule == "C03"


def test_nobody_of_the_team_and_of_an_agency_calls_at_once(
    session: Session, cast: Cast, he_jing: Caller, loan: Loan
) -> None:
    ours = add_loan(session, cast.li_na, ref="L-1")
    fill_list(session)
    lin_yue = Caller(session, cast.lin_yue)
    he_jing.take(loan)
    with pytest.raises(Conflict, match="borrower_on_call"):
        lin_yue.take(ours)
    with pytest.raises(Conflict, match="not_on_list"):
        lin_yue.take(loan)


@pytest.mark.parametrize("state", ["taken", "open", "noted"])
def test_they_do_nothing_about_a_loan_of_the_teams_in_any_state(
    session: Session, cast: Cast, he_jing: Caller, state: str
) -> None:
    ours = add_loan(session, cast.wang_qiang, ref="L-1")
    fill_list(session)
    lin_yue = Caller(session, cast.lin_yue)
    lin_yue.take(ours)
    call = lin_yue.open(ours).call
    assert call is not None
    if state == "noted":
        lin_yue.note(call, CallOutcome.NO_ANSWER)
    elif state == "taken":
        lin_yue.now += LEASE
        end_lapsed_calls(session, now=lin_yue.now)
        session.expire_all()
        lin_yue.take(ours)
    assert he_jing.next().item is None
    acts: dict[str, list[Callable[[], object]]] = {
        "placement_over": [
            lambda: he_jing.take(ours),
            lambda: set_next_call(
                session, he_jing.actor, item=item_of(session, ours), days=1, now=he_jing.now
            ),
        ],
        "lease_needed": [lambda: he_jing.open(ours)],
        "call_over": [lambda: he_jing.say(call), lambda: he_jing.note(call, CallOutcome.BUSY)],
    }
    for code, refused in acts.items():
        for act in refused:
            with pytest.raises(Conflict, match=code):
                act()


def test_whoever_takes_the_next_gets_their_own_whatever_they_ask_for(
    session: Session, cast: Cast, he_jing: Caller, loan: Loan
) -> None:
    add_loan(session, cast.wang_qiang, ref="L-1")
    fill_list(session)
    teams = CallFilter(staff_id=cast.lin_yue.id, is_agencys=False, now=AT_TEN)
    taken = take_next_call(session, he_jing.actor, wanted=teams, key=SECRET_KEY, now=AT_TEN)
    assert taken.item is not None
    assert taken.item.loan_id == loan.id


def test_what_the_team_held_is_not_called_about_once_an_agency_has_it(
    session: Session, cast: Cast, he_jing: Caller
) -> None:
    ours = add_loan(session, cast.li_na, ref="L-1")
    fill_list(session)
    lin_yue = Caller(session, cast.lin_yue)
    lin_yue.take(ours)
    ours.collection_stage = Stage.AGENCY.value
    fill_list(session)
    with pytest.raises(Conflict, match="not_on_list"):
        lin_yue.open(ours)


def test_a_call_of_an_agency_leaves_whose_it_was(
    session: Session, he_jing: Caller, agency: Agency, loan: Loan
) -> None:
    he_jing.call(loan, CallOutcome.PROMISE, amount="10", due_on=TODAY + timedelta(days=3), note="下周发工资")
    names = ("call:taken", "call:opened", "call:said", "call:promised", "call:ended")
    events = session.scalars(select(Event).where(Event.name.in_(names))).all()
    assert {each.name for each in events} == set(names)
    assert {(each.actor_kind, each.actor_id, each.loan_id) for each in events} == {
        ("staff", he_jing.member.id, loan.id)
    }
    assert [each.fields["agency_id"] for each in events if each.name == "call:opened"] == [agency.id]
    contact = session.scalars(select(Contact).where(Contact.channel == "phone")).one()
    assert contact.actor_id == he_jing.member.id


def test_no_rule_is_set_aside_for_an_agency(session: Session, he_jing: Caller, loan: Loan) -> None:
    item = he_jing.take(loan)
    with pytest.raises(AccessRefused, match="permission_missing"):
        ask_for_override(
            session,
            he_jing.actor,
            item=item,
            reason=OverrideReason.AT_RISK,
            explanation="有风险",
            key=SECRET_KEY,
            now=AT_TEN,
        )


def test_nobody_of_an_agency_calls_somebody_close(
    session: Session, cast: Cast, he_jing: Caller, loan: Loan
) -> None:
    session.add(
        StaffRelation(
            staff_member_id=he_jing.member.id, borrower_id=cast.li_na.id, kind="close", made_at=AT_TEN
        )
    )
    session.flush()
    assert seen_by(he_jing) == []
    with pytest.raises(AccessRefused, match="related_case"):
        he_jing.take(loan)


def test_what_was_promised_goes_with_the_loan(session: Session, cast: Cast, he_jing: Caller) -> None:
    """A call back that the team promised comes up with the agency that has the loan then."""
    ours = add_loan(session, cast.li_na, ref="L-1", late_days=95, paid=4)
    fill_list(session)
    back_at = AT_TEN + timedelta(hours=2)
    Caller(session, cast.lin_yue).call(ours, CallOutcome.CALL_BACK, call_back_at=back_at)
    ours.collection_stage = Stage.AGENCY.value
    fill_list(session)
    assert seen_by(he_jing) == []
    assert seen_by(he_jing, now=back_at) == [ours.id]


def test_what_was_promised_is_let_go_once_nobody_calls_about_the_loan(
    session: Session, cast: Cast, he_jing: Caller, loan: Loan
) -> None:
    """From the agency to the court: what comes back from there later begins anew."""
    back_at = AT_TEN + timedelta(hours=2)
    he_jing.call(loan, CallOutcome.CALL_BACK, call_back_at=back_at)
    loan.collection_stage = Stage.LEGAL.value
    fill_list(session)
    assert item_of(session, loan).promised_at is None
