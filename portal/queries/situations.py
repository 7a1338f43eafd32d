"""Where a borrower stands with one loan: everything that pricing and policy ask for, read together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.domain.arrears import Arrears, arrears_of
from portal.domain.calendar import BusinessCalendar
from portal.domain.loans import LoanFacts
from portal.domain.policy import Circumstances, Policy
from portal.models import Loan
from portal.queries.loans import loan_facts
from portal.queries.policies import business_calendar, policy_on


@dataclass(frozen=True, slots=True)
class Situation:
    """A loan on a business date, with the rules in force."""

    loan: Loan
    facts: LoanFacts
    arrears: Arrears
    policy: Policy
    calendar: BusinessCalendar
    circumstances: Circumstances
    on: date


def situation_of(
    session: Session, loan: Loan, *, on: date, answers: Mapping[str, Any], drafted_by_staff: bool = False
) -> Situation:
    """The situation of a loan, with what the journey's ``answers`` add."""
    facts = loan_facts(session, loan.id)
    policy = policy_on(session, on)
    calendar = business_calendar(session)
    return Situation(
        loan=loan,
        facts=facts,
        arrears=arrears_of(facts, on=on),
        policy=policy,
        calendar=calendar,
        circumstances=_circumstances(session, loan, facts, policy, calendar, on, answers, drafted_by_staff),
        on=on,
    )
