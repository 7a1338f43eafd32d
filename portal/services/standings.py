"""The day's figures of many loans at once: taken up, counted, their limitation found; only what changed is written."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, cast

from sqlalchemy import (
    Date,
    Table,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from portal.domain.arrears import Arrears, arrears_of
from portal.domain.calendar import BusinessCalendar
from portal.domain.limitation import Cause, limitation
from portal.domain.next_looks import LookRules, next_look
from portal.models import Loan, LoanStanding
from portal.queries.day_arithmetic import days_between
from portal.queries.late_sums import figures_of_day, is_simple
from portal.queries.limitation_bases import LimitationBasis
from portal.queries.loans import facts_of_loans
from portal.queries.standings import LoanRange, Loans, LoanSet
from portal.services.bulk_rows import change_rows

_LOANS: Final = cast("Table", Loan.__table__)
_STANDINGS: Final = cast("Table", LoanStanding.__table__)
_AT_ONCE: Final = 500
_FIGURES: Final = (
    "oldest_unpaid_on",
    "delinquent_days",
    "overdue_minor",
    "bucket",
    "next_on",
)
_PREVIOUS: Final = bindparam("previous_on", type_=Date)
_BEFORE: Final = {
    # As of the run before: a loan is counted when something happens to it, and its days went on since.
    "delinquent_days_before": case(
        (
            and_(_STANDINGS.c.overdue_minor > 0, _STANDINGS.c.counted_on < _PREVIOUS),
            _STANDINGS.c.delinquent_days + days_between(_STANDINGS.c.counted_on, _PREVIOUS),
        ),
        else_=_STANDINGS.c.delinquent_days,
    ),
    "bucket_before": _STANDINGS.c.bucket,
}
_NOUGHTS: Final = (
    "delinquent_days",
    "delinquent_days_before",
    "overdue_minor",
    "limitation_facts",
    "limitation_event",
    "demands",
)


def count_again(session: Session) -> None:
    """Mark every loan to be counted by the run that reaches it next, with its limitation period. A mark outlives a run that is killed."""
    marked = {"counted_by": None, "limitation_facts": 0}
    session.execute(update(_STANDINGS).where(_STANDINGS.c.counted_by.is_not(None)).values(marked))


def take_up_loans(session: Session, loans: LoanRange) -> int:
    """A standing for each loan that has none yet; how many."""
    loan_count = session.scalar(select(func.count()).where(loans.holds(_LOANS.c.id)))
    known = session.scalar(select(func.count()).where(loans.holds(_STANDINGS.c.loan_id)))
    count = (loan_count or 0) - (known or 0)
    if count == 0:
        return 0
    noughts = [literal(0).label(name) for name in _NOUGHTS]
    is_known = exists().where(_STANDINGS.c.loan_id == _LOANS.c.id)
    new = select(_LOANS.c.id, *noughts, false()).where(loans.holds(_LOANS.c.id), ~is_known)
    adding = insert(_STANDINGS).from_select(["loan_id", *_NOUGHTS, "limitation_is_checked"], new)
    session.connection().execute(adding)
    return count


def find_limitations(
    session: Session, bases: Sequence[LimitationBasis], *, calendar: BusinessCalendar
) -> int:
    """Keep the limitation period of loans that moved; how many."""
    change_rows(session, _STANDINGS, "loan_id", [_limitation_row(basis, calendar) for basis in bases])
    return len(bases)


def _limitation_row(basis: LimitationBasis, calendar: BusinessCalendar) -> dict[str, Any]:
    found = limitation([basis.last_due_on], basis.acts, calendar=calendar)
    return {
        "loan_id": basis.loan_id,
        "limitation_from": found.runs_from,
        "limitation_cause": found.restarted_by.value if found.restarted_by else None,
        "limitation_ends_on": found.expires_on,
        "limitation_is_checked": not found.is_unchecked,
        "limitation_facts": basis.facts_version,
        "limitation_event": basis.newest_event,
        "demands": sum(act.cause is Cause.DEMAND_DELIVERED for act in basis.acts),
    }


def look_again(session: Session, loan_ids: Sequence[int]) -> None:
    """The book says otherwise of these loans than when they were counted: the next day's run counts them, whatever day it is.

    The caller has locked the loans, so that no run counts them meanwhile.
    """
    marking = update(_STANDINGS).where(
        LoanSet(loan_ids).holds(_STANDINGS.c.loan_id), _STANDINGS.c.next_on.is_not(None)
    )
    session.connection().execute(marking.values(next_on=None))


def find_limitations_again(session: Session, loan_ids: Sequence[int]) -> None:
    """The next day's run finds the limitation periods of these loans anew: notices of assignment tell otherwise of them."""
    finding = update(_STANDINGS).where(LoanSet(loan_ids).holds(_STANDINGS.c.loan_id))
    session.connection().execute(finding.values(limitation_facts=0))


