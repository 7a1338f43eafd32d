"""W2 in a batch: six plans for each of 100,000 late borrowers at once, beside the plain loop over some of the same borrowers.

Both begin with the same facts in memory and end with the same quotes; the loop takes a sample, for it would take a quarter of an hour, and
both are told for one borrower. No database is asked. Every round has borrowers of its own.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import count, islice
from typing import Final

from benchmarks.book_shape import AS_OF
from benchmarks.processes import Meter
from benchmarks.results import Promise, Result, Sense, compared
from benchmarks.rounds import ROUNDS, Subject, cpu_micros, in_turn
from benchmarks.sizes import Asked
from benchmarks.synthetic_loans import SyntheticLoan, loan_of
from portal.adapters.plan_batch.quotes import quote_batch
from portal.domain.calendar import BusinessCalendar
from portal.domain.loans import Components, InstallmentFacts, LenderType, LoanFacts, LoanStatus
from portal.domain.plan_quotes import quote_plans, usual_requests
from portal.domain.policy import DEFAULT_POLICY, Policy
from portal.domain.pricing_rules import PricingRules
from tests.people import DAYS_OFF_2026, WORKING_DAYS_2026

BORROWERS, QUICK_BORROWERS = 100_000, 10_000
SAMPLE: Final = 100
"""Borrowers whom the loop takes in a round."""
SEED: Final = 20_261
PROMISE: Final = Promise(100, 50, Sense.GAIN)
RATES: Final = [Decimal(pct) for pct in ("21.6", "18.25", "24", "16.425", "14.4")]
DAY_COUNTS: Final = ("30/360", "act/365", "act/360")
ROUNDINGS: Final = ("half_even", "half_up")
RULES: Final = PricingRules(
    Policy.from_data("2026-01", DEFAULT_POLICY),
    BusinessCalendar.of(
        "CN-2026",
        first_year=2026,
        covers_to=date(2026, 12, 31),
        holidays=DAYS_OFF_2026,
        workdays=WORKING_DAYS_2026,
    ),
    AS_OF + timedelta(days=1),
)


def measure(asked: Asked) -> Sequence[Result]:
    """Microseconds of processor time for all options of one borrower."""
    many = (QUICK_BORROWERS if asked.quick else BORROWERS) // (ROUNDS + 1)
    return beside_the_loop(many, SAMPLE)


def beside_the_loop(many: int, sample: int, rounds: int = ROUNDS) -> Sequence[Result]:
    """``many`` borrowers a round; raises ``RuntimeError`` where the two say something else."""
    borrowers, requests, meter = _Rounds(many), usual_requests(RULES), Meter(frozenset())

    def at_once(some: Sequence[LoanFacts]) -> int:
        quote_batch(some, requests, RULES)
        return len(some)

    def one_by_one(some: Sequence[LoanFacts]) -> int:
        for loan in some[:sample]:
            quote_plans(loan, requests, RULES)
        return min(sample, len(some))

    plainly = _refuse_different(borrowers.of(0), sample)
    took = in_turn([_over(borrowers, meter, block) for block in (at_once, one_by_one)], rounds)
    more = f"{len(requests)} options, {many:,} a round, the loop over {sample} of them; one by one: {plainly}"
    return [
        compared(
            "W2 plans in a batch",
            [(ours, loop) for ours, loop in took],
            unit="µs",
            promise=PROMISE,
            more=more,
        )
    ]


def _over(borrowers: "_Rounds", meter: Meter, block: Callable[[Sequence[LoanFacts]], int]) -> Subject:
    """The borrowers are there before anything is measured."""

    def subject(number: int) -> float:
        some = borrowers.of(number)
        return cpu_micros(meter, lambda _: block(some))(number)

    return subject


def _refuse_different(some: Sequence[LoanFacts], sample: int) -> int:
    """How many quotes of the batch were worked out one by one."""
    requests = usual_requests(RULES)
    found = quote_batch(some, requests, RULES)
    if found.quotes[:sample] != [quote_plans(loan, requests, RULES) for loan in some[:sample]]:
        raise RuntimeError("the batch quotes other plans than the loop")
    return found.plainly


class _Rounds:
    """The late borrowers of each round, as a real book has them; those of one round are in memory."""

    def __init__(self, many: int) -> None:
        self._late = (loan for number in count(1) if (loan := loan_of(SEED, number)).days_late)
        self._many = many
        self.of = lru_cache(maxsize=1)(self._next)

    def _next(self, _number: int) -> Sequence[LoanFacts]:
        return [facts_of(loan) for loan in islice(self._late, self._many)]


def facts_of(loan: SyntheticLoan) -> LoanFacts:
    """Rates, roundings and day counts in turn."""
    rows = [
        InstallmentFacts(
            part.number,
            date.fromisoformat(part.due_on),
            due := Components(part.principal, part.interest, 0, part.penalty),
            due if part.is_paid else Components(),
        )
        for part in loan.parts
    ]
    return LoanFacts(
        loan_ref=f"L{loan.number}",
        currency="CNY",
        creditor="安心消费金融有限公司",
        product="cash_loan",
        lender_type=LenderType.CONSUMER_FINANCE,
        status=LoanStatus.ACTIVE,
        disbursed_on=rows[0].due_on - timedelta(days=30),
        principal=loan.principal,
        annual_rate_pct=RATES[loan.number % len(RATES)],
        penalty_rate_pct=RATES[loan.number % len(RATES)],
        amortisation="equal_installment",
        interest_method="declining",
        day_count=DAY_COUNTS[loan.number % len(DAY_COUNTS)],
        rounding=ROUNDINGS[loan.number % len(ROUNDINGS)],
        every="1 month",
        multiple=None,
        has_guarantor=False,
        as_of=AS_OF,
        installments=tuple(rows),
    )
