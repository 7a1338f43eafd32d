"""A thread as colleagues read it, by itself or on a case's page; who may answer has read it by seeing it."""

from dataclasses import dataclass

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, TextAreaField

from portal.domain.permissions import Permission
from portal.domain.threads import MessageKind
from portal.models import Proposal, Thread
from portal.queries.threads import Subject, ThreadPage, find_thread, thread_page
from portal.services.attachments import needs_claim
from portal.services.references import new_public_id
from portal.services.threads import WrittenMessage, mark_read, may_write_about
from portal.web import writes
from portal.web.people import StaffPerson
from portal.web.typed import shown_again


class AnswerForm(FlaskForm):
    """Staff's words; ``form_key`` makes the same form, sent twice, one message."""

    form_key = HiddenField(filters=[shown_again])
    body = TextAreaField(lazy_gettext("Answer to the borrower"), filters=[shown_again])
    is_question = BooleanField(lazy_gettext("It asks the borrower something"))

    def begin(self) -> "AnswerForm":
        self.form_key.data = new_public_id()
        return self

    @property
    def written(self) -> WrittenMessage:
        kind = MessageKind.QUESTION if self.is_question.data else MessageKind.MESSAGE
        return WrittenMessage(form_key=self.form_key.data or "", body=self.body.data or "", kind=kind)


@dataclass(frozen=True, slots=True)
class Correspondence:
    """A page of a thread for one reader. ``new_from`` is the first number that nobody of the staff had read."""

    public_id: str
    thread: Thread | None
    page: ThreadPage
    new_from: int
    may_answer: bool
    may_open: bool
    """The files of the thread, now."""
    may_open_once_taken: bool
    form: AnswerForm


def correspondence(
    person: StaffPerson, about: Subject, *, before: int | None = None, form: AnswerForm | None = None
) -> Correspondence:
    session = writes.database()
    thread = find_thread(session, about)
    new_from = (thread.read_by_staff if thread else 0) + 1
    may_answer = may_write_about(person.actor, about)
    opens = person.actor.may(Permission.ATTACHMENT_OPEN)
    proposal_id = about.id if isinstance(about, Proposal) else None
    is_to_be_taken = needs_claim(session, person.actor, proposal_id=proposal_id, now=writes.now())
    page = thread_page(session, thread, before=before)
    if thread is not None and may_answer:
        mark_read(session, person.actor, thread=thread, now=writes.now())
    return Correspondence(
        public_id=about.public_id,
        thread=thread,
        page=page,
        new_from=new_from,
        may_answer=may_answer,
        may_open=opens and not is_to_be_taken,
        may_open_once_taken=opens and is_to_be_taken,
        form=form or AnswerForm(formdata=None).begin(),
    )


def is_proposal(about: Subject) -> bool:
    return isinstance(about, Proposal)
