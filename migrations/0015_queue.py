"""What the queue shows, filters and sorts by, each with its index; and one for the next case."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLUMNS = ("queued_at", "drafted_by", "plan_cost_minor", "no_plan_cost_minor")
INDEXES = {
    "ix_review_item_amount": ["stage", "currency", "amount_minor", "proposal_id"],
    "ix_review_item_dpd": ["stage", "dpd", "proposal_id"],
    "ix_review_item_kind": ["stage", "kind", "deadline_at", "proposal_id"],
    "ix_review_item_reason": ["stage", "main_reason", "deadline_at", "proposal_id"],
    "ix_review_item_queued_at": ["queued_at"],
}


def upgrade() -> None:
    with op.batch_alter_table("review_item") as table:
        table.add_column(sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("drafted_by", BIG_ID, nullable=True))
        table.add_column(sa.Column("plan_cost_minor", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("no_plan_cost_minor", sa.BigInteger(), nullable=True))
        table.create_foreign_key(op.f("fk_review_item_drafted_by"), "staff_member", ["drafted_by"], ["id"])
    op.execute(
        "UPDATE review_item SET queued_at = (SELECT p.submitted_at FROM proposal p WHERE p.id = review_item.proposal_id),"
        " drafted_by = (SELECT p.drafted_by_staff_id FROM proposal p WHERE p.id = review_item.proposal_id)"
    )
    for name, columns in INDEXES.items():
        op.create_index(name, "review_item", columns)
    op.create_index(
        "ix_review_item_drafted_by",
        "review_item",
        ["drafted_by", "deadline_at"],
        sqlite_where=sa.text("drafted_by IS NOT NULL"),
        postgresql_where=sa.text("drafted_by IS NOT NULL"),
    )
    op.create_index(
        "ix_review_item_next",
        "review_item",
        ["deadline_at", sa.text("stage DESC"), "proposal_id"],
        sqlite_where=sa.text("stage <> 'held'"),
        postgresql_where=sa.text("stage <> 'held'"),
    )


def downgrade() -> None:
    for name in ("ix_review_item_next", "ix_review_item_drafted_by", *INDEXES):
        op.drop_index(name, table_name="review_item")
    with op.batch_alter_table("review_item") as table:
        table.drop_constraint(op.f("fk_review_item_drafted_by"), type_="foreignkey")
        for name in COLUMNS:
            table.drop_column(name)
