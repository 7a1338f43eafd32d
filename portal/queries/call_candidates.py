"""Which loans are called about, by the internal team or an agency: the one place that knows where stages and late days are read from."""

from datetime import date
from typing import Any, Final, cast

from sqlalchemy import Select, Table, and_, func, literal, or_, select

from portal.domain.call_choices import LONG_AGO
from portal.domain.loans import LoanStatus, Stage
from portal.models import CallItem, Loan, LoanStanding
from portal.queries.day_arithmetic import day_before
from portal.queries.standings import Loans

_STANDING: Final = cast("Table", LoanStanding.__table__).c
_LOAN: Final = cast("Table", Loan.__table__).c
_ITEM: Final = cast("Table", CallItem.__table__).c
COLUMNS: Final = (
    "loan_id",
    "public_id",
    "borrower_id",
    "is_listed",
    "late_since",
    "amount_minor",
    "currency",
    "rests_until",
    "last_called_at",
)

FIGURES: Final = ("borrower_id", "is_listed", "late_since", "amount_minor", "currency")
"""Those of ``COLUMNS`` that a day may change; the others are a row's first values."""


def changed_candidates(loans: Loans, *, on: date) -> Select[Any]:
    """Those of the candidates that are not on the list as they are now."""
    rows = candidates(loans, on=on)
    fresh = dict(zip(COLUMNS, rows.selected_columns, strict=True))
    differs = or_(*(_ITEM[name].is_distinct_from(fresh[name]) for name in FIGURES))
    # Once more, where they lie: PostgreSQL does not carry it over a join, and would read the whole list.
    is_listed = and_(_ITEM.loan_id == _STANDING.loan_id, loans.is_near(_ITEM.loan_id))
    return rows.join(CallItem, is_listed, isouter=True).where(or_(_ITEM.loan_id.is_(None), differs))


def candidates(loans: Loans, *, on: date) -> Select[Any]:
    """Rows of ``call_item``, by the standing that the day's run left: of the internal team or an agency, late, and not time-barred (rule
    L02). ``is_listed`` are the team's: which of the others an agency sees is asked when it looks (``queries.placements``).

    The address is made of the loan's own random one, other than that: it opens nothing by itself, and a run that is repeated makes it
    the same.
    """
    half = literal(16)
    public_id = func.substr(_LOAN.public_id, half + 1).concat(func.substr(_LOAN.public_id, 1, half))
    long_ago = literal(LONG_AGO, _ITEM.rests_until.type)
    return (
        select(
            _STANDING.loan_id,
            public_id,
            _LOAN.borrower_id,
            _STANDING.stage == Stage.INTERNAL.value,
            # Days are those of the count: a loan that nothing happens to was counted on an earlier day.
            day_before(func.coalesce(_STANDING.counted_on, literal(on)), _STANDING.delinquent_days),
            _STANDING.overdue_minor,
            _LOAN.currency,
            long_ago,
            long_ago,
        )
        .join(Loan, _LOAN.id == _STANDING.loan_id)
        .where(
            loans.holds(_STANDING.loan_id),
            loans.is_near(_LOAN.id),
            _STANDING.stage.in_([Stage.INTERNAL.value, Stage.AGENCY.value]),
            _STANDING.delinquent_days > 0,
            _LOAN.status == LoanStatus.ACTIVE.value,
            or_(_STANDING.limitation_ends_on.is_(None), _STANDING.limitation_ends_on >= on),
        )
    )
