"""Proposals, their versions, decisions, the queue of reviews; and the agreements and documents that come of them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.decisions import LIVE_STATES, DecisionKind, DecisionState
from portal.domain.proposals import OPEN_STATUSES, RUNNING_STATUSES, ProposalStatus
from portal.models.base import Base, primary_key
from portal.models.sealing import SealedBytes, SealedJson, SealedRow, Words, moment

_STATUSES = ", ".join(f"'{s.value}'" for s in ProposalStatus)
_LIVE = ", ".join(f"'{s.value}'" for s in LIVE_STATES)
_KINDS = ", ".join(f"'{k.value}'" for k in DecisionKind)
_STATES = ", ".join(f"'{s.value}'" for s in DecisionState)
_OPEN = ", ".join(f"'{s.value}'" for s in OPEN_STATUSES)
_RUNNING = ", ".join(f"'{s.value}'" for s in RUNNING_STATUSES)
_IS_OPEN = text(f"status IN ({_OPEN})")  # nosemgrep: avoid-sqlalchemy-text - words of our own lists
_IS_RUNNING = text(f"status IN ({_RUNNING})")  # nosemgrep: avoid-sqlalchemy-text - words of our own lists
_IS_LIVE = text(f"state IN ({_LIVE})")  # nosemgrep: avoid-sqlalchemy-text - words of our own lists


class Proposal(Base):
    """A plan that somebody offers. One open proposal and one in force a loan; ``row_version`` is compared and set at every move."""

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint(f"status IN ({_STATUSES})", name="status"),
        Index(
            "uq_proposal_open_loan",
            "loan_id",
            unique=True,
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
        Index(
            "uq_proposal_running_loan",
            "loan_id",
            unique=True,
            sqlite_where=_IS_RUNNING,
            postgresql_where=_IS_RUNNING,
        ),
        Index(
            "ix_proposal_replaces_id",
            "replaces_id",
            sqlite_where=text("replaces_id IS NOT NULL"),
            postgresql_where=text("replaces_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = primary_key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    """What people read out on the phone."""
    loan_id: Mapped[int] = mapped_column(ForeignKey("loan.id"), index=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"), index=True)
    status: Mapped[str] = mapped_column(String(16))
    row_version: Mapped[int] = mapped_column(default=1)
    review_round: Mapped[int] = mapped_column(default=1)
    version_number: Mapped[int] = mapped_column(default=0)
    """Number of the version that stands (0: none frozen yet)."""
    answers: Mapped[dict[str, Any]]
    """The journey's answers while it is a draft; kept for the case page afterwards."""
    drafted_by_staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("proposal.id"))
    """The plan in force that this one asks to change, and takes the place of once it is approved."""
    made_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    promised_by: Mapped[datetime | None]
    calendar_version: Mapped[str | None] = mapped_column(String(40))
    referral_reasons: Mapped[list[Any]]
    """Codes of why policy sent it to a person; empty where it was approved at once."""
    closes_at: Mapped[datetime | None]
    """When a draft, a counter or a question expires."""
    ended_at: Mapped[datetime | None]
    """When it was over. Of a plan that broke and was ended by a person afterwards it is when it broke, and ``terminated_at`` the end."""
    reinstated_on: Mapped[date | None]
    """The business date on which the plan went on after it had broken: once for a plan, so it stays whatever comes after."""
    end_told_on: Mapped[date | None]
    """When the borrower was told that the broken plan is to be ended, and why (``end_reason``)."""
    end_reason: Mapped[str | None] = mapped_column(String(40))
    terminated_at: Mapped[datetime | None]


