"""Changing a plan in force: what may be asked for, from which figures it is priced, and what it fills in beforehand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Any, Final

from portal.domain.calendar import Every
from portal.domain.errors import Conflict, DomainError
from portal.domain.journey import Need
from portal.domain.loans import Components, InstallmentFacts, LoanFacts
from portal.domain.offers import Standing, choice_of
from portal.domain.options import plan_nearest_to
from portal.domain.plan_dates import earliest_first_date
from portal.domain.plan_progress import PlanProgress, RowProgress
from portal.domain.plans import ArrearsTreatment, Plan, PlanKind, PlanRequest
from portal.domain.proposals import RUNNING_STATUSES, ProposalStatus
from portal.domain.rounding import Rounding
from portal.domain.spreading import placed, without_principal
from portal.domain.step_up import spread_over_steps


class Wish(StrEnum):
    """What somebody may want of a plan that runs."""

    DATE = "date"
    AMOUNT = "amount"
    SKIP = "skip"


_ALL: Final = tuple(Wish)
_WISHES: Final[Mapping[PlanKind, tuple[Wish, ...]]] = {
    PlanKind.CATCH_UP: _ALL,
    PlanKind.RESCHEDULE: _ALL,
    PlanKind.STEP_UP: _ALL,
    PlanKind.INTEREST_ONLY: (Wish.SKIP,),
    PlanKind.DEFER: (Wish.SKIP,),
    PlanKind.PAY_BY_DATE: (Wish.DATE, Wish.AMOUNT),
}
"""By kind. Dates that are the loan's own can only move on together; a settlement is changed with a person."""


_LENT_ANEW: Final = (PlanKind.RESCHEDULE, PlanKind.STEP_UP)

_Item = tuple[date, Components, Components]
"""An installment without its number: the day, what is due, what was paid."""


def refuse_change(status: ProposalStatus) -> None:
    """Only a plan in force can be changed; raises ``Conflict("plan_not_in_force")``."""
    if status not in RUNNING_STATUSES:
        raise Conflict("plan_not_in_force")


def wishes_for(plan: Plan, progress: PlanProgress) -> Sequence[Wish]:
    """What can be changed without a person; nothing of a plan that is paid, nor of one whose sum that comes first is still out."""
    if progress.is_complete or not is_apart(plan, progress):
        return ()
    return _WISHES.get(plan.kind, ())


def is_apart(plan: Plan, progress: PlanProgress) -> bool:
    """Whether what was in arrears can be told from the rest in the payments that are left: a sum that is paid first takes of both, and
    its principal bears no interest until then.
    """
    return plan.kind.goes_beside or not any(row.row.is_upfront and not row.is_met for row in progress.rows)


@dataclass(frozen=True, slots=True)
class Change:
    """The request to be priced in place of the running plan."""

    wish: Wish
    request: PlanRequest

    def answers(self, monthly: int) -> dict[str, Any]:
        """The journey's answers, filled in: nothing is asked that is known."""
        request = self.request
        return {
            "reason": {"reason": "not_said"},
            "need": self._need(monthly),
            "choice": {**choice_of(request), "source": "own"},
            "change": {"wish": self.wish.value},
        }

    def _need(self, monthly: int) -> dict[str, Any]:
        request = self.request
        day = min(request.first_on.day, 28) if request.first_on else request.day_of_month
        match request.kind:
            case PlanKind.DEFER:
                return {"need": Need.PAUSE.value, "day": day}
            case PlanKind.PAY_BY_DATE:
                pay_on = request.first_on and request.first_on.isoformat()
                return {"need": Need.BY_DATE.value, "day": day, "pay_on": pay_on}
            case kind:
                need = Need.STEP_UP if kind is PlanKind.STEP_UP else Need.MONTHLY
                by_week = {} if Every.parse(request.every).months else {"weekday": self._weekday}
                return {
                    "need": need.value,
                    "day": day,
                    "every": request.every,
                    "monthly_minor": monthly,
                    **by_week,
                }

    @property
    def _weekday(self) -> int:
        """Of the payments; a day of its own for the first one tells it too."""
        request = self.request
        return request.first_on.isoweekday() if request.first_on else request.weekday


