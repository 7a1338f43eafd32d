"""A broken plan may go on once, or be ended by a person who told the borrower before: what of it happened, and when."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import UtcDateTime

revision = "0063"
down_revision = "0062"
EXPANDS = True
"""Programs of before go on as they did."""


def upgrade() -> None:
    op.add_column("proposal", sa.Column("reinstated_on", sa.Date(), nullable=True))
    op.add_column("proposal", sa.Column("end_told_on", sa.Date(), nullable=True))
    op.add_column("proposal", sa.Column("end_reason", sa.String(40), nullable=True))
    op.add_column("proposal", sa.Column("terminated_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    for name in ("terminated_at", "end_reason", "end_told_on", "reinstated_on"):
        op.drop_column("proposal", name)