class ProposalVersion(SealedRow, Base):
    """Exact terms, frozen by hash. ``content`` is the whole agreement content; immutable once made, signing fills the last columns."""

    __tablename__ = "proposal_version"
    __table_args__ = (
        UniqueConstraint("proposal_id", "number"),
        CheckConstraint(
            "signed_at IS NULL OR (signed_by IS NOT NULL AND signed_by = 'borrower')",
            name="only_the_borrower_signs",
        ),
        Index(
            "ix_proposal_version_preview_document_id",
            "preview_document_id",
            sqlite_where=text("preview_document_id IS NOT NULL"),
            postgresql_where=text("preview_document_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = primary_key()
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id", ondelete="CASCADE"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    terms: Mapped[dict[str, Any]]
    content = SealedJson({})
    """All that is signed, the borrower's name included."""
    content_sealed: Mapped[str | None] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(String(64))
    facts_version: Mapped[int]
    facts_digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the loan facts' fingerprint: what "facts moved" compares."""
    policy_version: Mapped[str] = mapped_column(String(40))
    policy_arm: Mapped[str] = mapped_column(String(5), default="all")
    """Which side of a trial of the policy the loan was on (``policy_versions.Arm``)."""
    priced_on: Mapped[date]
    locale: Mapped[str] = mapped_column(String(10))
    made_by_lender: Mapped[bool] = mapped_column(default=False)
    """A counter-offer: nobody but staff sees it before it goes out."""
    preview_document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    preview_error: Mapped[str | None] = mapped_column(String(200))
    disclosure_shown_at: Mapped[datetime | None]
    disclosure_read_at: Mapped[datetime | None]
    text_shown_at: Mapped[datetime | None]
    terms_acknowledged: Mapped[list[Any]]
    made_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str | None] = mapped_column(String(12))
    """The kind of who signed, as the record names it; nobody but a borrower ever does."""
    signature: Mapped[dict[str, Any] | None]
    """Evidence of the signing: channel, code id, device, address hash, acknowledged terms, instants."""

    @classmethod
    def row_name(cls, row: Any) -> str:
        return str(row.content_hash)


class Decision(SealedRow, Base):
    """One decision on one round of one proposal. At most one a round is live: made and neither undone, refused nor overtaken."""

    __tablename__ = "decision"
    __table_args__ = (
        Index(
            "uq_decision_round",
            "proposal_id",
            "review_round",
            unique=True,
            sqlite_where=_IS_LIVE,
            postgresql_where=_IS_LIVE,
        ),
        CheckConstraint(f"kind IN ({_KINDS})", name="kind"),
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint(
            "first_staff_id IS NULL OR second_staff_id IS NULL OR first_staff_id <> second_staff_id",
            name="first_is_not_second",
        ),
        CheckConstraint(
            "drafter_staff_id IS NULL OR first_staff_id IS NULL OR drafter_staff_id <> first_staff_id",
            name="drafter_is_not_first",
        ),
        CheckConstraint(
            "drafter_staff_id IS NULL OR second_staff_id IS NULL OR drafter_staff_id <> second_staff_id",
            name="drafter_is_not_second",
        ),
        CheckConstraint("by_policy OR first_staff_id IS NOT NULL", name="somebody_decided"),
        CheckConstraint("kind = 'approve' OR NOT by_policy", name="policy_only_approves"),
        CheckConstraint("guarantor IN ('consented', 'cover_lost')", name="guarantor"),
        CheckConstraint(
            "NOT needs_second OR state NOT IN ('held', 'sent', 'answered') OR second_staff_id IS NOT NULL",
            name="second_where_needed",
        ),
        CheckConstraint(
            "plan_kind <> 'settlement' OR kind NOT IN ('approve', 'counter') OR needs_second",
            name="settlement_takes_two",
        ),
        CheckConstraint("kind <> 'approve' OR state <> 'held'", name="approval_is_not_held"),
        CheckConstraint(
            "needs_second = (jsonb_array_length(second_because) > 0)", name="second_has_reasons"
        ).ddl_if(dialect="postgresql"),
        CheckConstraint(
            "needs_second = (json_array_length(second_because) > 0)", name="second_has_reasons"
        ).ddl_if(dialect="sqlite"),
        Index("ix_decision_likeness", "likeness", "decided_at"),
    )

    id: Mapped[int] = primary_key()
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    review_round: Mapped[int]
    version_number: Mapped[int]
    """The version that is approved, declined or asked about; of a counter, the version that is offered instead."""
    content_hash: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(12), default="sent")
    plan_kind: Mapped[str] = mapped_column(String(20))
    by_policy: Mapped[bool] = mapped_column(default=False)
    policy_version: Mapped[str] = mapped_column(String(40))
    policy_arm: Mapped[str] = mapped_column(String(5), default="all")
    """As of the version that was signed."""
    maker_borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"))
    drafter_staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    first_staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    needs_second: Mapped[bool] = mapped_column(default=False)
    second_because: Mapped[list[Any]] = mapped_column(default=list)
    """Codes of why a second approver has to agree (rule P18)."""
    second_staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    second_at: Mapped[datetime | None]
    second_reason: Mapped[str | None] = mapped_column(String(40))
    """Why the second approver did not agree; the note is for colleagues."""
    second_note = Words()
    second_note_sealed: Mapped[str | None] = mapped_column(Text())
    reason_code: Mapped[str] = mapped_column(String(40))
    reason_text = Words()
    reason_text_sealed: Mapped[str | None] = mapped_column(Text())
    """The letter to the borrower; of an approval, a note for colleagues."""
    would_accept = Words()
    would_accept_sealed: Mapped[str | None] = mapped_column(Text())
    guarantor: Mapped[str | None] = mapped_column(String(12))
    """What the approver recorded where a guarantor stands behind the loan (rule P14)."""
    likeness: Mapped[str | None] = mapped_column(String(60))
    """What makes the case like others (``domain.similar_cases``), as it stood in the queue; None where nobody waited for a person."""
    decided_at: Mapped[datetime]
    goes_out_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    """When it took effect; None while it waits, and where it never did."""

    @classmethod
    def row_name(cls, row: Any) -> str:
        return f"{row.proposal_id}:{row.review_round}:{moment(row.decided_at)}"


class Question(SealedRow, Base):
    """What a borrower was asked; open from ``asked_at`` to ``closed_at``, and so long the promised time stands still."""

    __tablename__ = "question"
    __table_args__ = (
        Index(
            "uq_question_open",
            "proposal_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = primary_key()
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), unique=True)
    asked_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    reply = Words()
    reply_sealed: Mapped[str | None] = mapped_column(Text())
    has_new_terms: Mapped[bool] = mapped_column(default=False)
    """Answered by signing changed terms."""

    @classmethod
    def row_name(cls, row: Any) -> str:
        return str(row.decision_id)


class ReviewItem(Base):
    """The queue: a narrow row for each proposal that waits for a person, with its claim."""

    __tablename__ = "review_item"
    __table_args__ = (
        CheckConstraint("stage IN ('first', 'second', 'held')", name="stage"),
        CheckConstraint("alarm IN ('near', 'missed')", name="alarm"),
        Index("ix_review_item_alarm", "alarm", "deadline_at"),
        Index("ix_review_item_deadline", "stage", "deadline_at", "proposal_id"),
        Index("ix_review_item_claimed_by", "claimed_by", "deadline_at"),
        Index("ix_review_item_amount", "stage", "currency", "amount_minor", "proposal_id"),
        Index("ix_review_item_dpd", "stage", "dpd", "proposal_id"),
        Index("ix_review_item_kind", "stage", "kind", "deadline_at", "proposal_id"),
        Index("ix_review_item_reason", "stage", "main_reason", "deadline_at", "proposal_id"),
        Index("ix_review_item_queued_at", "queued_at"),
        Index(
            "ix_review_item_drafted_by",
            "drafted_by",
            "deadline_at",
            sqlite_where=text("drafted_by IS NOT NULL"),
            postgresql_where=text("drafted_by IS NOT NULL"),
        ),
        Index(
            "ix_review_item_next",
            "deadline_at",
            text("stage DESC"),
            "proposal_id",
            sqlite_where=text("stage <> 'held'"),
            postgresql_where=text("stage <> 'held'"),
        ),
    )

    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), primary_key=True)
    stage: Mapped[str] = mapped_column(String(6), default="first")
    """``first`` waits for a decision, ``second`` for a second approver, ``held`` for its dispatch."""
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    """The first approver, once there is one: never the second of the same case."""
    deadline_at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(20))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    dpd: Mapped[int]
    main_reason: Mapped[str] = mapped_column(String(60))
    queued_at: Mapped[datetime | None]
    """Since when it waits this time."""
    alarm: Mapped[str | None] = mapped_column(String(6))
    """``near`` once the desk was warned that the promised time is about to pass, ``missed`` once that it has passed."""
    drafted_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    """Who filled it in, where that was not the borrower."""
    plan_cost_minor: Mapped[int | None] = mapped_column(BigInteger)
    """To be paid beyond principal with the plan, as of when it began to wait; None for what waited before this was kept."""
    no_plan_cost_minor: Mapped[int | None] = mapped_column(BigInteger)
    """The same without a plan, up to the plan's end."""
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    claimed_until: Mapped[datetime | None]