def change_of(
    wish: Wish,
    plan: Plan,
    progress: PlanProgress,
    standing: Standing,
    *,
    day: int = 0,
    on: date | None = None,
    monthly: int = 0,
) -> tuple[Change, bool]:
    """(what is wished for, as a request; whether a sum that was named is met exactly).

    ``standing`` is the loan as the plan leaves it. ``day`` is one of the month, or of the week where payments come by weeks; ``on`` the
    day of a promise. Raises what pricing says, and ``change_not_possible``.
    """
    if wish not in wishes_for(plan, progress):
        raise DomainError("change_not_possible", field="wish")
    match wish:
        case Wish.SKIP:
            return Change(wish, skip_of(plan, progress, earliest=_earliest(standing))), True
        case Wish.DATE if plan.kind is PlanKind.PAY_BY_DATE:
            return Change(wish, replace(plan.request, first_on=on)), True
        case Wish.DATE:
            return Change(wish, date_of(plan, progress, day=day)), True
        case Wish.AMOUNT:
            nearest, comes_to = plan_nearest_to(standing.facts, standing.rules, amount_of(plan), monthly)
            return Change(wish, nearest.request), comes_to == monthly


def _earliest(standing: Standing) -> date:
    rules = standing.rules
    return earliest_first_date(rules.on, rules.policy, rules.calendar)


def skip_of(plan: Plan, progress: PlanProgress, *, earliest: date) -> PlanRequest:
    """The next payment is left out: everything that is left moves on by one period; by weeks to the first one that can still be."""
    if plan.kind.moves_schedule:
        return replace(plan.request, kind=PlanKind.DEFER, defer_periods=1, interest_periods=0, first_on=None)
    every, following = Every.parse(plan.request.every), _coming_own(progress)[0]
    first = every.after(following, 1)
    while not every.months and first < earliest:
        first = every.after(first, 1)
    return replace(_rest_of(plan, progress), first_on=first)


def date_of(plan: Plan, progress: PlanProgress, *, day: int) -> PlanRequest:
    """The same number of payments, on another day of the month or of the week."""
    if Every.parse(plan.request.every).months:
        return replace(_rest_of(plan, progress), day_of_month=day)
    return replace(_rest_of(plan, progress), weekday=day)


def amount_of(plan: Plan) -> PlanRequest:
    """Equal payments on the same day; how many it takes is looked for."""
    asked = plan.request
    day = min(asked.first_on.day, 28) if asked.first_on else asked.day_of_month
    kind = PlanKind.CATCH_UP if plan.kind.goes_beside else PlanKind.RESCHEDULE
    return replace(
        asked,
        kind=kind,
        installments=0,
        steps=0,
        first_on=None,
        day_of_month=day,
        upfront_minor=0,
        upfront_on=None,
    )


def _rest_of(plan: Plan, progress: PlanProgress) -> PlanRequest:
    """As many payments as are left, in as many steps; a sum that was to be paid first, and was not, is among what they spread."""
    count, steps = len(_coming_own(progress)), _steps_left(plan, progress)
    return replace(
        plan.request,
        kind=PlanKind.RESCHEDULE if plan.kind is PlanKind.STEP_UP and not steps else plan.kind,
        installments=count,
        steps=steps,
        first_on=None,
        upfront_minor=0,
        upfront_on=None,
    )


def _steps_left(plan: Plan, progress: PlanProgress) -> int:
    """Steps of a rising plan that are not paid yet; 0 where the payments that are left are all of one step."""
    if plan.kind is not PlanKind.STEP_UP:
        return 0
    met = sum(row.is_met and not row.row.is_upfront for row in _own(progress))
    ends = accumulate(count for count, _ in plan.levels)
    left = sum(end > met for end in ends)
    return left if left > 1 else 0


def _coming_own(progress: PlanProgress) -> list[date]:
    rows = (row for row in progress.rows if not row.is_met and not row.row.is_running)
    return [row.row.due_on for row in rows if not row.row.is_upfront] or [progress.rows[-1].row.due_on]


def facts_under_plan(
    book: LoanFacts, plan: Plan, progress: PlanProgress, *, paid_before: Components, top_pct: int
) -> LoanFacts:
    """The loan as its running plan leaves it: what a change is priced from, since the plan leads and the book may not know it.

    What was in arrears when the plan was made, and is not paid yet, stands as one overdue item of then; the rest are the plan's
    payments still to come, and the loan's own beside them. ``paid_before`` is what had been paid when the plan was priced; ``top_pct``
    how far the policy let a rising plan rise.
    """
    first = sum((row.paid for row in _own(progress) if _came_first(plan, row)), Components())
    items = [_paid_item(book, paid_before + first), *_items(book, plan, progress, top_pct)]
    return replace(
        book,
        installments=tuple(InstallmentFacts(number, *item) for number, item in enumerate(items)),
        as_of=max(book.as_of, plan.priced_on),
        is_under_plan=True,
    )


