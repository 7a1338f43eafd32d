"""What a message went through: tries, receipts, what it cost; work that was called off; addresses of e-mail."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import UtcDateTime

revision = "0025"
down_revision = "0024"

STATE = op.f("ck_outbox_state")
PURPOSE = op.f("ck_one_time_code_purpose")
CODES_BEFORE = "purpose IN ('sign_in', 'signing', 'new_number')"
CODES_NOW = "purpose IN ('sign_in', 'signing', 'new_number', 'new_email')"


def upgrade() -> None:
    op.add_column("contact", sa.Column("message_key", sa.String(length=32), nullable=True))
    op.add_column("contact", sa.Column("tries", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("contact", sa.Column("error", sa.String(length=60), nullable=False, server_default=""))
    op.add_column("contact", sa.Column("arrived_at", UtcDateTime(), nullable=True))
    op.create_index("uq_contact_message_key", "contact", ["message_key"], unique=True)
    _allow("outbox", STATE, "state IN ('open', 'done', 'dead', 'cancelled')", wide=("state", 9, 6))
    op.add_column("outbox", sa.Column("is_bulk", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_index("ix_outbox_open", table_name="outbox")
    is_open = sa.text("state = 'open'")
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["is_bulk", "due_at", "id"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    _allow("one_time_code", PURPOSE, CODES_NOW)
    with op.batch_alter_table("demo_message") as table:
        table.add_column(sa.Column("channel", sa.String(length=12), nullable=False, server_default="sms"))
        table.add_column(sa.Column("subject", sa.String(length=200), nullable=False, server_default=""))
        table.alter_column("mobile", type_=sa.String(length=254), existing_type=sa.String(length=20))
    op.create_table(
        "message_spending",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "channel", name=op.f("pk_message_spending")),
    )
    _add_addresses()


def _add_addresses() -> None:
    op.create_table(
        "email_address",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("borrower_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrower.id"], name=op.f("fk_email_address_borrower_id_borrower")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_address")),
    )
    op.create_index("ix_email_address_hash", "email_address", ["address_hash"])
    op.create_index(
        "uq_email_address_standing",
        "email_address",
        ["borrower_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("email_address")
    op.drop_table("message_spending")
    op.execute("DELETE FROM demo_message WHERE channel <> 'sms'")
    with op.batch_alter_table("demo_message") as table:
        table.alter_column("mobile", type_=sa.String(length=20), existing_type=sa.String(length=254))
        table.drop_column("subject")
        table.drop_column("channel")
    op.execute("DELETE FROM one_time_code WHERE purpose = 'new_email'")
    _allow("one_time_code", PURPOSE, CODES_BEFORE)
    op.execute("UPDATE outbox SET state = 'done' WHERE state = 'cancelled'")
    op.drop_index("ix_outbox_open", table_name="outbox")
    op.drop_column("outbox", "is_bulk")
    _allow("outbox", STATE, "state IN ('open', 'done', 'dead')", wide=("state", 6, 9))
    op.create_index("ix_outbox_open", "outbox", ["due_at", "id"])
    op.drop_index("uq_contact_message_key", table_name="contact")
    for column in ("arrived_at", "error", "tries", "message_key"):
        op.drop_column("contact", column)


def _allow(table_name: str, check: str, values: str, *, wide: tuple[str, int, int] | None = None) -> None:
    """In a batch: SQLite cannot change a check, so the table is made anew. ``wide``: a column, its new length and its old one."""
    with op.batch_alter_table(table_name) as table:
        table.drop_constraint(check, type_="check")
        if wide is not None:
            column, now, before = wide
            table.alter_column(column, type_=sa.String(length=now), existing_type=sa.String(length=before))
        table.create_check_constraint(check, values)
