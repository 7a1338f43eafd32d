"""Quotes for a whole book under one policy, written as they come: read in batches, reckoned in arrays, nothing kept in memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import IO, Final

from sqlalchemy import Engine

from portal.adapters.plan_batch.quotes import quote_batch
from portal.db import transaction
from portal.domain.legal_limits import loan_cap
from portal.domain.loans import LoanFacts
from portal.domain.money import format_minor
from portal.domain.plan_dates import earliest_first_date
from portal.domain.plan_quotes import PlanQuote, Quote, limit_of, usual_requests
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.policy import terms_within
from portal.domain.pricing_rules import PricingRules
from portal.domain.safe_csv import BYTE_ORDER_MARK, safe_rows
from portal.domain.step_up import FEWEST_STEPS
from portal.queries.loans import facts_of_loans
from portal.queries.policy_replays import late_loans

LOANS_AT_A_TIME: Final = 2_000
POSSIBLE: Final = "possible"
HEADER: Final = (
    "loan_ref",
    "currency",
    "kind",
    "terms",
    "outcome",
    "payments",
    "first_payment",
    "largest_payment",
    "last_payment",
    "first_on",
    "ends_on",
    "total_paid",
    "beyond_principal",
    "waived",
    "annual_compound_pct",
    "annual_simple_pct",
)
Advance = Callable[[int], None]
Row = Sequence[object]


def requests_of(plans: Sequence[str], rules: PricingRules) -> Sequence[PlanRequest]:
    """Of ``KIND`` or ``KIND:COUNT``, the usual ones where none is named. Raises ``ValueError`` with what is wrong, in English."""
    return [_request(plan, rules) for plan in plans] if plans else usual_requests(rules)


def _request(plan: str, rules: PricingRules) -> PlanRequest:
    name, _, number = plan.partition(":")
    kinds = [kind.value for kind in PlanKind if not kind.is_offered_by_staff_alone]
    if name not in kinds:
        raise ValueError(f"{name}: there are {', '.join(kinds)}")
    kind = PlanKind(name)
    if not rules.policy.offers(kind):
        raise ValueError(f"{name}: the policy {rules.policy.version} has no such plan")
    request = replace(rules.request_for(kind), steps=FEWEST_STEPS if kind is PlanKind.STEP_UP else 0)
    most = terms_within(rules.policy.max_terms[kind], request)
    count = int(number) if number.isdecimal() else 0 if number else most
    if not 1 <= count <= most:
        raise ValueError(f"{plan}: the policy {rules.policy.version} has 1 to {most}")
    return request.with_terms(count)


@dataclass(slots=True)
class Done:
    """``plans`` were quoted; ``possible`` of them keep to the limits of law."""

    loans: int = 0
    plans: int = 0
    possible: int = 0


@dataclass(frozen=True, slots=True)
class BookQuotes:
    """``requests`` to so many late loans of the book, as it is on the day of the rules."""

    engine: Engine
    rules: PricingRules
    requests: Sequence[PlanRequest]
    loans: int

    def write(self, out: IO[bytes], advance: Advance, *, at_once: int = LOANS_AT_A_TIME) -> Done:
        done = Done()
        with transaction(self.engine, writes=False) as session:
            ids = late_loans(session, on=self.rules.on, limit=self.loans)
        out.write(BYTE_ORDER_MARK + safe_rows([HEADER]))
        for start in range(0, len(ids), at_once):
            some = ids[start : start + at_once]
            with transaction(self.engine, writes=False) as session:
                found = facts_of_loans(session, some)
            self._write_some(out, [found[loan_id] for loan_id in some if loan_id in found], done)
            advance(len(some))
        return done

    def _write_some(self, out: IO[bytes], loans: Sequence[LoanFacts], done: Done) -> None:
        quotes = quote_batch(loans, self.requests, self.rules).quotes
        begins_on = earliest_first_date(self.rules.on, self.rules.policy, self.rules.calendar)
        rows = [
            row
            for loan, quoted in zip(loans, quotes, strict=True)
            for row in self._rows(loan, quoted, begins_on)
        ]
        out.write(safe_rows(rows))
        done.loans += len(loans)
        done.plans += len(rows)
        done.possible += sum(row[HEADER.index("outcome")] == POSSIBLE for row in rows)

    def _rows(self, loan: LoanFacts, quotes: Sequence[Quote], begins_on: date) -> Iterator[Row]:
        cap = loan_cap(loan, self.rules.policy.product_caps)
        for request, quote in zip(self.requests, quotes, strict=True):
            whose = (loan.loan_ref, loan.currency, request.kind.value, request.terms)
            if isinstance(quote, PlanQuote):
                limit = limit_of(quote, request, loan, cap, begins_on=begins_on)
                yield (*whose, limit or POSSIBLE, *_figures(quote, loan))
            else:
                yield (*whose, quote.code, *[""] * (len(HEADER) - len(whose) - 1))


def _figures(quote: PlanQuote, loan: LoanFacts) -> Row:
    """A plan beyond law is told with its figures: how far it is."""
    sums = (quote.first, quote.largest, quote.last)
    totals = (quote.total_paid, quote.beyond_principal, quote.waived)
    return (
        quote.payments,
        *(format_minor(minor, loan.currency) for minor in sums),
        quote.first_on.isoformat(),
        quote.ends_on.isoformat(),
        *(format_minor(minor, loan.currency) for minor in totals),
        quote.annual_compound_pct or "",
        quote.annual_simple_pct or "",
    )
