"""Whom to call: the internal team's list, its calls, what was promised in them, refusals, and rules set aside by two."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "call_item",
        sa.Column("loan_id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("late_since", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised_kind", sa.String(length=10), nullable=True),
        sa.Column("rests_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_by", BIG_ID, nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(leased_by IS NULL) = (leased_until IS NULL)", name=op.f("ck_call_item_lease")),
        sa.CheckConstraint(
            "(promised_at IS NULL) = (promised_kind IS NULL)", name=op.f("ck_call_item_promised")
        ),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_call_item_borrower_id")),
        sa.ForeignKeyConstraint(["leased_by"], ["staff_member.id"], name=op.f("fk_call_item_leased_by")),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_call_item_loan_id")),
        sa.PrimaryKeyConstraint("loan_id", name=op.f("pk_call_item")),
        sa.UniqueConstraint("public_id", name=op.f("uq_call_item_public_id")),
    )
    op.create_index("ix_call_item_borrower", "call_item", ["borrower_id"])
    op.create_index(
        "ix_call_item_last",
        "call_item",
        ["last_called_at", "loan_id"],
        sqlite_where=sa.text("is_listed = 1"),
        postgresql_where=sa.text("is_listed"),
    )
    op.create_index(
        "ix_call_item_late",
        "call_item",
        ["late_since", "loan_id"],
        sqlite_where=sa.text("is_listed = 1"),
        postgresql_where=sa.text("is_listed"),
    )
    op.create_index(
        "ix_call_item_lease",
        "call_item",
        ["leased_by"],
        sqlite_where=sa.text("leased_by IS NOT NULL"),
        postgresql_where=sa.text("leased_by IS NOT NULL"),
    )
    op.create_index(
        "ix_call_item_promised",
        "call_item",
        ["promised_at", "loan_id"],
        sqlite_where=sa.text("is_listed = 1 AND promised_at IS NOT NULL"),
        postgresql_where=sa.text("is_listed AND promised_at IS NOT NULL"),
    )
    op.create_index(
        "ix_call_item_sum",
        "call_item",
        ["currency", "amount_minor", "loan_id"],
        sqlite_where=sa.text("is_listed = 1"),
        postgresql_where=sa.text("is_listed"),
    )
    op.create_table(
        "call_refusal",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("loan_id", BIG_ID, nullable=False),
        sa.Column("staff_id", BIG_ID, nullable=False),
        sa.Column("rule", sa.String(length=4), nullable=False),
        sa.Column("because", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_call_refusal_loan_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_call_refusal_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_refusal")),
    )
    op.create_index("ix_call_refusal_at", "call_refusal", ["at"])
    op.create_table(
        "call",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("loan_id", BIG_ID, nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("staff_id", BIG_ID, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("identity_said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recording_said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("purpose_said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('reached', 'promise', 'call_back', 'refused_to_talk', 'somebody_else', 'no_answer', 'busy', 'wrong_number', 'number_unwanted', 'hardship', 'illness', 'dispute', 'represented', 'deceased', 'minor', 'not_known')",
            name=op.f("ck_call_outcome"),
        ),
        sa.CheckConstraint("(outcome IS NULL) = (noted_at IS NULL)", name=op.f("ck_call_noted")),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_call_borrower_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_call_contact_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_call_loan_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_call_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_call_contact_id")),
    )
    op.create_index("ix_call_loan", "call", ["loan_id", "id"])
    op.create_index(
        "ix_call_not_noted",
        "call",
        ["staff_id"],
        sqlite_where=sa.text("noted_at IS NULL"),
        postgresql_where=sa.text("noted_at IS NULL"),
    )
    op.create_index("ix_call_opened", "call", ["opened_at"])
    op.create_index(
        "uq_call_open_borrower",
        "call",
        ["borrower_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_call_open_staff",
        "call",
        ["staff_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "call_override",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("loan_id", BIG_ID, nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("rule", sa.String(length=4), nullable=False),
        sa.Column("because", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("explanation", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_by", BIG_ID, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("second_id", BIG_ID, nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_call_id", BIG_ID, nullable=True),
        sa.CheckConstraint(
            "reason IN ('asked_in_writing', 'asked_on_telephone', 'at_risk')",
            name=op.f("ck_call_override_reason"),
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'approved', 'refused', 'used', 'lapsed')", name=op.f("ck_call_override_state")
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'lapsed') OR second_id IS NOT NULL", name=op.f("ck_call_override_second")
        ),
        sa.CheckConstraint(
            "second_id IS NULL OR second_id <> asked_by", name=op.f("ck_call_override_four_eyes")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["staff_member.id"], name=op.f("fk_call_override_asked_by")),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_call_override_borrower_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_call_override_loan_id")),
        sa.ForeignKeyConstraint(["second_id"], ["staff_member.id"], name=op.f("fk_call_override_second_id")),
        sa.ForeignKeyConstraint(["used_call_id"], ["call.id"], name=op.f("fk_call_override_used_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_override")),
        sa.UniqueConstraint("public_id", name=op.f("uq_call_override_public_id")),
        sa.UniqueConstraint("used_call_id", name=op.f("uq_call_override_used_call_id")),
    )
    op.create_index(
        "uq_call_override_open",
        "call_override",
        ["loan_id", "asked_by"],
        unique=True,
        sqlite_where=sa.text("state IN ('asked', 'approved')"),
        postgresql_where=sa.text("state IN ('asked', 'approved')"),
    )
    op.create_table(
        "call_task",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("call_id", BIG_ID, nullable=False),
        sa.Column("loan_id", BIG_ID, nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(kind = 'promise') = (amount_minor IS NOT NULL)", name=op.f("ck_call_task_sum")),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_call_task_ended")),
        sa.CheckConstraint("kind IN ('promise', 'call_back')", name=op.f("ck_call_task_kind")),
        sa.CheckConstraint(
            "state IN ('open', 'kept', 'partly', 'broken', 'done', 'replaced')",
            name=op.f("ck_call_task_state"),
        ),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_call_task_borrower_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_call_task_call_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_call_task_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_task")),
    )
    op.create_index("ix_call_task_loan", "call_task", ["loan_id", "id"])
    op.create_index(
        "uq_call_task_open",
        "call_task",
        ["loan_id", "kind"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    op.drop_table("call_task")
    op.drop_table("call_override")
    op.drop_table("call")
    op.drop_table("call_refusal")
    op.drop_table("call_item")
