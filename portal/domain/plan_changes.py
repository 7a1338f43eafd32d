"""Changing a plan in force: what may be asked for, from which figures it is priced, and what it fills in beforehand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from portal.domain.calendar import Every
from portal.domain.errors import Conflict, DomainError
from portal.domain.journey import Need
from portal.domain.loans import Components, InstallmentFacts, LoanFacts
from portal.domain.offers import Standing, choice_of
from portal.domain.options import plan_nearest_to
from portal.domain.plan_progress import PlanProgress
from portal.domain.plans import ArrearsTreatment, Plan, PlanKind, PlanRequest
from portal.domain.proposals import RUNNING_STATUSES, ProposalStatus
from portal.domain.rounding import Rounding
from portal.domain.spreading import placed


class Wish(StrEnum):
    """What somebody may want of a plan that runs."""

    DATE = "date"
    AMOUNT = "amount"
    SKIP = "skip"


_ALL: Final = tuple(Wish)
_WISHES: Final[Mapping[PlanKind, tuple[Wish, ...]]] = {
    PlanKind.CATCH_UP: _ALL,
    PlanKind.RESCHEDULE: _ALL,
    PlanKind.DEFER: (Wish.SKIP,),
}
"""By kind; a plan of another kind is changed with a person."""


def refuse_change(status: ProposalStatus) -> None:
    """Only a plan in force can be changed; raises ``Conflict("plan_not_in_force")``."""
    if status not in RUNNING_STATUSES:
        raise Conflict("plan_not_in_force")


def wishes_for(plan: Plan, progress: PlanProgress) -> Sequence[Wish]:
    """What can be changed without a person; nothing of a plan that is paid, nor of one lent anew after a sum that was paid first."""
    if progress.is_complete or not is_apart(plan):
        return ()
    return _WISHES.get(plan.kind, ())


def is_apart(plan: Plan) -> bool:
    """Whether what was in arrears can be told from the rest in its payments: a sum paid first took of both."""
    return plan.kind.goes_beside or plan.upfront is None


@dataclass(frozen=True, slots=True)
class Change:
    """The request to be priced in place of the running plan."""

    wish: Wish
    request: PlanRequest

    def answers(self, monthly: int) -> dict[str, Any]:
        """The journey's answers, filled in: nothing is asked that is known."""
        request = self.request
        is_pause = request.kind is PlanKind.DEFER
        day = min(request.first_on.day, 28) if request.first_on else request.day_of_month
        need = {"need": (Need.PAUSE if is_pause else Need.MONTHLY).value, "day": day}
        return {
            "reason": {"reason": "not_said"},
            "need": need if is_pause else {**need, "monthly_minor": monthly},
            "choice": {**choice_of(request), "source": "own"},
            "change": {"wish": self.wish.value},
        }


def change_of(
    wish: Wish, plan: Plan, progress: PlanProgress, standing: Standing, *, day: int = 0, monthly: int = 0
) -> tuple[Change, bool]:
    """(what is wished for, as a request; whether a sum that was named is met exactly).

    ``standing`` is the loan as the plan leaves it. Raises what pricing says, and ``change_not_possible``.
    """
    if wish not in wishes_for(plan, progress):
        raise DomainError("change_not_possible", field="wish")
    match wish:
        case Wish.SKIP:
            return Change(wish, skip_of(plan, progress)), True
        case Wish.DATE:
            return Change(wish, date_of(plan, progress, day_of_month=day)), True
        case Wish.AMOUNT:
            nearest, comes_to = plan_nearest_to(standing.facts, standing.rules, amount_of(plan), monthly)
            return Change(wish, nearest.request), comes_to == monthly


def skip_of(plan: Plan, progress: PlanProgress) -> PlanRequest:
    """The next payment is left out: everything that is left moves on by one period."""
    if plan.kind is PlanKind.DEFER:
        return replace(plan.request, defer_periods=1, first_on=None)
    first = Every.parse(plan.request.every).after(_coming_own(progress)[0], 1)
    return replace(_rest_of(plan, progress), first_on=first)


def date_of(plan: Plan, progress: PlanProgress, *, day_of_month: int) -> PlanRequest:
    """The same number of payments, on another day of the month. Raises ``day_not_possible`` where the plan is no monthly one."""
    if not Every.parse(plan.request.every).months:
        raise DomainError("day_not_possible", field="day")
    return replace(_rest_of(plan, progress), day_of_month=day_of_month)


def amount_of(plan: Plan) -> PlanRequest:
    """The same kind on the same day; how many payments it takes is looked for."""
    asked = plan.request
    day = min(asked.first_on.day, 28) if asked.first_on else asked.day_of_month
    return replace(asked, installments=0, first_on=None, day_of_month=day, upfront_minor=0, upfront_on=None)


