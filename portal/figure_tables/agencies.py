"""How agencies did: what rules R03 and C20 want known before one is evaluated."""

from collections.abc import Sequence

from flask_babel import gettext

from portal.desk_words import EVALUATION_RESULTS
from portal.domain.agencies import EvaluationResult
from portal.domain.figures import AgencyFigures, Figures
from portal.figure_tables.parts import Cell, Column, Section, Table, names, numbers_below, share_of
from portal.figure_tables.pictures import BarRow, bars
from portal.i18n import format_date


def agencies_section(figures: Figures) -> Section:
    title = gettext("Agencies")
    columns = names(
        gettext("Agency"),
        gettext("Loans with it"),
        gettext("Of these placed in this time"),
        gettext("Contacts"),
        gettext("Refused by a rule"),
        gettext("Complaints"),
        gettext("Complaints of 100 loans"),
    )
    table = Table(
        key="agencies",
        title=title,
        columns=[*columns, Column(gettext("Last evaluation"), is_number=False)],
        rows=[_row(line) for line in figures.agencies],
        none=gettext("No agency is on the register."),
        picture=bars(
            "agencies", title, numbers_below(), [_bar(line) for line in figures.agencies], _series()
        ),
    )
    return Section(
        key="agencies",
        title=title,
        about=gettext(
            "Over the loans that were with an agency at any time of these days, and over all of these days. Contacts are ours; the last "
            "evaluation is that of the register by the last of these days."
        ),
        tables=[table],
        warnings=[
            gettext("%(agency)s has loans and was never evaluated.", agency=line.name)
            for line in figures.agencies
            if line.loans and line.evaluated_on is None
        ],
    )


def _row(line: AgencyFigures) -> Sequence[Cell]:
    counts = (line.loans, line.placed, line.contacts, line.refused, line.complaints)
    return [line.name, *counts, share_of(line.complaints, line.loans), _evaluation(line)]


def _evaluation(line: AgencyFigures) -> str:
    if line.evaluated_on is None or line.result is None:
        return str(gettext("None yet."))
    return f"{format_date(line.evaluated_on)} · {EVALUATION_RESULTS[EvaluationResult(line.result)]}"


def _series() -> Sequence[str]:
    return gettext("Contacts"), gettext("Refused by a rule"), gettext("Complaints")


def _bar(line: AgencyFigures) -> BarRow:
    values = (line.contacts, line.refused, line.complaints)
    return BarRow(
        line.name, values, tuple(f"{name} {value}" for name, value in zip(_series(), values, strict=True))
    )
