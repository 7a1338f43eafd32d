from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.calendar import Every
from portal.domain.errors import DomainError
from portal.domain.loans import LenderType
from portal.domain.policy import cap_months
from portal.domain.rate_caps import (
    CN_CAPS,
    Cap,
    CapBasis,
    RateVerdict,
    cap_of,
    claimable_pct,
    is_presumed_excessive,
    judge_rate,
    most_ever_payable,
    principal_received,
    refuse_above_cap,
    refuse_repapering,
)
from tests.published import Case, published

SEPTEMBER = date(2025, 9, 22)
TWELVE = Cap(Decimal(12), CapBasis.FOUR_LPR)


def minor(text: str) -> int:
    return int(Decimal(text) * 100)


@pytest.mark.parametrize("case", published("rules", "rate_cap"))
def test_the_published_caps_come_out(case: Case) -> None:
    given_, want = case["input"], case["expected"]
    lender = LenderType(given_["lender_type"])
    if "cap_percent" in given_:
        cap = Cap(Decimal(given_["cap_percent"]), CapBasis.FOUR_LPR)
        asked = [Decimal(given_[name]) for name in ("overdue_interest_percent", "penalty_percent")]
        assert claimable_pct(*asked, cap=cap) == Decimal(want["claimable_percent"])
        return
    cap = cap_of(lender, date.fromisoformat(given_["contract_date"]))
    if "judicial_4xlpr_applies" in want:
        assert (cap.basis is CapBasis.FOUR_LPR) is want["judicial_4xlpr_applies"]
        return
    assert cap.pct == Decimal(want["cap_percent"])
    asked_pct = Decimal(given_.get("asked_percent", given_.get("all_in_percent")))
    assert not want["allowed"]
    with pytest.raises(DomainError) as refusal:
        refuse_above_cap(asked_pct, cap)
    assert (refusal.value.code, refusal.value.rule) == ("rate_above_cap", "P07")
    refuse_above_cap(Decimal(want["cap_percent"]), cap)


@pytest.mark.parametrize("case", published("rules", "restructure_cap"))
def test_interest_written_into_principal_never_makes_more_than_the_cap_over_the_whole_term(
    case: Case,
) -> None:
    given_ = case["input"]
    cap = Cap(Decimal(given_["cap_percent"]), CapBasis.FOUR_LPR)
    years = Fraction(given_["whole_term_years"])
    principal, most = (
        minor(given_["original_principal"]),
        minor(case["expected"]["max_principal_plus_interest"]),
    )
    assert (
        most_ever_payable(principal, cap_pct=Decimal(given_["cap_percent"]), whole_term_years=years) == most
    )
    refuse_repapering(most, principal, cap=cap, whole_term_years=years)
    with pytest.raises(DomainError) as refusal:
        refuse_repapering(most + 1, principal, cap=cap, whole_term_years=years)
    assert (refusal.value.code, refusal.value.rule) == ("total_above_cap", "P09")
    assert refusal.value.details == {"most_minor": most, "cap": given_["cap_percent"].removesuffix(".00")}
    refuse_repapering(most + 1, principal, cap=Cap(None, CapBasis.FOUR_LPR), whole_term_years=years)
    refuse_repapering(most + 1, principal, cap=Cap(Decimal(24), CapBasis.PRODUCT), whole_term_years=years)


