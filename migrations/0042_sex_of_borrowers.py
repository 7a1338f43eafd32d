"""The sex of a borrower where the book states it, for the fairness figures."""

from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE borrower ADD COLUMN sex VARCHAR(6) "
        "CONSTRAINT ck_borrower_sex CHECK (sex IN ('female', 'male'))"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE borrower DROP COLUMN sex")
