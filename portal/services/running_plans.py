"""What becomes of a plan in force: missed, made good, broken, completed, or replaced by a changed one."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.holds import HoldKind
from portal.domain.occasions import Occasion
from portal.domain.permissions import Actor
from portal.domain.plan_changes import refuse_change
from portal.domain.plan_course import BY_THE_BOOK, acts_due, pause_ends, reminder_due
from portal.domain.plan_progress import PlanProgress
from portal.domain.proposals import OPEN_STATUSES, Act, ProposalStatus, Who
from portal.domain.stage_packs import StagePack
from portal.models import DelinquencyPause, Loan, Proposal
from portal.queries.running_plans import RunningPlan, watched_plans
from portal.services.collection_messages import AskedMessage, ask_for_messages
from portal.services.holds import end_hold
from portal.services.moves import end_values, move_proposal
from portal.services.record import record


def miss_plan(
    session: Session, actor: Actor, *, proposal: Proposal, progress: PlanProgress, now: datetime
) -> None:
    """A payment is out on the day after its date. Nobody collects while it may still be made good."""
    move_proposal(session, proposal, Act.MISS, Who.CLOCK)
    _record(session, actor, proposal, "plan:missed", now=now, **_first_late(progress))


def pay_plan(session: Session, actor: Actor, *, proposal: Proposal, now: datetime) -> None:
    """What was out is there: the plan goes on as if it had been on time."""
    move_proposal(session, proposal, Act.PAY, Who.BOOK)
    _record(session, actor, proposal, "plan:cured", now=now)


def break_plan(
    session: Session, actor: Actor, *, proposal: Proposal, progress: PlanProgress, now: datetime
) -> None:
    """The time to make it good is over: days count again from the day after it, and contact may resume."""
    move_proposal(session, proposal, Act.BREAK, Who.CLOCK, ended_at=now)
    _record(session, actor, proposal, "plan:broken", now=now, **_first_late(progress))
    _release(session, actor, proposal, reason="broken", ends_on=pause_ends(progress), now=now)
    _tell(session, actor, proposal, Occasion.PLAN_BROKEN, on=progress.on, now=now)


def complete_plan(
    session: Session, actor: Actor, *, proposal: Proposal, progress: PlanProgress, now: datetime
) -> None:
    """Every payment of it is there."""
    move_proposal(session, proposal, Act.COMPLETE, Who.BOOK, **end_values(now))
    _record(session, actor, proposal, "plan:completed", now=now)
    _release(session, actor, proposal, reason="completed", ends_on=progress.on, now=now)
    _tell(session, actor, proposal, Occasion.PLAN_COMPLETED, on=progress.on, now=now)


def remind_of_plans(
    session: Session,
    actor: Actor,
    *,
    plans: Sequence[RunningPlan],
    since: date,
    pack: StagePack,
    now: datetime,
) -> Counter[str]:
    """Ask for the messages that the day's plans call for: before a payment, and on the day after a missed one that the rules give."""
    asked = []
    for plan in plans:
        due = reminder_due(plan.progress, since=since, pack=pack)
        if due is not None:
            asked.append(_asked(plan.proposal, due[0], on=plan.progress.on, day=due[1].due_on))
    ask_for_messages(session, actor, asked, now=now)
    return Counter(f"asked:{each.occasion}" for each in asked)


def _tell(
    session: Session, actor: Actor, proposal: Proposal, occasion: Occasion, *, on: date, now: datetime
) -> None:
    ask_for_messages(session, actor, [_asked(proposal, occasion, on=on)], now=now)


def _asked(proposal: Proposal, occasion: Occasion, *, on: date, day: date | None = None) -> AskedMessage:
    fields = {"day": day.isoformat()} if day is not None and occasion is Occasion.PLAN_DUE_SOON else {}
    return AskedMessage(
        loan_id=proposal.loan_id,
        borrower_id=proposal.borrower_id,
        occasion=occasion,
        on=on,
        fields=fields,
    )


