"""All sections of one period, in the order in which they stand."""

from collections.abc import Sequence

from portal.domain.figure_periods import Period
from portal.domain.figures import Figures
from portal.figure_tables.agencies import agencies_section
from portal.figure_tables.conduct import complaints_section, hours_section, refusals_section
from portal.figure_tables.decisions import (
    counters_section,
    decisions_section,
    overturns_section,
    plans_section,
)
from portal.figure_tables.fairness import fairness_section
from portal.figure_tables.parts import Section, Table
from portal.figure_tables.work import promises_section, stays_section, waiting_section


def sections_of(figures: Figures, period: Period) -> Sequence[Section]:
    """In the language of whoever reads."""
    return [
        waiting_section(figures),
        stays_section(figures),
        promises_section(figures),
        decisions_section(figures),
        overturns_section(figures),
        counters_section(figures),
        plans_section(figures),
        complaints_section(figures),
        refusals_section(figures),
        hours_section(figures),
        agencies_section(figures),
        fairness_section(figures, in_year=period.last.year),
    ]


def find_table(sections: Sequence[Section], key: str) -> Table | None:
    return next((table for section in sections for table in section.tables if table.key == key), None)
