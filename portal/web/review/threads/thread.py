"""A thread by itself: all of it, page by page, and the answer. Opening it is a look that the borrower can read about."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.domain.proposals import ProposalStatus
from portal.domain.threads import is_writable
from portal.models import Proposal, ServiceCase
from portal.queries.id_pages import Place
from portal.queries.threads import Subject, find_thread, get_answerable, get_subject
from portal.role_names import STAFF_ROLES
from portal.services.staff_relations import refuse_close
from portal.services.threads import look_at_thread, post_message, record_refusal, settle_thread
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.labels import CASE_KINDS, CASE_TOPICS
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.threads.part import AnswerForm, correspondence, is_proposal

Page = str | tuple[str, int] | Response


@blueprint.get("/messages/<public_id>")
@staff_page(Permission.MESSAGE_READ, looks=True)
def thread(person: StaffPerson, public_id: str) -> Page:
    about = get_subject(writes.database(), public_id)
    look_at_thread(writes.database(), person.actor, about=about, now=writes.now())
    return _show(person, about)


@blueprint.post("/messages/<public_id>")
@staff_page(Permission.SERVICE_HANDLE)
def answer(person: StaffPerson, public_id: str) -> Page:
    about, form = get_answerable(writes.database(), person.actor, public_id), AnswerForm()
    try:
        with writes.attempt():
            message = post_message(
                writes.database(), person.actor, about=about, written=form.written, now=writes.now()
            )
    except DomainError as error:
        if error.status != 422:
            raise
        record_refusal(
            writes.database(),
            person.actor,
            about=about,
            name="message:refused",
            code=error.code,
            now=writes.now(),
        )
        put_on_form(form, error)
        return _show(person, about, form), 422
    flash(gettext("Sent. The borrower is told by text message that an answer waits."), "success")
    return redirect(_address(about, f"m{message.number}"), 303)


@blueprint.post("/messages/<public_id>/settle")
@staff_page(Permission.MESSAGE_WRITE)
def settle(person: StaffPerson, public_id: str) -> Page:
    """What was read needs no answer."""
    about = get_subject(writes.database(), public_id)
    refuse_close(writes.database(), person.actor, borrower_id=about.borrower_id)
    found = find_thread(writes.database(), about)
    if found is not None:
        up_to = request.form.get("up_to", 0, type=int)
        settle_thread(writes.database(), person.actor, thread=found, up_to=up_to, now=writes.now())
    return redirect(url_for("review.messages"), 303)


def _show(person: StaffPerson, about: Subject, form: AnswerForm | None = None) -> str:
    place = Place.parse(before=request.args.get("before"), after=None)
    return render_template(
        "review/threads/thread.html",
        about=about,
        is_proposal=is_proposal(about),
        correspondence=correspondence(person, about, before=place.id if place else None, form=form),
        form=form,
        roles=STAFF_ROLES,
        kinds=CASE_KINDS,
        topics=CASE_TOPICS,
    )


def _address(about: Subject, anchor: str) -> str:
    """Back to where it is decided; a case of service has a page of its own."""
    if isinstance(about, Proposal) and is_writable(ProposalStatus(about.status)):
        return url_for("review.case", public_id=about.public_id, _anchor=anchor)
    if isinstance(about, ServiceCase):
        return url_for("review.service_case", public_id=about.public_id, _anchor=anchor)
    return url_for("review.thread", public_id=about.public_id, _anchor=anchor)
