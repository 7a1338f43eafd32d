"""Versions of the policy as drafts that somebody else decides, and trials on a share of the loans."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
KEPT = "id, version, effective_on, body, made_by, made_at"
SAYS = ("version", "body", "follows_id", "why", "drafted_by", "made_by", "made_at")
"""What of a version nobody changes once it was proposed."""
FIXED = ("effective_on", "share_pct", "decided_by", "decided_at", "decision_note", "state")
"""What nobody changes besides once it is decided for good."""
DECIDED = "('approved', 'refused', 'withdrawn', 'ended')"
MESSAGE = "a version of the policy is never changed"


def upgrade() -> None:
    _set_aside()
    _create_versions(_more_columns(), _more_constraints())
    op.execute(
        f"INSERT INTO policy_version ({KEPT}, state, why, row_version, decision_note)"  # nosec B608  # noqa: S608 - names of columns written above
        f" SELECT {KEPT}, 'approved', '', 1, '' FROM policy_version_kept"
    )
    _put_back()
    _add_indexes()
    _add_trials()
    for table in ("proposal_version", "decision"):
        op.add_column(
            table, sa.Column("policy_arm", sa.String(length=5), nullable=False, server_default="all")
        )
    _refuse_changes()


def downgrade() -> None:
    """Drafts and what was refused are forgotten: there is no place for them."""
    _allow_changes()
    for table in ("proposal_version", "decision"):
        op.drop_column(table, "policy_arm")
    op.drop_table("policy_trial")
    _set_aside()
    _create_versions((), ())
    # nosemgrep: sqlalchemy-execute-raw-query - names written in this file
    op.execute(
        f"INSERT INTO policy_version ({KEPT}) SELECT {KEPT} FROM policy_version_kept WHERE state = 'approved'"  # nosec B608  # noqa: S608 - names of columns written above
    )
    _put_back()


def _set_aside() -> None:
    op.execute("CREATE TABLE policy_version_kept AS SELECT * FROM policy_version")
    op.drop_table("policy_version")


def _put_back() -> None:
    op.drop_table("policy_version_kept")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('policy_version', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM policy_version), false)"
        )


def _create_versions(columns: tuple[sa.Column[object], ...], constraints: tuple[sa.Constraint, ...]) -> None:
    op.create_table(
        "policy_version",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("body", JSON, nullable=False),
        *columns,
        sa.Column("made_by", BIG_ID, nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        *constraints,
        sa.ForeignKeyConstraint(["made_by"], ["staff_member.id"], name=op.f("fk_policy_version_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_version")),
        sa.UniqueConstraint("version", name=op.f("uq_policy_version_version")),
    )


def _more_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("share_pct", sa.Integer(), nullable=True),
        sa.Column("follows_id", BIG_ID, nullable=True),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("drafted_by", BIG_ID, nullable=True),
        sa.Column("proposed_at", MOMENT, nullable=True),
        sa.Column("decided_by", BIG_ID, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decision_note", sa.String(length=500), nullable=False),
    )


def _more_constraints() -> tuple[sa.Constraint, ...]:
    return (
        sa.CheckConstraint(
            "state IN ('draft', 'proposed', 'approved', 'trial', 'refused', 'withdrawn', 'ended')",
            name=op.f("ck_policy_version_state"),
        ),
        sa.CheckConstraint(
            "drafted_by IS NULL OR decided_by IS NULL OR drafted_by <> decided_by",
            name=op.f("ck_policy_version_drafter_is_not_decider"),
        ),
        sa.CheckConstraint(
            "drafted_by IS NULL OR state NOT IN ('approved', 'trial', 'ended', 'refused')"
            " OR (decided_by IS NOT NULL AND decided_at IS NOT NULL)",
            name=op.f("ck_policy_version_somebody_decided"),
        ),
        sa.CheckConstraint("share_pct BETWEEN 1 AND 99", name=op.f("ck_policy_version_share_pct")),
        sa.CheckConstraint(
            "state <> 'trial' OR share_pct IS NOT NULL", name=op.f("ck_policy_version_trial_has_a_share")
        ),
        sa.ForeignKeyConstraint(
            ["follows_id"], ["policy_version.id"], name=op.f("fk_policy_version_follows_id")
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by"], ["staff_member.id"], name=op.f("fk_policy_version_drafted_by")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["staff_member.id"], name=op.f("fk_policy_version_decided_by")
        ),
    )


def _add_indexes() -> None:
    for name, column, state in (("follows", "follows_id", "approved"), ("trial", "state", "trial")):
        # nosemgrep: avoid-sqlalchemy-text - names written in this file
        is_there = sa.text(f"state = '{state}'")
        op.create_index(
            f"uq_policy_version_{name}",
            "policy_version",
            [column],
            unique=True,
            sqlite_where=is_there,
            postgresql_where=is_there,
        )
    op.create_index("ix_policy_version_in_force", "policy_version", ["state", "effective_on"])


def _add_trials() -> None:
    op.create_table(
        "policy_trial",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("policy_id", BIG_ID, nullable=False),
        sa.Column("share_pct", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("asked", sa.String(length=4), nullable=True),
        sa.Column("asked_by", BIG_ID, nullable=True),
        sa.Column("asked_at", MOMENT, nullable=True),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("answered_by", BIG_ID, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint("state IN ('running', 'all', 'stopped')", name=op.f("ck_policy_trial_state")),
        sa.CheckConstraint("asked IN ('all', 'stop')", name=op.f("ck_policy_trial_asked")),
        sa.CheckConstraint(
            "asked_by IS NULL OR answered_by IS NULL OR asked_by <> answered_by",
            name=op.f("ck_policy_trial_by_another"),
        ),
        sa.CheckConstraint(
            "state = 'running' OR (asked IS NOT NULL AND asked_by IS NOT NULL AND answered_by IS NOT NULL)",
            name=op.f("ck_policy_trial_ended_by_two"),
        ),
        sa.CheckConstraint("share_pct BETWEEN 1 AND 99", name=op.f("ck_policy_trial_share_pct")),
        sa.CheckConstraint("(state = 'running') = (ended_on IS NULL)", name=op.f("ck_policy_trial_ended_on")),
        sa.ForeignKeyConstraint(["policy_id"], ["policy_version.id"], name=op.f("fk_policy_trial_policy_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["staff_member.id"], name=op.f("fk_policy_trial_asked_by")),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["staff_member.id"], name=op.f("fk_policy_trial_answered_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_trial")),
        sa.UniqueConstraint("policy_id", name=op.f("uq_policy_trial_policy_id")),
    )


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _refuse_on_postgresql()
        return
    said = f"SELECT RAISE(ABORT, '{MESSAGE}')"
    op.execute(
        f"CREATE TRIGGER policy_version_says_the_same BEFORE UPDATE ON policy_version"
        f" WHEN (OLD.state <> 'draft' AND ({_moved(SAYS, 'IS NOT')}))"
        f" OR (OLD.state IN {DECIDED} AND ({_moved(FIXED, 'IS NOT')}))"
        f" BEGIN {said}; END"
    )
    # nosemgrep: sqlalchemy-execute-raw-query - names written in this file
    op.execute(f"CREATE TRIGGER policy_version_stays BEFORE DELETE ON policy_version BEGIN {said}; END")


def _refuse_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION policy_version_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF TG_OP = 'DELETE' OR (OLD.state <> 'draft' AND ({_moved(SAYS, 'IS DISTINCT FROM')}))"
        f" OR (OLD.state IN {DECIDED} AND ({_moved(FIXED, 'IS DISTINCT FROM')}))"
        f" THEN RAISE EXCEPTION '{MESSAGE}'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER policy_version_kept BEFORE UPDATE OR DELETE ON policy_version"
        " FOR EACH ROW EXECUTE FUNCTION policy_version_is_kept()"
    )


def _moved(columns: tuple[str, ...], differs: str) -> str:
    return " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in columns)


def _allow_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER policy_version_kept ON policy_version")
        op.execute("DROP FUNCTION policy_version_is_kept()")
        return
    op.execute("DROP TRIGGER policy_version_says_the_same")
    op.execute("DROP TRIGGER policy_version_stays")
