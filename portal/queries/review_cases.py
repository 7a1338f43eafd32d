"""All that an approver needs to decide one case, read together in a fixed number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.calendar import add_months
from portal.domain.claims import Claim
from portal.domain.decisions import PENDING_STATES, DecisionState
from portal.domain.errors import NotFound
from portal.domain.four_eyes import Involved
from portal.domain.own_record import doer_of
from portal.domain.policy import Policy
from portal.domain.proposals import ProposalStatus
from portal.domain.similar_cases import MONTHS, Likeness, SimilarCases, likeness_of
from portal.models import (
    Agreement,
    Borrower,
    Consent,
    ContactWish,
    Decision,
    Event,
    Hold,
    Loan,
    LoanStage,
    Payment,
    Proposal,
    ProposalVersion,
    Question,
    ReviewItem,
    ServiceCase,
    StaffMember,
)
from portal.models.base import UtcDateTime
from portal.queries.case_surroundings import ContactLine, SentFile, contacts_about, sent_files
from portal.queries.handling import Handled, handled_by, way_of
from portal.queries.involvement import involved_in
from portal.queries.legal_holds import LegalHoldLine, legal_holds_of
from portal.queries.plan_penalties import penalty_beyond_plan
from portal.queries.policies import policy_named
from portal.queries.similar_cases import similar_cases
from portal.queries.situations import Situation, situation_for
from portal.queries.wishes import find_standing_wish

NEWEST_EVENTS = 60
NEWEST_PAYMENTS = 12
_EVERYDAY = ("case:looked_at", "case:claim_renewed", "plan:answered")
_UNSENT = (ProposalStatus.DRAFT.value, ProposalStatus.DISCARDED.value)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The case's place in the queue, and who holds it."""

    stage: str
    deadline_at: datetime
    dpd: int
    claim: Claim
    holder: str | None
    like: Likeness


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One decision as colleagues see it: by staff number, None for policy; ``second`` agreed, or refused with a reason."""

    proposal_id: int
    round: int
    kind: str
    state: DecisionState
    by: str | None
    second: str | None
    at: datetime
    goes_out_at: datetime | None
    second_because: Sequence[str]
    second_reason: str | None
    second_note: str
    reason_code: str
    reason_text: str
    would_accept: str
    guarantor: str | None


@dataclass(frozen=True, slots=True)
class EarlierProposal:
    """Another proposal of the same borrower; ``other_loan`` is the reference of its loan where that is another one."""

    public_id: str
    reference: str
    status: str
    kind: str
    submitted_at: datetime | None
    ended_at: datetime | None
    other_loan: str | None


@dataclass(frozen=True, slots=True)
class EventLine:
    """One line of the record; staff by number."""

    at: datetime
    name: str
    actor_kind: str
    staff_number: str | None
    fields: Mapping[str, Any]

    @property
    def doer(self) -> str:
        return doer_of(self.name, self.actor_kind)


@dataclass(frozen=True, slots=True)
class Look:
    """How often somebody looked at the case, and when last."""

    staff_number: str
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ReviewCase:
    """A submitted proposal with everything around it."""

    proposal: Proposal
    version: ProposalVersion
    loan: Loan
    borrower: Borrower
    situation: Situation
    waiting: Waiting | None
    drafter: str | None
    involved: Involved
    is_hardship_shown: bool
    """The borrower consented to the reason being kept and read (rule P17)."""
    decisions: Sequence[DecisionLine]
    earlier: Sequence[EarlierProposal]
    holds: Sequence[Hold]
    legal_holds: Sequence[LegalHoldLine]
    service_cases: Sequence[ServiceCase]
    payments: Sequence[Payment]
    questions: Sequence[Question]
    contacts: Sequence[ContactLine]
    wishes: ContactWish | None
    """The hours and channels that the borrower set; None where nothing was said."""
    files: Sequence[SentFile]
    policy: Policy
    """The one that judged what was signed."""
    like: Likeness | None
    similar: SimilarCases
    agreement: Agreement | None
    handled: Handled | None
    beyond_plan: int
    """Penalty that the book charges although the loan's plan does not let it be claimed."""
    stages: Sequence[LoanStage]
    """The loan's way through the stages, newest first."""
    events: Sequence[EventLine]
    """But for looks, heartbeats and single answers; newest first."""
    looks: Sequence[Look]

    @property
    def pending(self) -> DecisionLine | None:
        """Decided, and nothing has reached the borrower yet."""
        mine = (line for line in self.decisions if line.proposal_id == self.proposal.id)
        return next((line for line in mine if line.state in PENDING_STATES), None)


