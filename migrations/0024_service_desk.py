"""Holds with an end, a review and two to end them; cases with an owner, decisions, and requests to correct the book."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0021"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ID, _AT = "{id}", "{at}"
_HANDLED: Sequence[tuple[str, str]] = (
    ("row_version", "INTEGER NOT NULL DEFAULT 1"),
    ("acknowledged_at", _AT),
    ("owner_id", _ID),
    ("owned_at", _AT),
    ("about_staff_id", _ID),
)
ADDED: Sequence[tuple[str, Sequence[tuple[str, str]]]] = (
    (
        "hold",
        (
            ("ends_on", "DATE"),
            ("review_on", "DATE"),
            ("evidence", "VARCHAR(24) NOT NULL DEFAULT ''"),
            ("started_by", _ID),
            ("end_asked_by", _ID),
            ("end_asked_at", _AT),
            ("end_asked_reason", "VARCHAR(200)"),
            (
                "ended_by",
                "{id} CONSTRAINT ck_hold_two_end_it CHECK (ended_by IS NULL OR end_asked_by IS NULL OR ended_by <> end_asked_by)",
            ),
        ),
    ),
    (
        "service_case",
        (
            *_HANDLED,
            ("review_round", "INTEGER NOT NULL DEFAULT 1"),
            ("second_look_at", _AT),
            (
                "waits_for",
                "VARCHAR(8) NOT NULL DEFAULT 'us' CONSTRAINT ck_service_case_waits_for CHECK (waits_for IN ('us', 'borrower', 'lender'))",
            ),
        ),
    ),
    (
        "visitor_complaint",
        (
            *_HANDLED,
            ("outcome", "VARCHAR(16) NOT NULL DEFAULT ''"),
            ("reason_code", "VARCHAR(32) NOT NULL DEFAULT ''"),
            ("answer", "TEXT NOT NULL DEFAULT ''"),
            ("decided_by", _ID),
        ),
    ),
    ("number_change", (("applied_at", _AT), ("applied_by", _ID))),
)
_OPEN = "status = 'open'"
INDEXES: Sequence[tuple[str, str, Sequence[str], str]] = (
    ("ix_hold_ends_on", "hold", ("ends_on",), "ended_at IS NULL AND ends_on IS NOT NULL"),
    ("ix_service_case_waiting", "service_case", ("answer_by", "id"), _OPEN),
    ("ix_service_case_owner", "service_case", ("owner_id", "answer_by", "id"), _OPEN),
    ("ix_visitor_complaint_waiting", "visitor_complaint", ("answer_by", "id"), _OPEN),
)


def upgrade() -> None:
    for table, columns in ADDED:
        for name, kind in columns:
            # nosemgrep: sqlalchemy-execute-raw-query - names written in this file
            op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {_sql(table, name, kind)}")
    for name, table, indexed, where in INDEXES:
        only = sa.text(where)
        op.create_index(name, table, list(indexed), sqlite_where=only, postgresql_where=only)
    _create_decision()
    _create_request()


def downgrade() -> None:
    op.drop_table("correction_request")
    op.drop_table("case_decision")
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table_name=table)
    for table, columns in reversed(ADDED):
        for name, _ in reversed(columns):
            # nosemgrep: sqlalchemy-execute-raw-query - names written in this file
            op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")


def _sql(table: str, name: str, kind: str) -> str:
    """The same on both databases but for two types; a reference is written with its column, so that SQLite need not copy the table."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    at = "DATETIME" if is_sqlite else "TIMESTAMP WITH TIME ZONE"
    number = "INTEGER" if is_sqlite else "BIGINT"
    return kind.format(id=f"{number} CONSTRAINT fk_{table}_{name} REFERENCES staff_member (id)", at=at)


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _staff(table: str, name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], ["staff_member.id"], name=op.f(f"fk_{table}_{name}"))


def _create_decision() -> None:
    op.create_table(
        "case_decision",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("case_id", BIG_ID, nullable=False),
        sa.Column("review_round", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason_code", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("keeps_hold", sa.Boolean(), nullable=False),
        sa.Column("decided_by", BIG_ID, nullable=False),
        _at("decided_at"),
        sa.ForeignKeyConstraint(["case_id"], ["service_case.id"], name=op.f("fk_case_decision_case_id")),
        _staff("case_decision", "decided_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_decision")),
        sa.UniqueConstraint("case_id", "review_round", name=op.f("uq_case_decision_case_id_review_round")),
    )


def _create_request() -> None:
    op.create_table(
        "correction_request",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("case_id", BIG_ID, nullable=False),
        sa.Column("loan_id", BIG_ID, nullable=False),
        sa.Column("what", sa.String(length=24), nullable=False),
        sa.Column("is_wrong", sa.Text(), nullable=False),
        sa.Column("should_be", sa.Text(), nullable=False),
        sa.Column("facts_version", sa.Integer(), nullable=False),
        sa.Column("asked_by", BIG_ID, nullable=False),
        _at("asked_at"),
        sa.Column("answer", sa.String(length=12), nullable=True),
        sa.Column("answer_words", sa.Text(), nullable=False),
        _at("answered_at", nullable=True),
        sa.Column("answered_by", BIG_ID, nullable=True),
        sa.CheckConstraint(
            "answer IN ('corrected', 'partly', 'refused')", name=op.f("ck_correction_request_answer")
        ),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_correction_request_answered_when")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["service_case.id"], name=op.f("fk_correction_request_case_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_correction_request_loan_id")),
        _staff("correction_request", "asked_by"),
        _staff("correction_request", "answered_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_request")),
        sa.UniqueConstraint("reference", name=op.f("uq_correction_request_reference")),
    )
    op.create_index("ix_correction_request_case_id", "correction_request", ["case_id"])
    only = sa.text("answer IS NULL")
    op.create_index(
        "ix_correction_request_open",
        "correction_request",
        ["asked_at", "id"],
        sqlite_where=only,
        postgresql_where=only,
    )
