"""The day whose demand could not be made, until it is made up for."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.add_column("loan_standing", sa.Column("demand_owed_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("loan_standing", "demand_owed_on")
