"""Since when a later book still carries a number that its borrower has changed here."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    at = sa.DateTime(timezone=True)
    op.add_column("number_change", sa.Column("book_differs_since", at, nullable=True))


def downgrade() -> None:
    op.drop_column("number_change", "book_differs_since")
