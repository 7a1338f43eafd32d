"""Freezing a plan: exact terms, whole text, one hash; what is shown, signed and approved from here on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.agreement_parts import BorrowerParty, CreditorParty, PayAccount
from portal.domain.agreements import AgreementContent, content_hash
from portal.domain.errors import Conflict, DomainError
from portal.domain.legal_limits import refuse_beyond_law
from portal.domain.masking import mask_mobile
from portal.domain.permissions import Actor
from portal.domain.plans import Plan
from portal.domain.policy import offer_days_on
from portal.models import Borrower, Loan, Proposal, ProposalVersion
from portal.queries.creditors import accounts_of, find_creditor
from portal.queries.proposals import find_newest_version, highest_number
from portal.queries.situations import Situation
from portal.services.agreement_contents import AgreementParts, AgreementRules, build_content
from portal.services.drafts import refuse_not_editable
from portal.services.outbox import enqueue
from portal.services.ports import BusinessTexts, Wording
from portal.services.record import record_about


@dataclass(frozen=True, slots=True)
class FreezingTools:
    """The outside that freezing leans on, and the support line that the document names."""

    texts: BusinessTexts
    wording: Wording
    support_phone: str
    support_hours: str


def freeze_plan(
    session: Session,
    actor: Actor,
    *,
    proposal: Proposal,
    situation: Situation,
    plan: Plan,
    tools: FreezingTools,
    locale: str,
    now: datetime,
) -> ProposalVersion:
    """The version to be signed; the same terms and words again give the same version.

    Raises:
        DomainError: ``plan_too_long`` (P01),
            ``rate_above_cap`` (P07), ``no_verified_account`` (C22), ``agreement_contents_missing`` (P02, P03).
        Conflict: ``not_editable``.

    """
    refuse_not_editable(proposal)
    refuse_beyond_law(plan, situation.facts, situation.rules)
    newest = find_newest_version(session, proposal.id)
    if newest is not None and newest.signed_at is None:
        again = _content(session, proposal, newest.number, situation, plan, tools, locale)
        if content_hash(again) == newest.content_hash:
            return newest
    return _freeze(session, actor, proposal, situation, plan, tools, locale, now)


def freeze_counter(
    session: Session,
    actor: Actor,
    *,
    proposal: Proposal,
    situation: Situation,
    plan: Plan,
    tools: FreezingTools,
    locale: str,
    now: datetime,
) -> ProposalVersion:
    """The version that the lender offers instead, each time a new one. Raises as ``freeze_plan``, but for ``not_editable``."""
    refuse_beyond_law(plan, situation.facts, situation.rules)
    return _freeze(session, actor, proposal, situation, plan, tools, locale, now, made_by_lender=True)


def _freeze(
    session: Session,
    actor: Actor,
    proposal: Proposal,
    situation: Situation,
    plan: Plan,
    tools: FreezingTools,
    locale: str,
    now: datetime,
    *,
    made_by_lender: bool = False,
) -> ProposalVersion:
    number = highest_number(session, proposal.id) + 1
    content = _content(session, proposal, number, situation, plan, tools, locale)
    version = _version(proposal, number, content, situation, plan, locale, now)
    version.made_by_lender = made_by_lender
    session.add(version)
    session.flush()
    record_about(
        session,
        actor,
        proposal,
        "plan:frozen",
        now=now,
        version_number=number,
        content_hash=version.content_hash,
        kind=version.kind,
    )
    enqueue(
        session,
        kind="plan:preview",
        dedupe_key=f"plan:preview:{version.id}",
        payload={"version_id": version.id},
        now=now,
    )
    return version


def refuse_stale(version: ProposalVersion, situation: Situation) -> None:
    """Raises ``Conflict`` where a frozen version is not good any more: ``facts_moved``, or but for a counter
    ``priced_on_another_day`` and ``priced_by_another_policy``.
    """
    if version.facts_digest != situation.facts_digest:
        raise Conflict("facts_moved")
    # A counter-offer keeps its figures until it expires.
    if version.priced_on != situation.on and not version.made_by_lender:
        raise Conflict("priced_on_another_day")
    if version.policy_version != situation.policy.version and not version.made_by_lender:
        raise Conflict("priced_by_another_policy")


def _version(
    proposal: Proposal,
    number: int,
    content: AgreementContent,
    situation: Situation,
    plan: Plan,
    locale: str,
    now: datetime,
) -> ProposalVersion:
    return ProposalVersion(
        proposal_id=proposal.id,
        number=number,
        kind=plan.kind.value,
        terms=plan.terms(),
        content=content.as_data(),
        content_hash=content_hash(content),
        facts_version=situation.loan.facts_version,
        facts_digest=situation.facts_digest,
        policy_version=situation.policy.version,
        policy_arm=situation.arm.value,
        priced_on=situation.on,
        locale=locale,
        terms_acknowledged=[],
        made_at=now,
    )


def _content(
    session: Session,
    proposal: Proposal,
    number: int,
    situation: Situation,
    plan: Plan,
    tools: FreezingTools,
    locale: str,
) -> AgreementContent:
    facts = situation.facts
    return build_content(
        tools.texts,
        tools.wording,
        AgreementParts(
            reference=proposal.reference,
            version=number,
            locale=locale,
            creditor=_creditor(session, situation.loan, tools),
            borrower=_borrower(session, proposal.borrower_id),
            facts=facts,
            plan=plan,
            accounts=_accounts(session, facts.creditor, facts.currency, situation),
            replaces=_replaced(session, proposal),
            rules=AgreementRules(
                policy_version=situation.policy.version,
                offer_days=offer_days_on(situation.on, situation.policy, situation.calendar),
            ),
        ),
    )


def _replaced(session: Session, proposal: Proposal) -> str:
    return session.get_one(Proposal, proposal.replaces_id).reference if proposal.replaces_id else ""


def _creditor(session: Session, loan: Loan, tools: FreezingTools) -> CreditorParty:
    row = find_creditor(session, loan.creditor)
    noticed = row.assignment_notice_on if row else None
    if loan.assigned_on is not None:
        noticed = loan.assignment_told_on
    return CreditorParty(
        name=loan.creditor,
        phone=row.phone if row and row.phone else tools.support_phone,
        hours=tools.support_hours,
        address=row.address if row else "",
        assignment_notice_on=noticed.isoformat() if noticed else None,
    )


def _borrower(session: Session, borrower_id: int) -> BorrowerParty:
    row = session.get_one(Borrower, borrower_id)
    return BorrowerParty(name=row.name, id_last4=row.id_last4, mobile=mask_mobile(row.mobile))


def _accounts(session: Session, creditor: str, currency: str, situation: Situation) -> Sequence[PayAccount]:
    rows = accounts_of(session, creditor, currency=currency, on=situation.on)
    if not rows:
        raise DomainError("no_verified_account", rule="C22")
    return [
        PayAccount(bank=row.bank, account_name=row.account_name, account_number=row.account_number)
        for row in rows
    ]
