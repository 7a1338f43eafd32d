"""Writing to each other about a plan or a case. The same form, sent twice, is one message."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.case_handling import WaitsFor
from portal.domain.errors import AccessRefused, DomainError, NotFound
from portal.domain.free_text import clean_text, visible
from portal.domain.limitation import Cause
from portal.domain.permissions import Actor, ActorKind, Permission, Role, require
from portal.domain.proposals import ProposalStatus
from portal.domain.threads import KINDS_OF, MOST_CHARACTERS, Author, MessageKind, is_writable
from portal.models import Attachment, Message, Proposal, ServiceCase, Thread
from portal.queries.threads import Subject, find_thread, is_related
from portal.services.limitation import record_interruption
from portal.services.message_notices import announce_message
from portal.services.record import record
from portal.services.references import new_public_id

_SPEAKS_AS = (Role.SUPERVISOR, Role.APPROVER, Role.AGENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenMessage:
    """What was sent. ``form_key`` came with the empty form (32 hexadecimal digits): the same form twice is one message."""

    form_key: str
    body: str
    kind: MessageKind = MessageKind.MESSAGE
    knows_limitation: bool = False
    """The borrower confirmed the warning that stands before a debt that may be time-barred (rule L02)."""
    is_answer: bool = True
    """What staff write says that the borrower's messages were read and need nothing more; a letter of a decision does not say so."""
    runs_days: bool = False
    """Of staff: days run from it, so it is announced although an earlier message is unread."""


def post_message(
    session: Session,
    actor: Actor,
    *,
    about: Subject,
    written: WrittenMessage,
    now: datetime,
    is_time_barred: bool = False,
) -> Message:
    """The message of a form, new or already there, sent to the other side of the proposal or case.

    A borrower's needs words or files, staff's needs words. Raises ``text_missing``, ``text_too_long``, ``form_sent_already``,
    ``thread_not_open``, ``limitation_not_confirmed``; ``NotFound`` for a stranger, ``AccessRefused`` for staff without the right or
    close to the borrower.
    """
    author = _author(session, actor, about)
    if written.kind not in KINDS_OF[author]:
        raise DomainError("message_kind_refused")
    if isinstance(about, ServiceCase):
        # Before its thread, as whoever decides it does: both are written in either case.
        session.refresh(about, with_for_update=True)
    thread = _locked_thread(session, about, now)
    message = _message_of_form(session, actor, thread, author, written.form_key)
    if message is not None and message.number is not None:
        return _same_message(message, written)
    files = _files_of(session, message)
    body = _body_of(written, has_files=files > 0)
    asks_for_time = written.kind is MessageKind.REQUEST_FOR_TIME
    if asks_for_time and is_time_barred and not written.knows_limitation:
        raise DomainError("limitation_not_confirmed", field="knows_limitation", rule="L02")
    message = message or _add(session, actor, thread, author, written.form_key, now)
    message.body, message.kind, message.staff_role = body, written.kind.value, _role(actor)
    _number(thread, message, author, now, is_answer=written.is_answer)
    session.flush()
    record_in_thread(
        session,
        actor,
        thread,
        "message:posted",
        now=now,
        thread_id=thread.id,
        number=message.number,
        kind=message.kind,
        attachments=files,
    )
    if asks_for_time and thread.loan_id is not None:
        _restart_limitation(session, actor, thread, now)
    if isinstance(about, ServiceCase):
        _turn(session, actor, about, message, now)
    if author is Author.STAFF:
        announce_message(
            session, thread=thread, number=thread.last_number, now=now, runs_days=written.runs_days
        )
    return message


def keep_draft(
    session: Session, actor: Actor, *, about: Subject, form_key: str, body: str, now: datetime
) -> Message:
    """What was typed so far, kept while a file is added to it; nobody but its author sees it. ``form_sent_already`` once it is sent."""
    author = _author(session, actor, about)
    thread = _locked_thread(session, about, now)
    message = _message_of_form(session, actor, thread, author, form_key)
    if message is not None and message.number is not None:
        raise DomainError("form_sent_already")
    message = message or _add(session, actor, thread, author, form_key, now)
    message.body, message.written_at = visible(body)[: 2 * MOST_CHARACTERS], now
    session.flush()
    return message


