"""With which agency a loan was: the creditor may engage another one, and the stays of before are not its own (rules C20, R03)."""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0067"
EXPANDS = True
"""Programs of before note stays without it: such a stay is counted with no agency."""


def upgrade() -> None:
    op.add_column("loan_stage", sa.Column("agency", sa.String(200), nullable=True))
    # Nobody kept whom it was. Today's is right where nothing has changed since; elsewhere a wrong name is worse than none.
    op.execute(
        """
        UPDATE loan_stage SET agency = (
            SELECT creditor.agency FROM loan JOIN creditor ON creditor.name = loan.creditor
            WHERE loan.id = loan_stage.loan_id
                AND (loan.assigned_on IS NULL OR loan.assigned_on <= loan_stage.since)
                AND (creditor.agency_since IS NULL OR DATE(creditor.agency_since) < loan_stage.since)
        )
        WHERE stage = 'agency'
        """
    )


def downgrade() -> None:
    op.drop_column("loan_stage", "agency")
