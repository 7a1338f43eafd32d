from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.arrears import arrears_of
from portal.models import DelinquencyPause, Loan
from portal.queries.book import CurrencyFigures, book_figures
from portal.queries.loans import facts_of_loans
from tests.people import TODAY, Cast, add_cast, add_loan

LATE_DAYS = (-20, 0, 1, 12, 30, 31, 42, 75, 91, 130)


def add_book(session: Session) -> Cast:
    """Loans of two currencies, late by all sorts of days; two have pauses, one is paid in full, one closed."""
    cast = add_cast(session)
    for number, late_days in enumerate(LATE_DAYS):
        loan = add_loan(
            session,
            cast.li_na,
            ref=f"L-{number}",
            late_days=late_days,
            principal=1_200_000 + 7_777 * number,
            penalty_rate_pct=Decimal("21.6") + number,
            currency="TWD" if number % 3 == 2 else "CNY",
            fee=number * 10,
        )
        if number in {5, 8}:
            add_pause(session, loan, from_day=late_days - 3, days=40 if number == 8 else None)
    add_loan(session, cast.wang_qiang, ref="PAID", late_days=50, paid=12)
    add_loan(session, cast.wang_qiang, ref="CLOSED", late_days=50, paid=12, status="closed")
    paused = add_loan(session, cast.wang_qiang, ref="ALL-PAUSED", late_days=20)
    add_pause(session, paused, from_day=20, days=None)
    return cast


def add_pause(session: Session, loan: Loan, *, from_day: int, days: int | None) -> None:
    start = TODAY - timedelta(days=from_day)
    end = None if days is None else start + timedelta(days=days)
    session.add(DelinquencyPause(loan_id=loan.id, starts_on=start, ends_on=end, agreement_id=None))
    session.flush()


def by_the_rules(session: Session, on: date) -> dict[str, tuple[object, ...]]:
    """The same figures, from the arrears of every loan."""
    found: dict[str, tuple[Counter[str], Counter[object]]] = {}
    for facts in facts_of_loans(session, session.scalars(select(Loan.id)).all()).values():
        sums, rows = found.setdefault(facts.currency, (Counter(), Counter()))
        arrears = arrears_of(facts, on=on)
        sums["loans"] += 1
        sums["late"] += arrears.is_overdue
        sums["minor"] += arrears.book.total
        sums["grown"] += arrears.accrued_penalty
        if arrears.is_overdue:
            rows["days", arrears.days_past_due] += 1
            rows["day sum", arrears.days_past_due] += arrears.book.total
            rows["bucket", arrears.bucket] += 1
    return {currency: told(sums, rows) for currency, (sums, rows) in found.items()}


def told(sums: Counter[str], rows: Counter[object]) -> tuple[object, ...]:
    of_buckets = {row: count for row, count in rows.items() if row != ("bucket", None)}
    return sums["loans"], sums["late"], sums["minor"], sums["grown"], of_buckets


def by_the_database(figures: CurrencyFigures) -> tuple[object, ...]:
    rows: dict[object, int] = {}
    for days, tally in figures.by_days.items():
        rows["days", days], rows["day sum", days] = tally.loans, tally.minor
    rows |= {("bucket", code): tally.loans for code, tally in figures.by_bucket.items() if tally.loans}
    return figures.loans, figures.overdue.loans, figures.overdue.minor, figures.grown_penalty, rows


def test_the_database_adds_up_what_the_rules_say_on_any_day(session: Session) -> None:
    add_book(session)

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.integers(-60, 120))
    def holds(days: int) -> None:
        on = TODAY + timedelta(days=days)
        found = {figures.currency: by_the_database(figures) for figures in book_figures(session, on=on)}
        assert found == by_the_rules(session, on)

    holds()


def test_a_book_without_loans_has_no_figures(session: Session) -> None:
    assert book_figures(session, on=TODAY) == []
