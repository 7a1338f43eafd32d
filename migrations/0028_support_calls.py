"""Support calls and the drafts prepared in them; and that nobody but the borrower signs, consents or asks for a code."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0028"
down_revision = "0027"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
OPEN = sa.text("ended_at IS NULL")
HAS_NUMBER = sa.text("ended_at IS NULL AND pairing_hash IS NOT NULL")
ONLY_BORROWERS = (
    ("consent", "given_by", "only_the_borrower_consents", "given_by = 'borrower'"),
    ("one_time_code", "asked_by", "no_code_for_staff", "asked_by <> 'staff'"),
    ("number_change", "asked_by", "not_asked_by_staff", "asked_by <> 'staff'"),
)


def upgrade() -> None:
    _add_calls()
    op.create_table(
        "support_draft",
        sa.Column("proposal_id", BIG_ID, nullable=False),
        sa.Column("call_id", BIG_ID, nullable=False),
        sa.Column("own_answers", JSON, nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("handed_over_at", MOMENT, nullable=True),
        sa.Column("signable_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(handed_over_at IS NULL) = (signable_at IS NULL)", name=op.f("ck_support_draft_handed_over")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["support_call.id"], name=op.f("fk_support_draft_call_id")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_support_draft_proposal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_support_draft")),
    )
    op.create_index("ix_support_draft_call", "support_draft", ["call_id"])
    for table, column, name, condition in ONLY_BORROWERS:
        # As one column with its own CHECK: SQLite builds nothing anew, and lets it go again with the column.
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN {column} VARCHAR(12) DEFAULT 'borrower' NOT NULL "
            f"CONSTRAINT ck_{table}_{name} CHECK ({condition})"
        )
        if op.get_bind().dialect.name == "postgresql":
            op.alter_column(table, column, server_default=None)
    op.add_column("proposal_version", sa.Column("signed_by", sa.String(length=12), nullable=True))
    op.execute("UPDATE proposal_version SET signed_by = 'borrower' WHERE signed_at IS NOT NULL")
    with op.batch_alter_table("proposal_version") as altered:
        altered.create_check_constraint(
            op.f("ck_proposal_version_only_the_borrower_signs"),
            "signed_at IS NULL OR (signed_by IS NOT NULL AND signed_by = 'borrower')",
        )


def _add_calls() -> None:
    op.create_table(
        "support_call",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", BIG_ID, nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("sought_by", sa.String(length=10), nullable=False),
        sa.Column("sought_borrower_id", BIG_ID, nullable=True),
        sa.Column("borrower_id", BIG_ID, nullable=True),
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("extended_at", MOMENT, nullable=True),
        sa.Column("identity_said_at", MOMENT, nullable=True),
        sa.Column("recording_said_at", MOMENT, nullable=True),
        sa.Column("purpose_said_at", MOMENT, nullable=True),
        sa.Column("pairing_seed", sa.String(length=64), nullable=True),
        sa.Column("pairing_hash", sa.String(length=64), nullable=True),
        sa.Column("pairing_until", MOMENT, nullable=True),
        sa.Column("pairing_tries", sa.Integer(), nullable=False),
        sa.Column("entered_at", MOMENT, nullable=True),
        sa.Column("allowed_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_by", sa.String(length=16), nullable=True),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_support_call_direction")),
        sa.CheckConstraint(
            "reason IN ('cannot_sign_in', 'understand', 'make_plan', 'running_plan', 'payment', 'hardship', 'dispute', 'complaint', 'call_back', 'other')",
            name=op.f("ck_support_call_reason"),
        ),
        sa.CheckConstraint(
            "sought_by IN ('mobile', 'loan', 'reference', 'nothing')", name=op.f("ck_support_call_sought_by")
        ),
        sa.CheckConstraint("level IN ('none', 'proven', 'consented')", name=op.f("ck_support_call_level")),
        sa.CheckConstraint(
            "ended_by IS NULL OR ended_by IN ('agent', 'borrower', 'clock', 'sign_out', 'disabled', 'role_removed', 'other_borrower')",
            name=op.f("ck_support_call_ended_by"),
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_support_call_ended")),
        sa.CheckConstraint("level = 'none' OR allowed_at IS NOT NULL", name=op.f("ck_support_call_allowed")),
        sa.CheckConstraint(
            "allowed_at IS NULL OR entered_at IS NOT NULL", name=op.f("ck_support_call_entered")
        ),
        sa.CheckConstraint(
            "(entered_at IS NULL) = (borrower_id IS NULL)", name=op.f("ck_support_call_borrower")
        ),
        sa.CheckConstraint(
            "borrower_id IS NULL OR sought_borrower_id IS NULL OR borrower_id = sought_borrower_id",
            name=op.f("ck_support_call_same_borrower"),
        ),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_support_call_borrower_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_support_call_contact_id")),
        sa.ForeignKeyConstraint(
            ["sought_borrower_id"], ["borrower.id"], name=op.f("fk_support_call_sought_borrower_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_support_call_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_call")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_support_call_contact_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_support_call_public_id")),
    )
    for name, column, which in (
        ("uq_support_call_open_staff", "staff_id", OPEN),
        ("uq_support_call_open_borrower", "borrower_id", OPEN),
        ("uq_support_call_pairing", "pairing_hash", HAS_NUMBER),
    ):
        op.create_index(
            name, "support_call", [column], unique=True, sqlite_where=which, postgresql_where=which
        )
    op.create_index("ix_support_call_borrower", "support_call", ["borrower_id", "id"])
    op.create_index("ix_support_call_staff", "support_call", ["staff_id", "opened_at"])
    op.create_index(
        "ix_support_call_open", "support_call", ["expires_at"], sqlite_where=OPEN, postgresql_where=OPEN
    )


def downgrade() -> None:
    with op.batch_alter_table("proposal_version") as altered:
        altered.drop_constraint(op.f("ck_proposal_version_only_the_borrower_signs"), type_="check")
        altered.drop_column("signed_by")
    for table, column, _, _ in reversed(ONLY_BORROWERS):
        op.drop_column(table, column)
    op.drop_table("support_draft")
    op.drop_table("support_call")
