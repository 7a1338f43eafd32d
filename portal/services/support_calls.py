"""A support call: opened with a number that leads to nobody's page, what is said first, how it goes on and how it ends.

Whatever is done in one begins with ``on_support_call``: it reads the call anew, with ``now``, and gives an actor whose every event says
which call it belongs to.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.call_outcomes import CallResult, Statement
from portal.domain.contact_guard import Verdict, ask_guard
from portal.domain.contact_packs import DEFAULT_PACK, pack_on
from portal.domain.contact_requests import ContactRequest
from portal.domain.contact_wishes import Channel
from portal.domain.errors import AccessRefused, Conflict, DomainError, NotFound
from portal.domain.masking import last_four
from portal.domain.one_time_codes import keyed_hash
from portal.domain.permissions import SYSTEM, Actor, ActorKind, OnCall, Permission, require
from portal.domain.support_calls import LASTS, PURPOSES, Direction, EndedBy, Level, Reason, SupportPage
from portal.models import Borrower, Contact, SupportCall
from portal.queries.contacts import SUPPORT_PURPOSE, contact_facts
from portal.queries.support_calls import (
    Sought,
    find_sought,
    find_support_call,
    is_agent,
    is_related_to,
    who_share,
)
from portal.services.call_list import lock_borrower
from portal.services.rate_limits import Limit, count_tries
from portal.services.record import record
from portal.services.references import new_public_id

SCRIPT: Final = "support_script@2026-01"
"""The statements of rule C14 as the page words them."""
TOO_MANY_SEARCHES: Final = "too_many_searches"
_FOUND: Final = frozenset({"related_case", "no_call_now", "contact_not_allowed", "support_call_open"})
"""Refusals that come after somebody was looked for."""
_BY_SOMEBODY: Final = {EndedBy.AGENT, EndedBy.BORROWER}
"""Ends that somebody wanted; the others come by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWish:
    """What an agent starts a call with; ``typed`` is what the caller read out, empty where they know no number."""

    typed: str
    direction: Direction
    reason: Reason


@dataclass(frozen=True, slots=True)
class OnSupportCall:
    """A call that runs, and who acts in it: every event of this actor carries agent, call and reason."""

    call: SupportCall
    actor: Actor

    @property
    def borrower_id(self) -> int:
        """Whose situation it is about, from the level ``proven`` on."""
        assert self.call.borrower_id is not None
        return self.call.borrower_id


def open_support_call(
    session: Session, actor: Actor, *, wish: CallWish, key: str, now: datetime
) -> SupportCall:
    """Start a call; the answer is the same whether the number leads to somebody or not. The look-up was counted (``count_search``) before.
    ``now`` in the lender's zone.

    Raises:
        AccessRefused: ``permission_missing``, ``related_case`` (the agent themselves, or somebody close).
        DomainError: for a call that goes out what the contact guard says: ``contact_not_allowed`` with the rule where it would say so
            about any number, ``no_call_now`` where that follows from whom the number leads to, which the agent may not know yet.
        Conflict: ``support_call_open`` (one at a time).

    """
    require(actor, Permission.SUPPORT_CALL)
    assert actor.id is not None
    end_lapsed_support_calls(session, now=now)
    sought = find_sought(session, wish.typed)
    if sought.borrower is not None and is_related_to(
        session, staff_id=actor.id, borrower_id=sought.borrower.id
    ):
        raise AccessRefused("related_case", rule="P18")
    contact = _contact(session, actor, wish, sought, key, now)
    call = SupportCall(
        public_id=new_public_id(),
        staff_id=actor.id,
        direction=wish.direction.value,
        reason=wish.reason.value,
        sought_by=sought.by.value,
        sought_borrower_id=sought.borrower.id if sought.borrower else None,
        contact_id=contact.id,
        opened_at=now,
        expires_at=now + LASTS,
    )
    try:
        with session.begin_nested():
            session.add(call)
    except IntegrityError as error:
        raise Conflict("support_call_open") from error
    record_on_call(
        session,
        actor,
        call,
        "support:opened",
        now=now,
        direction=call.direction,
        by=call.sought_by,
        contact_id=contact.id,
    )
    return call


