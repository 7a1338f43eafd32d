"""One table as a file for a spreadsheet: sums alone, no formula, and a line on the record."""

from flask import Response

from portal.domain.errors import NotFound
from portal.domain.permissions import Permission
from portal.domain.safe_csv import safe_csv
from portal.figure_tables.parts import plain
from portal.figure_tables.sections import find_table, sections_of
from portal.queries.figures import figures_of
from portal.services.figure_reports import record_table_export
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.figures.choice import chosen_period, period_form


@blueprint.get("/figures/<key>.csv")
@staff_page(Permission.FIGURES_SEE, looks=True)
def figures_csv(person: StaffPerson, key: str) -> Response:
    """404 for a table that there is not, or a time that makes no sense: the page's links carry neither."""
    period, now = chosen_period(period_form()), writes.now()
    if period is None:
        raise NotFound("not_found")
    counted = figures_of(writes.database(), period, zone=writes.clock().zone, now=now)
    table = find_table(sections_of(counted, period), key)
    if table is None:
        raise NotFound("not_found")
    body = safe_csv(
        [column.file_text for column in table.columns],
        ([plain(cell) for cell in line] for line in table.lines),
    )
    record_table_export(writes.database(), person.actor, table=table.key, period=period, now=now)
    answer = Response(body, mimetype="text/csv")
    name = f"{table.key}-{period.first.isoformat()}-{period.last.isoformat()}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
