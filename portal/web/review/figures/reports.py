"""Reports to print: asked for here, drawn by a worker, opened from the list."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice

from portal.domain.errors import DomainError
from portal.domain.figure_reports import ReportKind, period_of_report
from portal.domain.permissions import Permission
from portal.i18n import LOCALES, current_locale
from portal.queries.figure_reports import get_made_report, newest_reports
from portal.services.figure_reports import ask_report, open_report
from portal.web import writes
from portal.web.access import staff_page
from portal.web.downloads import pdf_response
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.typed import shown_again

Page = str | Response | tuple[str, int]
KINDS = {
    ReportKind.MONTH: lazy_gettext("Monthly report"),
    ReportKind.YEAR: lazy_gettext("Yearly risk evaluation (R03)"),
}
LANGUAGES = {"zh_CN": "中文", "en": "English"}


class ReportForm(FlaskForm):
    """Which report, of which month, in which language."""

    kind = SelectField(
        lazy_gettext("Report"),
        choices=[SelectChoice(kind.value, text) for kind, text in KINDS.items()],
        validate_choice=False,
    )
    month = StringField(lazy_gettext("Month, or the last of the twelve"), filters=[shown_again])
    locale = SelectField(
        lazy_gettext("Language"),
        choices=[SelectChoice(each, LANGUAGES[each]) for each in LOCALES],
        validate_choice=False,
    )


@blueprint.get("/figures/reports")
@staff_page(Permission.FIGURES_SEE)
def figure_reports(_person: StaffPerson) -> str:
    last_month = writes.today().replace(day=1)
    named = f"{last_month.year - (last_month.month == 1)}-{(last_month.month - 2) % 12 + 1:02}"
    month = request.args.get("month", "")[:7] or named
    return _page(ReportForm(formdata=None, month=month, locale=current_locale()))


@blueprint.post("/figures/reports")
@staff_page(Permission.FIGURES_SEE)
def ask_figure_report(person: StaffPerson) -> Page:
    form = ReportForm()
    try:
        kind = ReportKind(form.kind.data) if form.kind.data in set(ReportKind) else ReportKind.MONTH
        period = period_of_report(kind, form.month.data or "", today=writes.today())
    except DomainError as error:
        put_on_form(form, error)
        return _page(form), 422
    locale = form.locale.data if form.locale.data in LOCALES else current_locale()
    ask_report(writes.database(), person.actor, kind=kind, period=period, locale=locale, now=writes.now())
    flash(gettext("Being drawn. It stands in the list in a moment."), "success")
    return redirect(url_for("review.figure_reports"), 303)


@blueprint.get("/figures/reports/<public_id>.pdf")
@staff_page(Permission.FIGURES_SEE, looks=True)
def figure_report(person: StaffPerson, public_id: str) -> Response:
    report = get_made_report(writes.database(), public_id)
    body = open_report(writes.database(), person.actor, report=report, now=writes.now())
    return pdf_response(body, f"{report.kind}-{report.first_on}-{report.last_on}.pdf")


def _page(form: ReportForm) -> str:
    return render_template(
        "review/figures/reports.html",
        form=form,
        lines=newest_reports(writes.database()),
        kinds={kind.value: text for kind, text in KINDS.items()},
        languages=LANGUAGES,
    )
