"""Changing the policy takes two: one drafts, replays and proposes, somebody else decides (rule P18)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError, NotFound
from portal.domain.free_text import visible
from portal.domain.permissions import Actor, Permission, require
from portal.domain.policy_limits import Value, body_of, differences, refuse_unsound_body, values_of
from portal.domain.policy_versions import (
    MOST_WHY,
    PolicyAct,
    PolicyState,
    policy_digest,
    refuse_policy_act,
)
from portal.models import PolicyReplay, PolicyTrial, PolicyVersion, StaffMember
from portal.queries.policy_versions import (
    find_untouched_draft,
    newest_approved,
    replay_of_body,
    running_trial,
)
from portal.services.record import record

MOST_SHARE: Final = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPolicy:
    """What was typed into a draft. ``values`` by the names of `policy_limits`; ``share_pct`` None for all loans at once."""

    values: Mapping[str, Value]
    effective_on: date
    share_pct: int | None
    why: str


def draft_to_write_on(session: Session, actor: Actor, *, today: date, now: datetime) -> PolicyVersion:
    """A draft of one's own that nobody has written on yet, or a new one: a click, or two at once, make no second one."""
    require(actor, Permission.POLICY_DRAFT)
    assert actor.id is not None
    session.execute(select(StaffMember.id).where(StaffMember.id == actor.id).with_for_update(key_share=True))
    return find_untouched_draft(session, actor.id) or begin_draft(session, actor, today=today, now=now)


def begin_draft(session: Session, actor: Actor, *, today: date, now: datetime) -> PolicyVersion:
    """A draft that says what the newest version says, to be written on."""
    require(actor, Permission.POLICY_DRAFT)
    newest = newest_approved(session)
    draft = PolicyVersion(
        version=_next_name(session, today),
        state=PolicyState.DRAFT.value,
        effective_on=max(today, newest.effective_on),
        body=body_of(values_of(newest.body), base=newest.body),
        follows_id=newest.id,
        drafted_by=actor.id,
        made_at=now,
    )
    _flush_new(session, draft)
    record(
        session,
        actor,
        "policy:drafted",
        now=now,
        policy_version=draft.version,
        follows=newest.version,
        body_digest=policy_digest(draft.body),
    )
    return draft


def write_draft(
    session: Session,
    actor: Actor,
    *,
    policy_id: int,
    seen: int,
    written: WrittenPolicy,
    today: date,
    now: datetime,
) -> PolicyVersion:
    """Keep what was typed; the draft follows the newest version from here on. ``seen``: the row version on the page.

    Raises:
        PolicyFaultsError: with each limit that cannot stand.
        DomainError: ``policy_date_past``, ``policy_date_before_last``, ``policy_share_out_of_range``, ``text_too_long``.
        Conflict, AccessRefused: as ``refuse_policy_act``; ``policy_changed_meanwhile``.

    """
    draft = _open(session, actor, PolicyAct.WRITE, policy_id=policy_id, seen=seen)
    newest = newest_approved(session)
    body = body_of(written.values, base=newest.body)
    _refuse_frame(written, newest, today)
    draft.body, draft.follows_id = body, newest.id
    draft.effective_on, draft.share_pct = written.effective_on, written.share_pct
    draft.why = short_words(written.why, field="why")
    draft.row_version += 1
    session.flush()
    record(
        session,
        actor,
        "policy:written",
        now=now,
        policy_version=draft.version,
        body_digest=policy_digest(body),
    )
    return draft