def get_submitted_proposal(session: Session, public_id: str) -> Proposal:
    """A proposal that was signed at least once; drafts are nobody's business: the same ``NotFound`` as for nothing."""
    found = session.scalar(
        select(Proposal).where(
            Proposal.public_id == public_id, Proposal.status.not_in(_UNSENT), Proposal.version_number > 0
        )
    )
    if found is None:
        raise NotFound("not_found")
    return found


def review_case(session: Session, proposal: Proposal, *, on: date, zone: tzinfo) -> ReviewCase:
    """The case of a submitted proposal on a business date."""
    version, loan, borrower, drafter = session.execute(
        select(ProposalVersion, Loan, Borrower, StaffMember.number)
        .select_from(Proposal)
        .join(
            ProposalVersion,
            and_(
                ProposalVersion.proposal_id == Proposal.id,
                ProposalVersion.number == Proposal.version_number,
            ),
        )
        .join(Loan, Loan.id == Proposal.loan_id)
        .join(Borrower, Borrower.id == Proposal.borrower_id)
        .outerjoin(StaffMember, StaffMember.id == Proposal.drafted_by_staff_id)
        .where(Proposal.id == proposal.id)
    ).one()
    waiting = find_waiting(session, proposal.id)
    standing, stages = way_of(session, loan.id)
    like = None if waiting is None else waiting.like
    return ReviewCase(
        proposal=proposal,
        version=version,
        loan=loan,
        borrower=borrower,
        situation=situation_for(session, proposal, on=on, zone=zone),
        waiting=waiting,
        drafter=drafter,
        involved=involved_in(session, proposal),
        is_hardship_shown=_has_consent(session, borrower.id),
        decisions=_decisions(session, loan.id),
        earlier=_earlier(session, proposal),
        holds=_holds(session, loan.id),
        legal_holds=legal_holds_of(session, borrower.id),
        service_cases=_service_cases(session, loan),
        payments=_payments(session, loan.id),
        questions=_questions(session, proposal.id),
        contacts=contacts_about(session, loan),
        wishes=find_standing_wish(session, borrower.id),
        files=sent_files(session, proposal),
        policy=policy_named(session, version.policy_version),
        like=like,
        similar=_similar(session, like, proposal, on),
        agreement=session.scalar(select(Agreement).where(Agreement.proposal_id == proposal.id)),
        handled=handled_by(loan, standing),
        beyond_plan=penalty_beyond_plan(session, loan.id),
        stages=stages,
        events=_events(session, proposal),
        looks=_looks(session, proposal),
    )


def find_waiting(session: Session, proposal_id: int) -> Waiting | None:
    """The row of the queue; None once nothing waits."""
    row = session.execute(
        select(*ReviewItem.__table__.c, StaffMember.number.label("holder"))
        .select_from(ReviewItem)
        .outerjoin(StaffMember, StaffMember.id == ReviewItem.claimed_by)
        .where(ReviewItem.proposal_id == proposal_id)
    ).one_or_none()
    if row is None:
        return None
    like = likeness_of(kind=row.kind, dpd=row.dpd, amount_minor=row.amount_minor, currency=row.currency)
    claim = Claim(row.claimed_by, row.claimed_until)
    return Waiting(row.stage, row.deadline_at, row.dpd, claim, row.holder, like)


def _similar(session: Session, like: Likeness | None, proposal: Proposal, on: date) -> SimilarCases:
    """Of the last months; nothing once the case is decided."""
    if like is None:
        return SimilarCases()
    since = datetime.combine(add_months(on, -MONTHS), time(), tzinfo=UTC)
    return similar_cases(session, like, since=since, but_proposal_id=proposal.id)


def _has_consent(session: Session, borrower_id: int) -> bool:
    found = session.scalar(
        select(Consent.id)
        .where(
            Consent.borrower_id == borrower_id,
            Consent.kind == "hardship_reason",
            Consent.withdrawn_at.is_(None),
        )
        .limit(1)
    )
    return found is not None


