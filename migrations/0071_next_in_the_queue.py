"""The index that the next case is taken from, in its order again: SQLite made ``review_item`` anew since and lost that of its second column."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"
EXPANDS = True
"""Programs of before ask the same."""

NAME = "ix_review_item_next"
LOST = ["deadline_at", "stage", "proposal_id"]
COLUMNS: list[str | sa.TextClause] = ["deadline_at", sa.text("stage DESC"), "proposal_id"]


def upgrade() -> None:
    _make_anew(COLUMNS)


def downgrade() -> None:
    _make_anew(LOST)


def _make_anew(columns: Sequence[str | sa.TextClause]) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    waits = sa.text("stage <> 'held'")
    op.drop_index(NAME, table_name="review_item")
    op.create_index(NAME, "review_item", columns, sqlite_where=waits)
