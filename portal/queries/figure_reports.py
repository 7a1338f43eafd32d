"""Reports of figures that were asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.models import FigureReport, StaffMember

SHOWN = 30


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report and the staff number of who asked for it."""

    report: FigureReport
    asked_by: str


def newest_reports(session: Session) -> Sequence[ReportLine]:
    """The newest first, without their bodies."""
    rows = session.execute(
        select(FigureReport, StaffMember.number)
        .join(StaffMember, StaffMember.id == FigureReport.asked_by)
        .order_by(FigureReport.id.desc())
        .limit(SHOWN)
    )
    return [ReportLine(report, number) for report, number in rows]


def get_made_report(session: Session, public_id: str) -> FigureReport:
    """Raises ``NotFound`` where there is none, or none yet."""
    report = session.scalar(
        select(FigureReport).where(FigureReport.public_id == public_id, FigureReport.made_at.is_not(None))
    )
    if report is None:
        raise NotFound("not_found")
    return report
