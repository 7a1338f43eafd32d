"""The public check, which anybody may ask without signing in, goes by indexes however many agreements there are.

A content's hash, a preview's digest, and whether an agreement was replaced by a later one: each read a table from end to end.
"""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
EXPANDS = True
"""Programs of before go on as they did."""

WHERE_SET = {"proposal": "replaces_id", "proposal_version": "preview_document_id"}


def upgrade() -> None:
    op.create_index(op.f("ix_agreement_content_hash"), "agreement", ["content_hash"])
    for table, column in WHERE_SET.items():
        # nosemgrep: avoid-sqlalchemy-text - names written in this file
        is_set = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            op.f(f"ix_{table}_{column}"), table, [column], sqlite_where=is_set, postgresql_where=is_set
        )


def downgrade() -> None:
    for table, column in WHERE_SET.items():
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
    op.drop_index(op.f("ix_agreement_content_hash"), table_name="agreement")