def follow_plan(
    session: Session,
    actor: Actor,
    *,
    proposal_id: int,
    on: date,
    now: datetime,
    only: Iterable[Act] = Act,
    is_book_trusted: bool = False,
) -> Sequence[Act]:
    """Take the plan to where its payments are on a day; the acts that this took. Doing it again takes none.

    ``only`` narrows it: an import brings money, and leaves it to the day to call a payment missed.
    """
    allowed = frozenset(only)
    _lock_loan(session, proposal_id)
    found = watched_plans(session, [proposal_id], on=on, is_book_trusted=is_book_trusted)
    done: list[Act] = []
    for plan in found:
        session.refresh(plan.proposal)
        for act in list(acts_due(plan.status, plan.progress)):
            if act not in allowed or (act is Act.BREAK and _waits_for_a_change(session, plan.proposal)):
                break
            _take(session, actor, plan, act, now=now)
            done.append(act)
    return done


def take_payments(
    session: Session, actor: Actor, *, loan_id: int, as_of: date, now: datetime
) -> Sequence[Act]:
    """After the book of the evening of ``as_of`` changed a loan: what came in makes its plan good, or completes it."""
    proposal_id = session.scalar(
        select(Proposal.id).where(
            Proposal.loan_id == loan_id, Proposal.status.in_([ProposalStatus.ACTIVE, ProposalStatus.MISSED])
        )
    )
    if proposal_id is None:
        return ()
    on = as_of + timedelta(days=1)
    return follow_plan(session, actor, proposal_id=proposal_id, on=on, now=now, only=BY_THE_BOOK)


def supersede_plan(session: Session, actor: Actor, *, by: Proposal, now: datetime) -> None:
    """Where ``by`` changes a plan, that one gives way to it, and leaves it hold and pause. In the transaction of the approval, and before
    ``by`` moves: there is one plan in force a loan.

    Raises ``Conflict("plan_not_in_force")`` where it has ended meanwhile.
    """
    if by.replaces_id is None:
        return
    old = session.get_one(Proposal, by.replaces_id, populate_existing=True)
    refuse_change(ProposalStatus(old.status))
    move_proposal(session, old, Act.SUPERSEDE, Who.CHANGE, **end_values(now))
    _record(session, actor, old, "plan:superseded", now=now, by=by.reference)


def _waits_for_a_change(session: Session, proposal: Proposal) -> bool:
    """A change was signed and is not decided yet: nothing breaks meanwhile."""
    signed = [status.value for status in OPEN_STATUSES if status is not ProposalStatus.DRAFT]
    return (
        session.scalar(
            select(Proposal.id).where(Proposal.replaces_id == proposal.id, Proposal.status.in_(signed))
        )
        is not None
    )


def _take(session: Session, actor: Actor, plan: RunningPlan, act: Act, *, now: datetime) -> None:
    proposal, progress = plan.proposal, plan.progress
    match act:
        case Act.MISS:
            miss_plan(session, actor, proposal=proposal, progress=progress, now=now)
        case Act.PAY:
            pay_plan(session, actor, proposal=proposal, now=now)
        case Act.BREAK:
            break_plan(session, actor, proposal=proposal, progress=progress, now=now)
        case Act.COMPLETE:
            complete_plan(session, actor, proposal=proposal, progress=progress, now=now)
        case _:
            raise AssertionError(act)


def _lock_loan(session: Session, proposal_id: int) -> None:
    """Imports, signatures and decisions on this loan wait, or are seen."""
    session.execute(
        select(Loan.id)
        .join(Proposal, Proposal.loan_id == Loan.id)
        .where(Proposal.id == proposal_id)
        .with_for_update(of=Loan)
    )


def _first_late(progress: PlanProgress) -> dict[str, str]:
    first = progress.late[0]
    return {"due_on": first.row.due_on.isoformat(), "cure_until": first.cure_until.isoformat()}


def _release(
    session: Session, actor: Actor, proposal: Proposal, *, reason: str, ends_on: date, now: datetime
) -> None:
    """The plan holds contact and days no longer."""
    loan_id = proposal.loan_id
    end_hold(session, actor, loan_id=loan_id, kind=HoldKind.PLAN_ACTIVE, reason=reason, now=now)
    session.execute(
        update(DelinquencyPause)
        .where(DelinquencyPause.loan_id == loan_id, DelinquencyPause.ends_on.is_(None))
        .values(ends_on=ends_on)
    )


def _record(
    session: Session, actor: Actor, proposal: Proposal, name: str, *, now: datetime, **fields: object
) -> None:
    record(
        session,
        actor,
        name,
        now=now,
        borrower_id=proposal.borrower_id,
        loan_id=proposal.loan_id,
        proposal_id=proposal.id,
        version_number=proposal.version_number,
        **fields,
    )
