"""The day on which a loan is to be counted again, instead of figures that are others each day."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"

DAYS = op.f("ck_loan_standing_days")


def upgrade() -> None:
    """Each loan is counted by the next run, which finds its day."""
    with op.batch_alter_table("loan_standing") as table:
        table.add_column(sa.Column("next_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("counted_by", sa.String(16), nullable=True))
        table.drop_constraint(DAYS, type_="check")
        table.drop_column("days_past_due")
        table.drop_column("penalty_minor")
        table.create_check_constraint(DAYS, "delinquent_days >= 0")
    _leave_room(85)


def downgrade() -> None:
    """Days past due are those of the oldest due date; the penalty is found by the next run, which counts all that are late."""
    with op.batch_alter_table("loan_standing") as table:
        table.add_column(sa.Column("days_past_due", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("penalty_minor", sa.BigInteger(), nullable=False, server_default="0"))
        table.drop_constraint(DAYS, type_="check")
    op.execute("UPDATE loan_standing SET days_past_due = delinquent_days")
    with op.batch_alter_table("loan_standing") as table:
        table.alter_column("days_past_due", server_default=None)
        table.alter_column("penalty_minor", server_default=None)
        table.create_check_constraint(DAYS, "delinquent_days >= 0 AND delinquent_days <= days_past_due")
        table.drop_column("counted_by")
        table.drop_column("next_on")
    _leave_room(45)


def _leave_room(fillfactor: int) -> None:
    """On PostgreSQL: how full a page of the table is at first; a tenth of the rows is rewritten each day."""
    if op.get_bind().dialect.name == "postgresql":
        # nosemgrep: sqlalchemy-execute-raw-query - names written in this file
        op.execute(f"ALTER TABLE loan_standing SET (fillfactor = {fillfactor})")
