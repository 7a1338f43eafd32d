"""What is lent anew, what stands beside it, and a sum that is paid first."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from portal.domain.errors import DomainError
from portal.domain.lent_anew import lend_anew
from portal.domain.loans import Components, InstallmentFacts
from portal.domain.owed import Owed, owed_on
from portal.domain.plans import ArrearsTreatment
from portal.domain.schedules import ScheduleRow
from portal.domain.upfront import Upfront, paid_first, share_of
from tests.unit.domain.late_loans import TODAY, loan_of
from tests.unit.domain.refusals import refusal

FIRST_DAY = date(2026, 9, 17)
LOAN = loan_of(
    InstallmentFacts(1, date(2026, 9, 1), Components(60_000, 500, 100, 40), Components()),
    InstallmentFacts(2, date(2026, 10, 1), Components(60_000, 300), Components()),
    penalty_rate_pct=Decimal(0),
)
"""1,200.00 of principal. Beside it 5.00 and 0.90 of interest (nine of thirty days of 3.00), a fee of 1.00, penalty of 0.40."""
BESIDE = Components(0, 590, 100, 40)


def owed() -> Owed:
    return owed_on(LOAN, TODAY)


@pytest.mark.parametrize(
    ("treatment", "lent", "apart", "given_up"),
    [
        (ArrearsTreatment.SPREAD, 120_000, BESIDE, Components()),
        (ArrearsTreatment.FIRST_INSTALLMENT, 120_000, BESIDE, Components()),
        (ArrearsTreatment.CAPITALISED, 120_730, Components(), Components()),
        (ArrearsTreatment.WAIVED, 120_000, Components(), BESIDE),
    ],
)
def test_only_what_is_added_to_principal_is_lent_with_it(
    treatment: ArrearsTreatment, lent: int, apart: Components, given_up: Components
) -> None:
    anew = lend_anew(LOAN, owed(), treatment=treatment, upfront=None)
    assert (anew.lent, anew.apart, anew.waived) == (lent, apart, given_up)
    assert (anew.principal, anew.first, anew.upfront) == (120_000, Components(), None)
    assert anew.is_capitalised is (treatment is ArrearsTreatment.CAPITALISED)


def test_a_sum_first_pays_fee_penalty_and_interest_before_principal() -> None:
    upfront = Upfront(1_730, FIRST_DAY)
    anew = lend_anew(LOAN, owed(), treatment=ArrearsTreatment.SPREAD, upfront=upfront)
    assert anew.first == Components(1_000, 590, 100, 40)
    assert (anew.lent, anew.apart, anew.principal) == (119_000, Components(), 119_000)
    part = lend_anew(LOAN, owed(), treatment=ArrearsTreatment.SPREAD, upfront=Upfront(120, FIRST_DAY))
    assert (part.first, part.apart) == (Components(0, 0, 100, 20), Components(0, 590, 0, 20))


@pytest.mark.parametrize(
    ("treatment", "financed"),
    [(ArrearsTreatment.SPREAD, 120_000), (ArrearsTreatment.CAPITALISED, 120_730)],
)
def test_a_draft_has_the_sum_before_its_rows_and_all_of_it_in_its_totals(
    treatment: ArrearsTreatment, financed: int
) -> None:
    """The cost a year is measured against principal, and against what was added to it."""
    anew = lend_anew(LOAN, owed(), treatment=treatment, upfront=Upfront(1_730, FIRST_DAY))
    day = date(2026, 10, 20)
    rows = [ScheduleRow(1, day, principal=anew.lent, interest=77, balance=0)]
    draft = anew.draft([day], rows, [Components(fee=5)])
    assert draft.dates == [FIRST_DAY, day]
    assert draft.parts == [Components(1_000, 590, 100, 40), Components(119_000, 77, 5)]
    assert draft.left_after == [119_000, 0]
    assert (draft.advance, draft.financed, draft.repays) == (120_730, financed, 120_000)
    assert draft.has_upfront


def test_without_a_sum_first_a_draft_is_its_rows() -> None:
    anew = lend_anew(LOAN, owed(), treatment=ArrearsTreatment.SPREAD, upfront=None)
    day = date(2026, 10, 20)
    rows = [ScheduleRow(1, day, principal=120_000, interest=77, balance=0)]
    draft = anew.draft([day], rows, [BESIDE])
    assert (draft.dates, draft.left_after) == ([day], [0])
    assert draft.parts == [Components(120_000, 667, 100, 40)]
    assert (draft.advance, draft.financed, draft.repays) == (120_730, 120_000, 120_000)
    assert not draft.has_upfront
    assert paid_first(draft, None, Components(), left=1, financed=1) is draft


def test_where_no_principal_is_left_nothing_is_lent_unless_the_rest_is_added_to_it() -> None:
    rest = InstallmentFacts(1, date(2026, 9, 1), Components(60_000, 500), Components(60_000))
    loan = replace(LOAN, installments=(rest,))
    bare = owed_on(loan, TODAY)
    found = refusal(lambda: lend_anew(loan, bare, treatment=ArrearsTreatment.SPREAD, upfront=None))
    assert found == ("no_principal_left", "kind", None)
    added = lend_anew(loan, bare, treatment=ArrearsTreatment.CAPITALISED, upfront=None)
    assert (added.lent, added.principal) == (500, 0)


def test_a_sum_first_leaves_something_to_spread() -> None:
    total = Components(100, 20, 3, 4)
    assert share_of(total, None, currency="CNY") == Components()
    assert share_of(total, Upfront(126, FIRST_DAY), currency="CNY") == Components(99, 20, 3, 4)
    with pytest.raises(DomainError) as refused:
        share_of(total, Upfront(127, FIRST_DAY), currency="JPY")
    assert (refused.value.code, refused.value.field) == ("upfront_too_large", "upfront")
    assert refused.value.details == {"currency": "JPY", "owed": "127"}