def count_loans(
    session: Session, loans: Loans, *, on: date, rules: LookRules, previous_on: date | None = None
) -> None:
    """Days, sums and bucket of a business date, and the day to count again. ``previous_on``: the date of the run before, if any."""
    previous = {"previous_on": previous_on or date.min}
    _count_simple(session, loans, on, rules, previous)
    _count_by_the_rules(session, loans, on, rules, previous)


def _count_simple(
    session: Session, loans: Loans, on: date, rules: LookRules, previous: Mapping[str, date]
) -> None:
    fresh = figures_of_day(on, loans, rules).cte("fresh")
    # Materialized: else each figure is worked out anew wherever it is named below.
    fresh = fresh.prefix_with("MATERIALIZED")
    new = {name: fresh.c[name] for name in _FIGURES} | {"counted_on": on, "counted_by": rules.digest}
    differs = or_(*(_STANDINGS.c[name].is_distinct_from(value) for name, value in new.items()))
    counting = (
        update(_STANDINGS)
        .where(_STANDINGS.c.loan_id == fresh.c.loan_id, loans.holds(_STANDINGS.c.loan_id), differs)
        .values(new | _BEFORE)
    )
    session.connection().execute(counting, previous)


def _count_by_the_rules(
    session: Session, loans: Loans, on: date, rules: LookRules, previous: Mapping[str, date]
) -> None:
    """Loans with a pause: one by one, as the rules are written."""
    paused = session.scalars(
        select(_STANDINGS.c.loan_id)
        .where(loans.holds(_STANDINGS.c.loan_id), ~is_simple(_STANDINGS.c.loan_id))
        .order_by(_STANDINGS.c.loan_id)
    ).all()
    counting = (
        update(_STANDINGS)
        .where(_STANDINGS.c.loan_id == bindparam("key"))
        .values(
            {name: bindparam(f"new_{name}") for name in (*_FIGURES, "counted_on", "counted_by")} | _BEFORE
        )
    )
    for start in range(0, len(paused), _AT_ONCE):
        some = paused[start : start + _AT_ONCE]
        before = {
            row.loan_id: row
            for row in session.execute(_STANDINGS.select().where(_STANDINGS.c.loan_id.in_(some)))
        }
        rows = []
        for loan_id, facts in facts_of_loans(session, some).items():
            arrears = arrears_of(facts, on=on, rules=rules.lateness)
            figures = figures_of(arrears) | {
                "next_on": next_look(facts, arrears, rules=rules),
                "counted_on": on,
                "counted_by": rules.digest,
            }
            if any(getattr(before[loan_id], name) != value for name, value in figures.items()):
                rows.append(
                    {"key": loan_id, **previous} | {f"new_{name}": value for name, value in figures.items()}
                )
        if rows:
            session.connection().execute(counting, rows)


def figures_of(arrears: Arrears) -> dict[str, Any]:
    """What is kept of a loan's arrears, by column."""
    return {
        "oldest_unpaid_on": arrears.oldest_unpaid_on,
        "delinquent_days": arrears.delinquent_days,
        "overdue_minor": arrears.book.total,
        "bucket": arrears.bucket,
    }
