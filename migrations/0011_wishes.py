"""What borrowers decide about themselves, complaints without signing in, and two more kinds of case."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BEFORE = "kind IN ('dispute', 'complaint', 'talk')"
_AFTER = "kind IN ('dispute', 'complaint', 'talk', 'data', 'represented')"
_OPEN = sa.text("ended_at IS NULL")
_PRESENT = sa.text("status IN ('named', 'verified')")


def _at(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _borrower(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f(f"fk_{table}_borrower_id"))


def _case(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["case_id"], ["service_case.id"], name=op.f(f"fk_{table}_case_id"))


def _one(name: str, table: str, where: sa.TextClause) -> None:
    op.create_index(op.f(f"ix_{table}_borrower_id"), table, ["borrower_id"], unique=False)
    op.create_index(name, table, ["borrower_id"], unique=True, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    op.create_table(
        "contact_wish",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("first_hour", sa.Integer(), nullable=False),
        sa.Column("last_hour", sa.Integer(), nullable=False),
        sa.Column("channels", JSON, nullable=False),
        _at("made_at"),
        _at("ended_at", nullable=True),
        sa.CheckConstraint(
            "first_hour >= 0 AND first_hour < last_hour AND last_hour <= 24",
            name=op.f("ck_contact_wish_hours"),
        ),
        _borrower("contact_wish"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_wish")),
    )
    _one("uq_contact_wish_standing", "contact_wish", _OPEN)
    op.create_table(
        "representative",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("case_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        _at("named_at"),
        _at("checked_at", nullable=True),
        sa.Column("checked_by", BIG_ID, nullable=True),
        _at("removed_at", nullable=True),
        sa.CheckConstraint("kind IN ('lawyer', 'helper')", name=op.f("ck_representative_kind")),
        sa.CheckConstraint(
            "status IN ('named', 'verified', 'refused', 'removed')", name=op.f("ck_representative_status")
        ),
        _borrower("representative"),
        _case("representative"),
        sa.ForeignKeyConstraint(
            ["checked_by"], ["staff_member.id"], name=op.f("fk_representative_checked_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_representative")),
        sa.UniqueConstraint("case_id", name=op.f("uq_representative_case_id")),
    )
    _one("uq_representative_present", "representative", _PRESENT)
    op.create_table(
        "data_restriction",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("case_id", BIG_ID, nullable=False),
        _at("started_at"),
        _at("ended_at", nullable=True),
        _borrower("data_restriction"),
        _case("data_restriction"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_restriction")),
    )
    _one("uq_data_restriction_running", "data_restriction", _OPEN)
    op.create_table(
        "visitor_complaint",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("reply_to", sa.String(length=120), nullable=False),
        sa.Column("page", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        _at("opened_at"),
        _at("answer_by"),
        _at("closed_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visitor_complaint")),
        sa.UniqueConstraint("public_id", name=op.f("uq_visitor_complaint_public_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_visitor_complaint_reference")),
    )
    op.add_column("service_case", sa.Column("page", sa.String(length=200), nullable=False, server_default=""))
    _allow(_BEFORE, _AFTER)


def downgrade() -> None:
    for table, name, where in (
        ("data_restriction", "uq_data_restriction_running", _OPEN),
        ("representative", "uq_representative_present", _PRESENT),
        ("contact_wish", "uq_contact_wish_standing", _OPEN),
    ):
        op.drop_index(name, table_name=table, sqlite_where=where, postgresql_where=where)
        op.drop_index(op.f(f"ix_{table}_borrower_id"), table_name=table)
        op.drop_table(table)
    op.drop_table("visitor_complaint")
    op.execute("UPDATE service_case SET kind = 'talk' WHERE kind IN ('data', 'represented')")
    _allow(_AFTER, _BEFORE)
    op.drop_column("service_case", "page")


def _allow(before: str, after: str) -> None:
    """Another list in the check of the kind. SQLite's stored text is changed in place, as in 0007: threads point at the table."""
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_service_case_kind"), "service_case", type_="check")
        op.create_check_constraint(op.f("ck_service_case_kind"), "service_case", after)
        return
    number = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    bind.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'service_case'",
        (before, after),
    )
    bind.exec_driver_sql(f"PRAGMA schema_version = {number + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema = OFF")
