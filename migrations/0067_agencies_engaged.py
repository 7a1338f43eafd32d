"""Since when a creditor has engaged the agency that it has: notices from before named another (rule L03)."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import UtcDateTime

revision = "0067"
down_revision = "0066"
EXPANDS = True
"""Programs of before engage another agency without saying since when, as they did."""


def upgrade() -> None:
    op.add_column("creditor", sa.Column("agency_since", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("creditor", "agency_since")
