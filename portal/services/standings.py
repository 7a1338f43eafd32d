"""The day's figures of many loans at once: taken up, counted, their limitation found; only what changed is written."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, cast

from sqlalchemy import (
    Select,
    Table,
    Update,
    bindparam,
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

from portal.domain.arrears import Arrears, LatenessRules, arrears_of
from portal.domain.calendar import BusinessCalendar
from portal.domain.limitation import Cause, limitation
from portal.models import Loan, LoanStanding
from portal.queries.late_sums import figures_of_late, is_simple
from portal.queries.limitation_bases import LimitationBasis
from portal.queries.loans import facts_of_loans
from portal.queries.standings import LoanRange, not_simple_ids
from portal.services.bulk_rows import change_rows, give_room

_LOANS: Final = cast("Table", Loan.__table__)
_STANDINGS: Final = cast("Table", LoanStanding.__table__)
_AT_ONCE: Final = 500
_FIGURES: Final = (
    "days_past_due",
    "oldest_unpaid_on",
    "delinquent_days",
    "overdue_minor",
    "penalty_minor",
    "bucket",
)
_NOUGHTS: Final = (
    "days_past_due",
    "delinquent_days",
    "delinquent_days_before",
    "overdue_minor",
    "penalty_minor",
    "limitation_facts",
    "limitation_event",
    "demands",
)


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


def count_loans(session: Session, loans: LoanRange, *, on: date, rules: LatenessRules) -> None:
    """Days, sums, penalty and bucket of a business date; standings that stay as they were are not written."""
    _count_simple(session, loans, on, rules)
    _count_by_the_rules(session, loans, on, rules)


def _count_simple(session: Session, loans: LoanRange, on: date, rules: LatenessRules) -> None:
    give_room(session)
    connection = session.connection()
    # Materialized: else each figure is worked out anew wherever it is named below.
    fresh = figures_of_late(on, literal(loans.first), literal(loans.last), rules).cte("fresh")
    fresh = fresh.prefix_with("MATERIALIZED")
    differs = or_(*(_STANDINGS.c[name].is_distinct_from(fresh.c[name]) for name in _FIGURES))
    connection.execute(
        update(_STANDINGS)
        .where(_STANDINGS.c.loan_id == fresh.c.loan_id, loans.holds(_STANDINGS.c.loan_id), differs)
        .values({name: fresh.c[name] for name in _FIGURES} | _remembered(on))
    )
    connection.execute(_clearing(loans, on))


def _clearing(loans: LoanRange, on: date) -> Update:
    """Of a loan that is late the days change with the date: what was not written today is late no more."""
    simple = select(_LOANS.c.id).where(loans.holds(_LOANS.c.id), is_simple())
    return (
        update(_STANDINGS)
        .where(
            loans.holds(_STANDINGS.c.loan_id),
            _STANDINGS.c.overdue_minor > 0,
            _STANDINGS.c.counted_on != on,
            _STANDINGS.c.loan_id.in_(simple),
        )
        .values(
            oldest_unpaid_on=None,
            days_past_due=0,
            delinquent_days=0,
            overdue_minor=0,
            penalty_minor=0,
            bucket=None,
            **_remembered(on),
        )
    )


def _remembered(on: date) -> dict[str, Any]:
    return {
        "counted_on": on,
        "delinquent_days_before": _STANDINGS.c.delinquent_days,
        "bucket_before": _STANDINGS.c.bucket,
    }


def _count_by_the_rules(session: Session, loans: LoanRange, on: date, rules: LatenessRules) -> None:
    """Loans with a pause, and those that whole numbers cannot hold: one by one, as the rules are written."""
    ids = not_simple_ids(session, loans)
    counting = (
        update(_STANDINGS)
        .where(_STANDINGS.c.loan_id == bindparam("key"))
        .values({name: bindparam(f"new_{name}") for name in _FIGURES} | _remembered(on))
    )
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        facts = facts_of_loans(session, some)
        before = {row.loan_id: row for row in session.execute(_figures(some))}
        rows = []
        for loan_id in some:
            figures = figures_of(arrears_of(facts[loan_id], on=on, rules=rules))
            if any(getattr(before[loan_id], name) != value for name, value in figures.items()):
                rows.append({"key": loan_id} | {f"new_{name}": value for name, value in figures.items()})
        if rows:
            session.connection().execute(counting, rows)


def _figures(ids: Sequence[int]) -> Select[Any]:
    return select(_STANDINGS.c.loan_id, *(_STANDINGS.c[name] for name in _FIGURES)).where(
        _STANDINGS.c.loan_id.in_(ids)
    )


def figures_of(arrears: Arrears) -> dict[str, Any]:
    """What is kept of a loan's arrears, by column."""
    return {
        "oldest_unpaid_on": arrears.oldest_unpaid_on,
        "days_past_due": arrears.days_past_due,
        "delinquent_days": arrears.delinquent_days,
        "overdue_minor": arrears.book.total,
        "penalty_minor": arrears.accrued_penalty,
        "bucket": arrears.bucket,
    }
