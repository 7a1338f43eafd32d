"""What makes cases alike stands with each decision, so that those like one are counted over an index.

Decisions made before have none and are not counted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("decision", sa.Column("likeness", sa.String(length=60), nullable=True))
    op.create_index("ix_decision_likeness", "decision", ["likeness", "decided_at"])


def downgrade() -> None:
    op.drop_index("ix_decision_likeness", table_name="decision")
    op.drop_column("decision", "likeness")
