"""What was sent, as it was sent, and how somebody finds out that it was."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("contact", sa.Column("text", sa.String(length=500), nullable=False, server_default=""))
    op.add_column("contact", sa.Column("sent_from", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("contact", sa.Column("check_reference", sa.String(length=9), nullable=True))
    op.create_index(op.f("ix_contact_check_reference"), "contact", ["check_reference"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_contact_check_reference"), table_name="contact")
    for name in ("check_reference", "sent_from", "text"):
        op.drop_column("contact", name)