def propose_policy(
    session: Session, actor: Actor, *, policy_id: int, seen: int, today: date, now: datetime
) -> PolicyVersion:
    """From here on nobody changes what it says; somebody else decides.

    Raises ``policy_changes_nothing``, ``policy_why_missing``, ``policy_date_past``, and ``Conflict``: ``policy_not_replayed``,
    ``policy_out_of_date``, and as ``write_draft``.
    """
    draft = _open(session, actor, PolicyAct.PROPOSE, policy_id=policy_id, seen=seen)
    newest = newest_approved(session)
    if not differences(newest.body, draft.body):
        raise DomainError("policy_changes_nothing")
    if not draft.why:
        raise DomainError("policy_why_missing", field="why")
    if draft.effective_on < today:
        raise DomainError("policy_date_past", field="effective_on")
    _refuse_unreplayed(session, draft, newest)
    _move(draft, PolicyState.PROPOSED)
    draft.proposed_at = now
    session.flush()
    record(
        session,
        actor,
        "policy:proposed",
        now=now,
        policy_version=draft.version,
        body_digest=policy_digest(draft.body),
        effective_on=draft.effective_on.isoformat(),
        share_pct=draft.share_pct,
    )
    return draft


def take_policy_back(session: Session, actor: Actor, *, policy_id: int, seen: int, now: datetime) -> None:
    """The drafter writes on."""
    policy = _open(session, actor, PolicyAct.TAKE_BACK, policy_id=policy_id, seen=seen)
    _move(policy, PolicyState.DRAFT)
    policy.proposed_at = None
    session.flush()
    record(session, actor, "policy:taken_back", now=now, policy_version=policy.version)


def withdraw_policy(session: Session, actor: Actor, *, policy_id: int, seen: int, now: datetime) -> None:
    """The drafter gives it up; it stays to be read."""
    policy = _open(session, actor, PolicyAct.WITHDRAW, policy_id=policy_id, seen=seen)
    _move(policy, PolicyState.WITHDRAWN)
    session.flush()
    record(session, actor, "policy:withdrawn", now=now, policy_version=policy.version)


def refuse_policy(
    session: Session, actor: Actor, *, policy_id: int, seen: int, note: str, now: datetime
) -> None:
    """Somebody else says no. Raises ``policy_note_missing``, and as ``approve_policy``."""
    policy = _open(session, actor, PolicyAct.REFUSE, policy_id=policy_id, seen=seen)
    if not note.strip():
        raise DomainError("policy_note_missing", field="note")
    _decide(policy, actor, PolicyState.REFUSED, note, now)
    session.flush()
    record(
        session,
        actor,
        "policy:refused",
        now=now,
        policy_version=policy.version,
        body_digest=policy_digest(policy.body),
    )


def approve_policy(
    session: Session, actor: Actor, *, policy_id: int, seen: int, note: str, today: date, now: datetime
) -> PolicyVersion:
    """Somebody else than the drafter puts it in force from its date on, or on trial for its share of the loans.

    A date that has passed meanwhile is today.

    Raises:
        AccessRefused: ``permission_missing``, ``policy_drafted_by_oneself``.
        Conflict: ``policy_moved_on``, ``policy_changed_meanwhile``, ``policy_out_of_date`` where another version was approved since,
            ``policy_not_replayed`` where nobody replayed exactly this, ``policy_trial_running``.

    """
    policy = _open(session, actor, PolicyAct.APPROVE, policy_id=policy_id, seen=seen)
    newest = _locked_newest(session)
    refuse_unsound_body(policy.body)
    replay = _refuse_unreplayed(session, policy, newest)
    if running_trial(session) is not None:
        raise Conflict("policy_trial_running")
    state = PolicyState.APPROVED if policy.share_pct is None else PolicyState.TRIAL
    policy.effective_on = max(policy.effective_on, today, newest.effective_on)
    _decide(policy, actor, state, note, now)
    try:
        with session.begin_nested():
            session.flush()
            if policy.share_pct is not None:
                session.add(_trial(policy, policy.share_pct, now))
                session.flush()
    except IntegrityError as error:
        raise Conflict("policy_out_of_date") from error
    record(
        session,
        actor,
        "policy:approved",
        now=now,
        policy_version=policy.version,
        body_digest=policy_digest(policy.body),
        effective_on=policy.effective_on.isoformat(),
        share_pct=policy.share_pct,
        replay_id=replay.id,
    )
    return policy


