"""What policy answered to each signed offer, with the facts it looked at; and replays of a draft over them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _add_answers()
    _add_replays()


def downgrade() -> None:
    op.drop_table("policy_replay")
    op.drop_table("policy_answer")


def _add_answers() -> None:
    op.create_table(
        "policy_answer",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("proposal_id", BIG_ID, nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("policy_version", sa.String(length=40), nullable=False),
        sa.Column("policy_arm", sa.String(length=5), nullable=False),
        sa.Column("is_at_once", sa.Boolean(), nullable=False),
        sa.Column("reasons", JSON, nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposal.id"],
            name=op.f("fk_policy_answer_proposal_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_answer")),
        sa.UniqueConstraint(
            "proposal_id", "version_number", name=op.f("uq_policy_answer_proposal_id_version_number")
        ),
    )
    op.create_index(
        "ix_policy_answer_policy_version", "policy_answer", ["policy_version", "policy_arm", "answered_at"]
    )


def _add_replays() -> None:
    op.create_table(
        "policy_replay",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("policy_id", BIG_ID, nullable=False),
        sa.Column("body_digest", sa.String(length=64), nullable=False),
        sa.Column("against", sa.String(length=40), nullable=False),
        sa.Column("offers", sa.Integer(), nullable=False),
        sa.Column("loans", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.Column("result", JSON, nullable=True),
        sa.Column("asked_by", BIG_ID, nullable=True),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed')", name=op.f("ck_policy_replay_state")),
        sa.CheckConstraint("(state = 'done') = (result IS NOT NULL)", name=op.f("ck_policy_replay_result")),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["policy_version.id"], name=op.f("fk_policy_replay_policy_id")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["staff_member.id"], name=op.f("fk_policy_replay_asked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_replay")),
    )
    op.create_index("ix_policy_replay_policy", "policy_replay", ["policy_id", "id"])
