"""Which loans the day may move from stage to stage, found among all others by the database."""

from datetime import date
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Select, Table, and_, or_, select

from portal.domain.loans import LoanStatus, Stage
from portal.domain.proposals import RUNNING_STATUSES
from portal.domain.stage_packs import StagePack
from portal.domain.stages import Basis
from portal.models import Contact, Loan, LoanStanding, Proposal
from portal.queries.standings import Loans
from portal.queries.surroundings import is_arrived_notice

_LOANS: Final = cast("Table", Loan.__table__)
_STANDINGS: Final = cast("Table", LoanStanding.__table__)
_RUNNING: Final = [status.value for status in RUNNING_STATUSES]


def loans_to_look_at(loans: Loans, pack: StagePack, on: date) -> Select[Any]:
    """Standings whose bucket moved today, whose stage may move, or that a message may be asked for; the rest stays as it is."""
    standing, loan = _STANDINGS.c, _LOANS.c
    return (
        select(
            standing.loan_id,
            standing.counted_on,
            standing.oldest_unpaid_on,
            standing.delinquent_days,
            standing.delinquent_days_before,
            standing.overdue_minor,
            standing.bucket,
            standing.bucket_before,
            standing.stage,
            standing.stage_basis,
            standing.stage_since,
            standing.next_stage,
            standing.next_stage_on,
            standing.next_notice_on,
            standing.limitation_ends_on,
            standing.demand_owed_on,
            loan.borrower_id,
            loan.creditor,
            loan.status,
            loan.collection_stage,
            loan.stage_since.label("book_since"),
        )
        .join_from(_STANDINGS, _LOANS, loan.id == standing.loan_id)
        .where(
            loans.holds(standing.loan_id),
            loans.is_near(loan.id),
            or_(
                _bucket_moved(on),
                _book_says_otherwise(),
                _is_cured(),
                _may_go_onward(pack, loans),
                _may_go_back(pack, loans),
                has_next_step(loans),
                _reached_a_day(pack, on),
                standing.demand_owed_on.is_not(None),
            ),
        )
        .order_by(standing.loan_id)
    )


def _bucket_moved(on: date) -> ColumnElement[bool]:
    standing = _STANDINGS.c
    return and_(standing.counted_on == on, standing.bucket.is_distinct_from(standing.bucket_before))


def _book_says_otherwise() -> ColumnElement[bool]:
    said, is_by_book = _LOANS.c.collection_stage, _STANDINGS.c.stage_basis == Basis.BOOK.value
    speaks = and_(
        said.is_not(None),
        _STANDINGS.c.overdue_minor > 0,
        or_(
            _STANDINGS.c.stage.is_distinct_from(said),
            _STANDINGS.c.stage_basis.is_distinct_from(Basis.BOOK.value),
        ),
    )
    return or_(speaks, and_(said.is_(None), is_by_book))


def _is_cured() -> ColumnElement[bool]:
    is_closed = _LOANS.c.status == LoanStatus.CLOSED.value
    return and_(_STANDINGS.c.stage.is_not(None), or_(_STANDINGS.c.overdue_minor == 0, is_closed))


def _may_go_onward(pack: StagePack, loans: Loans) -> ColumnElement[bool]:
    return and_(_LOANS.c.collection_stage.is_(None), lags_behind(pack, loans))


def lags_behind(pack: StagePack, loans: Loans) -> ColumnElement[bool]:
    """Over ``loan_standing``: late for long enough for a stage beyond its own, whatever may keep it from there today."""
    standing, found = _STANDINGS.c, []
    for entry in pack.entries:
        earlier = [stage.value for stage in Stage if entry in pack.beyond(stage)]
        conditions = [
            or_(standing.stage.is_(None), standing.stage.in_(earlier)),
            standing.delinquent_days >= entry.from_days,
        ]
        if entry.notice_days is not None:
            conditions.append(_has_notice(loans))
        if entry.demands:
            conditions.append(standing.demands >= entry.demands)
        found.append(and_(*conditions))
    return and_(standing.overdue_minor > 0, or_(*found))


def _may_go_back(pack: StagePack, loans: Loans) -> ColumnElement[bool]:
    standing = _STANDINGS.c
    paid_down = [
        and_(standing.stage == entry.stage.value, standing.delinquent_days < entry.from_days)
        for entry in pack.entries
    ]
    planned = select(Proposal.loan_id).where(Proposal.status.in_(_RUNNING), loans.holds(Proposal.loan_id))
    outside = and_(standing.stage.in_([Stage.AGENCY.value, Stage.LEGAL.value]), standing.loan_id.in_(planned))
    return and_(_LOANS.c.collection_stage.is_(None), or_(*paid_down, outside))


def has_next_step(loans: Loans) -> ColumnElement[bool]:
    """Something is decided, or a notice arrived that may decide something."""
    standing = _STANDINGS.c
    waits = standing.stage.in_([Stage.REMINDER.value, Stage.INTERNAL.value])
    return or_(standing.next_stage.is_not(None), and_(waits, _has_notice(loans)))


def _reached_a_day(pack: StagePack, on: date) -> ColumnElement[bool]:
    standing = _STANDINGS.c
    days = sorted({*pack.reminder_days, *pack.demand_days, *pack.notice_days})
    before, now = standing.delinquent_days_before, standing.delinquent_days
    by_a_day = and_(now == before + 1, now.in_(days))
    by_more = and_(now > before + 1, or_(*(and_(before < day, now >= day) for day in days)))
    return and_(standing.counted_on == on, or_(by_a_day, by_more))


def _has_notice(loans: Loans) -> ColumnElement[bool]:
    """Asked once for all, not of each loan."""
    noticed = select(Contact.loan_id).where(is_arrived_notice(), loans.holds(Contact.loan_id))
    return _STANDINGS.c.loan_id.in_(noticed)
