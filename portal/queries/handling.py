"""Who handles a loan now: as the lender's book says, else as the day's run found it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from portal.domain.loans import Stage
from portal.domain.stages import Basis, NextStep
from portal.models import Creditor, Loan, LoanStage, LoanStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """The present stage, since when, and on what basis: ``said`` are the book's own words."""

    stage: Stage
    since: date | None
    basis: Basis
    said: str | None = None
    next_step: NextStep | None = None

    @property
    def is_said_in_chinese(self) -> bool:
        """The book's own words are shown as they stand, whatever language the page has."""
        return any("\u4e00" <= sign <= "\u9fff" for sign in self.said or "")


def handled_by(loan: Loan, standing: LoanStanding | None) -> Handled | None:
    """None where nobody but the lender looks after the loan, or nobody has counted it yet."""
    if loan.collection_stage:
        return Handled(
            stage=Stage(loan.collection_stage),
            since=loan.stage_since,
            basis=Basis.BOOK,
            said=loan.stage_basis,
        )
    if standing is None or standing.stage is None or standing.stage_basis in {None, Basis.BOOK}:
        return None
    return Handled(
        stage=Stage(standing.stage),
        since=standing.stage_since,
        basis=Basis(standing.stage_basis),
        next_step=_next_step(standing),
    )


def placed_with(session: Session, loan: Loan) -> str | None:
    """The agency that a loan is with now, by the name that its creditor gives it; None where it is with none, or with one not named."""
    handled = handled_by(loan, session.get(LoanStanding, loan.id))
    if handled is None or handled.stage is not Stage.AGENCY:
        return None
    return session.scalar(select(Creditor.agency).where(Creditor.name == loan.creditor))


def _next_step(standing: LoanStanding) -> NextStep | None:
    if standing.next_stage is None or standing.next_stage_on is None or standing.next_notice_on is None:
        return None
    return NextStep(Stage(standing.next_stage), standing.next_stage_on, standing.next_notice_on)


def way_of(session: Session, loan_id: int) -> tuple[LoanStanding | None, Sequence[LoanStage]]:
    """Where the day's run found a loan, and its way through the stages, the newest first; None where nobody has counted it yet."""
    rows: Sequence[Row[LoanStanding, LoanStage | None]] = session.execute(
        select(LoanStanding, LoanStage)
        .outerjoin(LoanStage, LoanStage.loan_id == LoanStanding.loan_id)
        .where(LoanStanding.loan_id == loan_id)
        .order_by(LoanStage.id.desc())
    ).all()
    return (rows[0][0] if rows else None), [stage for _, stage in rows if stage is not None]
