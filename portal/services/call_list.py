"""The list of whom to call: kept up by the day's run, leased to one caller at a time, a borrower never to two."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Table, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from portal.domain.call_outcomes import TaskKind
from portal.domain.claims import LEASE
from portal.domain.contact_guard import Verdict
from portal.domain.contact_stops import next_day
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.permissions import Actor, Permission, require
from portal.models import Borrower, Call, CallItem, LoanStanding, StaffMember
from portal.queries.absences import is_away
from portal.queries.call_candidates import COLUMNS, FIGURES, candidates, changed_candidates
from portal.queries.call_list import CallFilter, is_related, next_items
from portal.queries.placements import has_placed
from portal.queries.standings import Loans
from portal.services.bulk_rows import give_room
from portal.services.call_guard import ask_about_call
from portal.services.call_promises import is_promise_known
from portal.services.placements import refuse_unplaced
from portal.services.record import record

_TRIES: Final = 20
"""So many loans are asked about before one is told to try again: what was refused rests meanwhile, so that the next try goes on behind."""
SKIPPED_FOR: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Taken:
    """``item`` is None where nobody can be called: ``refused`` says why of the first, ``has_more`` that others wait behind it."""

    item: CallItem | None
    refused: Verdict | None = None
    has_more: bool = False


def list_for_calls(session: Session, loans: Loans, *, on: date) -> None:
    """Bring the list up to date for some loans, set by set: only what changed is written.

    What callers did with a loan stays; one that is no longer anybody's to call about goes, and what was promised is no reason to call any
    more. What was promised to the team is looked after by the agency that has the loan now, and the other way round.
    """
    give_room(session)
    table = CallItem.__table__
    assert isinstance(table, Table)
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    # Only what changed comes near the table: PostgreSQL locks, and so writes, every row that an upsert meets.
    adding = insert(table).from_select(COLUMNS, changed_candidates(loans, on=on))
    fresh = {name: getattr(adding.excluded, name) for name in FIGURES}
    connection = session.connection()
    connection.execute(adding.on_conflict_do_update(index_elements=["loan_id"], set_=fresh))
    # Not NOT IN: PostgreSQL reads all of its list for every row once that is more than its working memory holds.
    is_wanted = candidates(loans, on=on).where(LoanStanding.loan_id == table.c.loan_id).exists()
    connection.execute(
        update(table)
        .where(
            loans.holds(table.c.loan_id), or_(table.c.is_listed, table.c.promised_at.is_not(None)), ~is_wanted
        )
        .values(is_listed=False, promised_at=None, promised_kind=None)
    )


def count_listed(session: Session, loans: Loans) -> int:
    """How many of them are on the list."""
    listed = select(func.count()).where(loans.holds(CallItem.loan_id), CallItem.is_listed)
    return session.scalar(listed) or 0


def take_next_call(session: Session, actor: Actor, *, wanted: CallFilter, key: str, now: datetime) -> Taken:
    """Lease the next loan whose borrower may be called now. ``now`` in the borrowers' zone.

    Whoever holds one already gets that one. What the guard refuses rests until it would agree, at most until tomorrow.

    Raises:
        AccessRefused: ``permission_missing``.
        DomainError: ``staff_away``.

    """
    require(actor, Permission.CALL_MAKE)
    assert actor.id is not None
    if is_away(session, actor.id, now=now):
        raise DomainError("staff_away")
    # Two taps at once: the second waits here, and gets what the first took.
    session.execute(select(StaffMember.id).where(StaffMember.id == actor.id).with_for_update(key_share=True))
    held = _find_held(session, actor, now)
    if held is not None:
        return Taken(held)
    wanted = replace(wanted, staff_id=actor.id, is_agencys=actor.is_agencys)
    tried: list[int] = []
    first_refusal: Verdict | None = None
    while len(tried) < _TRIES:
        item = _find_free(session, wanted, tried)
        if item is None:
            return Taken(None, first_refusal)
        tried.append(item.loan_id)
        with session.begin_nested() as household:
            until, verdict = _rest_needed(session, actor, item, key, now)
            if verdict is not None and verdict.is_allowed:
                _lease(session, actor, item, now)
                return Taken(item)
            household.rollback()  # and its lock: who held several would wait for somebody who looks in another order
        first_refusal = first_refusal or verdict
        if until is not None:
            let_rest(session, item, until=until)
    return Taken(None, first_refusal, has_more=True)


def take_call(session: Session, actor: Actor, *, item: CallItem, now: datetime) -> datetime:
    """Lease the one loan that was chosen; until when. What the guard says of it is shown, not asked here.

    Raises:
        AccessRefused: ``permission_missing``, ``related_case``.
        DomainError: ``staff_away``.
        Conflict: ``not_on_list``, ``placement_over``, ``lease_held`` (details ``by``, ``until``), ``borrower_on_call``,
            ``lease_of_other_loan``.

    """
    require(actor, Permission.CALL_MAKE)
    assert actor.id is not None
    if is_away(session, actor.id, now=now):
        raise DomainError("staff_away")
    held = _find_held(session, actor, now)
    if held is not None and held.loan_id != item.loan_id:
        raise Conflict("lease_of_other_loan")
    if session.scalar(select(is_related(actor.id, item.borrower_id))):
        raise AccessRefused("related_case", rule="P18")
    refuse_unplaced(session, actor, loan_id=item.loan_id, now=now)
    if not item.is_listed and not actor.is_agencys:
        raise Conflict("not_on_list")
    _refuse_busy(session, actor, item, now)
    return _lease(session, actor, item, now)


def renew_lease(session: Session, actor: Actor, *, item: CallItem, now: datetime) -> datetime | None:
    """Keep one's live lease, and the call that runs under it, while the page is open; None where it is gone."""
    until = now + LEASE
    kept = session.scalar(
        update(CallItem)
        .where(CallItem.loan_id == item.loan_id, CallItem.leased_by == actor.id, CallItem.leased_until > now)
        .values(leased_until=until)
        .returning(CallItem.loan_id)
        .execution_options(synchronize_session=False)
    )
    if kept is None:
        return None
    session.execute(
        update(Call)
        .where(
            Call.loan_id == item.loan_id,
            Call.staff_id == actor.id,
            Call.ended_at.is_(None),
            Call.lapses_at > now,
        )
        .values(lapses_at=until)
        .execution_options(synchronize_session=False)
    )
    return until