def on_support_call(
    session: Session,
    actor: Actor,
    *,
    public_id: str,
    now: datetime,
    least: Level = Level.NONE,
    is_locked: bool = False,
) -> OnSupportCall:
    """The agent's own call as it is now, with an actor for what is done in it. ``is_locked`` for whatever changes something.

    From ``proven`` on the three statements of rule C14 are wanted too, for what follows may name a sum.

    Raises:
        AccessRefused: ``permission_missing`` (also where the account or the role went a moment ago), ``support_not_allowed`` (the
            borrower has not allowed so much), ``related_case``.
        NotFound: ``support_not_your_call``: a colleague's, and nobody's.
        Conflict: ``support_call_over``.
        DomainError: ``statement_missing`` (C14).

    """
    require(actor, Permission.SUPPORT_CALL)
    if actor.id is None or not is_agent(session, actor.id):
        raise AccessRefused("permission_missing", permission=Permission.SUPPORT_CALL.value)
    call = find_support_call(session, public_id, is_locked=is_locked)
    if call is None or call.staff_id != actor.id:
        raise not_your_call()
    if not call.is_on(now):
        raise Conflict("support_call_over", rule="D04")
    if not Level(call.level).reaches(least):
        raise AccessRefused("support_not_allowed", rule="D04", least=least.value)
    if least is not Level.NONE and not call.is_explained:
        raise DomainError("statement_missing", field="statements", rule="C14")
    if call.borrower_id and is_related_to(session, staff_id=actor.id, borrower_id=call.borrower_id):
        raise AccessRefused("related_case", rule="P18")
    return OnSupportCall(call, actor_on(actor, call))


def say_in_support_call(
    session: Session, on: OnSupportCall, *, statements: Collection[Statement], now: datetime
) -> None:
    """Note what was said (rule C14); each once. Raises ``statement_missing`` where nothing is ticked."""
    if not statements:
        raise DomainError("statement_missing", field="statements", rule="C14")
    for statement in Statement:
        column = f"{statement.value}_said_at"
        if statement not in statements or getattr(on.call, column) is not None:
            continue
        setattr(on.call, column, now)
        record_on_call(session, on.actor, on.call, "support:said", now=now, statement=statement.value)
    session.flush()


def look_in_support_call(
    session: Session, on: OnSupportCall, *, page: SupportPage, now: datetime, loan_id: int | None = None
) -> None:
    """The agent looks at one of the borrower's pages."""
    record_on_call(session, on.actor, on.call, "support:looked_at", now=now, loan_id=loan_id, page=page.value)


def extend_support_call(session: Session, on: OnSupportCall, *, now: datetime) -> datetime:
    """Twenty minutes more, once; until when. Raises ``Conflict("support_extended_already")`` the second time."""
    until = session.scalar(
        update(SupportCall)
        .where(
            SupportCall.id == on.call.id,
            SupportCall.extended_at.is_(None),
            SupportCall.ended_at.is_(None),
            SupportCall.expires_at > now,
        )
        .values(extended_at=now, expires_at=on.call.expires_at + LASTS)
        .returning(SupportCall.expires_at)
        .execution_options(synchronize_session=False)
    )
    if until is None:
        raise Conflict("support_extended_already", rule="D04")
    session.refresh(on.call)
    record_on_call(session, on.actor, on.call, "support:extended", now=now, until=until.isoformat())
    return until


