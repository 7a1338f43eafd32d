"""Legal holds: what is kept whatever its term says."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import BigId, UtcDateTime

revision = "0054"
down_revision = "0053"

_STAFF = ("started_by", "end_asked_by", "ended_by")
_RUNNING = {
    "uq_legal_hold_person": ("borrower_id", True, "ended_at IS NULL AND loan_id IS NULL"),
    "uq_legal_hold_loan": ("loan_id", True, "ended_at IS NULL AND loan_id IS NOT NULL"),
    "ix_legal_hold_running": ("borrower_id", False, "ended_at IS NULL"),
}


def upgrade() -> None:
    op.create_table(
        "legal_hold",
        sa.Column("id", BigId, nullable=False),
        sa.Column("borrower_id", BigId, nullable=False),
        sa.Column("loan_id", BigId, nullable=True),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("started_by", BigId, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("end_asked_by", BigId, nullable=True),
        sa.Column("end_asked_at", UtcDateTime(), nullable=True),
        sa.Column("end_reason", sa.String(20), nullable=True),
        sa.Column("ended_by", BigId, nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_legal_hold_borrower_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_legal_hold_loan_id")),
        *(
            sa.ForeignKeyConstraint([column], ["staff_member.id"], name=op.f(f"fk_legal_hold_{column}"))
            for column in _STAFF
        ),
        sa.CheckConstraint(
            "ended_by IS NULL OR (end_asked_by IS NOT NULL AND ended_by <> end_asked_by)",
            name=op.f("ck_legal_hold_two_end_it"),
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_legal_hold_ended")),
        sa.CheckConstraint(
            "(end_asked_by IS NULL) = (end_reason IS NULL)", name=op.f("ck_legal_hold_end_asked")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index(op.f("ix_legal_hold_borrower_id"), "legal_hold", ["borrower_id"])
    for name, (column, is_unique, where) in _RUNNING.items():
        op.create_index(
            name,
            "legal_hold",
            [column],
            unique=is_unique,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


def downgrade() -> None:
    op.drop_table("legal_hold")
