"""The sums that a search works out are those of the drafts that it spares."""

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.drafting import draft_plan
from portal.domain.errors import DomainError
from portal.domain.loans import Components, LoanFacts
from portal.domain.owed import owed_on
from portal.domain.payment_search import PaymentSearch, candidates
from portal.domain.payment_sums import SumsInParts
from portal.domain.plans import FREQUENCIES, ArrearsTreatment, PlanKind, PlanRequest
from tests.unit.domain.late_loans import RULES, TODAY, late_loan

KINDS = (PlanKind.CATCH_UP, PlanKind.RESCHEDULE, PlanKind.STEP_UP)

LOANS = st.builds(
    late_loan,
    met=st.integers(0, 7),
    extra=st.builds(
        Components, fee=st.integers(0, 5_000), penalty=st.integers(0, 90_000), interest=st.integers(0, 3_000)
    ),
    annual_rate_pct=st.sampled_from([Decimal(0), Decimal("4.35"), Decimal(12), Decimal(24)]),
    interest_method=st.sampled_from(["declining", "flat"]),
    day_count=st.sampled_from(["30/360", "act/365", "act/act"]),
    rounding=st.sampled_from(["half_even", "half_up", "floor"]),
    multiple=st.sampled_from([None, 1, 100]),
)
REQUESTS = st.builds(
    PlanRequest,
    kind=st.sampled_from(KINDS),
    installments=st.integers(0, 61),
    every=st.sampled_from(FREQUENCIES),
    day_of_month=st.integers(0, 28),
    arrears_treatment=st.sampled_from(ArrearsTreatment),
    weekday=st.integers(0, 7),
    upfront_minor=st.sampled_from([0, 0, 1, 30_000, 500_000, 5_000_000]),
    upfront_on=st.sampled_from([None, None, date(2026, 9, 20), TODAY]),
    steps=st.sampled_from([0, 2, 3]),
)


def slowly(loan: LoanFacts, request: PlanRequest) -> Any:
    try:
        draft = draft_plan(loan, owed_on(loan, TODAY), request, RULES)
    except DomainError as error:
        return error.code, error.field
    return [part.total for part in draft.parts[draft.has_upfront :]], draft.dates[-1]


def quickly(loan: LoanFacts, request: PlanRequest) -> Any:
    try:
        found = SumsInParts(loan, owed_on(loan, TODAY), request, RULES).sums(request.installments)
    except DomainError as error:
        return error.code, error.field
    return list(found.sums), found.ends_on


@settings(max_examples=400, deadline=None)
@given(LOANS, REQUESTS)
def test_sums_are_those_of_the_draft_and_so_are_refusals(loan: LoanFacts, request: PlanRequest) -> None:
    assert quickly(loan, request) == slowly(loan, request)


@settings(max_examples=40, deadline=None)
@given(
    LOANS.filter(lambda loan: not loan.installments[6].is_met),
    st.sampled_from(KINDS[:2]),
    st.integers(1, 400_000),
)
def test_what_one_search_remembers_is_what_another_finds(loan: LoanFacts, kind: PlanKind, near: int) -> None:
    search, request = PaymentSearch(loan, RULES), RULES.request_for(kind)
    for sum_ in (None, near, None):
        assert candidates(loan, RULES, request, near=sum_, search=search) == candidates(
            loan, RULES, request, near=sum_
        )
