"""What policy found when it sent a case to a person: each finding with the figure of the case and the limit that it met."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import LazyString, gettext

from portal.domain.budgets import Affordability
from portal.domain.plans import Plan
from portal.domain.policy import Band, Policy, Referral, terms_within
from portal.i18n import format_money, format_percent
from portal.queries.review_cases import ReviewCase
from portal.web.labels import REFERRALS


@dataclass(frozen=True, slots=True)
class Finding:
    """``figures`` is empty where the finding is a fact and no figure; ``rule`` is the rule of the book that wants a person."""

    text: LazyString
    figures: str
    rule: str


RULES: Mapping[Referral, str] = {
    Referral.TIME_BARRED: "L02",
    Referral.GUARANTOR: "P14",
    Referral.OPEN_DISPUTE: "C09",
    Referral.OPEN_COMPLAINT: "C09",
    Referral.SENSITIVE_HARDSHIP: "P17",
    Referral.VULNERABLE: "C09",
    Referral.STAFF_RELATION: "P18",
    Referral.DRAFTED_BY_AGENT: "P18",
    Referral.BELOW_LIVING_FLOOR: "P16",
    Referral.SETTLEMENT_OR_WAIVER: "P18",
    Referral.LENDER_TYPE_UNKNOWN: "P07",
    Referral.RATE_UNCLEAR: "P07",
    Referral.LATE_CHARGES_UNCLEAR: "P08",
    Referral.ASKED_FOR_A_PERSON: "P15",
}
"""Findings that a rule of the book is behind; the others are the policy's own limits."""


def findings_of(case: ReviewCase, plan: Plan, month: Affordability | None) -> Sequence[Finding]:
    """In the order of their weight, as policy left them."""
    reasons = [Referral(reason) for reason in case.proposal.referral_reasons]
    return [
        Finding(REFERRALS[reason], _figures(reason, case, plan, month), RULES.get(reason, ""))
        for reason in reasons
    ]


def _figures(reason: Referral, case: ReviewCase, plan: Plan, month: Affordability | None) -> str:
    policy, band = case.policy, case.policy.bands.get(plan.kind)
    if reason is Referral.BELOW_LIVING_FLOOR and month is not None:
        left, floor = (format_money(each, plan.currency) for each in (month.to_live_on, month.floor))
        return str(gettext("%(left)s to live on; the floor is %(floor)s", left=left, floor=floor))
    if reason is Referral.LATE_CHARGES_UNCLEAR:
        return _late_charges(case)
    if reason in _OF_POLICY:
        return _OF_POLICY[reason](plan, policy)
    if reason in _OF_BAND and band is not None:
        return _OF_BAND[reason](case, plan, band)
    return ""


def _late_charges(case: ReviewCase) -> str:
    rates = case.loan.penalty_rate_pct, case.loan.annual_rate_pct
    penalty, contract = (format_percent(rate) for rate in rates)
    return str(
        gettext(
            "penalty %(penalty)s a year by the book, contract rate %(contract)s",
            penalty=penalty,
            contract=contract,
        )
    )


def _amount(_case: ReviewCase, plan: Plan, band: Band) -> str:
    most = format_money(band.max_amount_minor, plan.currency)
    return str(
        gettext(
            "%(figure)s; at once up to %(limit)s",
            figure=format_money(plan.advance, plan.currency),
            limit=most,
        )
    )


def _days(case: ReviewCase, _plan: Plan, band: Band) -> str:
    if case.waiting is None:
        return str(gettext("at once up to %(limit)s days", limit=band.max_dpd))
    return str(
        gettext("%(figure)s days; at once up to %(limit)s", figure=case.waiting.dpd, limit=band.max_dpd)
    )


def _terms(_case: ReviewCase, plan: Plan, band: Band) -> str:
    most = terms_within(band.max_terms, plan.request)
    return str(gettext("%(figure)s; at once up to %(limit)s", figure=plan.request.terms, limit=most))


def _smallest(plan: Plan, policy: Policy) -> str:
    least = min(row.due for row in plan.installments)
    return str(
        gettext(
            "%(figure)s; at once from %(limit)s",
            figure=format_money(least, plan.currency),
            limit=format_money(policy.min_payment_minor, plan.currency),
        )
    )


def _by_agent(plan: Plan, policy: Policy) -> str:
    return str(
        gettext(
            "%(figure)s; at once up to %(limit)s",
            figure=format_money(plan.advance, plan.currency),
            limit=format_money(policy.agent_drafted_limit_minor, plan.currency),
        )
    )


def _broken(_plan: Plan, policy: Policy) -> str:
    return str(gettext("within %(months)s months", months=policy.broken_plan_months))


def _allowance(_plan: Plan, policy: Policy) -> str:
    return str(gettext("%(limit)s periods a year", limit=policy.deferral_periods_a_year))


_OF_BAND: Mapping[Referral, Callable[[ReviewCase, Plan, Band], str]] = {
    Referral.AMOUNT_ABOVE_BAND: _amount,
    Referral.DPD_ABOVE_BAND: _days,
    Referral.TERM_ABOVE_BAND: _terms,
}
_OF_POLICY: Mapping[Referral, Callable[[Plan, Policy], str]] = {
    Referral.PAYMENT_BELOW_BAND: _smallest,
    Referral.DRAFTED_BY_AGENT: _by_agent,
    Referral.PLAN_BROKEN_LATELY: _broken,
    Referral.DEFERRAL_ALLOWANCE_USED: _allowance,
}
