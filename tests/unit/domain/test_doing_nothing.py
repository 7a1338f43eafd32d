"""Doing nothing is priced to the plan's end: penalty, and what is already due by then."""

from datetime import date
from decimal import Decimal

import pytest

from portal.domain.doing_nothing import doing_nothing
from portal.domain.errors import DomainError
from portal.domain.loans import Components
from tests.unit.domain.late_loans import TODAY, late_loan

LOAN = late_loan(extra=Components(penalty=777))
LATE = LOAN.installments[6].outstanding


def test_penalty_grows_simply_on_the_overdue_principal_to_the_end() -> None:
    nothing = doing_nothing(LOAN, on=TODAY, until=date(2026, 12, 9))
    assert nothing.today == LATE
    assert nothing.penalty_added == round(Decimal(LATE.principal) * 18 * 90 / 36500)
    assert nothing.arrears_then == LATE + Components(penalty=nothing.penalty_added)


def test_what_falls_due_until_then_stands_apart_without_penalty() -> None:
    nothing = doing_nothing(LOAN, on=TODAY, until=date(2026, 10, 15))
    due = LOAN.installments[7].due + LOAN.installments[8].due
    assert nothing.falls_due == due
    assert nothing.total_then == nothing.arrears_then.total + due.total


def test_doing_nothing_until_today_adds_nothing() -> None:
    nothing = doing_nothing(LOAN, on=TODAY, until=TODAY)
    assert (nothing.penalty_added, nothing.falls_due.total) == (0, 0)


def test_nothing_overdue_leaves_nothing_to_compare() -> None:
    with pytest.raises(DomainError, match="nothing_overdue"):
        doing_nothing(late_loan(met=7), on=TODAY, until=date(2026, 12, 9))
