"""My record: everything that is recorded about me, by kind and page by page."""

from flask import render_template, request, url_for
from flask_babel import lazy_gettext
from wtforms import Form, SelectField

from portal.domain.own_record import RecordKind
from portal.queries.id_pages import Place
from portal.queries.own_record import record_page
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.record.words import KINDS, details_of_line, text_of_line, who_of_line
from portal.web.people import BorrowerPerson


class KindForm(Form):
    """What stands in the address is chosen already."""

    kind = SelectField(
        lazy_gettext("Show"),
        choices=[("", lazy_gettext("Everything")), *((kind.value, text) for kind, text in KINDS.items())],
    )


@blueprint.get("/record")
@borrower_page
def record(person: BorrowerPerson) -> str:
    kind = _kind()
    place = Place.parse(before=request.args.get("before"), after=request.args.get("after"))
    page = record_page(writes.database(), person.id, kind=kind, place=place)
    chosen = kind.value if kind else None
    return render_template(
        "borrower/record/record.html",
        lines=page.rows,
        filters=KindForm(kind=chosen or ""),
        kind=kind,
        text_of=text_of_line,
        who_of=who_of_line,
        details_of=details_of_line,
        older_url=url_for("borrower.record", kind=chosen, before=page.before) if page.before else None,
        newer_url=url_for("borrower.record", kind=chosen, after=page.after) if page.after else None,
    )


def _kind() -> RecordKind | None:
    """What the address asks for; anything unknown is no filter."""
    try:
        return RecordKind(request.args.get("kind", ""))
    except ValueError:
        return None
