"""What scenes are made of: answers, agreements, cases and letters, each by the verb that a page would call."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.cases import CaseKind, CaseTopic
from portal.domain.journey import Question
from portal.domain.permissions import SYSTEM, Actor, ActorKind, Role
from portal.models import Agreement, Borrower, Loan, ServiceCase
from portal.queries.threads import Subject
from portal.services.cases import CaseForm, open_case
from portal.services.data_requests import ask_about_data
from portal.services.documents import keep_sealed
from portal.services.drafts import answer_draft
from portal.services.threads import WrittenMessage, post_message
from tests.people import NOW, TODAY, Cast
from tests.stories import ZONE, Story, borrower_actor


def answer(story: Story, question: Question, answer: Mapping[str, Any]) -> None:
    answer_draft(
        story.session, story.actor, proposal=story.proposal, question=question, answer=answer, now=story.now
    )


def agreement_of(session: Session, story: Story) -> Agreement:
    return session.scalars(select(Agreement).where(Agreement.proposal_id == story.proposal.id)).one()


def sealed(session: Session, story: Story) -> Agreement:
    agreement = agreement_of(session, story)
    body, now = f"%PDF-1.7 {agreement.public_id}".encode(), story.now + timedelta(minutes=2)
    keep_sealed(session, SYSTEM, agreement_id=agreement.id, body=body, now=now)
    return agreement


def opened(
    session: Session, borrower: Borrower, body: str, loan: Loan, *, key: str = "ab" * 16
) -> ServiceCase:
    form = CaseForm(form_key=key, kind=CaseKind.TALK, topic=CaseTopic.PLAN_HELP, body=body, loan_id=loan.id)
    return open_case(session, borrower_actor(borrower), form=form, today=TODAY, zone=ZONE, now=NOW)


def ask_for_data(session: Session, borrower: Borrower, count: int) -> None:
    form = CaseForm(form_key="", kind=CaseKind.DATA, topic=CaseTopic.COPY_DATA, body="请给我一份完整的副本。")
    for number in range(count):
        each = replace(form, form_key=f"{number + 1000:032x}")
        ask_about_data(session, borrower_actor(borrower), form=each, today=TODAY, zone=ZONE, now=NOW)


def write(session: Session, actor: Actor, about: Subject, body: str, number: int) -> None:
    written = WrittenMessage(form_key=f"{number + 1:032x}", body=body)
    post_message(session, actor, about=about, written=written, now=NOW + timedelta(minutes=number))


def staff_actor(cast: Cast) -> Actor:
    return Actor(ActorKind.STAFF, cast.zhou_min.id, frozenset({Role.APPROVER}))
