"""Notices of an incident: drafted, agreed to by somebody else, read and printed."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask_babel import force_locale, gettext
from werkzeug.wrappers import Response

from portal.domain.errors import AccessRefused, Conflict, DomainError, NotFound
from portal.domain.incidents import Audience, DataKind
from portal.domain.permissions import Permission
from portal.i18n import InstantFormats, format_count, format_date
from portal.messages import text_of
from portal.models import Creditor, Incident
from portal.queries.incidents import get_incident, get_notice
from portal.services.incidents import answer_notice, draft_notice, propose_silence
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.incidents.forms import SilenceForm
from portal.web.review.incidents.pages import incident_page, to_incident
from portal.web.review.incidents.words import AUDIENCES, KINDS, LANGUAGES, STATES

Page = str | Response | tuple[str, int]


@blueprint.post("/incidents/<public_id>/notices")
@staff_page(Permission.INCIDENT_MANAGE)
def draft_incident_notice(person: StaffPerson, public_id: str) -> Response:
    found = get_incident(writes.database(), public_id, is_locked=True)
    try:
        with writes.attempt():
            notice = _drafted(person, found)
    except AccessRefused:
        raise
    except DomainError as error:
        flash(text_of(error), "problem")
        return to_incident(public_id)
    flash(gettext("Drafted. Somebody else issues it."), "success")
    return redirect(url_for("review.incident_notice", public_id=public_id, notice_id=notice), 303)


@blueprint.post("/incidents/<public_id>/silence")
@staff_page(Permission.INCIDENT_MANAGE)
def propose_incident_silence(person: StaffPerson, public_id: str) -> Page:
    found, form = get_incident(writes.database(), public_id, is_locked=True), SilenceForm()
    try:
        with writes.attempt():
            propose_silence(
                writes.database(),
                person.actor,
                incident=found,
                reason=form.reason.data or "",
                locale="zh_CN",
                now=writes.now(),
            )
    except Conflict as error:
        flash(text_of(error), "problem")
    except DomainError as error:
        put_on_form(form, error)
        return incident_page(person, found, form), 422
    else:
        flash(gettext("Written. Somebody else has to agree."), "success")
    return to_incident(public_id)


@blueprint.get("/incidents/<public_id>/notices/<notice_id>")
@staff_page(Permission.INCIDENT_SEE)
def incident_notice(_person: StaffPerson, public_id: str, notice_id: str) -> str:
    """The exact words, to be printed."""
    found, notice = get_incident(writes.database(), public_id), get_notice(writes.database(), notice_id)
    if notice.incident_id != found.id:
        raise NotFound("not_found")
    return render_template(
        "review/incidents/notice.html",
        incident=found,
        notice=notice,
        audiences=AUDIENCES,
        states=STATES,
    )


@blueprint.post("/incidents/<public_id>/notices/<notice_id>/answer")
@staff_page(Permission.INCIDENT_MANAGE, proven=True)
def answer_incident_notice(person: StaffPerson, public_id: str, notice_id: str) -> Response:
    session, is_agreed = writes.database(), request.form.get("act") == "issue"
    found, notice = get_incident(session, public_id, is_locked=True), get_notice(session, notice_id)
    if notice.incident_id != found.id:
        raise NotFound("not_found")
    try:
        with writes.attempt():
            answer_notice(
                session, person.actor, incident=found, notice=notice, is_agreed=is_agreed, now=writes.now()
            )
    except Conflict as error:
        flash(text_of(error), "problem")
        return to_incident(public_id)
    flash(gettext("Issued. Print it or send it on.") if is_agreed else gettext("Not agreed to."), "success")
    return to_incident(public_id)


def _drafted(person: StaffPerson, found: Incident) -> str:
    locale, audience = request.form.get("locale", ""), request.form.get("audience", "")
    if locale not in LANGUAGES or audience not in {Audience.PEOPLE.value, Audience.AUTHORITY.value}:
        raise NotFound("not_found")
    notice = draft_notice(
        writes.database(),
        person.actor,
        incident=found,
        audience=Audience(audience),
        text=writes.portal().texts.load("breach_notice", locale, writes.today()),
        values=_values(found, locale),
        now=writes.now(),
    )
    return notice.public_id


def _values(found: Incident, locale: str) -> Mapping[str, str]:
    """In the notice's language, whatever the page's is."""
    creditors = writes.database().query(Creditor.name).order_by(Creditor.name).all()
    with force_locale(locale):
        moments = InstantFormats(writes.clock().zone)
        return {
            "creditor": gettext(", ").join(name for (name,) in creditors) or "–",
            "found_at": moments.moment(found.found_at),
            "happened_on": format_date(found.happened_on),
            "kinds": gettext(", ").join(str(KINDS[DataKind(kind)]) for kind in found.kinds),
            "people": format_count(found.people),
        }