def record_policy_refusal(
    session: Session, actor: Actor, *, policy_version: str, act: str, error: DomainError, now: datetime
) -> None:
    """A refusal is an event too; to be called after the refused act was rolled back."""
    record(
        session, actor, "policy:act_refused", now=now, policy_version=policy_version, act=act, code=error.code
    )


def _open(session: Session, actor: Actor, act: PolicyAct, *, policy_id: int, seen: int) -> PolicyVersion:
    """The version, locked, where this person may do this with it now."""
    is_deciding = act in {PolicyAct.APPROVE, PolicyAct.REFUSE}
    require(actor, Permission.POLICY_APPROVE if is_deciding else Permission.POLICY_DRAFT)
    assert actor.id is not None
    policy = session.scalar(
        select(PolicyVersion)
        .where(PolicyVersion.id == policy_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if policy is None:
        raise NotFound("not_found")
    refuse_policy_act(act, state=PolicyState(policy.state), drafter=policy.drafted_by, actor=actor.id)
    if policy.row_version != seen:
        raise Conflict("policy_changed_meanwhile")
    return policy


def _locked_newest(session: Session) -> PolicyVersion:
    """Two approvals of different drafts wait for one another here."""
    newest = newest_approved(session)
    session.execute(select(PolicyVersion.id).where(PolicyVersion.id == newest.id).with_for_update())
    return newest_approved(session)


def _refuse_unreplayed(session: Session, policy: PolicyVersion, newest: PolicyVersion) -> PolicyReplay:
    if policy.follows_id != newest.id:
        raise Conflict("policy_out_of_date")
    replay = replay_of_body(session, policy, against=newest.version)
    if replay is None:
        raise Conflict("policy_not_replayed")
    return replay


def _refuse_frame(written: WrittenPolicy, newest: PolicyVersion, today: date) -> None:
    if written.effective_on < today:
        raise DomainError("policy_date_past", field="effective_on")
    if written.effective_on < newest.effective_on:
        raise DomainError(
            "policy_date_before_last", field="effective_on", earliest=newest.effective_on.isoformat()
        )
    if written.share_pct is not None and not 1 <= written.share_pct <= MOST_SHARE:
        raise DomainError("policy_share_out_of_range", field="share_pct", most=MOST_SHARE)


def _decide(policy: PolicyVersion, actor: Actor, state: PolicyState, note: str, now: datetime) -> None:
    policy.decided_by, policy.decided_at = actor.id, now
    policy.decision_note = short_words(note, field="note")
    _move(policy, state)


def short_words(text: str, *, field: str) -> str:
    """What people wrote, fit to keep; may be empty. Raises ``text_too_long``."""
    kept = visible(text).strip()
    if len(kept) > MOST_WHY:
        raise DomainError("text_too_long", field=field, most=MOST_WHY)
    return kept


def _move(policy: PolicyVersion, state: PolicyState) -> None:
    policy.state = state.value
    policy.row_version += 1


def _trial(policy: PolicyVersion, share_pct: int, now: datetime) -> PolicyTrial:
    return PolicyTrial(policy_id=policy.id, share_pct=share_pct, began_on=policy.effective_on, began_at=now)


def _next_name(session: Session, today: date) -> str:
    """The day of drafting, and a number: a name that people can say."""
    day = today.isoformat()
    taken = session.scalar(
        select(func.count()).select_from(PolicyVersion).where(PolicyVersion.version.startswith(f"{day}."))
    )
    return f"{day}.{(taken or 0) + 1}"


def _flush_new(session: Session, draft: PolicyVersion) -> None:
    """Of two who begin at the same moment one is first."""
    try:
        with session.begin_nested():
            session.add(draft)
            session.flush()
    except IntegrityError as error:
        raise Conflict("policy_changed_meanwhile") from error
