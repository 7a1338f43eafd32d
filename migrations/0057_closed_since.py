"""A loan knows since when it is closed: terms of keeping count from there. Of those closed already, the day of their book."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"

_LOAN = sa.table("loan", sa.column("status"), sa.column("as_of"), sa.column("closed_since"))


def upgrade() -> None:
    op.add_column("loan", sa.Column("closed_since", sa.Date(), nullable=True))
    op.execute(sa.update(_LOAN).where(_LOAN.c.status == "closed").values(closed_since=_LOAN.c.as_of))


def downgrade() -> None:
    op.drop_column("loan", "closed_since")
