"""Figures of the prime rate that operators add to those that the program carries (rule P07)."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import UtcDateTime

revision = "0066"
down_revision = "0065"
EXPANDS = True
"""Programs of before know the figures that they carry."""


def upgrade() -> None:
    op.create_table(
        "prime_rate",
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("pct", sa.String(24), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("published_on", name=op.f("pk_prime_rate")),
    )


def downgrade() -> None:
    op.drop_table("prime_rate")
