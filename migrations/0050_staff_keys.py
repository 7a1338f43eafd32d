"""Security keys of staff."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import BigId, UtcDateTime

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    op.create_table(
        "staff_key",
        sa.Column("id", BigId, nullable=False),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("staff_member_id", BigId, nullable=False),
        sa.Column("handle", sa.LargeBinary(64), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_member_id"], ["staff_member.id"], name=op.f("fk_staff_key_staff_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_staff_key_public_id")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_staff_key_credential_id")),
    )
    op.create_index(op.f("ix_staff_key_staff_member_id"), "staff_key", ["staff_member_id"])


def downgrade() -> None:
    op.drop_table("staff_key")
