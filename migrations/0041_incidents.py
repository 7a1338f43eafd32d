"""Incidents with personal information, and the notices of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0041"
down_revision = "0040"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "incident",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("kinds", JSON, nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("texts", JSON, nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("made_by", BIG_ID, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint("people >= 0", name=op.f("ck_incident_people")),
        sa.ForeignKeyConstraint(["made_by"], ["staff_member.id"], name=op.f("fk_incident_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("public_id", name=op.f("uq_incident_public_id")),
    )
    op.create_table(
        "incident_notice",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("incident_id", BIG_ID, nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("of_version", sa.Integer(), nullable=False),
        sa.Column("text_version", sa.String(length=40), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_by", BIG_ID, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("answered_by", BIG_ID, nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "audience IN ('people', 'authority', 'nobody')", name=op.f("ck_incident_notice_audience")
        ),
        sa.CheckConstraint(
            "state IN ('drafted', 'issued', 'refused')", name=op.f("ck_incident_notice_state")
        ),
        sa.CheckConstraint(
            "answered_by IS NULL OR answered_by <> made_by", name=op.f("ck_incident_notice_four_eyes")
        ),
        sa.CheckConstraint(
            "(state = 'drafted') = (answered_by IS NULL)", name=op.f("ck_incident_notice_answered")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["staff_member.id"], name=op.f("fk_incident_notice_answered_by")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_incident_notice_incident_id")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["staff_member.id"], name=op.f("fk_incident_notice_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_notice")),
        sa.UniqueConstraint(
            "incident_id",
            "audience",
            "locale",
            "version",
            name=op.f("uq_incident_notice_incident_id_audience_locale_version"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_incident_notice_public_id")),
    )


def downgrade() -> None:
    op.drop_table("incident_notice")
    op.drop_table("incident")
