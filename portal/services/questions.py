"""A question to the borrower and its answer. The time between the two is not counted against the promise of an answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.domain.decisions import DecisionKind
from portal.domain.errors import DomainError
from portal.domain.permissions import Actor, require_borrower
from portal.domain.policy import Referral, answer_by, promise_after_pause
from portal.domain.proposals import Act, ProposalStatus, Who, is_possible
from portal.domain.reasons import AskReason, refuse_too_long
from portal.models import Decision, Message, Proposal, ProposalVersion, Question
from portal.queries.proposals import find_open_question, get_signed_version
from portal.queries.situations import Situation
from portal.services.deciding import Seen, Verdict, make_decision, open_for_decision
from portal.services.letters import refuse_bad_letter
from portal.services.moves import lock_proposal, move_proposal
from portal.services.offer_time import offer_closes
from portal.services.overtaking import answer_decision
from portal.services.question_messages import post_answer
from portal.services.record import record_about
from portal.services.threads import WrittenMessage, post_message
from portal.services.waiting import put_in_queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is asked, in a code and in the words that the borrower reads."""

    reason: AskReason
    letter: str


@dataclass(frozen=True, slots=True)
class Answer:
    """In words (none where files alone came with a message), or by terms that were signed anew."""

    words: str = ""
    has_new_terms: bool = False


def ask_borrower(session: Session, actor: Actor, *, seen: Seen, ask: Ask, now: datetime) -> Decision:
    """Ask before deciding. It goes out in a minute; from then on the promised time stands still.

    Raises:
        AccessRefused, Conflict: what ``open_for_decision`` raises.
        DomainError: ``question_missing``, ``text_too_long``, ``forbidden_phrase``.

    """
    case = open_for_decision(session, actor, DecisionKind.ASK, seen, now)
    if not ask.letter.strip():
        raise DomainError("question_missing", field="letter")
    refuse_bad_letter(ask.letter, field="letter")
    verdict = Verdict(kind=DecisionKind.ASK, reason_code=ask.reason.value, text=ask.letter)
    return make_decision(
        session, actor, proposal=case.proposal, version=case.version, verdict=verdict, seen=seen, now=now
    )


def reply(
    session: Session, actor: Actor, *, proposal: Proposal, text: str, situation: Situation, now: datetime
) -> None:
    """The borrower's answer in words: the same terms wait for a decision again. ``now`` is in the lender's zone.

    Raises:
        AccessRefused: ``only_the_borrower``.
        DomainError: ``reply_missing``, ``text_too_long``.
        Conflict: ``move_not_possible``, ``proposal_moved``.

    """
    require_borrower(actor, borrower_id=proposal.borrower_id)
    if not text.strip():
        raise DomainError("reply_missing", field="reply")
    refuse_too_long(text, field="reply")
    _bring_back(session, actor, proposal, situation, Answer(text.strip()), now)
    post_answer(session, actor, proposal=proposal, text=text, now=now)


def reply_by_message(
    session: Session,
    actor: Actor,
    *,
    proposal: Proposal,
    written: WrittenMessage,
    situation: Situation,
    now: datetime,
) -> Message:
    """A message of the thread, files included, that the borrower sends as the answer: it is posted, and the case waits for a decision
    again. Where nothing is asked any more, and on the second tap, it is a message like any other. ``now`` is in the lender's zone.

    Raises ``AccessRefused("only_the_borrower")`` and what ``post_message`` raises.
    """
    require_borrower(actor, borrower_id=proposal.borrower_id)
    # Before its thread, as an answer in words takes them.
    proposal = lock_proposal(session, proposal.id)
    message = post_message(
        session,
        actor,
        about=proposal,
        written=written,
        is_time_barred=situation.is_time_barred,
        now=now,
    )
    if is_possible(ProposalStatus(proposal.status), Act.REPLY, Who.BORROWER):
        _bring_back(session, actor, proposal, situation, Answer(message.body), now)
    return message


def reply_with_new_terms(
    session: Session,
    actor: Actor,
    *,
    proposal: Proposal,
    version: ProposalVersion,
    situation: Situation,
    now: datetime,
) -> None:
    """The borrower answered by signing changed terms; the signing has moved the proposal already."""
    promised = _promise(session, proposal, situation, now)
    proposal.promised_by, proposal.calendar_version = promised, situation.calendar.version
    _close(session, actor, proposal, situation, version, promised, Answer(has_new_terms=True), now)


def _bring_back(
    session: Session, actor: Actor, proposal: Proposal, situation: Situation, answer: Answer, now: datetime
) -> None:
    """The same terms wait for a decision again."""
    promised = _promise(session, proposal, situation, now)
    move_proposal(
        session,
        proposal,
        Act.REPLY,
        Who.BORROWER,
        promised_by=promised,
        calendar_version=situation.calendar.version,
        closes_at=offer_closes(situation, now=now),
    )
    _close(session, actor, proposal, situation, get_signed_version(session, proposal), promised, answer, now)


def _promise(session: Session, proposal: Proposal, situation: Situation, now: datetime) -> datetime:
    """The old promise moved by the pause; where there was none, what is promised today."""
    question = find_open_question(session, proposal.id)
    if question is None or proposal.promised_by is None:
        return answer_by(now, situation.policy, situation.calendar)
    promised_by = proposal.promised_by.astimezone(now.tzinfo)
    return promise_after_pause(promised_by, now - question.asked_at, situation.policy, situation.calendar)


def _close(
    session: Session,
    actor: Actor,
    proposal: Proposal,
    situation: Situation,
    version: ProposalVersion,
    promised: datetime,
    answer: Answer,
    now: datetime,
) -> None:
    decision = answer_decision(session, proposal)
    question = find_open_question(session, proposal.id)
    paused = _end(question, answer, now) if question else timedelta()
    put_in_queue(
        session,
        proposal,
        version,
        situation=situation,
        deadline_at=promised,
        reason=Referral.QUESTION_ANSWERED,
        now=now,
    )
    record_about(
        session,
        actor,
        proposal,
        "plan:info_given",
        now=now,
        decision_id=decision.id,
        paused_seconds=int(paused.total_seconds()),
        promised_by=promised.isoformat(),
    )


def _end(question: Question, answer: Answer, now: datetime) -> timedelta:
    question.closed_at, question.reply, question.has_new_terms = now, answer.words, answer.has_new_terms
    return now - question.asked_at
