"""Which loans the day has to look at: those that something happens to. All others stand as they did, a day later."""

from datetime import date
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Select, Table, and_, or_, select
from sqlalchemy.orm import Session

from portal.domain.next_looks import LookRules
from portal.domain.proposals import RUNNING_STATUSES
from portal.domain.stages import Basis
from portal.models import DelinquencyPause, Event, Loan, LoanStanding, Proposal
from portal.queries.stage_candidates import has_next_step, lags_behind
from portal.queries.standings import LoanRange, LoanSet

_LOANS: Final = cast("Table", Loan.__table__)
_STANDINGS: Final = cast("Table", LoanStanding.__table__)
_RUNNING: Final = [status.value for status in RUNNING_STATUSES]


def due_loans(session: Session, loans: LoanRange, *, on: date, rules: LookRules) -> LoanSet:
    """Of the loans in a range, those to count. They stay in the book as they are until the transaction ends: an import waits, and marks
    what it changes for the next day (``services/standings.py``, ``look_again``).
    """
    standing = _STANDINGS.c
    wanted = select(standing.loan_id).where(
        loans.holds(standing.loan_id),
        or_(_is_its_day(on, rules), _may_move_any_day(loans, rules), _was_touched(loans)),
    )
    found = LoanSet(session.scalars(wanted.order_by(standing.loan_id)).all())
    kept = select(_LOANS.c.id).where(found.holds(_LOANS.c.id)).order_by(_LOANS.c.id)
    session.execute(kept.with_for_update(read=True, key_share=True)).all()
    return found


def _is_its_day(on: date, rules: LookRules) -> ColumnElement[bool]:
    standing = _STANDINGS.c
    return or_(
        standing.next_on.is_(None), standing.next_on <= on, standing.counted_by.is_distinct_from(rules.digest)
    )


def _may_move_any_day(loans: LoanRange, rules: LookRules) -> ColumnElement[bool]:
    """A hold, a plan or a notice kept it back or may move it, and they come and go on days of their own."""
    standing = _STANDINGS.c
    is_ours = standing.stage_basis.is_distinct_from(Basis.BOOK.value)
    return or_(
        standing.demand_owed_on.is_not(None),
        has_next_step(loans),
        and_(is_ours, lags_behind(rules.pack, loans)),
    )


def _was_touched(loans: LoanRange) -> ColumnElement[bool]:
    """By a plan, by a pause, or by an act that the limitation period begins anew with."""
    planned = select(Proposal.loan_id).where(Proposal.status.in_(_RUNNING), loans.holds(Proposal.loan_id))
    paused = select(DelinquencyPause.loan_id).where(loans.holds(DelinquencyPause.loan_id))
    standing = _STANDINGS.c
    return or_(
        standing.limitation_facts == 0,
        *(standing.loan_id.in_(touched) for touched in (planned, paused, _newly_interrupted(loans))),
    )


def _newly_interrupted(loans: LoanRange) -> Select[Any]:
    known = _STANDINGS.alias("known")
    return (
        select(Event.loan_id)
        .join(known, known.c.loan_id == Event.loan_id)
        .where(
            Event.name == "limitation:interrupted",
            loans.holds(Event.loan_id),
            Event.id > known.c.limitation_event,
        )
    )
