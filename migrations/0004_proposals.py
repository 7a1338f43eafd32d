"""Proposals, decisions, agreements, holds and cases."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("sha256", name=op.f("uq_document_sha256")),
    )
    op.create_table(
        "hold",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("loan_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "kind IN ('proposal_pending', 'plan_active', 'dispute', 'complaint', 'hardship', 'illness', 'deceased', 'minor', 'represented', 'statutory_moratorium')",
            name=op.f("ck_hold_kind"),
        ),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_hold_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index(op.f("ix_hold_loan_id"), "hold", ["loan_id"], unique=False)
    op.create_index(
        "uq_hold_running",
        "hold",
        ["loan_id", "kind"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "proposal",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("loan_id", BIG_ID, nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("review_round", sa.Integer(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("answers", JSON, nullable=False),
        sa.Column("drafted_by_staff_id", BIG_ID, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("calendar_version", sa.String(length=40), nullable=True),
        sa.Column("referral_reasons", JSON, nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('draft', 'submitted', 'in_review', 'info_requested', 'countered', 'needs_resign', 'approved', 'active', 'missed', 'broken', 'completed', 'terminated', 'declined', 'withdrawn', 'expired', 'discarded')",
            name=op.f("ck_proposal_status"),
        ),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_proposal_borrower_id")),
        sa.ForeignKeyConstraint(
            ["drafted_by_staff_id"], ["staff_member.id"], name=op.f("fk_proposal_drafted_by_staff_id")
        ),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_proposal_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_proposal_public_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_proposal_reference")),
    )
    op.create_index(op.f("ix_proposal_borrower_id"), "proposal", ["borrower_id"], unique=False)
    op.create_index(op.f("ix_proposal_loan_id"), "proposal", ["loan_id"], unique=False)
    op.create_index(
        "uq_proposal_open_loan",
        "proposal",
        ["loan_id"],
        unique=True,
        sqlite_where=sa.text(
            "status IN ('draft', 'submitted', 'in_review', 'info_requested', 'countered', 'needs_resign')"
        ),
        postgresql_where=sa.text(
            "status IN ('draft', 'submitted', 'in_review', 'info_requested', 'countered', 'needs_resign')"
        ),
    )
    op.create_table(
        "service_case",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("loan_id", BIG_ID, nullable=True),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("call_back", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('dispute', 'complaint', 'talk')", name=op.f("ck_service_case_kind")),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_service_case_status")),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_service_case_borrower_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_service_case_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_case")),
        sa.UniqueConstraint("public_id", name=op.f("uq_service_case_public_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_service_case_reference")),
    )
    op.create_index(op.f("ix_service_case_borrower_id"), "service_case", ["borrower_id"], unique=False)
    op.create_index(op.f("ix_service_case_loan_id"), "service_case", ["loan_id"], unique=False)
    op.create_table(
        "agreement",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("proposal_id", BIG_ID, nullable=False),
        sa.Column("loan_id", BIG_ID, nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("check_code", sa.String(length=40), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seal_state", sa.String(length=8), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("document_id", BIG_ID, nullable=True),
        sa.CheckConstraint(
            "(seal_state = 'sealed') = (document_id IS NOT NULL)",
            name=op.f("ck_agreement_sealed_has_a_document"),
        ),
        sa.CheckConstraint("seal_state IN ('sealing', 'sealed')", name=op.f("ck_agreement_seal_state")),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_agreement_borrower_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_agreement_document_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_agreement_loan_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_agreement_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("check_code", name=op.f("uq_agreement_check_code")),
        sa.UniqueConstraint("document_id", name=op.f("uq_agreement_document_id")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_agreement_proposal_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_agreement_public_id")),
    )
    op.create_index(op.f("ix_agreement_borrower_id"), "agreement", ["borrower_id"], unique=False)
    op.create_index(op.f("ix_agreement_loan_id"), "agreement", ["loan_id"], unique=False)
    op.create_table(
        "decision",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("proposal_id", BIG_ID, nullable=False),
        sa.Column("review_round", sa.Integer(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("by_policy", sa.Boolean(), nullable=False),
        sa.Column("policy_version", sa.String(length=40), nullable=False),
        sa.Column("maker_borrower_id", BIG_ID, nullable=False),
        sa.Column("drafter_staff_id", BIG_ID, nullable=True),
        sa.Column("first_staff_id", BIG_ID, nullable=True),
        sa.Column("second_staff_id", BIG_ID, nullable=True),
        sa.Column("reason_code", sa.String(length=40), nullable=False),
        sa.Column("reason_text", sa.Text(), nullable=False),
        sa.Column("would_accept", sa.Text(), nullable=False),
        sa.Column("guarantor", sa.String(length=12), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("guarantor IN ('consented', 'cover_lost')", name=op.f("ck_decision_guarantor")),
        sa.CheckConstraint(
            "kind <> 'decline' OR NOT by_policy", name=op.f("ck_decision_policy_never_declines")
        ),
        sa.CheckConstraint("kind IN ('approve', 'decline')", name=op.f("ck_decision_kind")),
        sa.CheckConstraint(
            "by_policy OR first_staff_id IS NOT NULL", name=op.f("ck_decision_somebody_decided")
        ),
        sa.CheckConstraint(
            "drafter_staff_id IS NULL OR first_staff_id IS NULL OR drafter_staff_id <> first_staff_id",
            name=op.f("ck_decision_drafter_is_not_first"),
        ),
        sa.CheckConstraint(
            "drafter_staff_id IS NULL OR second_staff_id IS NULL OR drafter_staff_id <> second_staff_id",
            name=op.f("ck_decision_drafter_is_not_second"),
        ),
        sa.CheckConstraint(
            "first_staff_id IS NULL OR second_staff_id IS NULL OR first_staff_id <> second_staff_id",
            name=op.f("ck_decision_first_is_not_second"),
        ),
        sa.ForeignKeyConstraint(
            ["drafter_staff_id"], ["staff_member.id"], name=op.f("fk_decision_drafter_staff_id")
        ),
        sa.ForeignKeyConstraint(
            ["first_staff_id"], ["staff_member.id"], name=op.f("fk_decision_first_staff_id")
        ),
        sa.ForeignKeyConstraint(
            ["maker_borrower_id"], ["borrower.id"], name=op.f("fk_decision_maker_borrower_id")
        ),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_decision_proposal_id")),
        sa.ForeignKeyConstraint(
            ["second_staff_id"], ["staff_member.id"], name=op.f("fk_decision_second_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("proposal_id", "review_round", name="uq_decision_round"),
    )
    op.create_table(
        "proposal_version",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("proposal_id", BIG_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("terms", JSON, nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("facts_version", sa.Integer(), nullable=False),
        sa.Column("facts_digest", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.String(length=40), nullable=False),
        sa.Column("priced_on", sa.Date(), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("preview_document_id", BIG_ID, nullable=True),
        sa.Column("preview_error", sa.String(length=200), nullable=True),
        sa.Column("disclosure_shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disclosure_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("text_shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("terms_acknowledged", JSON, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signature", JSON, nullable=True),
        sa.ForeignKeyConstraint(
            ["preview_document_id"], ["document.id"], name=op.f("fk_proposal_version_preview_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_proposal_version_proposal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_version")),
        sa.UniqueConstraint("proposal_id", "number", name=op.f("uq_proposal_version_proposal_id_number")),
    )
    op.create_index(
        op.f("ix_proposal_version_content_hash"), "proposal_version", ["content_hash"], unique=False
    )
    op.create_table(
        "review_item",
        sa.Column("proposal_id", BIG_ID, nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("dpd", sa.Integer(), nullable=False),
        sa.Column("main_reason", sa.String(length=60), nullable=False),
        sa.Column("claimed_by", BIG_ID, nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["claimed_by"], ["staff_member.id"], name=op.f("fk_review_item_claimed_by")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_review_item_proposal_id")),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_review_item")),
    )
    op.create_index("ix_review_item_claimed_by", "review_item", ["claimed_by", "deadline_at"], unique=False)
    op.create_index("ix_review_item_deadline", "review_item", ["deadline_at", "proposal_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_review_item_deadline", table_name="review_item")
    op.drop_index("ix_review_item_claimed_by", table_name="review_item")
    op.drop_table("review_item")
    op.drop_index(op.f("ix_proposal_version_content_hash"), table_name="proposal_version")
    op.drop_table("proposal_version")
    op.drop_table("decision")
    op.drop_index(op.f("ix_agreement_loan_id"), table_name="agreement")
    op.drop_index(op.f("ix_agreement_borrower_id"), table_name="agreement")
    op.drop_table("agreement")
    op.drop_index(op.f("ix_service_case_loan_id"), table_name="service_case")
    op.drop_index(op.f("ix_service_case_borrower_id"), table_name="service_case")
    op.drop_table("service_case")
    op.drop_index(
        "uq_proposal_open_loan",
        table_name="proposal",
        sqlite_where=sa.text(
            "status IN ('draft', 'submitted', 'in_review', 'info_requested', 'countered', 'needs_resign')"
        ),
        postgresql_where=sa.text(
            "status IN ('draft', 'submitted', 'in_review', 'info_requested', 'countered', 'needs_resign')"
        ),
    )
    op.drop_index(op.f("ix_proposal_loan_id"), table_name="proposal")
    op.drop_index(op.f("ix_proposal_borrower_id"), table_name="proposal")
    op.drop_table("proposal")
    op.drop_index(
        "uq_hold_running",
        table_name="hold",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_hold_loan_id"), table_name="hold")
    op.drop_table("hold")
    op.drop_table("document")
