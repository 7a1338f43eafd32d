"""Numbers where contact has stopped, wishes for another number, and the code that proves the new one."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PURPOSE = op.f("ck_one_time_code_purpose")
BEFORE = "purpose IN ('sign_in', 'signing')"
AFTER = "purpose IN ('sign_in', 'signing', 'new_number')"
RUNNING = sa.text("lifted_at IS NULL")


def upgrade() -> None:
    _allow(AFTER)
    op.create_table(
        "stopped_number",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.Column("number_last4", sa.String(length=4), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stopped_number")),
        sa.UniqueConstraint("reference", name=op.f("uq_stopped_number_reference")),
    )
    op.create_index(
        "uq_stopped_number_running",
        "stopped_number",
        ["number_hash"],
        unique=True,
        sqlite_where=RUNNING,
        postgresql_where=RUNNING,
    )
    op.create_table(
        "number_change",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=True),
        sa.Column("old_mobile", sa.String(length=20), nullable=False),
        sa.Column("new_mobile", sa.String(length=20), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrower.id"], name=op.f("fk_number_change_borrower_id_borrower")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_change")),
        sa.UniqueConstraint("reference", name=op.f("uq_number_change_reference")),
    )
    op.create_index(op.f("ix_number_change_borrower_id"), "number_change", ["borrower_id"], unique=False)


def downgrade() -> None:
    op.drop_table("number_change")
    op.drop_table("stopped_number")
    op.execute("DELETE FROM one_time_code WHERE purpose = 'new_number'")
    _allow(BEFORE)


def _allow(purposes: str) -> None:
    """In a batch: SQLite cannot change a check, so the table is made anew."""
    with op.batch_alter_table("one_time_code") as table:
        table.drop_constraint(PURPOSE, type_="check")
        table.create_check_constraint(PURPOSE, purposes)
