"""Who may speak for me: named here, verified by staff, removed with one tap."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, StringField

from portal.domain.errors import Conflict, DomainError
from portal.messages import text_of
from portal.models import ServiceCase
from portal.queries.wishes import earlier_representatives, find_representative
from portal.services.representatives import name_representative, remove_representative
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.form_errors import put_on_form
from portal.web.labels import REPRESENTATIVE_KINDS
from portal.web.people import BorrowerPerson
from portal.web.typed import shown_again
from portal.web.unsent import Onward, typed_in, unsent_page

Page = str | tuple[str, int] | Response


class RepresentativeForm(FlaskForm):
    """Who, and how to reach them."""

    kind = RadioField(
        lazy_gettext("Who speaks for you?"),
        choices=list(REPRESENTATIVE_KINDS.items()),
        validate_choice=False,
    )
    name = StringField(lazy_gettext("Name of the person or office"), filters=[shown_again])
    contact = StringField(lazy_gettext("How we reach them"), filters=[shown_again])


@blueprint.route("/record/representative", methods=["GET", "POST"])
@borrower_page
def record_representative(person: BorrowerPerson) -> Page:
    form = RepresentativeForm()
    if form.is_submitted():
        try:
            with writes.attempt():
                _name(person, form)
            return redirect(url_for("borrower.record_representative"), 303)
        except Conflict as error:
            onward = Onward(gettext("Who speaks for you"), url_for("borrower.record_representative"))
            return unsent_page(text_of(error), typed_in(form), onward=onward)
        except DomainError as error:
            put_on_form(form, error)
    session = writes.database()
    present = find_representative(session, person.id)
    body = render_template(
        "borrower/record/representative.html",
        form=form,
        present=present,
        case=session.get_one(ServiceCase, present.case_id) if present else None,
        earlier=earlier_representatives(session, person.id),
        kinds=REPRESENTATIVE_KINDS,
    )
    return body, 422 if form.errors else 200


@blueprint.post("/record/representative/remove")
@borrower_page
def record_remove_representative(person: BorrowerPerson) -> Response:
    remove_representative(writes.database(), person.actor, now=writes.now())
    flash(gettext("You speak for yourself again. We write to you from now on."), "success")
    return redirect(url_for("borrower.record_representative"), 303)


def _name(person: BorrowerPerson, form: RepresentativeForm) -> None:
    name_representative(
        writes.database(),
        person.actor,
        kind=form.kind.data or "",
        name=form.name.data or "",
        contact=form.contact.data or "",
        today=writes.today(),
        zone=writes.clock().zone,
        now=writes.now(),
    )
