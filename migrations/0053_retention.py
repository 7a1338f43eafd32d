"""Runs over what may not be kept any longer."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import BigId, Json, UtcDateTime

revision = "0053"
down_revision = "0050"

_UNFINISHED = sa.text("finished_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "retention_run",
        sa.Column("id", BigId, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("counts", Json, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_run")),
    )
    op.create_index(
        "uq_retention_run_running",
        "retention_run",
        [sa.text("(1)")],
        unique=True,
        sqlite_where=_UNFINISHED,
        postgresql_where=_UNFINISHED,
    )


def downgrade() -> None:
    op.drop_table("retention_run")
