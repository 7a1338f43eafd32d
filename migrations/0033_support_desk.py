"""What comes after a support call: its wrap-up, what was promised in it, escalations, reveals, and the share that is read again."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TASK_COLUMNS = "id, call_id, loan_id, borrower_id, kind, due_at, due_on, amount_minor, currency, state, made_at, made_on, ended_at"


def upgrade() -> None:
    _add_wrap_ups()
    _add_escalations()
    _add_reveals()
    _add_readings()
    _set_tasks_aside()
    _create_tasks(
        sa.Column("call_id", BIG_ID, nullable=True),
        sa.Column("support_call_id", BIG_ID, nullable=True),
        sa.CheckConstraint(
            "(call_id IS NULL) <> (support_call_id IS NULL)", name=op.f("ck_call_task_made_in")
        ),
        sa.ForeignKeyConstraint(
            ["support_call_id"], ["support_call.id"], name=op.f("fk_call_task_support_call_id")
        ),
    )
    _fill_tasks("")
    op.create_index(
        "ix_call_task_support",
        "call_task",
        ["due_at"],
        sqlite_where=sa.text("state = 'open' AND support_call_id IS NOT NULL"),
        postgresql_where=sa.text("state = 'open' AND support_call_id IS NOT NULL"),
    )


def downgrade() -> None:
    """What was promised in support calls is forgotten: there is no place for it."""
    op.drop_index("ix_call_task_support", table_name="call_task")
    _set_tasks_aside()
    _create_tasks(sa.Column("call_id", BIG_ID, nullable=False))
    _fill_tasks(" WHERE call_id IS NOT NULL")
    for table in ("support_reading", "support_reveal", "support_escalation", "support_wrap_up"):
        op.drop_table(table)


def _add_wrap_ups() -> None:
    op.create_table(
        "support_wrap_up",
        sa.Column("call_id", BIG_ID, nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("recording_reference", sa.String(length=60), nullable=False),
        sa.Column("oral_proposal_id", BIG_ID, nullable=True),
        sa.Column("case_id", BIG_ID, nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "oral_proposal_id IS NULL OR recording_reference <> ''",
            name=op.f("ck_support_wrap_up_oral_is_recorded"),
        ),
        sa.ForeignKeyConstraint(["call_id"], ["support_call.id"], name=op.f("fk_support_wrap_up_call_id")),
        sa.ForeignKeyConstraint(["case_id"], ["service_case.id"], name=op.f("fk_support_wrap_up_case_id")),
        sa.ForeignKeyConstraint(
            ["oral_proposal_id"],
            ["proposal.id"],
            name=op.f("fk_support_wrap_up_oral_proposal_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_support_wrap_up")),
    )


def _add_escalations() -> None:
    op.create_table(
        "support_escalation",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("call_id", BIG_ID, nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("explanation", sa.String(length=500), nullable=False),
        sa.Column("deadline_at", MOMENT, nullable=False),
        sa.Column("made_by", BIG_ID, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("answered_by", BIG_ID, nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.CheckConstraint(
            "(answered_by IS NULL) = (answered_at IS NULL)", name=op.f("ck_support_escalation_answered")
        ),
        sa.CheckConstraint(
            "answered_by IS NULL OR answered_by <> made_by", name=op.f("ck_support_escalation_by_another")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["staff_member.id"], name=op.f("fk_support_escalation_answered_by")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["support_call.id"], name=op.f("fk_support_escalation_call_id")),
        sa.ForeignKeyConstraint(["made_by"], ["staff_member.id"], name=op.f("fk_support_escalation_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_escalation")),
        sa.UniqueConstraint("call_id", name=op.f("uq_support_escalation_call_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_support_escalation_public_id")),
    )
    op.create_index(
        "ix_support_escalation_open",
        "support_escalation",
        ["deadline_at", "id"],
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )


def _add_reveals() -> None:
    op.create_table(
        "support_reveal",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("call_id", BIG_ID, nullable=False),
        sa.Column("field", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.CheckConstraint("until > at", name=op.f("ck_support_reveal_until")),
        sa.ForeignKeyConstraint(["call_id"], ["support_call.id"], name=op.f("fk_support_reveal_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_reveal")),
    )
    op.create_index("ix_support_reveal_call", "support_reveal", ["call_id", "field", "until"])


def _add_readings() -> None:
    op.create_table(
        "support_reading",
        sa.Column("call_id", BIG_ID, nullable=False),
        sa.Column("share_per_mille", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.Column("drawn_at", MOMENT, nullable=False),
        sa.Column("read_by", BIG_ID, nullable=True),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("verdict", sa.String(length=12), nullable=True),
        sa.Column("remark", sa.String(length=500), nullable=False),
        sa.CheckConstraint("drawn < share_per_mille", name=op.f("ck_support_reading_drawn")),
        sa.CheckConstraint(
            "(read_by IS NULL) = (read_at IS NULL) AND (read_by IS NULL) = (verdict IS NULL)",
            name=op.f("ck_support_reading_read"),
        ),
        sa.CheckConstraint(
            "verdict IS NULL OR verdict IN ('good', 'improve', 'follow_up')",
            name=op.f("ck_support_reading_verdict"),
        ),
        sa.ForeignKeyConstraint(["call_id"], ["support_call.id"], name=op.f("fk_support_reading_call_id")),
        sa.ForeignKeyConstraint(["read_by"], ["staff_member.id"], name=op.f("fk_support_reading_read_by")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_support_reading")),
    )
    op.create_index(
        "ix_support_reading_open",
        "support_reading",
        ["call_id"],
        sqlite_where=sa.text("read_at IS NULL"),
        postgresql_where=sa.text("read_at IS NULL"),
    )


def _set_tasks_aside() -> None:
    op.execute("CREATE TABLE call_task_kept AS SELECT * FROM call_task")
    op.drop_table("call_task")


def _fill_tasks(which: str) -> None:
    # nosemgrep: sqlalchemy-execute-raw-query - names written in this file
    op.execute(
        f"INSERT INTO call_task ({TASK_COLUMNS}) SELECT {TASK_COLUMNS} FROM call_task_kept{which}"  # nosec B608  # noqa: S608 - names of columns written above
    )
    op.drop_table("call_task_kept")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('call_task', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM call_task), false)"
        )


def _create_tasks(*more: sa.Column[object] | sa.Constraint) -> None:
    """``more``: the columns and checks in which the two forms of the table differ."""
    op.create_table(
        "call_task",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("loan_id", BIG_ID, nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        *more,
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
