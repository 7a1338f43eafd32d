"""The thread of a plan or a case: read, write, add files one by one. Reading it marks it read."""

from collections.abc import Sequence

from flask import render_template, request

from portal.domain.attachments import CONSENT, LARGEST_MEGABYTES
from portal.domain.proposals import Act, ProposalStatus, Who, is_possible
from portal.domain.threads import MOST_CHARACTERS, MOST_FILES
from portal.i18n import current_locale
from portal.models import Loan, Proposal
from portal.queries.consents import has_consented
from portal.queries.id_pages import Place
from portal.queries.threads import (
    FileLine,
    Subject,
    files_of,
    find_draft,
    find_message_draft,
    find_thread,
    openings_of,
    thread_page,
)
from portal.role_names import STAFF_ROLES
from portal.services.threads import mark_read
from portal.web import writes
from portal.web.access import borrower_look, borrower_upload
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.loading import Page
from portal.web.borrower.threads.forms import MessageForm
from portal.web.borrower.threads.sending import read_upload, take
from portal.web.borrower.threads.subjects import CASE, PROPOSAL, Address, get_subject, may_be_barred
from portal.web.people import BorrowerPerson


@blueprint.get("/proposals/<proposal_id>/messages")
@borrower_look
def proposal_thread(person: BorrowerPerson, proposal_id: str) -> Page:
    return _read(person, Address(PROPOSAL, proposal_id))


@blueprint.post("/proposals/<proposal_id>/messages")
@borrower_upload
def send_to_proposal(person: BorrowerPerson, proposal_id: str) -> Page:
    return _write(person, Address(PROPOSAL, proposal_id))


@blueprint.get("/cases/<case_id>/messages")
@borrower_look
def case_thread(person: BorrowerPerson, case_id: str) -> Page:
    return _read(person, Address(CASE, case_id))


@blueprint.post("/cases/<case_id>/messages")
@borrower_upload
def send_to_case(person: BorrowerPerson, case_id: str) -> Page:
    return _write(person, Address(CASE, case_id))


def _read(person: BorrowerPerson, address: Address) -> Page:
    about = get_subject(person, address)
    draft = find_draft(writes.database(), find_thread(writes.database(), about))
    form = (
        MessageForm(formdata=None).begin(draft.public_id, draft.body)
        if draft
        else MessageForm(formdata=None).begin()
    )
    return _show(person, address, about, form, files_of(writes.database(), draft))


def _write(person: BorrowerPerson, address: Address) -> Page:
    get_subject(person, address)
    upload = read_upload(person)  # slow, and no transaction waits for it
    writes.open_for_writing()
    about, form = get_subject(person, address), MessageForm()
    answer = take(person, address, about, form, upload)
    if answer is not None:
        return answer
    thread = find_thread(writes.database(), about)
    draft = find_message_draft(writes.database(), thread, form.form_key.data or "")
    return _show(person, address, about, form, files_of(writes.database(), draft))


def _show(
    person: BorrowerPerson, address: Address, about: Subject, form: MessageForm, files: Sequence[FileLine]
) -> Page:
    session = writes.database()
    thread = find_thread(session, about)
    place = Place.parse(before=request.args.get("before"), after=None)
    page = thread_page(session, thread, before=place.id if place else None)
    read_before = thread.read_by_borrower if thread else 0
    if thread is not None and request.method == "GET":
        mark_read(session, person.actor, thread=thread, now=writes.now())
    consent = writes.portal().texts.load("consents", current_locale(), writes.today())
    body = render_template(
        "borrower/threads/thread.html",
        form=form,
        address=address,
        about=about,
        loan=session.get_one(Loan, about.loan_id) if about.loan_id else None,
        page=page,
        read_before=read_before,
        openings=openings_of(session, page, person.id),
        files=files,
        consent=next(section for section in consent.sections if section.code == CONSENT),
        has_consented=has_consented(session, person.id, kind=CONSENT, text_version=consent.version),
        is_time_barred=may_be_barred(about),
        is_asked=_is_asked(about),
        roles=STAFF_ROLES,
        most=MOST_CHARACTERS,
        most_files=MOST_FILES,
        megabytes=LARGEST_MEGABYTES,
    )
    return body, 422 if form.errors else 200


def _is_asked(about: Subject) -> bool:
    """A question of the lender's waits for its answer: a message may be that answer."""
    return isinstance(about, Proposal) and is_possible(ProposalStatus(about.status), Act.REPLY, Who.BORROWER)
