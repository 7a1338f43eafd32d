"""How the installation is run: workers that are alive, backups, and times in which nothing may be written."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0043"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "worker_beat",
        sa.Column("worker", sa.String(length=120), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("jobs", BIG_ID, nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_worker_beat")),
    )
    op.create_table(
        "backup_made",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=False),
        sa.Column("size", BIG_ID, nullable=False),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_made")),
    )
    op.create_index(op.f("ix_backup_made_began_at"), "backup_made", ["began_at"])
    op.create_table(
        "read_only_spell",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read_only_spell")),
    )
    op.create_index(
        "uq_read_only_spell_running",
        "read_only_spell",
        [sa.text("(1)")],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    """Nothing of it is about anybody; the record keeps when it happened."""
    op.drop_table("read_only_spell")
    op.drop_table("backup_made")
    op.drop_table("worker_beat")
