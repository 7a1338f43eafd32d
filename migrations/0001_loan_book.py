"""The loan book: borrowers, loans, installments, payments, creditors, calendar."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "book_import",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("folder_digest", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("progress", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_book_import")),
    )
    op.create_index(op.f("ix_book_import_folder_digest"), "book_import", ["folder_digest"], unique=False)
    op.create_table(
        "borrower",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("borrower_ref", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("mobile", sa.String(length=20), nullable=False),
        sa.Column("id_last4", sa.String(length=4), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("id_hash", sa.String(length=64), nullable=True),
        sa.Column("is_staff_relation", sa.Boolean(), nullable=False),
        sa.Column("is_vulnerable", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_borrower")),
        sa.UniqueConstraint("borrower_ref", name=op.f("uq_borrower_borrower_ref")),
        sa.UniqueConstraint("public_id", name=op.f("uq_borrower_public_id")),
    )
    op.create_index(op.f("ix_borrower_id_hash"), "borrower", ["id_hash"], unique=False)
    op.create_index(op.f("ix_borrower_mobile"), "borrower", ["mobile"], unique=False)
    op.create_table(
        "calendar_version",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("days_off", JSON, nullable=False),
        sa.Column("working_days", JSON, nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_version")),
        sa.UniqueConstraint("version", name=op.f("uq_calendar_version_version")),
    )
    op.create_table(
        "creditor",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("lender_type", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("assignment_notice_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_creditor")),
        sa.UniqueConstraint("name", name=op.f("uq_creditor_name")),
    )
    op.create_table(
        "loan",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("loan_ref", sa.String(length=64), nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("product", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("creditor", sa.String(length=200), nullable=False),
        sa.Column("lender_type", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("disbursed_on", sa.Date(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("annual_rate_pct", sa.String(length=24), nullable=False),
        sa.Column("penalty_rate_pct", sa.String(length=24), nullable=False),
        sa.Column("amortisation", sa.String(length=24), nullable=False),
        sa.Column("interest_method", sa.String(length=16), nullable=False),
        sa.Column("day_count", sa.String(length=16), nullable=False),
        sa.Column("rounding", sa.String(length=16), nullable=False),
        sa.Column("every", sa.String(length=24), nullable=False),
        sa.Column("multiple", sa.Integer(), nullable=True),
        sa.Column("allocation", sa.String(length=200), nullable=True),
        sa.Column("has_guarantor", sa.Boolean(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("collection_stage", sa.String(length=16), nullable=True),
        sa.Column("stage_basis", sa.String(length=200), nullable=True),
        sa.Column("stage_since", sa.Date(), nullable=True),
        sa.Column("plan_ref", sa.String(length=64), nullable=True),
        sa.Column("facts_version", sa.Integer(), nullable=False),
        sa.Column("content_digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("status IN ('active', 'closed', 'charged_off')", name=op.f("ck_loan_status")),
        sa.CheckConstraint("principal_minor >= 0", name=op.f("ck_loan_principal_minor")),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_loan_borrower_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan")),
        sa.UniqueConstraint("loan_ref", name=op.f("uq_loan_loan_ref")),
        sa.UniqueConstraint("public_id", name=op.f("uq_loan_public_id")),
    )
    op.create_index(op.f("ix_loan_borrower_id"), "loan", ["borrower_id"], unique=False)
    op.create_table(
        "verified_account",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("creditor_id", BIG_ID, nullable=False),
        sa.Column("bank", sa.String(length=120), nullable=False),
        sa.Column("account_name", sa.String(length=200), nullable=False),
        sa.Column("account_number", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["creditor_id"], ["creditor.id"], name=op.f("fk_verified_account_creditor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verified_account")),
        sa.UniqueConstraint(
            "creditor_id", "account_number", name=op.f("uq_verified_account_creditor_id_account_number")
        ),
    )
    op.create_index(
        op.f("ix_verified_account_creditor_id"), "verified_account", ["creditor_id"], unique=False
    )
    op.create_table(
        "delinquency_pause",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("loan_id", BIG_ID, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("agreement_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_delinquency_pause_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delinquency_pause")),
    )
    op.create_index("ix_delinquency_pause_loan", "delinquency_pause", ["loan_id"], unique=False)
    op.create_table(
        "installment",
        sa.Column("loan_id", BIG_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("principal_due_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_due_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_due_minor", sa.BigInteger(), nullable=False),
        sa.Column("penalty_due_minor", sa.BigInteger(), nullable=False),
        sa.Column("principal_paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("penalty_paid_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "principal_paid_minor <= principal_due_minor AND interest_paid_minor <= interest_due_minor AND fee_paid_minor <= fee_due_minor AND penalty_paid_minor <= penalty_due_minor",
            name=op.f("ck_installment_paid_within_due"),
        ),
        sa.ForeignKeyConstraint(
            ["loan_id"], ["loan.id"], name=op.f("fk_installment_loan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("loan_id", "number", name=op.f("pk_installment")),
    )
    op.create_table(
        "payment",
        sa.Column("payment_ref", sa.String(length=64), nullable=False),
        sa.Column("loan_id", BIG_ID, nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("is_reversed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["loan_id"], ["loan.id"], name=op.f("fk_payment_loan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("payment_ref", name=op.f("pk_payment")),
    )
    op.create_index(op.f("ix_payment_loan_id"), "payment", ["loan_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_payment_loan_id"), table_name="payment")
    op.drop_table("payment")
    op.drop_table("installment")
    op.drop_index("ix_delinquency_pause_loan", table_name="delinquency_pause")
    op.drop_table("delinquency_pause")
    op.drop_index(op.f("ix_verified_account_creditor_id"), table_name="verified_account")
    op.drop_table("verified_account")
    op.drop_index(op.f("ix_loan_borrower_id"), table_name="loan")
    op.drop_table("loan")
    op.drop_table("creditor")
    op.drop_table("calendar_version")
    op.drop_index(op.f("ix_borrower_mobile"), table_name="borrower")
    op.drop_index(op.f("ix_borrower_id_hash"), table_name="borrower")
    op.drop_table("borrower")
    op.drop_index(op.f("ix_book_import_folder_digest"), table_name="book_import")
    op.drop_table("book_import")
