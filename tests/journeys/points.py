"""A borrower at each point of a plan's life, so that every page has somebody who stands on it."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.cases import CaseKind, CaseTopic
from portal.domain.journey import Question
from portal.domain.offers import choice_of
from portal.domain.permissions import SYSTEM
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.policy import HardshipReason
from portal.domain.proposals import ProposalStatus
from portal.models import Agreement, Borrower, Loan
from portal.services.cases import CaseForm, open_case
from portal.services.documents import keep_sealed
from tests.people import NOW, TODAY, add_loan
from tests.stories import ZONE, Story, borrower_actor

CHOICE: Mapping[str, Any] = choice_of(PlanRequest(PlanKind.CATCH_UP, installments=6, day_of_month=20))
NOTHING_LEFT = {"people": 2, "incomes": {"wages": 100_000}, "outgoings": {"housing": 200_000}}


def lay_out(session: Session, borrower: Borrower) -> list[str]:
    """Paths from which every page of a signed-in borrower is a link away or nearer."""
    return ["/", *_paths(session, borrower)]


def _paths(session: Session, borrower: Borrower) -> Iterator[str]:
    loans = iter([add_loan(session, borrower, ref=f"L-90{number:02}") for number in range(8)])
    drafted = Story(session, borrower, next(loans)).start().answer(CHOICE).proposal.public_id
    yield from (
        f"/proposals/{drafted}/{page}" for page in ("check", "reason", "need", "plans", "own", "budget")
    )
    yield f"/proposals/{_with_nothing_left(session, borrower, next(loans))}/budget/help"
    yield f"/proposals/{_frozen(session, borrower, next(loans)).proposal.public_id}/disclosure"
    read = _frozen(session, borrower, next(loans)).read().proposal.public_id
    yield from (f"/proposals/{read}/{page}" for page in ("terms", "sign"))
    waiting = Story(session, borrower, next(loans))
    waiting.submit(CHOICE, reason=HardshipReason.ILLNESS)
    yield from (f"/proposals/{waiting.proposal.public_id}{page}" for page in ("", "/withdraw", "/messages"))
    offered = Story(session, borrower, next(loans))
    offered.submit(CHOICE, reason=HardshipReason.ILLNESS)
    offered.proposal.status = ProposalStatus.COUNTERED.value
    yield f"/proposals/{offered.proposal.public_id}/offer/no"
    yield from _in_force(session, borrower, next(loans))
    yield f"/cases/{_case(session, borrower, next(loans))}/messages"


def _frozen(session: Session, borrower: Borrower, loan: Loan) -> Story:
    return Story(session, borrower, loan).start().answer(CHOICE).freeze().preview()


def _with_nothing_left(session: Session, borrower: Borrower, loan: Loan) -> str:
    proposal = Story(session, borrower, loan).start().answer(CHOICE).proposal
    proposal.answers = {**proposal.answers, Question.BUDGET.value: NOTHING_LEFT}
    return proposal.public_id


def _in_force(session: Session, borrower: Borrower, loan: Loan) -> Iterator[str]:
    story = Story(session, borrower, loan)
    assert story.submit(CHOICE) is ProposalStatus.APPROVED
    agreement = session.scalars(select(Agreement).where(Agreement.proposal_id == story.proposal.id)).one()
    body = f"%PDF-1.7 {agreement.public_id}".encode()
    keep_sealed(session, SYSTEM, agreement_id=agreement.id, body=body, now=story.now + timedelta(minutes=1))
    yield from (f"/agreements/{agreement.public_id}{page}" for page in ("", "/early"))
    yield f"/proposals/{story.proposal.public_id}/change"


def _case(session: Session, borrower: Borrower, loan: Loan) -> str:
    form = CaseForm(
        form_key="ab" * 16,
        kind=CaseKind.TALK,
        topic=CaseTopic.PLAN_HELP,
        body="请给我打电话。",
        loan_id=loan.id,
    )
    case = open_case(session, borrower_actor(borrower), form=form, today=TODAY, zone=ZONE, now=NOW)
    return case.public_id