def _rest_of(plan: Plan, progress: PlanProgress) -> PlanRequest:
    """As many payments as are left; a sum that was to be paid first, and was not, is among what they spread."""
    count = len(_coming_own(progress))
    return replace(plan.request, installments=count, first_on=None, upfront_minor=0, upfront_on=None)


def _coming_own(progress: PlanProgress) -> list[date]:
    rows = (row for row in progress.rows if not row.is_met and not row.row.is_running)
    return [row.row.due_on for row in rows if not row.row.is_upfront] or [progress.rows[-1].row.due_on]


def facts_under_plan(
    book: LoanFacts, plan: Plan, progress: PlanProgress, *, paid_before: Components
) -> LoanFacts:
    """The loan as its running plan leaves it: what a change is priced from, since the plan leads and the book may not know it.

    What was in arrears when the plan was made, and is not paid yet, stands as one overdue item of then; the rest are the plan's
    payments still to come, and the loan's own beside them. ``paid_before`` is what had been paid when the plan was priced.
    """
    items = [_paid_item(book, paid_before), *_items(book, plan, progress)]
    return replace(
        book,
        installments=tuple(replace(item, number=number) for number, item in enumerate(items)),
        as_of=max(book.as_of, plan.priced_on),
        is_under_plan=True,
    )


def _items(book: LoanFacts, plan: Plan, progress: PlanProgress) -> Iterator[InstallmentFacts]:
    own = [row for row in progress.rows if not row.row.is_running]
    started = plan.priced_on
    if plan.kind.goes_beside:
        left = sum((row.left for row in own), Components())
        yield InstallmentFacts(0, _oldest_unpaid(book, started), left, Components())
        yield from _running_items(plan, progress)
        return
    extras = _kept_arrears(book, plan) if plan.kind is PlanKind.RESCHEDULE else [Components()] * len(own)
    apart = [_rest(extra, row.paid) for extra, row in zip(extras, own, strict=True)]
    yield InstallmentFacts(0, started - timedelta(days=1), sum(apart, Components()), Components())
    # Nothing is due here: the running period's interest counts from this day.
    yield InstallmentFacts(0, started, Components(), Components())
    for row, extra, rest in zip(own, extras, apart, strict=True):
        taken = extra - rest
        yield InstallmentFacts(0, row.row.due_on, row.row.parts - extra, row.paid - taken)


def _running_items(plan: Plan, progress: PlanProgress) -> Iterator[InstallmentFacts]:
    """The loan's own installments beside the plan: as far as the plan goes with what was paid of them, then as they were."""
    within = {row.row.number: row for row in progress.rows if row.row.is_running}
    for row in plan.running_rows:
        paid = within[row.number].paid if row.number in within else Components()
        yield InstallmentFacts(0, row.due_on, row.parts, paid)


def _kept_arrears(book: LoanFacts, plan: Plan) -> Sequence[Components]:
    """Of each payment of a rescheduled loan, what is no principal and no interest of its own: sums of before that were spread."""
    count = len(plan.rows)
    treatment = plan.request.arrears_treatment
    if treatment in {ArrearsTreatment.CAPITALISED, ArrearsTreatment.WAIVED}:
        return [Components()] * count
    total = sum((row.parts for row in plan.rows), Components())
    beside = plan.advance - total.principal
    kept = Components(interest=beside - total.fee - total.penalty, fee=total.fee, penalty=total.penalty)
    return placed(kept, count, treatment=treatment, rounding=Rounding(book.rounding))


def _rest(extra: Components, paid: Components) -> Components:
    """What is left of a share of old sums once a payment of which it is part was paid so far: the old sums first."""
    return Components(
        interest=max(0, extra.interest - paid.interest),
        fee=max(0, extra.fee - paid.fee),
        penalty=max(0, extra.penalty - paid.penalty),
    )


def _paid_item(book: LoanFacts, paid: Components) -> InstallmentFacts:
    first = min((row.due_on for row in book.installments), default=book.disbursed_on)
    return InstallmentFacts(0, first, paid, paid)


def _oldest_unpaid(book: LoanFacts, before: date) -> date:
    """Since when the arrears are late: the book's own oldest date, or the eve of the plan."""
    dates = [row.due_on for row in book.installments if not row.is_met and row.due_on < before]
    return min(dates, default=before - timedelta(days=1))


def paid_before(fingerprint_rows: Sequence[Sequence[Any]]) -> Components:
    """Of the installments of a frozen fingerprint (see ``LoanFacts.fingerprint``): everything that was paid then."""
    return sum((Components(*map(int, row[5:9])) for row in fingerprint_rows), Components())
