"""A loan remembers from whom it came to its creditor, since when, and when its borrower was told (rule C21)."""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
EXPANDS = True
"""Programs of before go on as they did: what is there counts as handed on to nobody."""


def upgrade() -> None:
    op.add_column("loan", sa.Column("former_creditor", sa.String(200), nullable=True))
    op.add_column("loan", sa.Column("former_until", sa.Date(), nullable=True))
    op.add_column("loan", sa.Column("assigned_on", sa.Date(), nullable=True))
    op.add_column("loan", sa.Column("assignment_told_on", sa.Date(), nullable=True))


def downgrade() -> None:
    """Who was told what is forgotten with it, and programs of before claim on loans that were handed on untold."""
    for name in ("assignment_told_on", "assigned_on", "former_until", "former_creditor"):
        op.drop_column("loan", name)
