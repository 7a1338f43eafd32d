"""The content of an agreement, put together from the loan's facts, the priced plan and the texts in effect. Reads no table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from portal.domain.agreement_parts import (
    BorrowerParty,
    Clause,
    CreditorParty,
    DisclosureItem,
    KeyTerm,
    PayAccount,
    WordsBeside,
)
from portal.domain.agreement_terms import cost_before_and_after, loan_terms, old_terms, paid_under, schedule
from portal.domain.agreements import AgreementContent, refuse_incomplete
from portal.domain.late_charges import claimable_penalty_pct
from portal.domain.loans import LoanFacts
from portal.domain.plan_progress import CURE_DAYS, REMINDER_DAYS
from portal.domain.plans import Plan
from portal.domain.texts import TextSection
from portal.services.ports import BusinessTexts, Wording

TEXT_NAMES = ("agreement", "disclosure", "key_terms", "document")
BESIDE: Final = {"en": "zh_CN"}
"""The lender's language, by that of the borrower who reads another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRules:
    """What policy fixes in the words of an agreement: days, months, and hours as ``22:00``."""

    policy_version: str
    cap_months: int = 60
    reminder_days: int = REMINDER_DAYS
    cure_days: int = CURE_DAYS
    offer_days: int = 7
    quiet_from: str = "22:00"
    quiet_until: str = "08:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementParts:
    """Everything that the content is made of. ``reference`` and ``version`` are the proposal's."""

    reference: str
    version: int
    locale: str
    creditor: CreditorParty
    borrower: BorrowerParty
    facts: LoanFacts
    plan: Plan
    accounts: Sequence[PayAccount]
    rules: AgreementRules
    replaces: str = ""
    """The reference of the agreement that this one changes, where there is one."""


def build_content(texts: BusinessTexts, wording: Wording, parts: AgreementParts) -> AgreementContent:
    """The same parts and texts give the same content, and so the same hash.

    Raises ``agreement_contents_missing`` (rules P02, P03) and ``business_text_missing``.
    """
    beside, facts = BESIDE.get(parts.locale), text_facts(parts)
    content = AgreementContent(
        agreement_ref=parts.reference,
        version=parts.version,
        priced_on=parts.plan.priced_on.isoformat(),
        creditor=parts.creditor,
        borrower=parts.borrower,
        loan=loan_terms(parts.facts),
        policy_version=parts.rules.policy_version,
        facts={**parts.facts.fingerprint(), "arrears": parts.plan.arrears.as_dict()},
        old_terms=old_terms(parts.facts, parts.plan),
        new_terms=parts.plan.terms(),
        schedule=schedule(parts.plan),
        cost=cost_before_and_after(parts.facts, parts.plan),
        accounts=tuple(parts.accounts),
        beside=WordsBeside(**_words(texts, wording, replace(parts, locale=beside), facts))
        if beside
        else None,
        **_words(texts, wording, parts, facts),
    )
    refuse_incomplete(content)
    return content


def _words(
    texts: BusinessTexts, wording: Wording, parts: AgreementParts, facts: Mapping[str, str]
) -> dict[str, Any]:
    """What a content says in one language: the fields that it has in common with ``WordsBeside``."""
    loaded = {name: texts.load(name, parts.locale, parts.plan.priced_on) for name in TEXT_NAMES}
    agreement = loaded["agreement"]
    values = text_values(wording, parts, agreement.labels)
    disclosed = loaded["disclosure"].sections_for(facts, values)
    return {
        "locale": parts.locale,
        "text_versions": {name: text.version for name, text in loaded.items()},
        "title": agreement.labels[f"title_{facts['product']}"],
        "introduction": tuple(line.format_map(values) for line in agreement.introduction),
        "disclosure": _disclosure(disclosed, parts),
        "disclosure_notes": tuple(
            line for item in disclosed if "note" in item.notes for line in item.paragraphs
        ),
        "key_terms": _key_terms(loaded["key_terms"].sections_for(facts, values)),
        "clauses": _clauses(agreement.sections_for(facts, values)),
    }


def text_facts(parts: AgreementParts) -> Mapping[str, str]:
    """What clauses are chosen by. Products that are not cards share one variant."""
    return {
        "product": "credit_card" if parts.facts.product == "credit_card" else "consumer_loan",
        "kind": parts.plan.kind.value,
        "arrears_treatment": parts.plan.request.arrears_treatment.value,
        "deferred_interest": parts.plan.request.deferred_interest.value,
        "guarantor": "yes" if parts.facts.has_guarantor else "no",
        "change": "yes" if parts.replaces else "no",
        "languages": "two" if parts.locale in BESIDE else "one",
        "upfront": "yes" if parts.plan.upfront else "no",
    }


