"""What is sent from under a thread: a message, a file for it, or a file taken back. What was typed is kept whatever happens."""

from dataclasses import dataclass
from datetime import timedelta

from flask import redirect, request

from portal.domain.attachments import CONSENT
from portal.domain.errors import Conflict, DomainError
from portal.domain.threads import MOST_FILES_A_DAY, MOST_MESSAGES_A_DAY
from portal.i18n import current_locale
from portal.models import Message, Proposal
from portal.queries.consents import has_consented
from portal.queries.situations import situation_for
from portal.queries.threads import Subject, get_attachment_of, was_sent
from portal.services.attachments import SentFile, add_attachment, remove_attachment
from portal.services.ports import CleanFile
from portal.services.questions import reply_by_message
from portal.services.rate_limits import Full, Limit, count_form, count_try, give_back_try
from portal.services.threads import keep_draft, post_message, record_refusal
from portal.web import writes
from portal.web.borrower.plans.loading import Page
from portal.web.borrower.threads.forms import MessageForm
from portal.web.borrower.threads.subjects import Address, may_be_barred
from portal.web.form_errors import put_on_form
from portal.web.people import BorrowerPerson
from portal.web.waiting import come_back_page

A_DAY = timedelta(hours=24)
NOT_LOOKED_AT = frozenset({"files_busy", "file_missing"})
"""No processor was spent on such a file: none of the day's is used up, and what was sent counts as a message, for it leaves an event."""
ANSWER = "answer"
"""The button that sends a message as the answer to the lender's question."""


@dataclass(frozen=True, slots=True)
class Upload:
    """The file that came along: written anew, refused, or not looked at, for the day's are used up."""

    name: str
    file: CleanFile | None = None
    error: DomainError | None = None
    full: Full | None = None

    @property
    def was_looked_at(self) -> bool:
        return self.error is None or self.error.code not in NOT_LOOKED_AT


def read_upload(person: BorrowerPerson) -> Upload | None:
    """None where no file was chosen. Its count is kept before it is looked at, which takes a processor for up to half a minute: of many
    sent at once no more are looked at than the day allows.
    """
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return None
    writes.open_for_writing()
    full = count_try(writes.database(), file_limit(person), now=writes.now())
    writes.keep()
    if full is not None:
        return Upload(sent.filename, full=full)
    try:
        return Upload(sent.filename, file=writes.portal().cleaner.clean(sent.stream.read()))
    except DomainError as error:
        return Upload(sent.filename, error=error)


def file_limit(person: BorrowerPerson) -> Limit:
    """How many files of somebody are looked at in a day, those that are refused then among them."""
    return Limit(f"file:{person.id}", MOST_FILES_A_DAY, A_DAY)


def take(
    person: BorrowerPerson, address: Address, about: Subject, form: MessageForm, upload: Upload | None
) -> Page | None:
    """Back to the thread; None where the form shows a refusal."""
    wanted, removed = request.form.get("act", "send"), request.form.get("remove")
    if upload is not None and not upload.was_looked_at:
        give_back_try(writes.database(), file_limit(person).bucket)
    full = upload.full if upload is not None and upload.was_looked_at else _count_message(person, form)
    if full is not None:
        return come_back_page(full.again_at)
    if removed is not None:
        return _remove(person, address, about, form, removed)
    if wanted == "add":
        return redirect(address.url(_anchor="write"), 303) if _add(person, about, form, upload) else None
    is_second_tap = was_sent(writes.database(), person.id, form.form_key.data or "")
    if upload is not None and not is_second_tap and not _add(person, about, form, upload):
        return None
    return _send(person, address, about, form, is_answer=wanted == ANSWER)


def _count_message(person: BorrowerPerson, form: MessageForm) -> Full | None:
    """None where there is room, or where the message is on its way already."""
    session = writes.database()
    return count_form(
        session,
        Limit(f"message:{person.id}", MOST_MESSAGES_A_DAY, A_DAY),
        was_taken=lambda: was_sent(session, person.id, form.form_key.data or ""),
        now=writes.now(),
    )


def _send(
    person: BorrowerPerson, address: Address, about: Subject, form: MessageForm, *, is_answer: bool
) -> Page | None:
    try:
        with writes.attempt():
            is_asked = is_answer and isinstance(about, Proposal)
            message = _answer(person, about, form) if is_asked else _post(person, about, form)
    except DomainError as error:
        _refused(person, about, form, "message:refused", error)
        return None
    return redirect(address.url(_anchor=f"m{message.number}"), 303)


def _post(person: BorrowerPerson, about: Subject, form: MessageForm) -> Message:
    return post_message(
        writes.database(),
        person.actor,
        about=about,
        written=form.written,
        is_time_barred=may_be_barred(about),
        now=writes.now(),
    )


def _answer(person: BorrowerPerson, about: Subject, form: MessageForm) -> Message:
    """The message is the answer to what was asked: deciding goes on."""
    assert isinstance(about, Proposal)
    session = writes.database()
    situation = situation_for(session, about, on=writes.today(), zone=writes.clock().zone)
    return reply_by_message(
        session,
        person.actor,
        proposal=about,
        written=form.written,
        situation=situation,
        now=writes.business_now(),
    )


def _add(person: BorrowerPerson, about: Subject, form: MessageForm, upload: Upload | None) -> bool:
    try:
        with writes.attempt():
            add_attachment(
                writes.database(),
                person.actor,
                about=about,
                form_key=form.form_key.data or "",
                body=form.body.data or "",
                sent=_sent_file(person, form, upload),
                now=writes.now(),
            )
    except DomainError as error:
        _refused(person, about, form, "attachment:refused", error)
        return False
    return True


def _sent_file(person: BorrowerPerson, form: MessageForm, upload: Upload | None) -> SentFile:
    if upload is None:
        raise DomainError("file_missing", field="file")
    if upload.error is not None or upload.file is None:
        raise upload.error or DomainError("file_broken", field="file")
    consent = writes.portal().texts.load("consents", current_locale(), writes.today())
    agreed = has_consented(writes.database(), person.id, kind=CONSENT, text_version=consent.version)
    return SentFile(
        file=upload.file,
        name=upload.name,
        consents=agreed or bool(form.consents.data),
        consent_version=consent.version,
    )


def _remove(
    person: BorrowerPerson, address: Address, about: Subject, form: MessageForm, public_id: str
) -> Page | None:
    session = writes.database()
    with writes.attempt():
        attachment = get_attachment_of(session, person.id, public_id)
        remove_attachment(session, person.actor, attachment=attachment, now=writes.now())
        keep_draft(
            session,
            person.actor,
            about=about,
            form_key=form.form_key.data or "",
            body=form.body.data or "",
            now=writes.now(),
        )
    return redirect(address.url(_anchor="write"), 303)


def _refused(
    person: BorrowerPerson, about: Subject, form: MessageForm, name: str, error: DomainError
) -> None:
    if isinstance(error, Conflict):
        raise error
    record_refusal(writes.database(), person.actor, about=about, name=name, code=error.code, now=writes.now())
    put_on_form(form, error)
