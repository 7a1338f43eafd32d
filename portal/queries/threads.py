"""Threads and their messages: for the borrower through their owner, for staff in the order in which people wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission, require
from portal.models import (
    Attachment,
    Event,
    Message,
    Proposal,
    ServiceCase,
    StaffMember,
    StaffRelation,
    Thread,
)
from portal.models.base import UtcDateTime
from portal.queries.review_cases import get_submitted_proposal

PAGE = 20
Subject = Proposal | ServiceCase


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file as it stands under its message. ``is_there`` is false once it was erased."""

    id: int
    public_id: str
    name: str
    media_type: str
    size: int
    is_there: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """That a member of staff opened a file."""

    staff_number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message as both sides read it: staff by number and role."""

    number: int
    author: str
    staff_number: str | None
    staff_role: str | None
    kind: str
    body: str
    sent_at: datetime
    files: Sequence[FileLine]


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """Some messages, oldest first. ``before`` and ``after`` are the numbers to ask for next; None where there are no more."""

    lines: Sequence[MessageLine]
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A thread in a borrower's list."""

    thread: Thread
    proposal: Proposal | None
    case: ServiceCase | None
    last_at: datetime | None
    unread: int


def find_thread(session: Session, about: Subject) -> Thread | None:
    """The thread of a proposal or a case; None where nobody has written yet."""
    column = Thread.proposal_id if isinstance(about, Proposal) else Thread.case_id
    return session.scalar(select(Thread).where(column == about.id))


def is_waiting_for_us(session: Session, about: Subject, *, holds: bool = False) -> bool:
    """Whether something that the borrower wrote waits for an answer. ``holds``: nobody writes until the end of the transaction."""
    thread = find_thread(session, about)
    if thread is None:
        return False
    if holds:
        session.refresh(thread, with_for_update=True)
    return thread.waits_since is not None


def thread_page(
    session: Session, thread: Thread | None, *, before: int | None = None, size: int = PAGE
) -> ThreadPage:
    """The newest messages, or those before a number."""
    if thread is None:
        return ThreadPage(())
    statement = _lines(thread).order_by(Message.number.desc()).limit(size + 1)
    if before is not None:
        statement = statement.where(Message.number < before)
    rows = session.execute(statement).all()
    shown = list(reversed(rows[:size]))
    files = _files(session, [row.id for row in shown])
    lines = [_line(row, files) for row in shown]
    last = lines[-1].number if lines else 0
    return ThreadPage(
        lines,
        before=lines[0].number if len(rows) > size else None,
        after=last + size + 1 if before is not None and last < thread.last_number else None,
    )


def openings_of(session: Session, page: ThreadPage, borrower_id: int) -> Mapping[int, Sequence[Opening]]:
    """Who of the staff opened the files of a page, by file; each of them once, when last."""
    file_ids = [file.id for line in page.lines for file in line.files]
    if not file_ids:
        return {}
    file_id = Event.fields["attachment_id"].as_integer()
    last_at = func.max(Event.at, type_=UtcDateTime())
    rows = session.execute(
        select(file_id, StaffMember.number, last_at)
        .join(StaffMember, StaffMember.id == Event.actor_id)
        .where(
            Event.borrower_id == borrower_id,
            Event.name == "attachment:opened",
            Event.actor_kind == "staff",
            file_id.in_(file_ids),
        )
        .group_by(file_id, StaffMember.number)
        .order_by(last_at)
    )
    found: dict[int, list[Opening]] = {}
    for opened_id, number, at in rows:
        found.setdefault(opened_id, []).append(Opening(number, at))
    return found


def find_draft(session: Session, thread: Thread | None) -> Message | None:
    """What the borrower began to write here and did not send, the one touched last."""
    if thread is None:
        return None
    return session.scalar(
        select(Message)
        .where(Message.thread_id == thread.id, Message.number.is_(None), Message.author == "borrower")
        .order_by(Message.written_at.desc(), Message.id.desc())
        .limit(1)
    )


def find_message_draft(session: Session, thread: Thread | None, form_key: str) -> Message | None:
    """The draft of one form."""
    if thread is None:
        return None
    return session.scalar(
        select(Message).where(
            Message.thread_id == thread.id,
            Message.public_id == form_key,
            Message.number.is_(None),
            Message.author == "borrower",
        )
    )


def was_sent(session: Session, borrower_id: int, form_key: str) -> bool:
    """Whether the borrower's message of this form is on its way already."""
    return session.scalars(
        select(
            exists().where(
                Message.public_id == form_key,
                Message.number.is_not(None),
                Message.thread_id == Thread.id,
                Thread.borrower_id == borrower_id,
            )
        )
    ).one()


def files_of(session: Session, message: Message | None) -> Sequence[FileLine]:
    return _files(session, [message.id]).get(message.id, ()) if message is not None else ()


