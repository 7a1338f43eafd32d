"""With which agency a loan was: the creditor may engage another one, and the stays of before are not its own (rules C20, R03)."""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0067"
EXPANDS = True
"""Programs of before note stays without it: such a stay is counted with no agency."""


def upgrade() -> None:
    op.add_column("loan_stage", sa.Column("agency", sa.String(200), nullable=True))
    # Nobody kept whom it was, and a wrong name is worse than none. It is known of stays that began with a notice after the day that stands
    # in agency_since: notices from before count for nothing, and one is asked for only where an agency is named. A creditor without that day
    # may have named another one before it was kept, and a book needs no agency to be named.
    op.execute(
        """
        UPDATE loan_stage SET agency = (
            SELECT creditor.agency FROM loan JOIN creditor ON creditor.name = loan.creditor
            WHERE loan.id = loan_stage.loan_id
                AND (loan.assigned_on IS NULL OR loan.assigned_on < loan_stage.since)
                AND DATE(creditor.agency_since) < loan_stage.since
        )
        WHERE stage = 'agency' AND basis = 'notice'
        """
    )


def downgrade() -> None:
    op.drop_column("loan_stage", "agency")
