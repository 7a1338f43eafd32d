"""``portal import DIR``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import click
from flask_babel import gettext

from portal.adapters.rejected_rows import RejectedRows
from portal.clock import Clock
from portal.commands.book_counts import Counts
from portal.commands.book_run import BookRun, scan_folder
from portal.commands.database import opened_engine
from portal.commands.json_lines import locale_of_shell
from portal.commands.rare_searches import searching_seldom
from portal.commands.shown_progress import shown_progress
from portal.config import from_environment
from portal.domain.errors import DomainError
from portal.i18n import format_count, use_locale
from portal.messages import text_of

HELP: Final = """\
Import the loan book in the folder DIR: borrowers, loans, installments and payments, each as .csv or .csv.gz,
UTF-8 or GB18030, in any order of rows.

Each loan lands whole or not at all. What cannot land is listed in a file of rejected rows with file, line,
column, code, reference and a sentence. The same files again change nothing; a newer as_of replaces a loan's
schedule and payments, an older one is refused. A run that was stopped is finished by running it again.

Exit status: 0 everything landed, 1 something was rejected (the rest landed), 2 nothing could be read.
"""


class UnreadableBook(click.ClickException):
    exit_code = 2


@click.command(help=HELP)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--rejected",
    "rejected_path",
    metavar="PATH",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where rejected rows go; imports/TIME-rejected.csv in the data folder by default, if there are any.",
)
def import_book(folder: Path, rejected_path: Path | None) -> None:
    config = from_environment()
    clock = Clock(ZoneInfo(config.timezone), config.business_date)
    with use_locale(locale_of_shell()), opened_engine(config) as engine:
        try:
            files = scan_folder(folder)
        except DomainError as error:
            raise UnreadableBook(text_of(error)) from None
        path = rejected_path or config.data_dir / "imports" / f"{clock.now():%Y%m%dT%H%M%SZ}-rejected.csv"
        with (
            searching_seldom(),
            RejectedRows(path, is_asked_for=rejected_path is not None) as rejected,
            shown_progress(
                sum(scanned.row_count for scanned in files.values()), label=gettext("Rows"), line=_line
            ) as tell,
        ):
            counts = BookRun(engine, clock, files, rejected=rejected, tell=tell, key=config.hash_key).run()
        for line in summary(counts, path):
            click.echo(line)
    sys.exit(1 if counts.rejected else 0)


def _line(done: int, rows: int) -> str:
    return str(gettext("%(done)s of %(rows)s rows", done=format_count(done), rows=format_count(rows)))


def summary(counts: Counts, rejected: Path) -> Iterator[str]:
    """What a run did, for people: one line a subject."""
    told = {name: format_count(number) for name, number in counts.as_dict().items()}
    yield gettext(
        "Borrowers: %(borrowers_new)s new, %(borrowers_changed)s changed, %(borrowers_unchanged)s unchanged",
        **told,
    )
    yield gettext(
        "Loans: %(loans)s (%(new)s new, %(changed)s changed, %(unchanged)s unchanged), %(refused)s refused",
        **told,
    )
    yield gettext("Installments: %(installments)s", **told)
    yield gettext("Payments: %(payments)s", **told)
    if counts.moved:
        yield gettext(
            "Loans whose facts moved: %(moved)s; waiting proposals that must be signed again: %(flagged)s",
            **told,
        )
    yield gettext(
        "Loans in the book whose payments do not add up to the paid columns: %(payments_apart)s", **told
    )
    if counts.beyond_plan:
        yield gettext(
            "Loans under a plan of which the book charges more penalty than was agreed: %(beyond_plan)s",
            **told,
        )
    yield gettext("Rejected: %(rejected)s", **told)
    if counts.rejected:
        yield gettext("Rejected rows are listed in %(path)s", path=rejected)
