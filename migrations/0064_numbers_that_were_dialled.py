"""How often a number was dialled is read by the number, whoever was to be reached: from an index over the calls alone."""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
EXPANDS = True
"""Programs of before go on as they did."""


def upgrade() -> None:
    is_call = sa.text("channel = 'phone'")
    op.create_index(
        op.f("ix_contact_number"),
        "contact",
        ["number_hash", "at"],
        sqlite_where=is_call,
        postgresql_where=is_call,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_contact_number"), table_name="contact")