def mark_read(session: Session, actor: Actor, *, thread: Thread, now: datetime) -> None:
    """Everything so far was shown to this side; what was shown before is no event."""
    is_staff = actor.kind is ActorKind.STAFF
    read = thread.read_by_staff if is_staff else thread.read_by_borrower
    theirs = thread.last_from_borrower if is_staff else thread.last_from_staff
    if theirs <= read:
        return
    if is_staff:
        thread.read_by_staff = thread.last_number
    else:
        thread.read_by_borrower = thread.last_number
    record_in_thread(
        session, actor, thread, "message:read", now=now, thread_id=thread.id, up_to=thread.last_number
    )


def record_refusal(
    session: Session, actor: Actor, *, about: Subject, name: str, code: str, now: datetime
) -> None:
    """``name``: message:refused, attachment:refused. That something was not taken is told too."""
    record(
        session,
        actor,
        name,
        now=now,
        borrower_id=about.borrower_id,
        loan_id=about.loan_id,
        proposal_id=about.id if isinstance(about, Proposal) else None,
        code=code,
    )


def settle_thread(session: Session, actor: Actor, *, thread: Thread, up_to: int, now: datetime) -> None:
    """What the borrower wrote up to this number needs no answer. Something newer goes on waiting; twice is as once."""
    require_right(session, actor, thread.borrower_id, Permission.MESSAGE_WRITE)
    session.refresh(thread, with_for_update=True)
    if thread.waits_since is None or thread.last_from_borrower > up_to:
        return
    thread.waits_since = None
    record_in_thread(session, actor, thread, "thread:settled", now=now, thread_id=thread.id, up_to=up_to)


def look_at_thread(session: Session, actor: Actor, *, about: Subject, now: datetime) -> None:
    """Staff open a thread by itself: a look that the borrower can read about."""
    require_right(session, actor, about.borrower_id, Permission.MESSAGE_READ)
    _refuse_complained_about(actor, about)
    thread = _locked_thread(session, about, now)
    record_in_thread(
        session, actor, thread, "thread:looked_at", now=now, thread_id=thread.id, reason="thread_page"
    )


def require_right(session: Session, actor: Actor, borrower_id: int, permission: Permission) -> None:
    """Raises ``AccessRefused``: ``permission_missing``, and ``related_case`` (rule P18)."""
    require(actor, permission)
    assert actor.id is not None
    if is_related(session, actor.id, borrower_id):
        raise AccessRefused("related_case", rule="P18")


def _turn(session: Session, actor: Actor, case: ServiceCase, message: Message, now: datetime) -> None:
    """Whose turn it is in a case: a question waits for the borrower, and what the borrower writes has to be read before a decision.

    The first word of staff says that it has arrived.
    """
    if message.author == Author.BORROWER:
        case.row_version += 1
        if case.waits_for == WaitsFor.BORROWER:
            case.waits_for = WaitsFor.US.value
    else:
        case.acknowledged_at = case.acknowledged_at or now
        if message.kind == MessageKind.QUESTION and case.status == "open":
            case.waits_for = WaitsFor.BORROWER.value
            record(
                session,
                actor,
                "service:asked",
                now=now,
                borrower_id=case.borrower_id,
                loan_id=case.loan_id,
                case_id=case.id,
                number=message.number,
            )
    session.flush()


def may_write_about(actor: Actor, about: Subject) -> bool:
    """Those who decide write about everything; who handles cases about the one that is theirs, and who took one down on the telephone the
    one word that it has arrived.
    """
    owns = isinstance(about, ServiceCase) and (
        about.owner_id == actor.id or (about.opened_by == actor.id and about.acknowledged_at is None)
    )
    return actor.may(Permission.MESSAGE_WRITE) or (owns and actor.may(Permission.SERVICE_HANDLE))


def _require_writing(session: Session, actor: Actor, about: Subject) -> None:
    wanted = Permission.SERVICE_HANDLE if may_write_about(actor, about) else Permission.MESSAGE_WRITE
    require_right(session, actor, about.borrower_id, wanted)
    _refuse_complained_about(actor, about)


def _refuse_complained_about(actor: Actor, about: Subject) -> None:
    """Nobody reads or answers a complaint about themselves."""
    if (
        isinstance(about, ServiceCase)
        and about.about_staff_id is not None
        and about.about_staff_id == actor.id
    ):
        raise AccessRefused("complained_about", rule="R02")