class Agreement(Base):
    """The signed plan of an approved proposal; in force from its approval, sealed when the worker is done."""

    __tablename__ = "agreement"
    __table_args__ = (
        CheckConstraint("seal_state IN ('sealing', 'sealed')", name="seal_state"),
        CheckConstraint("(seal_state = 'sealed') = (document_id IS NOT NULL)", name="sealed_has_a_document"),
    )

    id: Mapped[int] = primary_key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), unique=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loan.id"), index=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"), index=True)
    version_number: Mapped[int]
    content_hash: Mapped[str] = mapped_column(String(64), index=True)
    check_code: Mapped[str] = mapped_column(String(40), unique=True)
    approved_at: Mapped[datetime]
    seal_state: Mapped[str] = mapped_column(String(8), default="sealing")
    sealed_at: Mapped[datetime | None]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"), unique=True)


class Document(SealedRow, Base):
    """The bytes of a document, stored once, sealed, and addressed by their SHA-256. An erased one has neither key nor bytes."""

    __tablename__ = "document"

    id: Mapped[int] = primary_key()
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    media_type: Mapped[str] = mapped_column(String(60), default="application/pdf")
    body = SealedBytes()
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    made_at: Mapped[datetime]

    @classmethod
    def row_name(cls, row: Any) -> str:
        return str(row.sha256)
