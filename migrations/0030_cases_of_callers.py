"""Cases that staff take down for somebody who calls: how a case came, and who noted it."""

from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Checks and the reference are written with their columns, so that SQLite need not copy the table."""
    number = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        "ALTER TABLE service_case ADD COLUMN channel VARCHAR(8) DEFAULT 'portal' NOT NULL"
        " CONSTRAINT ck_service_case_channel CHECK (channel IN ('portal', 'phone'))"
    )
    op.execute(
        f"ALTER TABLE service_case ADD COLUMN opened_by {number}"
        " CONSTRAINT fk_service_case_opened_by REFERENCES staff_member (id)"
        " CONSTRAINT ck_service_case_opened_by CHECK (opened_by IS NULL OR channel = 'phone')"
    )


def downgrade() -> None:
    op.execute("UPDATE service_case SET topic = 'other' WHERE topic IN ('hardship', 'illness')")
    op.execute("ALTER TABLE service_case DROP COLUMN opened_by")
    op.execute("ALTER TABLE service_case DROP COLUMN channel")