def _author(session: Session, actor: Actor, about: Subject) -> Author:
    if actor.kind is ActorKind.STAFF:
        _require_writing(session, actor, about)
    elif actor.id != about.borrower_id or actor.kind is not ActorKind.BORROWER:
        raise NotFound("not_found")
    if isinstance(about, Proposal) and not is_writable(ProposalStatus(about.status)):
        raise DomainError("thread_not_open")
    return Author.STAFF if actor.kind is ActorKind.STAFF else Author.BORROWER


def _locked_thread(session: Session, about: Subject, now: datetime) -> Thread:
    """The subject's one thread, made by who writes first; whoever writes next waits here."""
    is_proposal = isinstance(about, Proposal)
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(
        insert(Thread)
        .values(
            public_id=about.public_id,
            borrower_id=about.borrower_id,
            loan_id=about.loan_id,
            proposal_id=about.id if is_proposal else None,
            case_id=None if is_proposal else about.id,
            made_at=now,
            last_number=0,
            last_from_borrower=0,
            last_from_staff=0,
            read_by_borrower=0,
            told_borrower=0,
            read_by_staff=0,
        )
        .on_conflict_do_nothing(index_elements=["proposal_id" if is_proposal else "case_id"])
    )
    thread = find_thread(session, about)
    assert thread is not None
    session.refresh(thread, with_for_update=True)
    return thread


def _message_of_form(
    session: Session, actor: Actor, thread: Thread, author: Author, form_key: str
) -> Message | None:
    """This author's message with this key; somebody else's, or one of another thread, tells nothing."""
    message = session.scalar(
        select(Message).where(Message.public_id == form_key).execution_options(populate_existing=True)
    )
    if message is None:
        return None
    is_own = message.author == author and message.staff_id == actor.staff_id
    if message.thread_id != thread.id or not is_own:
        raise DomainError("form_sent_already")
    return message


def _same_message(message: Message, written: WrittenMessage) -> Message:
    if (message.body, message.kind) != (visible(written.body).strip(), written.kind):
        raise DomainError("form_sent_already")
    return message


def _files_of(session: Session, message: Message | None) -> int:
    if message is None:
        return 0
    return session.scalars(select(func.count()).where(Attachment.message_id == message.id)).one()


def _body_of(written: WrittenMessage, *, has_files: bool) -> str:
    """The words; a file may go without any."""
    if has_files and not visible(written.body).strip():
        return ""
    return clean_text(written.body, field="body", most=MOST_CHARACTERS)


def _add(
    session: Session, actor: Actor, thread: Thread, author: Author, form_key: str, now: datetime
) -> Message:
    message = Message(
        public_id=form_key if re.fullmatch(r"[0-9a-f]{32}", form_key) else new_public_id(),
        thread_id=thread.id,
        author=author.value,
        staff_id=actor.staff_id,
        kind=MessageKind.MESSAGE.value,
        body="",
        written_at=now,
    )
    session.add(message)
    return message


def _number(thread: Thread, message: Message, author: Author, now: datetime, *, is_answer: bool) -> None:
    """The next number of the thread, whose row is locked."""
    thread.last_number += 1
    message.number, message.sent_at = thread.last_number, now
    if author is Author.STAFF:
        thread.last_from_staff = thread.last_number
        if is_answer:
            thread.read_by_staff, thread.waits_since = thread.last_number, None
    else:
        thread.last_from_borrower = thread.last_number
        thread.waits_since = thread.waits_since or now


def _restart_limitation(session: Session, actor: Actor, thread: Thread, now: datetime) -> None:
    assert thread.loan_id is not None
    record_interruption(
        session,
        actor,
        borrower_id=thread.borrower_id,
        loan_id=thread.loan_id,
        proposal_id=thread.proposal_id,
        cause=Cause.REQUEST_FOR_TIME.value,
        now=now,
    )


def _role(actor: Actor) -> str | None:
    """The role that the borrower reads: the one that goes furthest of those that write."""
    return next((role.value for role in _SPEAKS_AS if role in actor.roles), None)


def record_in_thread(
    session: Session, actor: Actor, thread: Thread, name: str, *, now: datetime, **fields: object
) -> None:
    """An event of a thread: about whatever the thread is about."""
    record(
        session,
        actor,
        name,
        now=now,
        borrower_id=thread.borrower_id,
        loan_id=thread.loan_id,
        proposal_id=thread.proposal_id,
        **fields,
    )
