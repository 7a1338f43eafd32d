"""The figures of a time that was chosen."""

from flask import render_template

from portal.domain.permissions import Permission
from portal.figure_tables.parts import shown
from portal.figure_tables.sections import sections_of
from portal.queries.figures import figures_of
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.figures.choice import address_of, chosen_period, period_form

Page = str | tuple[str, int]


@blueprint.get("/figures")
@staff_page(Permission.FIGURES_SEE)
def figures(_person: StaffPerson) -> Page:
    """422 where the days make no sense; the form says why and keeps what was typed."""
    form = period_form()
    period = chosen_period(form)
    if period is None:
        return render_template("review/figures/page.html", form=form, period=None, sections=()), 422
    now, zone = writes.now(), writes.clock().zone
    return render_template(
        "review/figures/page.html",
        form=form,
        period=period,
        sections=sections_of(figures_of(writes.database(), period, zone=zone, now=now), period),
        address=address_of(period),
        shown=shown,
        now=now,
    )
