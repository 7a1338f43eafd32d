"""``portal report``: figures of a month or of a year as a PDF."""

from pathlib import Path
from zoneinfo import ZoneInfo

import click

from portal.clock import Clock
from portal.commands.database import opened_under_any_keys
from portal.commands.report_drawing import draw_report
from portal.config import from_environment
from portal.domain.errors import DomainError
from portal.domain.figure_reports import ReportKind, period_of_report
from portal.i18n import LOCALES, use_locale
from portal.messages import text_of
from portal.services.figure_reports import ReportWork

_locale = click.option(
    "--locale",
    type=click.Choice(LOCALES),
    default=None,
    help="Its language; the deployment's where none is named.",
)
_out = click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The file to write; one that is there is replaced.",
)


@click.group()
def report() -> None:
    """Figures to print: sums only, nobody's name."""


@report.command()
@click.argument("month")
@_locale
@_out
def month(month: str, locale: str | None, out: Path) -> None:
    """The report of MONTH, for example 2026-10."""
    _write(ReportKind.MONTH, month, locale, out)


@report.command()
@click.argument("month")
@_locale
@_out
def year(month: str, locale: str | None, out: Path) -> None:
    """The yearly risk evaluation (rule R03): the twelve months that end with MONTH."""
    _write(ReportKind.YEAR, month, locale, out)


def _write(kind: ReportKind, month: str, locale: str | None, out: Path) -> None:
    config = from_environment()
    clock = Clock(ZoneInfo(config.timezone), config.business_date)
    spoken = locale or config.locale
    try:
        period = period_of_report(kind, month, today=clock.today())
    except DomainError as error:
        with use_locale(spoken):
            raise click.ClickException(text_of(error)) from None
    with opened_under_any_keys(config) as engine:
        work = ReportWork(kind, period, spoken)
        body = draw_report(engine, work, zone=clock.zone, now=clock.now())
    try:
        out.write_bytes(body)
    except OSError as error:
        raise click.ClickException(f"{out}: {error.strerror}") from None
    click.echo(f"{out}: {period.first} – {period.last}, {len(body):,} bytes")