def end_support_call(
    session: Session, actor: Actor, *, call: SupportCall, by: EndedBy, now: datetime
) -> bool:
    """End it, whoever does; False where it had ended. What the clock ended, ended when its time was over."""
    at = min(now, call.expires_at)
    ended = session.scalar(
        update(SupportCall)
        .where(SupportCall.id == call.id, SupportCall.ended_at.is_(None))
        .values(ended_at=at, ended_by=(by if at == now else EndedBy.CLOCK).value)
        .returning(SupportCall.ended_by)
        .execution_options(synchronize_session=False)
    )
    if ended is None:
        return False
    session.refresh(call)
    note_result(session, call, CallResult.NOT_NOTED, only_from=CallResult.DIALLING)
    who = actor if ended in _BY_SOMEBODY else SYSTEM
    record_on_call(session, who, call, "support:ended", now=now, ended_by=ended)
    return True


def note_result(
    session: Session, call: SupportCall, result: CallResult, *, only_from: CallResult | None = None
) -> None:
    """What became of a call that went out (rules C03, C04); who calls in is on the line already."""
    contact = session.get_one(Contact, call.contact_id)
    if contact.direction == Direction.OUT and only_from in {None, contact.result}:
        contact.result = result.value


def end_lapsed_support_calls(session: Session, *, now: datetime) -> int:
    """End what is over by the clock, or whose agent is one no more; how many."""
    wanted = select(SupportCall).where(SupportCall.ended_at.is_(None)).order_by(SupportCall.id)
    found = session.scalars(wanted).all()
    over = [(call, _why_over(session, call, now)) for call in found]
    return sum(end_support_call(session, SYSTEM, call=call, by=by, now=now) for call, by in over if by)


def has_lapsed_support_calls(session: Session, *, now: datetime) -> bool:
    found = session.scalars(select(SupportCall).where(SupportCall.ended_at.is_(None))).all()
    return any(_why_over(session, call, now) for call in found)


def end_support_calls_of(session: Session, staff_id: int, *, by: EndedBy, now: datetime) -> int:
    """An agent goes: signed out, disabled, or without the role."""
    found = session.scalars(
        select(SupportCall).where(SupportCall.staff_id == staff_id, SupportCall.ended_at.is_(None))
    ).all()
    return sum(end_support_call(session, SYSTEM, call=call, by=by, now=now) for call in found)


def record_refused_act(
    session: Session, actor: Actor, *, public_id: str, act: str, code: str, now: datetime
) -> None:
    """An agent was refused in a call, a colleague's or one that is over included: the borrower reads of it. After the rollback."""
    call = find_support_call(session, public_id)
    if call is None:
        record(session, actor, "support:act_refused", now=now, act=act, code=code)
        return
    record_on_call(session, actor, call, "support:act_refused", now=now, act=act, code=code)


def record_refused_start(session: Session, actor: Actor, *, typed: str, code: str, now: datetime) -> None:
    """A call that did not begin: where it was refused for whom the number leads to, they read of it. After the rollback.

    Nothing where no more may be looked for, of which ``count_search`` tells.
    """
    if code == TOO_MANY_SEARCHES:
        return
    borrower = find_sought(session, typed).borrower if code in _FOUND else None
    record(
        session,
        actor,
        "support:act_refused",
        now=now,
        borrower_id=borrower.id if borrower else None,
        act="start",
        code=code,
    )


def not_your_call() -> NotFound:
    """Of a colleague's call, and of nobody's: nothing tells one from the other."""
    return NotFound("support_not_your_call", rule="D04")


def actor_on(actor: Actor, call: SupportCall) -> Actor:
    """The same actor, whose events name the call. The agent is the call's own, but where another member of staff tries to act in it."""
    agent_id = actor.id if actor.kind is ActorKind.STAFF and actor.id is not None else call.staff_id
    return replace(actor, on_call=OnCall(call.id, agent_id, call.reason))


