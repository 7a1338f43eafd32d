"""Each event's salt and its place in the record's tree."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SALTS = {
    "postgresql": "UPDATE event SET salt = decode(replace(gen_random_uuid()::text, '-', ''), 'hex')",
    "sqlite": "UPDATE event SET salt = randomblob(16)",
}
FORBID = """
CREATE FUNCTION record_leaf_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the record is append-only'; END $$
"""


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.add_column("event", sa.Column("salt", sa.LargeBinary(), nullable=True))
    _salt_what_there_is(dialect)
    op.create_table(
        "record_leaf",
        sa.Column("place", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("event_id", BIG_ID, nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("place >= 0", name=op.f("ck_record_leaf_place")),
        sa.CheckConstraint("length(leaf) = 32", name=op.f("ck_record_leaf_leaf")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_record_leaf_event_id")),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_record_leaf")),
        sa.UniqueConstraint("event_id", name=op.f("uq_record_leaf_event_id")),
    )
    if dialect == "postgresql":
        op.execute(FORBID)
        op.execute(
            "CREATE TRIGGER record_leaf_append_only BEFORE UPDATE OR DELETE ON record_leaf"
            " FOR EACH ROW EXECUTE FUNCTION record_leaf_is_append_only()"
        )
        op.execute(
            "CREATE TRIGGER record_leaf_no_truncate BEFORE TRUNCATE ON record_leaf"
            " FOR EACH STATEMENT EXECUTE FUNCTION record_leaf_is_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER record_leaf_no_{verb.lower()} BEFORE {verb} ON record_leaf"
            " BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END"
        )
    # INSERT OR REPLACE deletes the old row without asking the trigger above.
    op.execute(
        "CREATE TRIGGER record_leaf_no_replace BEFORE INSERT ON record_leaf"
        " WHEN EXISTS (SELECT 1 FROM record_leaf WHERE place = NEW.place OR event_id = NEW.event_id)"
        " BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END"
    )


def _salt_what_there_is(dialect: str) -> None:
    """The only change that events ever see; what forbids it is put back at once."""
    if dialect == "postgresql":
        op.execute("ALTER TABLE event DISABLE TRIGGER event_append_only")
        op.execute(SALTS[dialect])
        op.execute("ALTER TABLE event ENABLE TRIGGER event_append_only")
        return
    op.execute("DROP TRIGGER event_no_update")
    op.execute(SALTS[dialect])
    op.execute(
        "CREATE TRIGGER event_no_update BEFORE UPDATE ON event"
        " BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END"
    )


def downgrade() -> None:
    op.drop_table("record_leaf")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION record_leaf_is_append_only()")
    op.drop_column("event", "salt")