def _own(progress: PlanProgress) -> Sequence[RowProgress]:
    return [row for row in progress.rows if not row.row.is_running]


def _came_first(plan: Plan, row: RowProgress) -> bool:
    """A sum paid first, of a plan that lends anew: paid, and so no payment of what is left any more."""
    return not plan.kind.goes_beside and row.row.is_upfront and row.is_met


def _items(book: LoanFacts, plan: Plan, progress: PlanProgress, top_pct: int) -> Iterator[_Item]:
    own = _own(progress)
    started = plan.priced_on
    if plan.kind.goes_beside:
        left = sum((row.left for row in own), Components())
        yield _oldest_unpaid(book, started), left, Components()
        yield from _running_items(plan, progress)
        return
    own = [row for row in own if not _came_first(plan, row)]
    extras = _kept_arrears(book, plan, top_pct) if plan.kind in _LENT_ANEW else []
    # A sum that comes first and is still out stands whole: no change is priced from it.
    extras = [*[Components()] * (len(own) - len(extras)), *extras]
    apart = [_rest(extra, row.paid) for extra, row in zip(extras, own, strict=True)]
    yield started - timedelta(days=1), sum(apart, Components()), Components()
    # Nothing is due here: the running period's interest counts from this day.
    yield started, Components(), Components()
    for row, extra, rest in zip(own, extras, apart, strict=True):
        taken = extra - rest
        yield row.row.due_on, row.row.parts - extra, row.paid - taken


def _running_items(plan: Plan, progress: PlanProgress) -> Iterator[_Item]:
    """The loan's own installments beside the plan: as far as the plan goes with what was paid of them, then as they were."""
    within = {row.row.number: row for row in progress.rows if row.row.is_running}
    for row in plan.running_rows:
        paid = within[row.number].paid if row.number in within else Components()
        yield row.due_on, row.parts, paid


def _kept_arrears(book: LoanFacts, plan: Plan, top_pct: int) -> Sequence[Components]:
    """Of each installment of a loan lent anew, what is no principal and no interest of its own: sums of before that were spread."""
    count = len(plan.installments)
    treatment = plan.request.arrears_treatment
    if treatment in {ArrearsTreatment.CAPITALISED, ArrearsTreatment.WAIVED}:
        return [Components()] * count
    total = sum((row.parts for row in plan.rows), Components())
    beside = plan.advance - total.principal
    kept = Components(interest=beside - total.fee - total.penalty, fee=total.fee, penalty=total.penalty)
    if plan.upfront is not None:
        kept = kept - without_principal(plan.upfront.parts)
    if plan.kind is PlanKind.STEP_UP and treatment is ArrearsTreatment.SPREAD:
        return spread_over_steps(kept, count, plan.request.steps, top_pct)
    return placed(kept, count, treatment=treatment, rounding=Rounding(book.rounding))


def _rest(extra: Components, paid: Components) -> Components:
    """What is left of a share of old sums once a payment of which it is part was paid so far: the old sums first."""
    return Components(
        interest=max(0, extra.interest - paid.interest),
        fee=max(0, extra.fee - paid.fee),
        penalty=max(0, extra.penalty - paid.penalty),
    )


def _paid_item(book: LoanFacts, paid: Components) -> _Item:
    first = min((row.due_on for row in book.installments), default=book.disbursed_on)
    return first, paid, paid


def _oldest_unpaid(book: LoanFacts, before: date) -> date:
    """Since when the arrears are late: the book's own oldest date, or the eve of the plan."""
    dates = [row.due_on for row in book.installments if not row.is_met and row.due_on < before]
    return min(dates, default=before - timedelta(days=1))


def paid_before(fingerprint_rows: Sequence[Sequence[Any]]) -> Components:
    """Of the installments of a frozen fingerprint (see ``LoanFacts.fingerprint``): everything that was paid then."""
    return sum((Components(*map(int, row[5:9])) for row in fingerprint_rows), Components())
