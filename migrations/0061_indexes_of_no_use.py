"""Five indexes that no statement goes by, and that every write of their tables paid for: they go.

An ID's hash is compared by its beginning in either case, a content's hash only with its own version's, and a file's last day is noted
and never looked for. Declarations are read all together, and accounts of a creditor by what keeps their numbers unique.
"""

from alembic import op

revision = "0061"
down_revision = "0060"
EXPANDS = True
"""Programs of before need none of them either."""

GONE = {
    "ix_attachment_kept_until": ("attachment", "kept_until"),
    "ix_borrower_id_hash": ("borrower", "id_hash"),
    "ix_proposal_version_content_hash": ("proposal_version", "content_hash"),
    "ix_staff_declaration_match_key": ("staff_declaration", "match_key"),
    "ix_verified_account_creditor_id": ("verified_account", "creditor_id"),
}


def upgrade() -> None:
    for name, (table, _) in GONE.items():
        op.drop_index(op.f(name), table_name=table)


def downgrade() -> None:
    for name, (table, column) in GONE.items():
        op.create_index(op.f(name), table, [column])
