"""Which promised times the desk was warned of."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    with op.batch_alter_table("review_item") as table:
        table.add_column(sa.Column("alarm", sa.String(length=6), nullable=True))
        table.create_check_constraint(op.f("ck_review_item_alarm"), "alarm IN ('near', 'missed')")
    op.create_index("ix_review_item_alarm", "review_item", ["alarm", "deadline_at"])


def downgrade() -> None:
    op.drop_index("ix_review_item_alarm", table_name="review_item")
    with op.batch_alter_table("review_item") as table:
        table.drop_constraint(op.f("ck_review_item_alarm"), type_="check")
        table.drop_column("alarm")
