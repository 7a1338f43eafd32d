"""Changes of a plan in force: which one a proposal replaces, one in force a loan, and a status for what was replaced."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_BEFORE = (
    "draft",
    "submitted",
    "in_review",
    "info_requested",
    "countered",
    "needs_resign",
    "approved",
    "active",
    "missed",
    "broken",
    "completed",
    "terminated",
    "declined",
    "withdrawn",
    "expired",
    "discarded",
)
_AFTER = (*_BEFORE, "superseded")
_RUNNING = sa.text("status IN ('approved', 'active', 'missed')")
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    replaces = sa.Column("replaces_id", BIG_ID, nullable=True)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "ALTER TABLE proposal ADD COLUMN replaces_id INTEGER"
            " CONSTRAINT fk_proposal_replaces_id REFERENCES proposal (id)"
        )
    else:
        op.add_column("proposal", replaces)
        op.create_foreign_key(
            op.f("fk_proposal_replaces_id"), "proposal", "proposal", ["replaces_id"], ["id"]
        )
    _allow(_BEFORE, _AFTER)
    op.create_index(
        "uq_proposal_running_loan",
        "proposal",
        ["loan_id"],
        unique=True,
        sqlite_where=_RUNNING,
        postgresql_where=_RUNNING,
    )


def downgrade() -> None:
    op.drop_index("uq_proposal_running_loan", table_name="proposal")
    op.execute("UPDATE proposal SET status = 'terminated' WHERE status = 'superseded'")
    _allow(_AFTER, _BEFORE)
    if op.get_bind().dialect.name == "sqlite":
        op.execute("ALTER TABLE proposal DROP COLUMN replaces_id")
    else:
        op.drop_constraint(op.f("fk_proposal_replaces_id"), "proposal", type_="foreignkey")
        op.drop_column("proposal", "replaces_id")


def _allow(before: Sequence[str], after: Sequence[str]) -> None:
    """Another list in the status check. SQLite changes a check by its stored text alone (as its own manual says): copying the table
    would let the versions go with it, which fall with their proposal.
    """
    condition = f"status IN ({_list(after)})"
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_proposal_status"), "proposal", type_="check")
        op.create_check_constraint(op.f("ck_proposal_status"), "proposal", condition)
        return
    bind = op.get_bind()
    number = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    bind.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'proposal'",
        (f"status IN ({_list(before)})", condition),
    )
    bind.exec_driver_sql(f"PRAGMA schema_version = {number + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema = OFF")


def _list(statuses: Sequence[str]) -> str:
    return ", ".join(f"'{status}'" for status in statuses)
