"""``portal book``."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import click
from flask_babel import gettext, ngettext

from portal.clock import Clock
from portal.commands.database import opened_under_any_keys
from portal.commands.json_lines import locale_of_shell
from portal.config import from_environment
from portal.db import transaction
from portal.domain.arrears import CN_BUCKETS, Bucket
from portal.i18n import format_count, format_date, format_money, use_locale
from portal.queries.book import CurrencyFigures, Tally, book_figures

HELP = """\
Figures of the loan book on a business date: loans, what is overdue, by days past due and by bucket.

Sums are what the book states as unpaid of installments past their date. Where the book is older than the
date, the penalty that has grown since is shown beside them. Days in a pause (a plan in force) count as days
past due and not for the bucket.
"""


@click.command(help=HELP)
@click.option(
    "--date",
    "on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Business date, such as 2026-11-01; today by default.",
)
def book(on: datetime | None) -> None:
    config = from_environment()
    day = on.date() if on else Clock(ZoneInfo(config.timezone), config.business_date).today()
    with use_locale(locale_of_shell()), opened_under_any_keys(config) as engine:
        with transaction(engine, writes=False) as session:
            figures = book_figures(session, on=day)
        for line in report(figures, day):
            click.echo(line)


def report(figures: Sequence[CurrencyFigures], day: date) -> Iterator[str]:
    """Plain lines, one figure each."""
    yield gettext("The loan book on %(day)s", day=format_date(day))
    if not figures:
        yield gettext("There are no loans.")
    for of_currency in figures:
        yield ""
        yield from _of_currency(of_currency)


def _of_currency(figures: CurrencyFigures) -> Iterator[str]:
    currency = figures.currency
    yield gettext("Loans in %(currency)s: %(loans)s", currency=currency, loans=format_count(figures.loans))
    yield _line(gettext("Something overdue"), figures.overdue, currency)
    if figures.grown_penalty:
        yield "  " + gettext(
            "Penalty grown since the book's date: %(sum)s", sum=format_money(figures.grown_penalty, currency)
        )
    for days, tally in sorted(figures.by_days.items()):
        yield _line(_days(days), tally, currency)
    for bucket in CN_BUCKETS:
        yield _line(_bucket(bucket), figures.by_bucket[bucket.code], currency)


def _bucket(bucket: Bucket) -> str:
    if bucket.last is None:
        return str(gettext("%(code)s (from %(first)s days)", code=bucket.code, first=bucket.first))
    days = {"code": bucket.code, "first": bucket.first, "last": bucket.last}
    return str(gettext("%(code)s (%(first)s-%(last)s days)", **days))


def _days(days: int) -> str:
    return str(ngettext("%(days)s day past due", "%(days)s days past due", days, days=format_count(days)))


def _line(label: str, tally: Tally, currency: str) -> str:
    told = {"label": label, "loans": format_count(tally.loans), "sum": format_money(tally.minor, currency)}
    text = ngettext(
        "%(label)s: %(loans)s loan, %(sum)s", "%(label)s: %(loans)s loans, %(sum)s", tally.loans, **told
    )
    return f"  {text}"
