"""Decisions that wait for a second approver or for their dispatch, counters and questions.

Tables whose checks change are copied, made anew and filled again: the same way on both databases.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OLD_COLUMNS = (
    "id, proposal_id, review_round, version_number, content_hash, kind, by_policy, policy_version, maker_borrower_id,"
    " drafter_staff_id, first_staff_id, second_staff_id, reason_code, reason_text, would_accept, guarantor, decided_at"
)
LIVE = "state IN ('waits_second', 'held', 'sent')"


def upgrade() -> None:
    _set_aside()
    _create_decision(
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("plan_kind", sa.String(length=20), nullable=False),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("second_because", JSON, nullable=False),
        sa.Column("second_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_reason", sa.String(length=40), nullable=True),
        sa.Column("second_note", sa.Text(), nullable=False),
        sa.Column("goes_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('approve', 'decline', 'counter', 'ask')", name=op.f("ck_decision_kind")),
        sa.CheckConstraint(
            "state IN ('waits_second', 'held', 'sent', 'answered', 'undone', 'refused', 'overtaken')",
            name=op.f("ck_decision_state"),
        ),
        sa.CheckConstraint(
            "kind = 'approve' OR NOT by_policy", name=op.f("ck_decision_policy_only_approves")
        ),
        sa.CheckConstraint(
            "NOT needs_second OR state NOT IN ('held', 'sent', 'answered') OR second_staff_id IS NOT NULL",
            name=op.f("ck_decision_second_where_needed"),
        ),
        sa.CheckConstraint(
            "plan_kind <> 'settlement' OR kind NOT IN ('approve', 'counter') OR needs_second",
            name=op.f("ck_decision_settlement_takes_two"),
        ),
        sa.CheckConstraint(
            "kind <> 'approve' OR state <> 'held'", name=op.f("ck_decision_approval_is_not_held")
        ),
    )
    op.execute(
        f"INSERT INTO decision ({OLD_COLUMNS}, state, plan_kind, needs_second, second_because, second_note, sent_at)"  # nosec B608  # noqa: S608 - names of columns written above
        f" SELECT {OLD_COLUMNS}, 'sent', (SELECT v.kind FROM proposal_version v WHERE v.proposal_id = k.proposal_id"
        " AND v.number = k.version_number), false, '[]', '', decided_at FROM decision_kept k"
    )
    _drop_kept()
    op.create_index(
        "uq_decision_round",
        "decision",
        ["proposal_id", "review_round"],
        unique=True,
        sqlite_where=sa.text(LIVE),
        postgresql_where=sa.text(LIVE),
    )
    op.create_table(
        "question",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("proposal_id", BIG_ID, nullable=False),
        sa.Column("decision_id", BIG_ID, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("has_new_terms", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_question_decision_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_question_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_question_decision_id")),
    )
    op.create_index(op.f("ix_question_proposal_id"), "question", ["proposal_id"])
    op.create_index(
        "uq_question_open",
        "question",
        ["proposal_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    with op.batch_alter_table("proposal_version") as table:
        table.add_column(sa.Column("made_by_lender", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_index("ix_review_item_deadline", table_name="review_item")
    with op.batch_alter_table("review_item") as table:
        table.add_column(sa.Column("stage", sa.String(length=6), nullable=False, server_default="first"))
        table.add_column(sa.Column("decided_by", BIG_ID, nullable=True))
        table.create_foreign_key(op.f("fk_review_item_decided_by"), "staff_member", ["decided_by"], ["id"])
        table.create_check_constraint(op.f("ck_review_item_stage"), "stage IN ('first', 'second', 'held')")
    op.create_index("ix_review_item_deadline", "review_item", ["stage", "deadline_at", "proposal_id"])


def downgrade() -> None:
    """Back to one decision a round that has taken effect; what was pending is forgotten and waits again."""
    op.drop_index("ix_review_item_deadline", table_name="review_item")
    with op.batch_alter_table("review_item") as table:
        table.drop_constraint(op.f("ck_review_item_stage"), type_="check")
        table.drop_constraint(op.f("fk_review_item_decided_by"), type_="foreignkey")
        table.drop_column("decided_by")
        table.drop_column("stage")
    op.create_index("ix_review_item_deadline", "review_item", ["deadline_at", "proposal_id"])
    with op.batch_alter_table("proposal_version") as table:
        table.drop_column("made_by_lender")
    op.drop_table("question")
    _set_aside()
    _create_decision(
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.CheckConstraint("kind IN ('approve', 'decline')", name=op.f("ck_decision_kind")),
        sa.CheckConstraint(
            "kind <> 'decline' OR NOT by_policy", name=op.f("ck_decision_policy_never_declines")
        ),
        sa.UniqueConstraint("proposal_id", "review_round", name="uq_decision_round"),
    )
    op.execute(
        f"INSERT INTO decision ({OLD_COLUMNS}) SELECT {OLD_COLUMNS} FROM decision_kept"  # nosec B608  # noqa: S608 - names of columns written above
        " WHERE state = 'sent' AND kind IN ('approve', 'decline')"
    )
    _drop_kept()


def _set_aside() -> None:
    op.execute("CREATE TABLE decision_kept AS SELECT * FROM decision")
    op.drop_table("decision")


def _drop_kept() -> None:
    op.drop_table("decision_kept")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('decision', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM decision), false)"
        )


def _create_decision(*more: sa.Column[object] | sa.Constraint) -> None:
    """``more``: the columns and checks in which the two forms of the table differ."""
    op.create_table(
        "decision",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("proposal_id", BIG_ID, nullable=False),
        sa.Column("review_round", sa.Integer(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
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
        *more,
        sa.CheckConstraint("guarantor IN ('consented', 'cover_lost')", name=op.f("ck_decision_guarantor")),
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
    )
