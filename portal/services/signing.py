"""The sitting in which a borrower signs: disclosure read, key terms acknowledged, then the offer of exact terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError, NotFound
from portal.domain.holds import HoldKind
from portal.domain.offers import judge
from portal.domain.permissions import Actor, ActorKind, require_borrower
from portal.domain.policy import Assessment, answer_by
from portal.domain.proposals import Act, ProposalStatus, Who
from portal.domain.reading import Reading
from portal.failpoints import Point, reached
from portal.models import Decision, Document, Proposal, ProposalVersion
from portal.queries.plans import plan_of
from portal.queries.situations import Situation
from portal.services.agreements import make_agreement
from portal.services.assignments import tell_by_signature
from portal.services.cooling import refuse_within_cooling
from portal.services.counters import accept_counter
from portal.services.drafts import refuse_not_signable
from portal.services.facts_moved import lock_loan
from portal.services.freezing import refuse_stale
from portal.services.holds import start_hold
from portal.services.limitation import record_interruption
from portal.services.moves import move_through
from portal.services.offer_time import offer_closes
from portal.services.plan_changes import refuse_ended_base
from portal.services.policy_answers import keep_answer
from portal.services.questions import reply_with_new_terms
from portal.services.record import record_about, recorded_at_once
from portal.services.running_plans import supersede_plan
from portal.services.waiting import put_in_queue

_ACTS: Mapping[ProposalStatus, Act] = MappingProxyType(
    {ProposalStatus.DRAFT: Act.SUBMIT, ProposalStatus.NEEDS_RESIGN: Act.SIGN_AGAIN}
)
"""What signing is where policy answers."""


def show_disclosure(
    session: Session, actor: Actor, *, proposal: Proposal, version: ProposalVersion, now: datetime
) -> None:
    """The cost disclosure is in front of the borrower: that is on record once a version."""
    require_borrower(actor, borrower_id=proposal.borrower_id)
    refuse_not_signable(proposal, version)
    if version.disclosure_shown_at is None:
        version.disclosure_shown_at = now
        record_about(
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
    record_about(
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
        record_about(
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
    record_about(
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
    record_about(
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
        record_about(
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
    lock_loan(session, situation.loan)
    refuse_unready(proposal, version, situation)
    refuse_within_cooling(session, proposal, now=now)
    refuse_ended_base(session, proposal)
    version.signed_at, version.signed_by = now, actor.kind.value
    version.signature = {**evidence, "code_id": code_id, "signed_at": now.isoformat()}
    signing = _Signing(session, actor, proposal, version, situation, code_id, now)
    with recorded_at_once(session):
        match ProposalStatus(proposal.status):
            case ProposalStatus.COUNTERED:
                return _sign_counter(signing)
            case ProposalStatus.INFO_REQUESTED:
                return _sign_reply(signing)
            case status:
                return _sign_and_answer(signing, _ACTS[status])


@dataclass(frozen=True, slots=True)
class _Signing:
    """What all of it is about."""

    session: Session
    actor: Actor
    proposal: Proposal
    version: ProposalVersion
    situation: Situation
    code_id: int
    now: datetime

    def of_policy(self) -> dict[str, Any]:
        """By which day a person answers, as columns of the proposal."""
        promised = answer_by(self.now, self.situation.policy, self.situation.calendar)
        return {"promised_by": promised, "calendar_version": self.situation.calendar.version}


def _sign_counter(of: _Signing) -> ProposalStatus:
    supersede_plan(of.session, of.actor, by=of.proposal, now=of.now)
    _move(of, (Act.SIGN_COUNTER, Who.BORROWER), closes_at=None)
    accept_counter(of.session, of.actor, proposal=of.proposal, version=of.version, now=of.now)
    return ProposalStatus.APPROVED


def _sign_reply(of: _Signing) -> ProposalStatus:
    _move(of, (Act.REPLY, Who.BORROWER), closes_at=offer_closes(of.situation, now=of.now))
    reply_with_new_terms(
        of.session,
        of.actor,
        proposal=of.proposal,
        version=of.version,
        situation=of.situation,
        now=of.now,
    )
    return ProposalStatus.IN_REVIEW


def _sign_and_answer(of: _Signing, act: Act) -> ProposalStatus:
    """Policy answers from what was read, so that its move and the signature's are one."""
    said = judge(plan_of(of.version), of.situation.standing)
    if said.is_at_once:
        supersede_plan(of.session, of.actor, by=of.proposal, now=of.now)
        _move(of, (act, Who.BORROWER), (Act.POLICY_APPROVE, Who.CLOCK), closes_at=None)
        _keep_answer(of, said)
        _approve_by_policy(of)
        return ProposalStatus.APPROVED
    values = {**of.of_policy(), "referral_reasons": [reason.value for reason in said.reasons]}
    closes_at = offer_closes(of.situation, now=of.now)
    _move(of, (act, Who.BORROWER), (Act.POLICY_REFER, Who.CLOCK), closes_at=closes_at, **values)
    _keep_answer(of, said)
    _refer(of, said, **values)
    return ProposalStatus.IN_REVIEW


def _move(of: _Signing, *lines: tuple[Act, Who], **values: Any) -> None:
    """The proposal is signed, and all that goes with any signature."""
    session, actor, proposal, version, now = of.session, of.actor, of.proposal, of.version, of.now
    move_through(session, proposal, lines, version_number=version.number, submitted_at=now, **values)
    reached(Point.SIGNED)
    record_about(
        session,
        actor,
        proposal,
        "plan:counter_signed" if version.made_by_lender else "plan:submitted",
        now=now,
        version_number=version.number,
        content_hash=version.content_hash,
        code_id=of.code_id,
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
    tell_by_signature(session, actor, loan=of.situation.loan, today=of.situation.on, now=now)


def _keep_answer(of: _Signing, said: Assessment) -> None:
    keep_answer(
        of.session, proposal=of.proposal, version=of.version, situation=of.situation, said=said, now=of.now
    )


def _refer(
    of: _Signing,
    said: Assessment,
    *,
    promised_by: datetime,
    calendar_version: str,
    referral_reasons: list[str],
) -> None:
    put_in_queue(
        of.session,
        of.proposal,
        of.version,
        situation=of.situation,
        deadline_at=promised_by,
        reason=said.reasons[0],
        now=of.now,
    )
    record_about(
        of.session,
        of.actor,
        of.proposal,
        "plan:referred",
        now=of.now,
        version_number=of.version.number,
        reasons=referral_reasons,
        promised_by=promised_by.isoformat(),
        calendar_version=calendar_version,
        policy_version=of.situation.policy.version,
    )


def _approve_by_policy(of: _Signing) -> None:
    session, actor, proposal, version, now = of.session, of.actor, of.proposal, of.version, of.now
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
    record_about(
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
