"""Threads with their messages and attachments; every case so far begins its own with what was written in it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

THREADS_OF_CASES = """
INSERT INTO thread (public_id, borrower_id, loan_id, case_id, made_at, last_number, last_from_borrower, last_from_staff,
                    read_by_borrower, told_borrower, read_by_staff, waits_since)
SELECT public_id, borrower_id, loan_id, id, opened_at, 1, 1, 0, 1, 0, 0, CASE WHEN status = 'open' THEN opened_at END
FROM service_case ORDER BY id
"""
FIRST_MESSAGES = """
INSERT INTO message (public_id, thread_id, number, author, kind, body, written_at, sent_at)
SELECT service_case.public_id, thread.id, 1, 'borrower', 'message', service_case.body, service_case.opened_at, service_case.opened_at
FROM service_case JOIN thread ON thread.case_id = service_case.id ORDER BY service_case.id
"""


def upgrade() -> None:
    op.create_table(
        "thread",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("loan_id", BIG_ID, nullable=True),
        sa.Column("proposal_id", BIG_ID, nullable=True),
        sa.Column("case_id", BIG_ID, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("last_from_borrower", sa.Integer(), nullable=False),
        sa.Column("last_from_staff", sa.Integer(), nullable=False),
        sa.Column("read_by_borrower", sa.Integer(), nullable=False),
        sa.Column("told_borrower", sa.Integer(), nullable=False),
        sa.Column("read_by_staff", sa.Integer(), nullable=False),
        sa.Column("waits_since", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(proposal_id IS NULL) <> (case_id IS NULL)", name=op.f("ck_thread_one_subject")),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_thread_borrower_id")),
        sa.ForeignKeyConstraint(["case_id"], ["service_case.id"], name=op.f("fk_thread_case_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_thread_loan_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_thread_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread")),
        sa.UniqueConstraint("case_id", name=op.f("uq_thread_case_id")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_thread_proposal_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_thread_public_id")),
    )
    op.create_index(op.f("ix_thread_borrower_id"), "thread", ["borrower_id"], unique=False)
    op.create_index(
        "ix_thread_waiting",
        "thread",
        ["waits_since", "id"],
        unique=False,
        sqlite_where=sa.text("waits_since IS NOT NULL"),
        postgresql_where=sa.text("waits_since IS NOT NULL"),
    )
    op.create_table(
        "message",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("thread_id", BIG_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("author", sa.String(length=8), nullable=False),
        sa.Column("staff_id", BIG_ID, nullable=True),
        sa.Column("staff_role", sa.String(length=16), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(author = 'staff') = (staff_id IS NOT NULL)", name=op.f("ck_message_staff_sign")),
        sa.CheckConstraint("author IN ('borrower', 'staff')", name=op.f("ck_message_author")),
        sa.CheckConstraint(
            "kind <> 'request_for_time' OR author = 'borrower'",
            name=op.f("ck_message_time_is_asked_by_borrower"),
        ),
        sa.CheckConstraint(
            "kind IN ('message', 'question', 'request_for_time')", name=op.f("ck_message_kind")
        ),
        sa.CheckConstraint("(number IS NULL) = (sent_at IS NULL)", name=op.f("ck_message_sent_is_numbered")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_message_staff_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_message_thread_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("public_id", name=op.f("uq_message_public_id")),
        sa.UniqueConstraint("thread_id", "number", name=op.f("uq_message_thread_id_number")),
    )
    op.create_table(
        "attachment",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("message_id", BIG_ID, nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "media_type IN ('image/jpeg', 'image/png', 'application/pdf')",
            name=op.f("ck_attachment_media_type"),
        ),
        sa.CheckConstraint(
            "(body IS NULL) = (erased_at IS NOT NULL)", name=op.f("ck_attachment_erased_has_no_body")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_attachment_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("message_id", "sha256", name=op.f("uq_attachment_message_id_sha256")),
        sa.UniqueConstraint("public_id", name=op.f("uq_attachment_public_id")),
    )
    op.create_index("ix_attachment_kept_until", "attachment", ["kept_until"], unique=False)
    op.create_index(op.f("ix_attachment_message_id"), "attachment", ["message_id"], unique=False)
    op.execute(THREADS_OF_CASES)
    op.execute(FIRST_MESSAGES)


def downgrade() -> None:
    op.drop_index(op.f("ix_attachment_message_id"), table_name="attachment")
    op.drop_index("ix_attachment_kept_until", table_name="attachment")
    op.drop_table("attachment")
    op.drop_table("message")
    op.drop_index(
        "ix_thread_waiting",
        table_name="thread",
        sqlite_where=sa.text("waits_since IS NOT NULL"),
        postgresql_where=sa.text("waits_since IS NOT NULL"),
    )
    op.drop_index(op.f("ix_thread_borrower_id"), table_name="thread")
    op.drop_table("thread")
