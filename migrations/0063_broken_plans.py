"""A broken plan may go on once, or be ended by a person who told the borrower before: what of it happened, and when."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import UtcDateTime

revision = "0063"
down_revision = "0062"
EXPANDS = True
"""Programs of before go on as they did."""

COLUMNS = {
    "reinstated_on": sa.Date(),
    "end_told_on": sa.Date(),
    "end_reason": sa.String(40),
    "terminated_at": UtcDateTime(),
}


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column("proposal", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.drop_column("proposal", name)
