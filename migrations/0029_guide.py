"""The agent's guide: versions that nobody changes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_REFUSES = """
CREATE FUNCTION guide_version_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a version of the guide is never changed'; END $$
"""


def upgrade() -> None:
    op.create_table(
        "guide_version",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("situation", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", JSON, nullable=False),
        sa.Column("steps", JSON, nullable=False),
        sa.Column("made_by", BIG_ID, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_guide_version_number")),
        sa.ForeignKeyConstraint(["made_by"], ["staff_member.id"], name=op.f("fk_guide_version_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guide_version")),
        sa.UniqueConstraint(
            "stage", "situation", "number", name=op.f("uq_guide_version_stage_situation_number")
        ),
    )
    _refuse_changes()


def downgrade() -> None:
    op.drop_table("guide_version")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION guide_version_is_append_only()")


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_REFUSES)
        op.execute(
            "CREATE TRIGGER guide_version_append_only BEFORE UPDATE OR DELETE ON guide_version"
            " FOR EACH ROW EXECUTE FUNCTION guide_version_is_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER guide_version_no_{verb.lower()} BEFORE {verb} ON guide_version"
            " BEGIN SELECT RAISE(ABORT, 'a version of the guide is never changed'); END"
        )
