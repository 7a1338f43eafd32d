"""Incidents: the list, a new one, and the page of one with its deadlines."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.incidents import AUTHORITY_WITHIN, PEOPLE_WITHIN, TEXTS, Audience, missing_items
from portal.domain.permissions import Permission
from portal.messages import text_of
from portal.models import Incident
from portal.queries.incidents import facts_of, get_incident, incidents, issued_to, notices_of
from portal.services.incidents import change_incident, close_incident, record_incident
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.incidents.forms import IncidentForm, SilenceForm, filled_form
from portal.web.review.incidents.words import AUDIENCES, ITEMS, KINDS, LANGUAGES, STATES

Page = str | Response | tuple[str, int]


@blueprint.get("/incidents", endpoint="incidents")
@staff_page(Permission.INCIDENT_SEE)
def show_incidents(_person: StaffPerson) -> str:
    session = writes.database()
    return render_template(
        "review/incidents/list.html",
        lines=[(each, issued_to(session, each.id)) for each in incidents(session)],
        kinds=KINDS,
        authority_within=AUTHORITY_WITHIN,
        people_within=PEOPLE_WITHIN,
        now=writes.now(),
    )


@blueprint.get("/incidents/new")
@staff_page(Permission.INCIDENT_MANAGE)
def new_incident(_person: StaffPerson) -> str:
    return _form_page(IncidentForm(formdata=None), None)


@blueprint.post("/incidents/new")
@staff_page(Permission.INCIDENT_MANAGE)
def send_incident(person: StaffPerson) -> Page:
    form = IncidentForm()
    try:
        with writes.attempt():
            incident = record_incident(
                writes.database(), person.actor, facts=form.facts(), today=writes.today(), now=writes.now()
            )
    except DomainError as error:
        put_on_form(form, error)
        return _form_page(form, None), 422
    flash(gettext("Recorded. The deadlines run from when it was found."), "success")
    return redirect(url_for("review.incident", public_id=incident.public_id), 303)


@blueprint.get("/incidents/<public_id>")
@staff_page(Permission.INCIDENT_SEE)
def incident(person: StaffPerson, public_id: str) -> str:
    return incident_page(person, get_incident(writes.database(), public_id))


@blueprint.get("/incidents/<public_id>/change")
@staff_page(Permission.INCIDENT_MANAGE)
def change_incident_page(_person: StaffPerson, public_id: str) -> str:
    found = get_incident(writes.database(), public_id)
    return _form_page(filled_form(found), found)


@blueprint.post("/incidents/<public_id>/change")
@staff_page(Permission.INCIDENT_MANAGE)
def send_incident_change(person: StaffPerson, public_id: str) -> Page:
    found, form = get_incident(writes.database(), public_id, is_locked=True), IncidentForm()
    try:
        with writes.attempt():
            is_new = change_incident(
                writes.database(),
                person.actor,
                incident=found,
                facts=form.facts(),
                today=writes.today(),
                now=writes.now(),
            )
    except Conflict as error:
        flash(text_of(error), "problem")
    except DomainError as error:
        put_on_form(form, error)
        return _form_page(form, found), 422
    else:
        if is_new:
            flash(gettext("Kept. Notices that were drafted before are to be drafted anew."), "success")
    return to_incident(public_id)


@blueprint.post("/incidents/<public_id>/close")
@staff_page(Permission.INCIDENT_MANAGE)
def send_incident_close(person: StaffPerson, public_id: str) -> Response:
    found = get_incident(writes.database(), public_id, is_locked=True)
    try:
        with writes.attempt():
            is_closed = close_incident(writes.database(), person.actor, incident=found, now=writes.now())
    except AccessRefused:
        raise
    except DomainError as error:
        flash(text_of(error), "problem")
        return to_incident(public_id)
    if is_closed:
        flash(gettext("Closed."), "success")
    return to_incident(public_id)


def incident_page(person: StaffPerson, found: Incident, silence: SilenceForm | None = None) -> str:
    session, issued = writes.database(), issued_to(writes.database(), found.id)
    facts = facts_of(found)
    return render_template(
        "review/incidents/one.html",
        incident=found,
        notices=notices_of(session, found.id),
        missing={locale: missing_items(facts, locale) for locale in LANGUAGES},
        authority_by=found.found_at + AUTHORITY_WITHIN,
        people_by=found.found_at + PEOPLE_WITHIN,
        is_authority_told=Audience.AUTHORITY in issued,
        is_people_settled=bool({Audience.PEOPLE, Audience.NOBODY} & issued),
        silence=silence or SilenceForm(formdata=None),
        own_id=person.id,
        kinds=KINDS,
        items={
            **{item.value: text for item, text in ITEMS.items()},
            "kinds": gettext("What kinds of information?"),
        },
        texts=[item.value for item in TEXTS],
        audiences=AUDIENCES,
        states=STATES,
        languages=LANGUAGES,
        now=writes.now(),
        **({"form": silence} if silence is not None else {}),
    )


def to_incident(public_id: str) -> Response:
    return redirect(url_for("review.incident", public_id=public_id), 303)


def _form_page(form: IncidentForm, of: Incident | None) -> str:
    return render_template(
        "review/incidents/form.html",
        form=form,
        incident=of,
        languages=LANGUAGES,
        items=[item.value for item in TEXTS],
        today=writes.today(),
    )
