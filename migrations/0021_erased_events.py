"""An event may be erased: what it says goes, its place and leaf stay. Nothing else of the record may be changed."""

from alembic import op

revision = "0021"
down_revision = "0020"

ERASED = """
    NEW.id = OLD.id AND OLD.salt IS NOT NULL AND OLD.name NOT LIKE 'record:%' AND NEW.salt IS NULL
    AND NEW.name = 'erased' AND NEW.actor_kind = 'system' AND NEW.actor_id IS NULL AND NEW.request_id IS NULL
    AND NEW.borrower_id IS NULL AND NEW.loan_id IS NULL AND NEW.proposal_id IS NULL AND NEW.fields = '{}'
    AND EXISTS (SELECT 1 FROM record_leaf WHERE event_id = OLD.id)
"""
ALLOWING = f"""
CREATE OR REPLACE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF {ERASED} THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'the record is append-only';
END $$
"""
FORBIDDING = """
CREATE OR REPLACE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the record is append-only'; END $$
"""


def upgrade() -> None:
    _forbid(ALLOWING, f"WHEN ({ERASED}) IS NOT TRUE")


def downgrade() -> None:
    _forbid(FORBIDDING, "")


def _forbid(function: str, when: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(function)
        return
    op.execute("DROP TRIGGER event_no_update")
    op.execute(
        f"CREATE TRIGGER event_no_update BEFORE UPDATE ON event {when}"
        " BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END"
    )
