"""What is being typed, kept until it is sent."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "typed_draft",
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_typed_draft_borrower_id")),
        sa.PrimaryKeyConstraint("borrower_id", "path", name=op.f("pk_typed_draft")),
    )


def downgrade() -> None:
    op.drop_table("typed_draft")
