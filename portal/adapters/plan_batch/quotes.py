"""Quotes for many loans and options at once, and the plain way for what the fast one cannot prove."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

import numpy as np

from portal.adapters.plan_batch.columns import Flags, Ints
from portal.adapters.plan_batch.deferred_plans import defer
from portal.adapters.plan_batch.figures import Figures
from portal.adapters.plan_batch.late_loans import LateLoans, late_loans
from portal.adapters.plan_batch.plans_in_parts import Dates, catch_up, reschedule
from portal.adapters.plan_batch.yearly_costs import YearlyCosts, hundredths, yearly_costs
from portal.domain.drafting import refuse_count, refuse_misfits, refuse_periods
from portal.domain.errors import DomainError
from portal.domain.loans import LoanFacts
from portal.domain.plan_dates import first_date, plan_dates, promised_date
from portal.domain.plan_quotes import PlanQuote, Quote, Refused, quote_plans
from portal.domain.plans import ArrearsTreatment, PlanKind, PlanRequest
from portal.domain.pricing_rules import PricingRules
from portal.domain.schedules import MOST_INSTALLMENTS

_NOTHING_OVERDUE: Final = Refused("nothing_overdue")
_quote: Final[Callable[[Iterable[object]], PlanQuote]] = partial(tuple.__new__, PlanQuote)
"""What ``PlanQuote._make`` does, without its call of Python."""


@dataclass(frozen=True, slots=True)
class QuotedBatch:
    """``quotes`` by loan and option, in the order asked; ``plainly`` of them were worked out one by one."""

    quotes: Sequence[Sequence[Quote]]
    plainly: int


def quote_batch(
    loans: Sequence[LoanFacts], requests: Sequence[PlanRequest], rules: PricingRules
) -> QuotedBatch:
    """What ``quote_plans`` says of each loan, for many of them at once."""
    quotes: list[list[Quote | None]] = [[None] * len(requests) for _ in loans]
    options = [_Option.of(request, rules) for request in requests]
    for columns in late_loans(loans, rules.on):
        is_current = columns.principal + columns.beside <= 0
        for at, option in enumerate(options):
            for place, quote in option.quoted(columns, is_current):
                quotes[place][at] = quote
    return QuotedBatch(*_completed(loans, requests, rules, quotes))


def _completed(
    loans: Sequence[LoanFacts],
    requests: Sequence[PlanRequest],
    rules: PricingRules,
    quotes: Sequence[Sequence[Quote | None]],
) -> tuple[Sequence[Sequence[Quote]], int]:
    completed, plainly = [], 0
    for loan, found in zip(loans, quotes, strict=True):
        missing = [at for at, quote in enumerate(found) if quote is None]
        slow = iter(quote_plans(loan, [requests[at] for at in missing], rules) if missing else ())
        completed.append([next(slow) if quote is None else quote for quote in found])
        plainly += len(missing)
    return completed, plainly


@dataclass(frozen=True, slots=True)
class _Option:
    """One request under one set of rules, with what is the same for all loans. ``refusal`` is what every loan is told."""

    request: PlanRequest
    rules: PricingRules
    dates: Dates | None = None
    refusal: str | None = None

    @classmethod
    def of(cls, request: PlanRequest, rules: PricingRules) -> "_Option":
        try:
            return cls(request, rules, _dates(request, rules))
        except DomainError as error:
            return cls(request, rules, refusal=error.code)

    def quoted(self, loans: LateLoans, is_current: Flags) -> Iterator[tuple[int, Quote]]:
        """(place, quote) of those that could be quoted."""
        certain = loans.is_exact & is_current
        yield from ((place, _NOTHING_OVERDUE) for place in loans.places[certain].tolist())
        if self.refusal is not None:
            refused = Refused(self.refusal)
            yield from ((place, refused) for place in loans.places[loans.is_exact & ~is_current].tolist())
            return
        figures = self._figures(loans)
        if figures is None:
            return
        is_exact = figures.is_exact & ~is_current
        for code, is_told in figures.refusals.items():
            refused = Refused(code)
            yield from ((place, refused) for place in loans.places[is_exact & is_told].tolist())
        yield from _priced(loans, figures, is_exact & ~figures.is_refused)

    def _figures(self, loans: LateLoans) -> Figures | None:
        """None for what is known the plain way alone."""
        request = self.request
        if request.upfront_minor or (
            request.arrears_treatment is ArrearsTreatment.CAPITALISED and request.kind is PlanKind.DEFER
        ):
            return None
        match request.kind:
            case PlanKind.DEFER:
                return defer(loans, request, self.rules)
            case PlanKind.CATCH_UP | PlanKind.PAY_BY_DATE if self.dates is not None:
                return catch_up(loans, request, self.dates)
            case PlanKind.RESCHEDULE if self.dates is not None:
                return reschedule(loans, request, self.dates)
            case _:
                return None


def _dates(request: PlanRequest, rules: PricingRules) -> Dates | None:
    """Of plans whose dates are the same for all loans; raises what ``draft_plan`` raises whatever the loan is."""
    refuse_misfits(request, rules)
    match request.kind:
        case PlanKind.CATCH_UP | PlanKind.RESCHEDULE:
            refuse_count(request, MOST_INSTALLMENTS)
            first = first_date(request, on=rules.on, policy=rules.policy, calendar=rules.calendar)
            dates = plan_dates(first, request, request.installments)
        case PlanKind.PAY_BY_DATE:
            dates = [promised_date(request, on=rules.on, policy=rules.policy, calendar=rules.calendar)]
        case PlanKind.DEFER:
            refuse_periods(request.defer_periods, rules.policy.max_terms[PlanKind.DEFER], "defer_periods")
            return None
        case _:
            return None
    is_capitalised = request.arrears_treatment is ArrearsTreatment.CAPITALISED
    if is_capitalised and request.kind is not PlanKind.RESCHEDULE:
        raise DomainError("treatment_not_for_kind", field="arrears_treatment")
    return Dates.of(dates, rules) if dates[0] > rules.on else None


def _priced(loans: LateLoans, figures: Figures, is_exact: Flags) -> Iterator[tuple[int, Quote]]:
    costs = yearly_costs(figures.financed, figures.payments, figures.times)
    at = np.flatnonzero(is_exact & costs.is_proved)
    total = figures.payments.sum(axis=1)
    columns = (
        figures.counts,
        figures.payments[:, 0],
        figures.payments.max(axis=1),
        figures.last,
        figures.first_on,
        figures.ends_on,
        total,
        total - figures.repays,
        figures.waived,
    )
    counts, first, largest, last, first_on, ends_on, *sums = (column[at].tolist() for column in columns)
    rows = zip(
        counts,
        first,
        largest,
        last,
        _days(first_on),
        _days(ends_on),
        *sums,
        *_percentages(costs, at),
        strict=True,
    )
    yield from zip(loans.places[at].tolist(), map(_quote, rows), strict=True)


def _days(ordinals: Sequence[int]) -> Sequence[date]:
    """One object for each day, however often it comes."""
    known = {ordinal: date.fromordinal(ordinal) for ordinal in set(ordinals)}
    return [known[ordinal] for ordinal in ordinals]


def _percentages(costs: YearlyCosts, at: Ints) -> Iterator[Sequence[str | None]]:
    defined = costs.is_defined[at].tolist()
    for column in (costs.compound, costs.simple):
        numbers = column[at].tolist()
        yield [
            hundredths(number) if is_defined else None
            for number, is_defined in zip(numbers, defined, strict=True)
        ]
