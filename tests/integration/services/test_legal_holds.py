"""Legal holds: one person's word keeps everything, two end it, and no term or wish goes before it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.cases import CaseKind, CaseTopic
from portal.domain.errors import AccessRefused, Conflict, DomainError, NotFound
from portal.domain.legal_holds import LegalHoldEnd, LegalHoldReason
from portal.domain.permissions import SYSTEM
from portal.domain.reasons import EraseReason
from portal.domain.retention import RETENTIONS, DataClass, Stays
from portal.models import Event, LegalHold, Loan, SavedBudget, StaffMember, StaffRelation
from portal.queries.retention import count_kept
from portal.services.cases import CaseForm
from portal.services.data_requests import ask_about_data
from portal.services.legal_holds import (
    LegalHoldWish,
    end_legal_hold,
    get_legal_hold,
    keep_legal_hold,
    start_legal_hold,
)
from portal.services.record import record
from portal.services.record_erasing import erase_event
from portal.services.retention import begin_retention, erase_some
from portal.services.sequencing import place_events
from tests.callers import actor_of
from tests.integration.services.test_retention import BY_ROWS, ON, ZONE, last_moment, settled_loan
from tests.integration.services.test_retention import NOW as LATER
from tests.kept_rows import add_kept
from tests.people import NOW, TODAY, Cast, add_loan
from tests.stories import Story, borrower_actor

WISH = LegalHoldWish(reason=LegalHoldReason.LITIGATION, note="（2026）沪0115民初1号", of_loan=True)
NOBODYS = {DataClass.TRIES, DataClass.VISITORS}
"""Classes in which nobody is known."""


@pytest.fixture
def settled(session: Session, cast: Cast) -> Loan:
    return settled_loan(session, cast)


def put(session: Session, member: StaffMember, loan: Loan, **changes: Any) -> LegalHold:
    wish = LegalHoldWish(**{"reason": WISH.reason, "note": WISH.note, "of_loan": True, **changes})
    hold_id = start_legal_hold(session, actor_of(member), loan=loan, wish=wish, now=NOW)
    return get_legal_hold(session, loan.borrower_id, hold_id)


def end(session: Session, member: StaffMember, hold: LegalHold) -> bool:
    return end_legal_hold(
        session, actor_of(member), hold=hold, reason=LegalHoldEnd.MATTER_OVER, now=NOW + timedelta(hours=1)
    )


def events(session: Session) -> list[str]:
    return list(session.scalars(select(Event.name).where(Event.name.like("legal%")).order_by(Event.id)))


@pytest.mark.parametrize("data", [data for data in BY_ROWS if data not in NOBODYS])
def test_nothing_goes_while_one_runs_and_the_preview_says_so(
    session: Session, cast: Cast, settled: Loan, data: DataClass
) -> None:
    hold = put(session, cast.zhou_min, settled)
    add_kept(session, data, settled, at=last_moment(data))
    run_id = begin_retention(session, on=ON, now=LATER).id
    counted = count_kept(session, RETENTIONS[data], on=ON, zone=ZONE)
    assert (counted.rows, set(counted.stays)) == (0, {Stays.LEGAL_HOLD})
    assert erase_some(session, SYSTEM, run_id=run_id, data=data, zone=ZONE, now=LATER).rows == 0
    end(session, cast.zhou_min, hold)
    end(session, cast.wu_yan, hold)
    assert erase_some(session, SYSTEM, run_id=run_id, data=data, zone=ZONE, now=LATER).rows > 0


def test_an_event_is_not_erased_by_hand_either(session: Session, cast: Cast, settled: Loan) -> None:
    add_kept(session, DataClass.LOOKS, settled, at=NOW)
    event_id = session.scalars(select(Event.id).where(Event.name == "case:searched")).one()
    put(session, cast.zhou_min, settled)
    with pytest.raises(DomainError, match="legal_hold_runs"):
        erase_event(session, SYSTEM, event_id=event_id, reason=EraseReason.RECORDED_BY_MISTAKE, now=NOW)


@pytest.mark.parametrize("named_by", ["loan_id", "proposal_id", "actor"])
def test_nor_is_one_that_names_the_borrower_only_by_something_of_theirs(
    session: Session, cast: Cast, named_by: str
) -> None:
    story = Story(session, cast.li_na, add_loan(session, cast.li_na))
    story.submit()
    whom = {"loan_id": story.loan.id, "proposal_id": story.proposal.id}
    names = {name: value for name, value in whom.items() if name == named_by}
    actor = borrower_actor(cast.li_na) if named_by == "actor" else SYSTEM
    record(session, actor, "calendar:published", now=NOW, calendar_version=2030, **names)
    while place_events(session):
        pass
    event_id = session.scalars(select(Event.id).where(Event.name == "calendar:published")).one()
    put(session, cast.zhou_min, story.loan)
    with pytest.raises(DomainError, match="legal_hold_runs"):
        erase_event(session, SYSTEM, event_id=event_id, reason=EraseReason.RECORDED_BY_MISTAKE, now=NOW)


@pytest.mark.parametrize("is_held", [True, False])
def test_a_wish_to_delete_leaves_the_figures_while_one_runs(
    session: Session, cast: Cast, settled: Loan, is_held: bool
) -> None:
    add_kept(session, DataClass.FIGURES, settled, at=NOW)
    if is_held:
        put(session, cast.zhou_min, settled)
    form = CaseForm(form_key="", kind=CaseKind.DATA, topic=CaseTopic.DELETE_DATA, body="请删除。")
    ask_about_data(session, borrower_actor(cast.li_na), form=form, today=TODAY, zone=ZONE, now=NOW)
    assert (session.get(SavedBudget, cast.li_na.id) is not None) is is_held


def test_somebody_elses_things_go(session: Session, cast: Cast, settled: Loan) -> None:
    other = settled_loan_of_wang(session, cast)
    put(session, cast.zhou_min, other)
    add_kept(session, DataClass.CONTACTS, settled, at=last_moment(DataClass.CONTACTS))
    assert count_kept(session, RETENTIONS[DataClass.CONTACTS], on=ON, zone=ZONE).rows == 1


def settled_loan_of_wang(session: Session, cast: Cast) -> Loan:
    return settled_loan(session, cast, borrower=cast.wang_qiang, ref="L-2001")


def test_it_takes_two_to_end_it(session: Session, cast: Cast, settled: Loan) -> None:
    hold = put(session, cast.zhou_min, settled)
    assert not end(session, cast.zhou_min, hold)
    assert not end(session, cast.zhou_min, hold)
    assert end(session, cast.wu_yan, hold)
    assert end(session, cast.wu_yan, hold)
    assert (hold.end_asked_by, hold.ended_by) == (cast.zhou_min.id, cast.wu_yan.id)
    assert events(session) == ["legal_hold:started", "legal_hold:end_asked", "legal_hold:ended"]
    with pytest.raises(Conflict, match="legal_hold_over"):
        end(session, cast.zhou_min, hold)


def test_the_record_says_whose_it_is_and_about_which_loan(
    session: Session, cast: Cast, settled: Loan
) -> None:
    put(session, cast.zhou_min, settled)
    put(session, cast.zhou_min, settled, of_loan=False)
    started = select(Event.borrower_id, Event.loan_id).where(Event.name == "legal_hold:started")
    assert session.execute(started.order_by(Event.id)).all() == [
        (settled.borrower_id, settled.id),
        (settled.borrower_id, None),
    ]


def test_the_database_alone_wants_two(session: Session, cast: Cast, settled: Loan) -> None:
    hold = put(session, cast.zhou_min, settled)
    ended = {"ended_by": cast.zhou_min.id, "ended_at": NOW}
    for asked in ({}, {"end_asked_by": cast.zhou_min.id, "end_reason": "matter_over"}):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(update(LegalHold).where(LegalHold.id == hold.id).values(**ended, **asked))


def test_whoever_does_not_agree_keeps_it(session: Session, cast: Cast, settled: Loan) -> None:
    hold = put(session, cast.zhou_min, settled)
    end(session, cast.zhou_min, hold)
    keep_legal_hold(session, actor_of(cast.wu_yan), hold=hold, now=NOW)
    keep_legal_hold(session, actor_of(cast.wu_yan), hold=hold, now=NOW)
    assert (hold.ended_at, hold.end_asked_by, hold.end_reason) == (None, None, None)
    assert events(session)[-1] == "legal_hold:end_refused"
    assert not end(session, cast.wu_yan, hold)


def test_the_same_again_is_the_one_that_runs_and_another_is_refused(
    session: Session, cast: Cast, settled: Loan
) -> None:
    hold = put(session, cast.zhou_min, settled)
    assert put(session, cast.zhou_min, settled).id == hold.id
    with pytest.raises(Conflict) as refused:
        put(session, cast.wu_yan, settled)
    assert refused.value.code == "legal_hold_runs_already"
    assert put(session, cast.wu_yan, settled, of_loan=False).id != hold.id


@pytest.mark.parametrize("note", ["", "   ", "长" * 201])
def test_it_says_which_matter(session: Session, cast: Cast, settled: Loan, note: str) -> None:
    with pytest.raises(DomainError) as refused:
        put(session, cast.zhou_min, settled, note=note)
    assert refused.value.field == "matter"


def test_the_first_says_why_it_ends(session: Session, cast: Cast, settled: Loan) -> None:
    hold = put(session, cast.zhou_min, settled)
    with pytest.raises(DomainError, match="reason_missing"):
        end_legal_hold(session, actor_of(cast.zhou_min), hold=hold, reason=None, now=NOW)


@pytest.mark.parametrize("who", ["chen_chen", "zheng_hao", "sun_hao", "lin_yue", "he_jing"])
def test_others_set_none(session: Session, cast: Cast, settled: Loan, who: str) -> None:
    with pytest.raises(AccessRefused, match="permission_missing"):
        put(session, getattr(cast, who), settled)


def test_nobody_close_to_the_borrower_sets_or_ends_one(session: Session, cast: Cast, settled: Loan) -> None:
    hold = put(session, cast.zhou_min, settled)
    session.add(
        StaffRelation(
            staff_member_id=cast.wu_yan.id, borrower_id=settled.borrower_id, kind="close", made_at=NOW
        )
    )
    session.flush()
    for act in (lambda: put(session, cast.wu_yan, settled), lambda: end(session, cast.wu_yan, hold)):
        with pytest.raises(AccessRefused, match="related_case"):
            act()


def test_of_somebody_elses_borrower_there_is_none(session: Session, cast: Cast, settled: Loan) -> None:
    hold = put(session, cast.zhou_min, settled)
    with pytest.raises(NotFound):
        get_legal_hold(session, cast.wang_qiang.id, hold.id)
