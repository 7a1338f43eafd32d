"""A report of figures as it is printed: its words, its sections, and for a year a row a month (rule R03)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext

from portal.domain.figure_periods import Period
from portal.domain.figure_reports import ReportKind
from portal.domain.figures import Figures
from portal.figure_tables.parts import Cell, Section, Table, names, share_of
from portal.figure_tables.sections import sections_of
from portal.i18n import InstantFormats, format_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """``made_at`` is in words; ``lang`` as HTML has it."""

    lang: str
    title: str
    period: str
    made_at: str
    note: str
    look: str
    page_of: str
    sections: Sequence[Section]


def report_of(
    kind: ReportKind,
    period: Period,
    figures: Figures,
    months: Sequence[tuple[Period, Figures]],
    *,
    lang: str,
    zone: ZoneInfo,
    now: datetime,
) -> Report:
    """``months`` is empty for a month."""
    sections = list(sections_of(figures, period))
    if kind is ReportKind.YEAR:
        sections.insert(0, months_section(months))
    titles = {
        ReportKind.MONTH: gettext("Monthly report"),
        ReportKind.YEAR: gettext("Yearly risk evaluation (R03)"),
    }
    return Report(
        lang=lang,
        title=titles[kind],
        period=gettext(
            "%(first)s to %(last)s, both days included",
            first=format_date(period.first),
            last=format_date(period.last),
        ),
        made_at=gettext("As of %(moment)s", moment=InstantFormats(zone).moment(now)),
        note=gettext(
            "Sums only, nobody's name. Days are those of %(zone)s. What waits is that of the moment above, all else that of these days.",
            zone=str(zone),
        ),
        look=gettext("Look into this:"),
        page_of=gettext("Page %(page)s of %(pages)s", page="{page}", pages="{pages}"),
        sections=sections,
    )


def months_section(months: Sequence[tuple[Period, Figures]]) -> Section:
    """Contacts, blocks, complaints and breach rates, month by month."""
    title = gettext("Month by month")
    rows = [_month(period, figures) for period, figures in months]
    table = Table(
        key="months",
        title=title,
        columns=names(
            gettext("Month"),
            gettext("Contacts"),
            gettext("Of these 22:00 to 08:00"),
            gettext("Refused by a rule"),
            gettext("Complaints"),
            gettext("Of these upheld, also in part"),
            gettext("Promised times broken, %"),
            gettext("Plans broken of those that ended, %"),
        ),
        rows=rows,
        none=gettext("No month is over."),
    )
    return Section(
        key="months",
        title=title,
        about=gettext(
            "What rule R03 asks for once a year: contacts, contacts that a rule refused, complaints and breach rates."
        ),
        tables=[table],
    )


def _month(period: Period, figures: Figures) -> Sequence[Cell]:
    promises = figures.promises
    kept, broken = (sum(getattr(line, each) for line in figures.plans) for each in ("kept", "broken"))
    return [
        f"{period.first:%Y-%m}",
        sum(line.count for line in figures.hours),
        sum(line.count for line in figures.hours if line.hour >= 22 or line.hour < 8),
        sum(line.count for line in figures.refusals),
        sum(line.received for line in figures.complaints),
        sum(line.upheld + line.partly for line in figures.complaints),
        share_of(promises.broken, promises.decided),
        share_of(broken, kept + broken),
    ]
