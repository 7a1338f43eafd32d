"""Reports of figures that were asked for at the desk and are drawn by a worker."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "figure_report",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=5), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("asked_by", BIG_ID, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("made_at", MOMENT, nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("kind IN ('month', 'year')", name=op.f("ck_figure_report_kind")),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_figure_report_days")),
        sa.CheckConstraint(
            "(made_at IS NULL) = (body IS NULL) AND (made_at IS NULL) = (sha256 IS NULL)",
            name=op.f("ck_figure_report_made"),
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["staff_member.id"], name=op.f("fk_figure_report_asked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_report")),
        sa.UniqueConstraint("public_id", name=op.f("uq_figure_report_public_id")),
    )
    op.create_index(
        "uq_figure_report_waiting",
        "figure_report",
        ["kind", "first_on", "last_on", "locale"],
        unique=True,
        sqlite_where=sa.text("made_at IS NULL"),
        postgresql_where=sa.text("made_at IS NULL"),
    )


def downgrade() -> None:
    """Reports can be drawn again from what they were drawn from."""
    op.drop_table("figure_report")