def record_on_call(
    session: Session,
    actor: Actor,
    call: SupportCall,
    name: str,
    *,
    now: datetime,
    loan_id: int | None = None,
    proposal_id: int | None = None,
    **fields: object,
) -> None:
    """An event of a call: about whoever entered its number, before that about whom the number that was read out leads to."""
    record(
        session,
        actor_on(actor, call),
        name,
        now=now,
        borrower_id=call.borrower_id or call.sought_borrower_id,
        loan_id=loan_id,
        proposal_id=proposal_id,
        **fields,
    )


def _why_over(session: Session, call: SupportCall, now: datetime) -> EndedBy | None:
    if call.expires_at <= now:
        return EndedBy.CLOCK
    return None if is_agent(session, call.staff_id) else EndedBy.ROLE_REMOVED


def count_search(session: Session, actor: Actor, *, now: datetime) -> None:
    """Before somebody is looked for, and outside what a refusal takes back. Raises ``too_many_searches`` with ``again_at``; the first
    one goes on record.
    """
    require(actor, Permission.SUPPORT_CALL)
    limits = (
        Limit(f"support:search:hour:{actor.id}", 40, timedelta(hours=1)),
        Limit(f"support:search:day:{actor.id}", 200, timedelta(hours=24)),
    )
    full = count_tries(session, limits, now=now)
    if full is None:
        return
    if full.is_first:
        record(session, actor, "support:act_refused", now=now, act="start", code=TOO_MANY_SEARCHES)
    raise DomainError(TOO_MANY_SEARCHES, again_at=full.again_at.isoformat())


def _contact(
    session: Session, actor: Actor, wish: CallWish, sought: Sought, key: str, now: datetime
) -> Contact:
    """On record before anything is said; a call that goes out passes the guard first (rules C01 to C11, C15), and is a dial that nobody
    has answered yet: of the mobile that was typed, whoever has it.
    """
    borrower: Borrower | None = sought.borrower
    is_dial = wish.direction is Direction.OUT
    mobile = borrower.mobile if borrower else sought.mobile if is_dial else None
    number = keyed_hash(mobile, key, purpose="number") if mobile else ""
    pack = pack_on(DEFAULT_PACK, now.date())
    decision = f"calls that come in are not asked about ({pack.version})"
    if is_dial:
        _ask_guard(session, wish, sought, number, now)
        decision = f"let through: no rule says no ({pack.version})"
    contact = Contact(
        borrower_id=borrower.id if borrower else None,
        purpose=SUPPORT_PURPOSE,
        channel=Channel.PHONE.value,
        direction=wish.direction.value,
        number_hash=number,
        number_last4=last_four(mobile) if mobile else "",
        template_version=SCRIPT,
        rule_decision=decision,
        result=(CallResult.DIALLING if is_dial else CallResult.ANSWERED).value,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        at=now,
    )
    session.add(contact)
    session.flush()
    return contact


def _ask_guard(session: Session, wish: CallWish, sought: Sought, number: str, now: datetime) -> None:
    """About the number, and about everybody whom the call may reach; one refusal is enough."""
    reached = [sought.borrower.id] if sought.borrower else []
    if sought.mobile is not None:
        reached = list(who_share(session, sought.mobile))
    if reached:
        lock_borrower(session, reached[0])
    of_anybody = _verdict(session, wish, None, "", now)
    if not of_anybody.is_allowed:
        raise DomainError(
            "contact_not_allowed", rule=of_anybody.rule, field="direction", which=of_anybody.rule
        )
    for borrower_id in reached or (None,):  # what is known of the number alone is known of whoever has it
        if not _verdict(session, wish, borrower_id, number, now).is_allowed:
            raise DomainError("no_call_now", field="direction")


def _verdict(
    session: Session, wish: CallWish, borrower_id: int | None, number: str, now: datetime
) -> Verdict:
    facts = contact_facts(session, borrower_id=borrower_id, loan_id=None, number=number, now=now)
    request = ContactRequest(
        at=now, channel=Channel.PHONE, purpose=PURPOSES[wish.direction], number=number, debt=0
    )
    return ask_guard(request, facts, pack_on(DEFAULT_PACK, now.date()))
