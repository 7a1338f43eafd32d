"""A trial of a policy on a share of the loans goes on for all, or ends, when two agree (rule P18)."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import AccessRefused, Conflict, DomainError, NotFound
from portal.domain.permissions import Actor, Permission, require
from portal.domain.policy_versions import PolicyState, TrialEnd, TrialState
from portal.models import PolicyTrial, PolicyVersion
from portal.services.policies import short_words
from portal.services.record import record


def ask_trial_end(
    session: Session, actor: Actor, *, trial_id: int, end: TrialEnd, why: str, now: datetime
) -> PolicyTrial:
    """Ask that the tried version holds for all, or for nobody.

    Raises ``policy_why_missing``, ``text_too_long``, and ``Conflict``: ``policy_trial_over``, ``policy_trial_end_asked``.
    """
    require(actor, Permission.POLICY_DRAFT)
    trial, policy = _running(session, trial_id)
    if trial.asked is not None:
        raise Conflict("policy_trial_end_asked")
    if not why.strip():
        raise DomainError("policy_why_missing", field="why")
    trial.asked, trial.asked_by, trial.asked_at = end.value, actor.id, now
    trial.why = short_words(why, field="why")
    session.flush()
    record(session, actor, "policy:trial_end_asked", now=now, policy_version=policy.version, end=end.value)
    return trial


def answer_trial_end(
    session: Session, actor: Actor, *, trial_id: int, seen: TrialEnd, agrees: bool, today: date, now: datetime
) -> PolicyTrial:
    """Somebody else agrees, and it is done; or does not, and the trial goes on. ``seen``: what was asked for on the page.

    Raises ``AccessRefused("policy_trial_end_by_oneself")``, ``Conflict``: ``policy_trial_over``, ``policy_trial_end_not_asked``.
    """
    require(actor, Permission.POLICY_APPROVE)
    trial, policy = _running(session, trial_id)
    if trial.asked != seen.value:
        raise Conflict("policy_trial_end_not_asked")
    if trial.asked_by == actor.id:
        raise AccessRefused("policy_trial_end_by_oneself", rule="P18")
    if agrees:
        _end(trial, policy, actor, seen, today, now)
    else:
        trial.asked = trial.asked_by = trial.asked_at = None
        trial.why = ""
    session.flush()
    name = "policy:trial_ended" if agrees else "policy:trial_end_refused"
    record(session, actor, name, now=now, policy_version=policy.version, end=seen.value)
    return trial


def _end(
    trial: PolicyTrial, policy: PolicyVersion, actor: Actor, end: TrialEnd, today: date, now: datetime
) -> None:
    """Whoever was told of a plan by the tried version keeps it; what is drafted from now on follows the other."""
    trial.state = (TrialState.ALL if end is TrialEnd.ALL else TrialState.STOPPED).value
    trial.answered_by, trial.ended_at, trial.ended_on = actor.id, now, today
    policy.row_version += 1
    if end is TrialEnd.ALL:
        policy.effective_on = max(today, policy.effective_on)
        policy.state = PolicyState.APPROVED.value
    else:
        policy.state = PolicyState.ENDED.value


def _running(session: Session, trial_id: int) -> tuple[PolicyTrial, PolicyVersion]:
    trial = session.scalar(
        select(PolicyTrial)
        .where(PolicyTrial.id == trial_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if trial is None:
        raise NotFound("not_found")
    if trial.state != TrialState.RUNNING.value:
        raise Conflict("policy_trial_over")
    policy = session.get_one(PolicyVersion, trial.policy_id, with_for_update=True, populate_existing=True)
    return trial, policy
