"""Where each loan stands, the stages it went through, the day's runs; and an agency that a creditor has engaged."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STAGES = "'reminder', 'internal', 'agency', 'legal'"
BASES = "'book', 'days', 'notice', 'demands', 'plan', 'paid_down', 'cured'"
PARTIAL = {
    "ix_event_limitation": ("event", ["loan_id", "id"], "name = 'limitation:interrupted'"),
    "ix_contact_agency_notice": ("contact", ["loan_id"], "purpose = 'agency_notice'"),
    "ix_contact_kept": ("contact", ["at"], "number_hash <> ''"),
    "ix_loan_standing_stage": ("loan_standing", ["stage"], "stage IS NOT NULL"),
}


def upgrade() -> None:
    _standings()
    _stages()
    _runs()
    op.add_column("creditor", sa.Column("agency", sa.String(200), nullable=True))
    for name, (table, columns, where) in PARTIAL.items():
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    if op.get_bind().dialect.name == "postgresql":
        # Each late loan's row is rewritten each day: half a page is left for that, and what is left behind is cleared often.
        op.execute(
            "ALTER TABLE loan_standing SET (fillfactor = 45, autovacuum_vacuum_scale_factor = 0.05,"
            " autovacuum_vacuum_cost_delay = 0)"
        )


def _standings() -> None:
    op.create_table(
        "loan_standing",
        sa.Column("loan_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=True),
        sa.Column("oldest_unpaid_on", sa.Date(), nullable=True),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("days_past_due", "delinquent_days", "delinquent_days_before")
        ),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("overdue_minor", "penalty_minor")),
        *(sa.Column(name, sa.String(8), nullable=True) for name in ("bucket", "bucket_before")),
        *(sa.Column(name, sa.String(16), nullable=True) for name in ("stage", "stage_basis")),
        sa.Column("stage_since", sa.Date(), nullable=True),
        sa.Column("next_stage", sa.String(16), nullable=True),
        sa.Column("next_stage_on", sa.Date(), nullable=True),
        sa.Column("next_notice_on", sa.Date(), nullable=True),
        sa.Column("limitation_from", sa.Date(), nullable=True),
        sa.Column("limitation_cause", sa.String(24), nullable=True),
        sa.Column("limitation_ends_on", sa.Date(), nullable=True),
        sa.Column("limitation_is_checked", sa.Boolean(), nullable=False),
        sa.Column("limitation_facts", sa.Integer(), nullable=False),
        sa.Column("limitation_event", BIG_ID, nullable=False),
        sa.Column("demands", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"stage IN ({STAGES})", name=op.f("ck_loan_standing_stage")),
        sa.CheckConstraint(f"stage_basis IN ({BASES})", name=op.f("ck_loan_standing_stage_basis")),
        sa.CheckConstraint(f"next_stage IN ({STAGES})", name=op.f("ck_loan_standing_next_stage")),
        sa.CheckConstraint(
            "delinquent_days >= 0 AND delinquent_days <= days_past_due", name=op.f("ck_loan_standing_days")
        ),
        sa.ForeignKeyConstraint(
            ["loan_id"], ["loan.id"], name=op.f("fk_loan_standing_loan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("loan_id", name=op.f("pk_loan_standing")),
    )
    op.create_index("ix_loan_standing_limitation", "loan_standing", ["limitation_ends_on"])


def _stages() -> None:
    op.create_table(
        "loan_stage",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("loan_id", BIG_ID, nullable=False),
        sa.Column("stage", sa.String(16), nullable=True),
        sa.Column("before", sa.String(16), nullable=True),
        sa.Column("basis", sa.String(16), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("delinquent_days", sa.Integer(), nullable=False),
        sa.Column("pack_version", sa.String(24), nullable=False),
        sa.CheckConstraint(f"stage IN ({STAGES})", name=op.f("ck_loan_stage_stage")),
        sa.CheckConstraint(f"basis IN ({BASES})", name=op.f("ck_loan_stage_basis")),
        sa.ForeignKeyConstraint(
            ["loan_id"], ["loan.id"], name=op.f("fk_loan_stage_loan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_stage")),
    )
    op.create_index("ix_loan_stage_loan", "loan_stage", ["loan_id", "id"])


def _runs() -> None:
    op.create_table(
        "day_run",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("previous_on", sa.Date(), nullable=True),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("after_id", BIG_ID, nullable=False),
        sa.Column(
            "counts",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("previous_on < business_date", name=op.f("ck_day_run_previous_on")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_run")),
        sa.UniqueConstraint("business_date", name=op.f("uq_day_run_business_date")),
    )


def downgrade() -> None:
    for name in ("ix_contact_kept", "ix_contact_agency_notice", "ix_event_limitation"):
        op.drop_index(name, table_name=PARTIAL[name][0])
    with op.batch_alter_table("creditor") as table:
        table.drop_column("agency")
    for name in ("day_run", "loan_stage", "loan_standing"):
        op.drop_table(name)
