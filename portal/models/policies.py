"""The policy: its versions, trials of one on a share of the loans, what it answered to each signed offer, and replays."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.policy_versions import PolicyState, ReplayState, TrialEnd, TrialState
from portal.models.base import Base, primary_key

_STATES = ", ".join(f"'{state.value}'" for state in PolicyState)
_TRIAL_STATES = ", ".join(f"'{state.value}'" for state in TrialState)
_TRIAL_ENDS = ", ".join(f"'{end.value}'" for end in TrialEnd)
_REPLAY_STATES = ", ".join(f"'{state.value}'" for state in ReplayState)


class PolicyVersion(Base):
    """One version of the policy, as data. A draft may be written on; from its proposal on triggers refuse any change of what it says.

    ``follows_id`` is the version that it was written from and takes the place of: no two ever take the place of the same one.
    """

    __tablename__ = "policy_version"
    __table_args__ = (
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint(
            "drafted_by IS NULL OR decided_by IS NULL OR drafted_by <> decided_by",
            name="drafter_is_not_decider",
        ),
        CheckConstraint(
            "drafted_by IS NULL OR state NOT IN ('approved', 'trial', 'ended', 'refused')"
            " OR (decided_by IS NOT NULL AND decided_at IS NOT NULL)",
            name="somebody_decided",
        ),
        CheckConstraint("share_pct BETWEEN 1 AND 99", name="share_pct"),
        CheckConstraint("state <> 'trial' OR share_pct IS NOT NULL", name="trial_has_a_share"),
        Index(
            "uq_policy_version_follows",
            "follows_id",
            unique=True,
            sqlite_where=text("state = 'approved'"),
            postgresql_where=text("state = 'approved'"),
        ),
        Index(
            "uq_policy_version_trial",
            "state",
            unique=True,
            sqlite_where=text("state = 'trial'"),
            postgresql_where=text("state = 'trial'"),
        ),
        Index("ix_policy_version_in_force", "state", "effective_on"),
    )

    id: Mapped[int] = primary_key()
    version: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[str] = mapped_column(String(10), default=PolicyState.APPROVED.value)
    effective_on: Mapped[date]
    """The first business date on which it holds; of a trial, on which it is tried."""
    share_pct: Mapped[int | None]
    """Of a hundred loans so many try it first; None: it holds for all at once."""
    body: Mapped[dict[str, Any]]
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("policy_version.id"))
    why: Mapped[str] = mapped_column(String(500), default="")
    row_version: Mapped[int] = mapped_column(default=1)
    drafted_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    """None of what the set-up published."""
    made_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    made_at: Mapped[datetime]
    proposed_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(String(500), default="")


class PolicyTrial(Base):
    """A version on a share of the loans. One runs at a time; who asks to end it, or to go on for all, is not who agrees."""

    __tablename__ = "policy_trial"
    __table_args__ = (
        CheckConstraint(f"state IN ({_TRIAL_STATES})", name="state"),
        CheckConstraint(f"asked IN ({_TRIAL_ENDS})", name="asked"),
        CheckConstraint(
            "asked_by IS NULL OR answered_by IS NULL OR asked_by <> answered_by", name="by_another"
        ),
        CheckConstraint(
            "state = 'running' OR (asked IS NOT NULL AND asked_by IS NOT NULL AND answered_by IS NOT NULL)",
            name="ended_by_two",
        ),
        CheckConstraint("share_pct BETWEEN 1 AND 99", name="share_pct"),
        CheckConstraint("(state = 'running') = (ended_on IS NULL)", name="ended_on"),
    )

    id: Mapped[int] = primary_key()
    policy_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id"), unique=True)
    share_pct: Mapped[int]
    state: Mapped[str] = mapped_column(String(8), default=TrialState.RUNNING.value)
    began_on: Mapped[date]
    began_at: Mapped[datetime]
    asked: Mapped[str | None] = mapped_column(String(4))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    asked_at: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(String(500), default="")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    ended_at: Mapped[datetime | None]
    ended_on: Mapped[date | None]


class PolicyAnswer(Base):
    """What policy said to one signed offer, with the facts it looked at: what a replay starts from. Never changed.

    ``facts`` is ``FrozenFacts.as_data``; the reason of hardship and the budget are not copied: they stay with the proposal's answers.
    """

    __tablename__ = "policy_answer"
    __table_args__ = (
        UniqueConstraint("proposal_id", "version_number"),
        Index("ix_policy_answer_policy_version", "policy_version", "policy_arm", "answered_at"),
    )

    id: Mapped[int] = primary_key()
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id", ondelete="CASCADE"))
    version_number: Mapped[int]
    policy_version: Mapped[str] = mapped_column(String(40))
    policy_arm: Mapped[str] = mapped_column(String(5))
    is_at_once: Mapped[bool]
    reasons: Mapped[list[Any]]
    facts: Mapped[dict[str, Any]]
    answered_at: Mapped[datetime]


class PolicyReplay(Base):
    """A replay of one exact body over past offers and the open book: what a draft would change, kept for whoever approves it."""

    __tablename__ = "policy_replay"
    __table_args__ = (
        CheckConstraint(f"state IN ({_REPLAY_STATES})", name="state"),
        CheckConstraint("(state = 'done') = (result IS NOT NULL)", name="result"),
        Index("ix_policy_replay_policy", "policy_id", "id"),
    )

    id: Mapped[int] = primary_key()
    policy_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id"))
    body_digest: Mapped[str] = mapped_column(String(64))
    against: Mapped[str] = mapped_column(String(40))
    """The version that it is compared with."""
    offers: Mapped[int]
    """How many of the newest signed offers are looked at, at most."""
    loans: Mapped[int]
    """How many late loans of the open book, at most."""
    state: Mapped[str] = mapped_column(String(8), default=ReplayState.WAITING.value)
    error: Mapped[str] = mapped_column(String(200), default="")
    result: Mapped[dict[str, Any] | None]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    """None from the command line."""
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