@pytest.mark.parametrize("case", published("rules", "penalty"))
def test_damages_above_130_percent_of_the_loss_are_presumed_excessive(case: Case) -> None:
    loss, liquidated = minor(case["input"]["loss"]), minor(case["input"]["liquidated"])
    assert is_presumed_excessive(liquidated=liquidated, loss=loss) is case["expected"]["presumed_excessive"]
    assert not is_presumed_excessive(liquidated=loss * 13 // 10, loss=loss)


@pytest.mark.parametrize(
    ("liquidated", "loss", "excessive"),
    [
        (130, 100, False),
        (131, 100, True),
        (Decimal("15.6"), Decimal(12), False),
        (Decimal("15.61"), Decimal(12), True),
        (1, 0, True),
        (0, 0, False),
    ],
)
def test_30_percent_above_the_loss_is_the_most_whether_sums_or_rates(
    liquidated: int | Decimal, loss: int | Decimal, excessive: bool
) -> None:
    assert is_presumed_excessive(liquidated=liquidated, loss=loss) is excessive


@pytest.mark.parametrize(
    ("asked", "cap", "told"), [("12.01", "12.00", ("12.01", "12")), ("200.50", "100", ("200.5", "100"))]
)
def test_a_rate_above_the_cap_is_told_both_as_people_write_them(
    asked: str, cap: str, told: tuple[str, str]
) -> None:
    with pytest.raises(DomainError, match=r"^rate_above_cap$") as refusal:
        refuse_above_cap(Decimal(asked), Cap(Decimal(cap), CapBasis.PRODUCT))
    assert refusal.value.details == {"asked": told[0], "cap": told[1]}


@pytest.mark.parametrize(
    ("rates", "claimable"),
    [(("5", "6"), "11"), (("5", "7"), "12"), (("5", "7", "0.01"), "12"), (("36",), "12"), ((), "0")],
)
def test_what_runs_for_lateness_is_claimed_together_up_to_the_cap(
    rates: tuple[str, ...], claimable: str
) -> None:
    assert claimable_pct(*map(Decimal, rates), cap=TWELVE) == Decimal(claimable)


@pytest.mark.parametrize("case", published("rules", "plan_limits"))
def test_a_card_plan_has_at_most_sixty_months(case: Case) -> None:
    most = cap_months(Every.parse("1 month"))
    assert (case["input"]["months"] <= most) is case["expected"]["allowed"]
    assert most == case["expected"].get("max_months", 60)


@pytest.mark.parametrize("case", published("rules", "irr_cn", only="CN-IRR-6"))
def test_what_is_withheld_was_never_lent(case: Case) -> None:
    assert principal_received(1_200_000, withheld=260_000) == case["input"]["principal"] * 100


@pytest.mark.parametrize("withheld", [-1, 100, 101])
def test_no_more_can_be_withheld_than_is_paid_out(withheld: int) -> None:
    with pytest.raises(DomainError) as refusal:
        principal_received(100, withheld=withheld)
    assert (refusal.value.code, refusal.value.field, refusal.value.rule) == (
        "withheld_out_of_range", "withheld", "P10",
    )  # fmt: skip


@pytest.mark.parametrize(("withheld", "received"), [(0, 100), (1, 99), (99, 1)])
def test_nothing_or_all_but_a_cent_may_have_been_withheld(withheld: int, received: int) -> None:
    assert principal_received(100, withheld=withheld) == received


@pytest.mark.parametrize(
    ("lender", "contract", "pct", "basis"),
    [
        (LenderType.PRIVATE, SEPTEMBER, 12, CapBasis.FOUR_LPR),
        (LenderType.PRIVATE, date(2025, 9, 21), 12, CapBasis.FOUR_LPR),
        (LenderType.PRIVATE, date(2025, 10, 23), 12, CapBasis.FOUR_LPR),  # 31 days after it was published
        (LenderType.PRIVATE, date(2025, 10, 24), None, CapBasis.UNKNOWN),
        (LenderType.PRIVATE, date(2025, 12, 1), None, CapBasis.UNKNOWN),  # another has been published since
        (LenderType.BANK_LOAN_FACILITATION, date(2025, 10, 1), 24, CapBasis.ALL_IN),
        (LenderType.BANK_LOAN_FACILITATION, date(2025, 9, 30), None, CapBasis.UNKNOWN),
        (LenderType.CONSUMER_FINANCE, SEPTEMBER, 24, CapBasis.PRODUCT),
        (LenderType.BANK, date(2019, 1, 1), 24, CapBasis.PRODUCT),
        (LenderType.CREDIT_CARD, SEPTEMBER, 24, CapBasis.PRODUCT),
        (LenderType.MICRO_LOAN, SEPTEMBER, 24, CapBasis.PRODUCT),
        (LenderType.UNKNOWN, SEPTEMBER, None, CapBasis.UNKNOWN),
    ],
)
def test_the_cap_depends_on_the_lender_and_the_contracts_day(
    lender: LenderType, contract: date, pct: int | None, basis: CapBasis
) -> None:
    cap = cap_of(lender, contract)
    assert (cap.pct, cap.basis, cap.is_known) == (pct, basis, pct is not None)


def test_a_prime_rate_given_with_the_question_fills_the_table_but_not_the_time_before_the_law() -> None:
    assert cap_of(LenderType.PRIVATE, date(2024, 5, 1), lpr_1y=Decimal("3.45")).pct == Decimal("13.80")
    assert cap_of(LenderType.PRIVATE, date(2020, 8, 19), lpr_1y=Decimal("3.85")).pct is None
    assert cap_of(LenderType.PRIVATE, date(2020, 8, 20), lpr_1y=Decimal("3.85")).pct == Decimal("15.40")


def test_a_lender_adds_its_own_caps_as_data() -> None:
    table = replace(CN_CAPS, product={LenderType.BANK: (date(2026, 1, 1), Decimal(20))})
    assert cap_of(LenderType.BANK, date(2026, 1, 1), table=table).pct == 20
    assert cap_of(LenderType.BANK, date(2025, 12, 31), table=table).pct is None


@pytest.mark.parametrize(
    ("simple", "compound", "verdict"),
    [
        ("11.3", "11.99", RateVerdict.WITHIN),
        ("12", "12", RateVerdict.WITHIN),
        ("12", "12.68", RateVerdict.UNCLEAR),
        ("12.01", "12.7", RateVerdict.ABOVE),
        ("12.68", "12", RateVerdict.UNCLEAR),
        ("12.7", "12.01", RateVerdict.ABOVE),
    ],
)
def test_between_the_simple_and_the_compound_figure_a_person_looks(
    simple: str, compound: str, verdict: RateVerdict
) -> None:
    assert judge_rate(simple_pct=Decimal(simple), compound_pct=Decimal(compound), cap=TWELVE) is verdict


def test_an_unknown_cap_refuses_nothing_and_is_never_clear() -> None:
    unknown = Cap(None, CapBasis.UNKNOWN)
    refuse_above_cap(Decimal(999), unknown)
    assert judge_rate(simple_pct=Decimal(0), compound_pct=Decimal(0), cap=unknown) is RateVerdict.UNCLEAR
    assert claimable_pct(Decimal(10), Decimal(30), cap=unknown) == 40


@given(principal=st.integers(0, 10**12), years=st.fractions(0, 30), pct=st.decimals(0, 100, places=2))
def test_the_most_payable_never_passes_the_exact_figure_and_misses_it_by_less_than_a_cent(
    principal: int, years: Fraction, pct: Decimal
) -> None:
    exact = principal + principal * Fraction(pct) / 100 * years
    assert 0 <= exact - most_ever_payable(principal, cap_pct=pct, whole_term_years=years) < 1
