"""Reports of figures: asked for at the desk, drawn by a worker, opened by who may see figures. Each act stands on the record."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.figure_periods import Period
from portal.domain.figure_reports import ReportKind
from portal.domain.permissions import Actor, Permission, require
from portal.models import FigureReport
from portal.queries.kept_documents import opened_body
from portal.services.outbox import enqueue
from portal.services.record import record
from portal.services.references import new_public_id


@dataclass(frozen=True, slots=True)
class ReportWork:
    """What a worker draws."""

    kind: ReportKind
    period: Period
    locale: str


def ask_report(
    session: Session, actor: Actor, *, kind: ReportKind, period: Period, locale: str, now: datetime
) -> FigureReport:
    """One to be drawn. Where the same is being drawn already, that one: a second tap asks for nothing new."""
    require(actor, Permission.FIGURES_SEE)
    assert actor.id is not None
    report = FigureReport(
        public_id=new_public_id(), kind=kind.value, first_on=period.first, last_on=period.last, locale=locale,
        asked_by=actor.id, asked_at=now,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(report)
    except IntegrityError:
        return session.scalars(
            select(FigureReport).where(
                FigureReport.kind == kind.value,
                FigureReport.first_on == period.first,
                FigureReport.last_on == period.last,
                FigureReport.locale == locale,
                FigureReport.made_at.is_(None),
            )
        ).one()
    enqueue(
        session,
        kind="figures:report",
        dedupe_key=f"figures:report:{report.id}",
        payload={"report_id": report.id},
        now=now,
    )
    record(
        session,
        actor,
        "figures:report_asked",
        now=now,
        report_id=report.id,
        kind=kind.value,
        first_on=period.first.isoformat(),
        last_on=period.last.isoformat(),
    )
    return report


def find_report_work(session: Session, report_id: int) -> ReportWork | None:
    """None where it is made already."""
    report = session.get(FigureReport, report_id)
    if report is None or report.made_at is not None:
        return None
    return ReportWork(ReportKind(report.kind), Period(report.first_on, report.last_on), report.locale)


def keep_report(session: Session, actor: Actor, *, report_id: int, body: bytes, now: datetime) -> None:
    """Whoever draws it second keeps nothing."""
    report = session.get(FigureReport, report_id, with_for_update=True, populate_existing=True)
    if report is None or report.made_at is not None:
        return
    report.body, report.sha256, report.made_at = body, hashlib.sha256(body).hexdigest(), now
    session.flush()
    record(session, actor, "figures:report_made", now=now, report_id=report.id, sha256=report.sha256)


def open_report(session: Session, actor: Actor, *, report: FigureReport, now: datetime) -> bytes:
    """The PDF, and a line on the record of who took it. The report is made. Raises ``Damaged``."""
    require(actor, Permission.FIGURES_SEE)
    body = opened_body(report)
    assert body is not None
    record(session, actor, "figures:report_opened", now=now, report_id=report.id, sha256=report.sha256)
    return body


def record_table_export(session: Session, actor: Actor, *, table: str, period: Period, now: datetime) -> None:
    """Who took which table of which days along."""
    require(actor, Permission.FIGURES_SEE)
    record(
        session,
        actor,
        "figures:exported",
        now=now,
        table=table,
        first_on=period.first.isoformat(),
        last_on=period.last.isoformat(),
    )