def text_values(wording: Wording, parts: AgreementParts, labels: Mapping[str, str]) -> Mapping[str, str]:
    """What the names in the texts stand for, in the language of the agreement. ``labels``: those of the agreement's text."""
    return {
        **_party_values(wording, parts),
        **_sum_values(wording, parts),
        **_plan_values(wording, parts),
        "levels": _levels(wording, parts, labels),
    }


def _party_values(wording: Wording, parts: AgreementParts) -> Mapping[str, str]:
    rules = parts.rules
    return {
        "creditor": parts.creditor.name,
        "creditor_phone": parts.creditor.phone,
        "creditor_hours": parts.creditor.hours,
        "borrower": parts.borrower.name,
        "loan_ref": parts.facts.loan_ref,
        "replaces": parts.replaces,
        "currency": wording.currency(parts.facts.currency, parts.locale),
        "annual_rate_pct": format(parts.facts.annual_rate_pct, "f"),
        "penalty_rate_pct": format(parts.facts.penalty_rate_pct, "f"),
        "claimable_penalty_pct": format(claimable_penalty_pct(parts.facts), "f"),
        "cap_months": str(rules.cap_months),
        "reminder_days": str(rules.reminder_days),
        "cure_days": str(rules.cure_days),
        "offer_days": str(rules.offer_days),
        "quiet_from": rules.quiet_from,
        "quiet_until": rules.quiet_until,
    }


def _sum_values(wording: Wording, parts: AgreementParts) -> Mapping[str, str]:
    plan, cost, arrears = parts.plan, cost_before_and_after(parts.facts, parts.plan), parts.plan.arrears
    sums = {
        "arrears_total": arrears.total,
        "arrears_principal": arrears.principal,
        "arrears_interest": arrears.interest,
        "arrears_fee": arrears.fee,
        "arrears_penalty": arrears.penalty,
        "not_due_total": cost.total_before - arrears.total,
        "total_before": cost.total_before,
        "total_after": cost.total_after,
        "plan_total": plan.cost.total_paid,
        "first_amount": plan.installments[0].due,
        "upfront_amount": plan.upfront.due if plan.upfront else 0,
        "owed_total": plan.advance + plan.waived.total,
        "waived_total": plan.waived.total,
        **{f"waived_{name}": minor for name, minor in plan.waived.as_dict().items()},
    }
    return {name: wording.money(minor, plan.currency, parts.locale) for name, minor in sums.items()}


def _plan_values(wording: Wording, parts: AgreementParts) -> Mapping[str, str]:
    plan = parts.plan
    return {
        "priced_on": wording.day(plan.priced_on.isoformat(), parts.locale),
        "first_on": wording.day(plan.installments[0].due_on.isoformat(), parts.locale),
        "upfront_on": wording.day(plan.first_on.isoformat(), parts.locale),
        "ends_on": wording.day(plan.ends_on.isoformat(), parts.locale),
        "payments_count": str(len(plan.installments)),
        "cycle": wording.cycle(plan.convention.get("every", plan.request.every), parts.locale),
        "defer_periods": str(plan.request.defer_periods),
        "interest_periods": str(plan.request.interest_periods),
        "steps": str(plan.request.steps),
    }


def _levels(wording: Wording, parts: AgreementParts, labels: Mapping[str, str]) -> str:
    """The steps of a plan whose payments rise, in words: which payments, and how much at most."""
    said, last = [], 0
    for count, largest in parts.plan.levels:
        first, last = last + 1, last + count
        label = labels["level" if count > 1 else "level_of_one"]
        amount = wording.money(largest, parts.plan.currency, parts.locale)
        said.append(label.format(first=first, last=last, amount=amount))
    return labels["levels_joined"].join(said)


def _disclosure(sections: Sequence[TextSection], parts: AgreementParts) -> tuple[DisclosureItem, ...]:
    """Items with their sums; what the plan does not charge is stated as 0, a contingent item has no sum."""
    sums = paid_under(parts.plan).as_dict()
    return tuple(
        DisclosureItem(
            code=section.code,
            name=section.title,
            amount=None if "contingent" in section.notes else sums.get(section.code, 0),
            payee=parts.creditor.name,
            method=section.notes["method"],
            annualised=section.notes["annualised"],
            is_contingent="contingent" in section.notes,
        )
        for section in sections
        if "note" not in section.notes
    )


def _key_terms(sections: Sequence[TextSection]) -> tuple[KeyTerm, ...]:
    return tuple(
        KeyTerm(
            code=section.code,
            title=section.title,
            text="".join(section.paragraphs),
            explanation=section.notes["explanation"],
        )
        for section in sections
    )


def _clauses(sections: Sequence[TextSection]) -> tuple[Clause, ...]:
    return tuple(
        Clause(
            code=section.code,
            title=section.title,
            paragraphs=tuple(section.paragraphs),
            covers=tuple(section.covers),
        )
        for section in sections
    )