def _decisions(session: Session, loan_id: int) -> Sequence[DecisionLine]:
    """Of all proposals of this loan, newest first."""
    second = aliased(StaffMember)
    rows = session.execute(
        select(Decision, StaffMember.number, second.number)
        .join(Proposal, Proposal.id == Decision.proposal_id)
        .outerjoin(StaffMember, StaffMember.id == Decision.first_staff_id)
        .outerjoin(second, second.id == Decision.second_staff_id)
        .where(Proposal.loan_id == loan_id)
        .order_by(Decision.id.desc())
    )
    return [
        DecisionLine(
            proposal_id=decision.proposal_id,
            round=decision.review_round,
            kind=decision.kind,
            state=DecisionState(decision.state),
            by=number,
            second=second_number,
            at=decision.decided_at,
            goes_out_at=decision.goes_out_at,
            second_because=decision.second_because,
            second_reason=decision.second_reason,
            second_note=decision.second_note,
            reason_code=decision.reason_code,
            reason_text=decision.reason_text,
            would_accept=decision.would_accept,
            guarantor=decision.guarantor,
        )
        for decision, number, second_number in rows
    ]


def _earlier(session: Session, proposal: Proposal) -> Sequence[EarlierProposal]:
    """Those on the same loan first, then the newest."""
    rows = session.execute(
        select(
            Proposal.public_id,
            Proposal.reference,
            Proposal.status,
            ProposalVersion.kind,
            Proposal.submitted_at,
            Proposal.ended_at,
            case((Proposal.loan_id != proposal.loan_id, Loan.loan_ref)),
        )
        .join(Loan, Loan.id == Proposal.loan_id)
        .join(
            ProposalVersion,
            and_(
                ProposalVersion.proposal_id == Proposal.id,
                ProposalVersion.number == Proposal.version_number,
            ),
        )
        .where(
            Proposal.borrower_id == proposal.borrower_id,
            Proposal.id != proposal.id,
            Proposal.status.not_in(_UNSENT),
        )
        .order_by(Proposal.loan_id != proposal.loan_id, Proposal.id.desc())
        .limit(20)
    )
    return [EarlierProposal(*row) for row in rows]


def _holds(session: Session, loan_id: int) -> Sequence[Hold]:
    """Running ones first, then the newest."""
    return session.scalars(
        select(Hold)
        .where(Hold.loan_id == loan_id)
        .order_by(Hold.ended_at.is_not(None), Hold.id.desc())
        .limit(20)
    ).all()


def _service_cases(session: Session, loan: Loan) -> Sequence[ServiceCase]:
    """What the borrower brought up about this loan, or about none in particular."""
    return session.scalars(
        select(ServiceCase)
        .where(
            ServiceCase.borrower_id == loan.borrower_id,
            or_(ServiceCase.loan_id == loan.id, ServiceCase.loan_id.is_(None)),
        )
        .order_by(ServiceCase.id.desc())
        .limit(20)
    ).all()


def _questions(session: Session, proposal_id: int) -> Sequence[Question]:
    """What was asked and answered, newest first."""
    return session.scalars(
        select(Question).where(Question.proposal_id == proposal_id).order_by(Question.id.desc())
    ).all()


def _payments(session: Session, loan_id: int) -> Sequence[Payment]:
    return session.scalars(
        select(Payment)
        .where(Payment.loan_id == loan_id)
        .order_by(Payment.paid_on.desc(), Payment.payment_ref.desc())
        .limit(NEWEST_PAYMENTS)
    ).all()


def _events(session: Session, proposal: Proposal) -> Sequence[EventLine]:
    """Newest first; what staff did is told by number."""
    staff = aliased(StaffMember)
    rows = session.execute(
        select(Event.at, Event.name, Event.actor_kind, staff.number, Event.fields)
        .outerjoin(staff, and_(Event.actor_kind == "staff", staff.id == Event.actor_id))
        .where(Event.proposal_id == proposal.id, Event.name.not_in(_EVERYDAY))
        .order_by(Event.id.desc())
        .limit(NEWEST_EVENTS)
    )
    return [EventLine(*row) for row in rows]


def _looks(session: Session, proposal: Proposal) -> Sequence[Look]:
    last_at = func.max(Event.at, type_=UtcDateTime())
    rows = session.execute(
        select(StaffMember.number, func.count(), last_at)
        .join(StaffMember, StaffMember.id == Event.actor_id)
        .where(Event.proposal_id == proposal.id, Event.name == "case:looked_at", Event.actor_kind == "staff")
        .group_by(StaffMember.number)
        .order_by(last_at.desc())
    )
    return [Look(*row) for row in rows]
