"""Draws reports of figures: for the command line and for workers."""

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.domain.figure_reports import ReportKind, months_of
from portal.figure_tables.parts import shown
from portal.figure_tables.report import Report, report_of
from portal.i18n import use_locale
from portal.queries.figures import figures_of
from portal.services.figure_reports import ReportWork

if TYPE_CHECKING:
    from portal.adapters.pdf.figures import FigurePrinter

_LANGUAGES = {"zh_CN": "zh-CN", "en": "en"}


def draw_report(engine: Engine, work: ReportWork, *, zone: ZoneInfo, now: datetime) -> bytes:
    """The PDF. Counted in a transaction that only reads, drawn outside of it."""
    with use_locale(work.locale):
        with transaction(engine, writes=False) as session:
            report = counted_report(session, work, zone=zone, now=now)
        return _printer().draw(report, shown)


def counted_report(session: Session, work: ReportWork, *, zone: ZoneInfo, now: datetime) -> Report:
    """In the language that is spoken. A year is counted once whole and once a month."""
    months = list(months_of(work.period)) if work.kind is ReportKind.YEAR else []
    return report_of(
        work.kind,
        work.period,
        figures_of(session, work.period, zone=zone, now=now),
        [(month, figures_of(session, month, zone=zone, now=now)) for month in months],
        lang=_LANGUAGES[work.locale],
        zone=zone,
        now=now,
    )


@cache
def _printer() -> "FigurePrinter":
    """Fonts and layout take more than a second: nothing else waits for them."""
    from portal.adapters.pdf.figures import FigurePrinter  # noqa: PLC0415

    return FigurePrinter()
