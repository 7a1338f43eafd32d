"""The number that a page shows leads to what happened in its request."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_index("ix_event_request", "event", ["request_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_event_request", table_name="event")
