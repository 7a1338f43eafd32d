"""Old and new terms of an agreement, taken from the loan's facts and the priced plan (rule P03)."""

from collections.abc import Sequence

from portal.domain.agreement_parts import CostBeforeAndAfter, LoanTerms, OldTerms, ScheduleRow
from portal.domain.loans import Components, InstallmentFacts, LoanFacts
from portal.domain.plans import Plan, PlanRow


def loan_terms(facts: LoanFacts) -> LoanTerms:
    return LoanTerms(
        loan_ref=facts.loan_ref,
        product=facts.product,
        currency=facts.currency,
        disbursed_on=facts.disbursed_on.isoformat(),
        principal=facts.principal,
        annual_rate_pct=format(facts.annual_rate_pct, "f"),
        penalty_rate_pct=format(facts.penalty_rate_pct, "f"),
        amortisation=facts.amortisation,
        has_guarantor=facts.has_guarantor,
    )


def old_terms(facts: LoanFacts, plan: Plan) -> OldTerms:
    """What was to be paid without the plan: the arrears as priced, penalty of that day included, and the rows not yet due."""
    overdue = [row for row in facts.installments if not row.is_met and row.due_on < plan.priced_on]
    coming = _not_yet_due(facts, plan)
    return OldTerms(
        arrears=plan.arrears.as_dict(),
        overdue_since=min((row.due_on.isoformat() for row in overdue), default=None),
        rows=tuple(_old_row(row) for row in coming),
        total=plan.arrears.total + sum(row.outstanding.total for row in coming),
    )


def schedule(plan: Plan) -> Sequence[ScheduleRow]:
    """The plan's own payments and, beside a catch_up, those of the running schedule; by date, the plan's first on one day."""
    rows = [_new_row(row) for row in (*plan.rows, *plan.running_rows)]
    return tuple(sorted(rows, key=lambda row: (row.due_on, row.is_running, row.number)))


def cost_before_and_after(facts: LoanFacts, plan: Plan) -> CostBeforeAndAfter:
    """All that is still to be paid on the loan; "beyond principal" is measured against the principal outstanding on the pricing day,
    and is nothing where a settlement asks for less than that.
    """
    before = old_terms(facts, plan).total
    after = sum(row.due for row in (*plan.rows, *plan.running_rows))
    principal = plan.arrears.principal + sum(r.outstanding.principal for r in _not_yet_due(facts, plan))
    return CostBeforeAndAfter(
        total_before=before,
        total_after=after,
        beyond_principal_before=before - principal,
        beyond_principal_after=max(0, after - principal),
        plan_total=plan.cost.total_paid,
        annual_compound_pct=plan.cost.annual_compound_pct,
        annual_simple_pct=plan.cost.annual_simple_pct,
        method_version=plan.cost.method_version,
    )


def paid_under(plan: Plan) -> Components:
    """The plan's own payments by component."""
    return sum((row.parts for row in plan.rows), Components())


def _not_yet_due(facts: LoanFacts, plan: Plan) -> list[InstallmentFacts]:
    return [row for row in facts.installments if not row.is_met and row.due_on >= plan.priced_on]


def _old_row(row: InstallmentFacts) -> ScheduleRow:
    return ScheduleRow(
        number=row.number,
        due_on=row.due_on.isoformat(),
        principal=row.outstanding.principal,
        interest=row.outstanding.interest,
        fee=row.outstanding.fee,
        penalty=row.outstanding.penalty,
        due=row.outstanding.total,
    )


def _new_row(row: PlanRow) -> ScheduleRow:
    return ScheduleRow(
        number=row.number,
        due_on=row.due_on.isoformat(),
        principal=row.parts.principal,
        interest=row.parts.interest,
        fee=row.parts.fee,
        penalty=row.parts.penalty,
        due=row.due,
        balance=None if row.is_running else row.balance,
        is_running=row.is_running,
        moved_from=row.date_moved_from.isoformat() if row.date_moved_from else None,
        date_unchecked=row.date_unchecked,
    )