def threads_of(session: Session, borrower_id: int, *, most: int = 100) -> Sequence[ThreadRow]:
    """A borrower's threads in which something was said, unread ones first, then the newest."""
    newest = aliased(Message)
    unread = Thread.last_from_staff > Thread.read_by_borrower
    rows = session.execute(
        select(Thread, Proposal, ServiceCase, newest.sent_at)
        .join(newest, and_(newest.thread_id == Thread.id, newest.number == Thread.last_number))
        .outerjoin(Proposal, Proposal.id == Thread.proposal_id)
        .outerjoin(ServiceCase, ServiceCase.id == Thread.case_id)
        .where(Thread.borrower_id == borrower_id)
        .order_by(unread.desc(), newest.sent_at.desc(), Thread.id.desc())
        .limit(most)
    ).all()
    counts = _unread_counts(session, [row[0].id for row in rows])
    return [
        ThreadRow(thread, proposal, case, at, counts.get(thread.id, 0)) for thread, proposal, case, at in rows
    ]


def unread_of(session: Session, borrower_id: int) -> int:
    """How many of a borrower's threads hold something from staff that was not shown yet."""
    return session.scalars(
        select(func.count()).where(
            Thread.borrower_id == borrower_id, Thread.last_from_staff > Thread.read_by_borrower
        )
    ).one()


def get_subject(session: Session, public_id: str) -> Subject:
    """For staff: what is written about. A thread bears the address of its subject; drafts are nobody's business (``NotFound``)."""
    return _find_case(session, public_id) or get_submitted_proposal(session, public_id)


def get_answerable(session: Session, actor: Actor, public_id: str) -> Subject:
    """What a member of staff answers about. Who writes about no plans is refused before one is looked for, whether there is one or not."""
    case = _find_case(session, public_id)
    if case is None:
        require(actor, Permission.MESSAGE_WRITE)
    return case or get_submitted_proposal(session, public_id)


def _find_case(session: Session, public_id: str) -> ServiceCase | None:
    return session.scalar(select(ServiceCase).where(ServiceCase.public_id == public_id))


def get_attachment_of(session: Session, borrower_id: int, public_id: str) -> Attachment:
    """A borrower's own file; a stranger's raises the same ``NotFound`` as nobody's."""
    found = session.scalar(_attachment(public_id).where(Thread.borrower_id == borrower_id))
    if found is None:
        raise NotFound("not_found")
    return found


def get_sent_attachment(session: Session, public_id: str) -> Attachment:
    """A file that was sent, for staff."""
    found = session.scalar(_attachment(public_id).where(Message.number.is_not(None)))
    if found is None:
        raise NotFound("not_found")
    return found


def is_related(session: Session, staff_id: int, borrower_id: int) -> bool:
    """Whether the member of staff is the borrower, or close to them."""
    found = session.scalar(
        select(
            exists().where(
                StaffRelation.staff_member_id == staff_id, StaffRelation.borrower_id == borrower_id
            )
        )
    )
    return bool(found)


def _attachment(public_id: str) -> Select[Attachment]:
    return (
        select(Attachment)
        .join(Message, Message.id == Attachment.message_id)
        .join(Thread, Thread.id == Message.thread_id)
        .where(Attachment.public_id == public_id)
    )


def _lines(thread: Thread) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Message.id,
            Message.public_id,
            Message.number,
            Message.author,
            StaffMember.number.label("staff_number"),
            Message.staff_role,
            Message.kind,
            Message.data_key,
            Message.body_sealed,
            Message.sent_at,
        )
        .outerjoin(StaffMember, StaffMember.id == Message.staff_id)
        .where(Message.thread_id == thread.id, Message.number.is_not(None))
    )


def _line(row: Row[Any], files: dict[int, list[FileLine]]) -> MessageLine:
    return MessageLine(
        row.number,
        row.author,
        row.staff_number,
        row.staff_role,
        row.kind,
        Message.body.of(row, Message),
        row.sent_at,
        files.get(row.id, ()),
    )


def _files(session: Session, message_ids: Sequence[int]) -> dict[int, list[FileLine]]:
    found: dict[int, list[FileLine]] = {}
    rows = session.execute(
        select(
            Attachment.message_id,
            Attachment.id,
            Attachment.public_id,
            Attachment.data_key,
            Attachment.name_sealed,
            Attachment.media_type,
            Attachment.size,
            Attachment.erased_at,
        )
        .where(Attachment.message_id.in_(message_ids))
        .order_by(Attachment.id)
    )
    for row in rows:
        name = Attachment.name.of(row, Attachment)
        line = FileLine(row.id, row.public_id, name, row.media_type, row.size, row.erased_at is None)
        found.setdefault(row.message_id, []).append(line)
    return found


def _unread_counts(session: Session, thread_ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(Message.thread_id, func.count())
        .join(Thread, Thread.id == Message.thread_id)
        .where(
            Message.thread_id.in_(thread_ids),
            Message.author == "staff",
            Message.number > Thread.read_by_borrower,
        )
        .group_by(Message.thread_id)
    )
    return dict(rows.all())
