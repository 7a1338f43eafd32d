"""The sitting in which a borrower signs: disclosure read, key terms acknowledged, then the offer of exact terms."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError, NotFound
from portal.domain.holds import HoldKind
from portal.domain.offers import judge
from portal.domain.permissions import Actor, ActorKind, require_borrower
from portal.domain.policy import answer_by
from portal.domain.proposals import Act, ProposalStatus, Who
from portal.domain.reading import Reading
from portal.models import Decision, Document, Loan, Proposal, ProposalVersion
from portal.queries.plans import plan_of
from portal.queries.situations import Situation
from portal.services.agreements import make_agreement
from portal.services.cooling import refuse_within_cooling
from portal.services.counters import accept_counter
from portal.services.drafts import refuse_not_signable
from portal.services.freezing import refuse_stale
from portal.services.holds import start_hold
from portal.services.limitation import record_interruption
from portal.services.moves import move_proposal
from portal.services.offer_time import offer_closes
from portal.services.plan_changes import refuse_ended_base
from portal.services.policy_answers import keep_answer
from portal.services.questions import reply_with_new_terms
from portal.services.record import record
from portal.services.running_plans import supersede_plan
from portal.services.waiting import put_in_queue

_ACTS: Mapping[ProposalStatus, Act] = MappingProxyType(
    {
        ProposalStatus.DRAFT: Act.SUBMIT,
        ProposalStatus.NEEDS_RESIGN: Act.SIGN_AGAIN,
        ProposalStatus.INFO_REQUESTED: Act.REPLY,
        ProposalStatus.COUNTERED: Act.SIGN_COUNTER,
    }
)
"""What signing is, from where."""


def show_disclosure(
    session: Session, actor: Actor, *, proposal: Proposal, version: ProposalVersion, now: datetime
) -> None:
    """The cost disclosure is in front of the borrower: that is on record once a version."""
    require_borrower(actor, borrower_id=proposal.borrower_id)
    refuse_not_signable(proposal, version)
    if version.disclosure_shown_at is None:
        version.disclosure_shown_at = now
        _record(
            session,
            actor,
            proposal,
            "plan:disclosure_shown",
            now=now,
            version_number=version.number,
            content_hash=version.content_hash,
        )


def confirm_disclosure(
    session: Session,
    actor: Actor,
    *,
    proposal: Proposal,
    version: ProposalVersion,
    reading: Reading,
    reading_seconds: int,
    now: datetime,
) -> None:
    """The borrower says that the disclosure was read; raises ``disclosure_too_quick`` with the seconds that remain (P06).

    ``reading`` is how long it was in front of them, as the server measured.
    """
    require_borrower(actor, borrower_id=proposal.borrower_id)
    refuse_not_signable(proposal, version)
    if version.disclosure_read_at is not None:
        return
    if version.disclosure_shown_at is None:
        raise Conflict("disclosure_not_shown")
    if remaining := reading.left(reading_seconds, now):
        raise DomainError("disclosure_too_quick", rule="P06", remaining=remaining)
    version.disclosure_read_at = now
    _record(
        session,
        actor,
        proposal,
        "plan:disclosure_read",
        now=now,
        version_number=version.number,
        seconds=reading.seconds(now),
    )


def show_text(
    session: Session, actor: Actor, *, proposal: Proposal, version: ProposalVersion, now: datetime
) -> None:
    """The whole text is in front of the borrower (once a version)."""
    if version.text_shown_at is None:
        version.text_shown_at = now
        _record(
            session,
            actor,
            proposal,
            "plan:text_shown",
            now=now,
            version_number=version.number,
            content_hash=version.content_hash,
        )


def record_preview_download(
    session: Session, actor: Actor, *, proposal: Proposal, version: ProposalVersion, now: datetime
) -> None:
    """The unsealed document went out for reading."""
    digest = session.scalar(select(Document.sha256).where(Document.id == version.preview_document_id))
    _record(
        session,
        actor,
        proposal,
        "plan:preview_downloaded",
        now=now,
        version_number=version.number,
        document_hash=digest,
    )


def explain_term(
    session: Session, actor: Actor, *, proposal: Proposal, version: ProposalVersion, term: str, now: datetime
) -> None:
    """The borrower asked what a key term means, and was shown the explanation of this version's text (S03).

    Each asking is on record. Raises ``NotFound`` for a term that the version does not have.
    """
    refuse_not_signable(proposal, version)
    if term not in {each["code"] for each in version.content["key_terms"]}:
        raise NotFound("not_found")
    _record(
        session,
        actor,
        proposal,
        "plan:term_explained",
        now=now,
        version_number=version.number,
        term=term,
        text_version=version.content["text_versions"]["key_terms"],
    )


def acknowledge_terms(
    session: Session,
    actor: Actor,
    *,
    proposal: Proposal,
    version: ProposalVersion,
    ticked: Sequence[str],
    now: datetime,
) -> None:
    """Keep the ticks; what was ticked stays ticked. ``refuse_unready`` says how many are left (S01)."""
    require_borrower(actor, borrower_id=proposal.borrower_id)
    refuse_not_signable(proposal, version)
    wanted = [term["code"] for term in version.content["key_terms"]]
    ticks = [code for code in wanted if code in ticked or code in version.terms_acknowledged]
    if ticks != version.terms_acknowledged:
        version.terms_acknowledged = ticks
        session.flush()
        _record(
            session,
            actor,
            proposal,
            "plan:terms_acknowledged",
            now=now,
            version_number=version.number,
            terms=ticks,
        )


def refuse_unready(proposal: Proposal, version: ProposalVersion, situation: Situation) -> None:
    """Whether the version may be signed now.

    Raises:
        Conflict: ``not_editable``, ``facts_moved``, ``priced_on_another_day``, ``priced_by_another_policy``,
            ``disclosure_not_read``, ``preview_not_ready``.
        DomainError: ``terms_not_acknowledged`` (how many are left), ``preview_failed`` (a glyph or a content is missing).

    """
    refuse_not_signable(proposal, version)
    refuse_stale(version, situation)
    if version.disclosure_read_at is None:
        raise Conflict("disclosure_not_read")
    left = len(version.content["key_terms"]) - len(version.terms_acknowledged)
    if left:
        raise DomainError("terms_not_acknowledged", rule="S01", left=left)
    if version.preview_error is not None:
        raise DomainError("preview_failed")
    if version.preview_document_id is None:
        raise Conflict("preview_not_ready")


def submit_proposal(
    session: Session,
    actor: Actor,
    *,
    proposal: Proposal,
    version: ProposalVersion,
    situation: Situation,
    code_id: int,
    evidence: Mapping[str, Any],
    now: datetime,
) -> ProposalStatus:
    """Sign and submit: a signed offer of exact terms, answered by policy in the same transaction or sent to a person.

    The signing code was checked by the caller against ``version.content_hash``. ``now`` is in the lender's zone. Raises what
    ``refuse_unready`` and ``refuse_within_cooling`` raise, and ``Conflict("proposal_moved")`` where another tap was first.
    """
    if actor.kind is not ActorKind.BORROWER or actor.id != proposal.borrower_id:
        raise DomainError("only_the_borrower_signs")
    # An import that changes this loan waits here, and then finds the proposal waiting (see facts_moved).
    session.execute(select(Loan.id).where(Loan.id == proposal.loan_id).with_for_update())
    refuse_unready(proposal, version, situation)
    refuse_within_cooling(session, proposal, now=now)
    refuse_ended_base(session, proposal)
    version.signed_at, version.signed_by = now, actor.kind.value
    version.signature = {**evidence, "code_id": code_id, "signed_at": now.isoformat()}
    before = ProposalStatus(proposal.status)
    if version.made_by_lender:
        supersede_plan(session, actor, by=proposal, now=now)
    move_proposal(
        session,
        proposal,
        _ACTS[before],
        Who.BORROWER,
        version_number=version.number,
        submitted_at=now,
        closes_at=None if version.made_by_lender else offer_closes(situation, now=now),
    )
    _record(
        session,
        actor,
        proposal,
        "plan:counter_signed" if version.made_by_lender else "plan:submitted",
        now=now,
        version_number=version.number,
        content_hash=version.content_hash,
        code_id=code_id,
    )
    start_hold(
        session,
        actor,
        loan_id=proposal.loan_id,
        kind=HoldKind.PROPOSAL_PENDING,
        reason=proposal.reference,
        now=now,
    )
    record_interruption(
        session,
        actor,
        borrower_id=proposal.borrower_id,
        loan_id=proposal.loan_id,
        proposal_id=proposal.id,
        cause="plan_signed",
        now=now,
    )
    match before:
        case ProposalStatus.COUNTERED:
            accept_counter(session, actor, proposal=proposal, version=version, now=now)
            return ProposalStatus.APPROVED
        case ProposalStatus.INFO_REQUESTED:
            reply_with_new_terms(
                session, actor, proposal=proposal, version=version, situation=situation, now=now
            )
            return ProposalStatus.IN_REVIEW
        case _:
            return _answer(session, actor, proposal=proposal, version=version, situation=situation, now=now)


def _answer(
    session: Session,
    actor: Actor,
    *,
    proposal: Proposal,
    version: ProposalVersion,
    situation: Situation,
    now: datetime,
) -> ProposalStatus:
    plan = plan_of(version)
    said = judge(plan, situation.standing)
    keep_answer(session, proposal=proposal, version=version, situation=situation, said=said, now=now)
    if said.is_at_once:
        return _approve_by_policy(session, actor, proposal=proposal, version=version, now=now)
    promised = answer_by(now, situation.policy, situation.calendar)
    reasons = [reason.value for reason in said.reasons]
    move_proposal(
        session,
        proposal,
        Act.POLICY_REFER,
        Who.CLOCK,
        promised_by=promised,
        calendar_version=situation.calendar.version,
        referral_reasons=reasons,
    )
    put_in_queue(
        session,
        proposal,
        version,
        situation=situation,
        deadline_at=promised,
        reason=said.reasons[0],
        now=now,
    )
    _record(
        session,
        actor,
        proposal,
        "plan:referred",
        now=now,
        version_number=version.number,
        reasons=reasons,
        promised_by=promised.isoformat(),
        calendar_version=situation.calendar.version,
        policy_version=situation.policy.version,
    )
    return ProposalStatus.IN_REVIEW


def _approve_by_policy(
    session: Session, actor: Actor, *, proposal: Proposal, version: ProposalVersion, now: datetime
) -> ProposalStatus:
    supersede_plan(session, actor, by=proposal, now=now)
    move_proposal(session, proposal, Act.POLICY_APPROVE, Who.CLOCK, closes_at=None)
    decision = Decision(
        proposal_id=proposal.id,
        review_round=proposal.review_round,
        version_number=version.number,
        content_hash=version.content_hash,
        kind="approve",
        plan_kind=version.kind,
        by_policy=True,
        policy_version=version.policy_version,
        policy_arm=version.policy_arm,
        maker_borrower_id=proposal.borrower_id,
        drafter_staff_id=proposal.drafted_by_staff_id,
        reason_code="within_policy",
        decided_at=now,
        sent_at=now,
    )
    session.add(decision)
    session.flush()
    _record(
        session,
        actor,
        proposal,
        "plan:approved",
        now=now,
        version_number=version.number,
        content_hash=version.content_hash,
        by_policy=True,
        decision_id=decision.id,
        policy_version=version.policy_version,
    )
    make_agreement(session, actor, proposal=proposal, version=version, now=now)
    return ProposalStatus.APPROVED


def _record(
    session: Session, actor: Actor, proposal: Proposal, name: str, *, now: datetime, **fields: object
) -> None:
    record(
        session,
        actor,
        name,
        now=now,
        borrower_id=proposal.borrower_id,
        loan_id=proposal.loan_id,
        proposal_id=proposal.id,
        **fields,
    )
