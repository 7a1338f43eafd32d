"""A question and its answer stand in the proposal's thread too, as what they are: messages of the two sides."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.permissions import Actor, ActorKind, Role
from portal.domain.threads import MessageKind
from portal.models import Decision, Proposal
from portal.services.references import new_public_id
from portal.services.threads import WrittenMessage, post_message


def post_question(session: Session, *, proposal: Proposal, decision: Decision, now: datetime) -> None:
    """In the name of the approver who asked, whatever roles they have by the time it goes out."""
    asker = Actor(ActorKind.STAFF, decision.first_staff_id, roles=frozenset({Role.APPROVER}))
    written = WrittenMessage(form_key=new_public_id(), body=decision.reason_text, kind=MessageKind.QUESTION)
    post_message(session, asker, about=proposal, written=written, now=now)


def post_answer(session: Session, actor: Actor, *, proposal: Proposal, text: str, now: datetime) -> None:
    """What the borrower wrote in reply."""
    written = WrittenMessage(form_key=new_public_id(), body=text)
    post_message(session, actor, about=proposal, written=written, now=now)
