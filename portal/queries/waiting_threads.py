"""Threads in which a borrower waits for an answer, the longest first; by keyset, never by counting pages."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import literal, select, tuple_
from sqlalchemy.orm import Session

from portal.models import Proposal, ServiceCase, StaffRelation, Thread

PAGE = 50
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class WaitingKey:
    """A place in the list: after the thread that waits since then."""

    since: datetime
    thread_id: int

    def __str__(self) -> str:
        return f"{(self.since - _EPOCH) // timedelta(microseconds=1)}-{self.thread_id}"

    @classmethod
    def parse(cls, text: str | None) -> "WaitingKey | None":
        """What ``str`` gave; None for anything else."""
        micros, _, number = (text or "").partition("-")
        is_key = micros.isascii() and micros.isdigit() and number.isascii() and number.isdigit()
        if not is_key or len(micros) > 17 or len(number) > 18:
            return None
        return cls(_EPOCH + timedelta(microseconds=int(micros)), int(number))


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One of them; nothing of the person, nothing of what was written."""

    public_id: str
    reference: str
    case_kind: str | None
    """None for a plan's."""
    since: datetime
    is_unread: bool


@dataclass(frozen=True, slots=True)
class WaitingPage:
    rows: Sequence[WaitingRow]
    after: WaitingKey | None


def waiting_page(
    session: Session, staff_id: int, *, after: WaitingKey | None = None, size: int = PAGE
) -> WaitingPage:
    """A page of those that wait. Left out: one's own and those of people close (rule P18), and complaints about oneself."""
    related = select(StaffRelation.borrower_id).where(StaffRelation.staff_member_id == staff_id)
    statement = (
        select(Thread, Proposal.reference, ServiceCase.reference, ServiceCase.kind)
        .outerjoin(Proposal, Proposal.id == Thread.proposal_id)
        .outerjoin(ServiceCase, ServiceCase.id == Thread.case_id)
        .where(
            Thread.waits_since.is_not(None),
            Thread.borrower_id.not_in(related),
            ServiceCase.about_staff_id.is_distinct_from(staff_id),
        )
        .order_by(Thread.waits_since, Thread.id)
        .limit(size + 1)
    )
    if after is not None:
        bound = tuple_(literal(after.since, Thread.waits_since.type), literal(after.thread_id))
        statement = statement.where(tuple_(Thread.waits_since, Thread.id) > bound)
    found = session.execute(statement).all()
    rows = [_row(*row) for row in found[:size]]
    return WaitingPage(rows, _key_of(found[size - 1][0]) if len(found) > size else None)


def _row(thread: Thread, of_plan: str | None, of_case: str | None, case_kind: str | None) -> WaitingRow:
    return WaitingRow(
        public_id=thread.public_id,
        reference=of_plan or of_case or "",
        case_kind=case_kind,
        since=_key_of(thread).since,
        is_unread=thread.last_from_borrower > thread.read_by_staff,
    )


def _key_of(thread: Thread) -> WaitingKey:
    assert thread.waits_since is not None
    return WaitingKey(thread.waits_since, thread.id)


def waiting_among(session: Session, proposal_ids: Collection[int]) -> frozenset[int]:
    """Which of these proposals have a message that waits for an answer."""
    found = session.scalars(
        select(Thread.proposal_id).where(
            Thread.proposal_id.in_(proposal_ids), Thread.waits_since.is_not(None)
        )
    )
    return frozenset(id_ for id_ in found if id_ is not None)