def give_back(session: Session, actor: Actor, *, item: CallItem, reason: str, now: datetime) -> bool:
    """End one's lease without a call; False where there is none. A loan that was skipped rests for half an hour.

    ``reason``: skipped, signed_out. Raises ``Conflict("call_unfinished")`` while a call is open.
    """
    if _has_open_call(session, actor, item):
        raise Conflict("call_unfinished")
    rests = {"rests_until": now + SKIPPED_FOR} if reason == "skipped" else {}
    released = session.scalar(
        update(CallItem)
        .where(CallItem.loan_id == item.loan_id, CallItem.leased_by == actor.id)
        .values(leased_by=None, leased_until=None, **rests)
        .returning(CallItem.loan_id)
        .execution_options(synchronize_session=False)
    )
    if released is None:
        return False
    _record(session, actor, item, "call:given_back", now=now, reason=reason)
    return True


def give_all_back(session: Session, actor: Actor, *, now: datetime) -> None:
    """Signing out ends leases; a call that is open lapses by its own time."""
    for item in session.scalars(select(CallItem).where(CallItem.leased_by == actor.id)).all():
        if not _has_open_call(session, actor, item):
            give_back(session, actor, item=item, reason="signed_out", now=now)


def find_leased(session: Session, staff_id: int, *, now: datetime) -> CallItem | None:
    """The loan that this person holds."""
    return session.scalars(
        select(CallItem)
        .where(CallItem.leased_by == staff_id, CallItem.leased_until > now)
        .order_by(CallItem.leased_until.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _find_held(session: Session, actor: Actor, now: datetime) -> CallItem | None:
    """What this person holds; a loan that has left their agency is not held any more."""
    assert actor.id is not None
    held = find_leased(session, actor.id, now=now)
    if held is None or (actor.is_agencys and not has_placed(session, actor.id, held.loan_id, now=now)):
        return None
    return held


def let_rest(session: Session, item: CallItem, *, until: datetime) -> None:
    """The list passes this loan over until then."""
    session.execute(
        update(CallItem)
        .where(CallItem.loan_id == item.loan_id)
        .values(rests_until=until)
        .execution_options(synchronize_session=False)
    )
    session.expire(item)


def lock_borrower(session: Session, borrower_id: int) -> None:
    """Of two who would call one person, or one number that several share, the second waits here until the first is done.

    Always after the item's own lock; those who share a number always in the same order; nobody holds two households at once.
    """
    own = aliased(Borrower)
    shared = select(own.mobile_index).where(own.id == borrower_id).scalar_subquery()
    session.execute(
        select(Borrower.id)
        .where(or_(Borrower.id == borrower_id, Borrower.mobile_index == shared))
        .order_by(Borrower.id)
        .with_for_update(key_share=True)
    )


def _find_free(session: Session, wanted: CallFilter, tried: Sequence[int]) -> CallItem | None:
    for statement in next_items(wanted, but=tried):
        found: CallItem | None = session.scalar(statement)
        if found is not None:
            return found
    return None


def _rest_needed(
    session: Session, actor: Actor, item: CallItem, key: str, now: datetime
) -> tuple[datetime | None, Verdict | None]:
    """Until when the list passes this loan over, and what the guard says where it was asked.

    It is not asked where a promise to pay may have been kept, for the book has not reached its day, nor where somebody calls this borrower
    about another loan, which is over at any moment.
    """
    if item.promised_kind == TaskKind.PROMISE and not is_promise_known(session, item=item, now=now):
        return next_day(now), None
    try:
        _refuse_busy(session, actor, item, now)
    except Conflict:
        return None, None
    verdict = ask_about_call(session, item, key=key, at=now, now=now).verdict
    return (None if verdict.is_allowed else rests_after(verdict, now)), verdict


def _refuse_busy(session: Session, actor: Actor, item: CallItem, now: datetime) -> None:
    lock_borrower(session, item.borrower_id)
    holder = session.execute(
        select(StaffMember.number, CallItem.leased_until, CallItem.loan_id)
        .join(StaffMember, StaffMember.id == CallItem.leased_by)
        .where(
            CallItem.borrower_id == item.borrower_id,
            CallItem.leased_until > now,
            CallItem.leased_by != actor.id,
        )
        .limit(1)
    ).one_or_none()
    if holder is not None and holder.loan_id == item.loan_id:
        raise Conflict("lease_held", by=holder.number, until=holder.leased_until.isoformat())
    on_call = exists().where(
        Call.borrower_id == item.borrower_id,
        Call.ended_at.is_(None),
        Call.lapses_at > now,
        Call.staff_id != actor.id,
    )
    if holder is not None or session.scalar(select(on_call)):
        raise Conflict("borrower_on_call")


def _lease(session: Session, actor: Actor, item: CallItem, now: datetime) -> datetime:
    """Compare and set: raises ``Conflict("lease_held")`` where somebody was first."""
    until = now + LEASE
    is_free = or_(CallItem.leased_by.is_(None), CallItem.leased_until <= now, CallItem.leased_by == actor.id)
    leased = session.scalar(
        update(CallItem)
        .where(CallItem.loan_id == item.loan_id, is_free)
        .values(leased_by=actor.id, leased_until=until)
        .returning(CallItem.loan_id)
        .execution_options(synchronize_session=False)
    )
    if leased is None:
        raise Conflict("lease_held", by="", until="")
    session.expire(item)
    _record(session, actor, item, "call:taken", now=now, until=until.isoformat())
    return until


def rests_after(verdict: Verdict, now: datetime) -> datetime:
    """When to ask again: when the guard would agree, and tomorrow at the latest, for a hold may end and a wish may change."""
    tomorrow = next_day(now)
    return min(verdict.opens_at or tomorrow, tomorrow)


def _has_open_call(session: Session, actor: Actor, item: CallItem) -> bool:
    is_open = exists().where(Call.loan_id == item.loan_id, Call.staff_id == actor.id, Call.ended_at.is_(None))
    return bool(session.scalar(select(is_open)))


def _record(
    session: Session, actor: Actor, item: CallItem, name: str, *, now: datetime, **fields: object
) -> None:
    record(
        session,
        actor,
        name,
        now=now,
        borrower_id=item.borrower_id,
        loan_id=item.loan_id,
        proposal_id=None,
        **fields,
    )
