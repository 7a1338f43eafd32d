"""Somebody calls: find them by a number, take down what they say, read out what follows. Nothing of the debt shows, for nobody has proven
here who calls.
"""

from flask import redirect, render_template, request, url_for
from flask_babel import force_locale, gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField

from portal.domain.caller_cases import TOLD_TOPICS, Matter
from portal.domain.cases import CallBack, CaseKind
from portal.domain.errors import DomainError
from portal.domain.masking import mask_mobile, mask_name
from portal.domain.permissions import Permission
from portal.i18n import InstantFormats
from portal.models import Borrower, ServiceCase
from portal.queries.callers import find_callers
from portal.queries.loans import get_loan_of, loans_of
from portal.queries.service_cases import get_case_taken_down, holds_of_case, is_seen_by
from portal.services.caller_cases import Told, get_borrower_to_note, open_for_caller, record_caller_search
from portal.services.references import new_public_id
from portal.services.staff_relations import refuse_close
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.labels import CALL_BACKS, CASE_KINDS, CASE_TOPICS, PRODUCTS
from portal.web.people import StaffPerson
from portal.web.review import labels
from portal.web.review.blueprint import blueprint
from portal.web.typed import shown_again

Page = str | tuple[str, int] | Response


class ToldForm(FlaskForm):
    """What the caller says. ``about`` names the matter and its topic; ``form_key`` makes the same form, sent twice, one case."""

    form_key = HiddenField(filters=[shown_again])
    about = SelectField(lazy_gettext("What is it about?"), validate_choice=False)
    loan = SelectField(lazy_gettext("Which loan?"), validate_choice=False)
    text = TextAreaField(lazy_gettext("What the caller says"), filters=[shown_again])
    staff_number = StringField(lazy_gettext("Staff number"), filters=[shown_again])
    speaker_name = StringField(lazy_gettext("Who speaks for the borrower"), filters=[shown_again])
    speaker_contact = StringField(lazy_gettext("How they are reached"), filters=[shown_again])
    call_back = SelectField(
        lazy_gettext("How shall we answer?"),
        choices=list(CALL_BACKS.items()),
        default=CallBack.IN_WRITING.value,
        validate_choice=False,
    )
    keeps = BooleanField(lazy_gettext("I see to it myself"))


@blueprint.get("/service/callers")
@staff_page(Permission.SERVICE_HANDLE)
def callers(person: StaffPerson) -> str:
    del person
    return render_template("review/service/callers.html", typed="", callers=None)


@blueprint.post("/service/callers")
@staff_page(Permission.SERVICE_HANDLE)
def find_caller(person: StaffPerson) -> str:
    typed = request.form.get("q", "")[:80].strip()
    callers = find_callers(writes.database(), person.id, typed) if typed else None
    if callers is not None:
        record_caller_search(
            writes.database(),
            person.actor,
            by=callers.by.value,
            borrower_ids=[caller.borrower.id for caller in callers.found],
            now=writes.now(),
        )
    return render_template(
        "review/service/callers.html",
        typed=typed,
        callers=callers,
        mask_name=mask_name,
        mask_mobile=mask_mobile,
        products=PRODUCTS,
    )


@blueprint.route("/service/callers/<loan_id>", methods=["GET", "POST"])
@staff_page(Permission.SERVICE_HANDLE)
def take_down(person: StaffPerson, loan_id: str) -> Page:
    """The form; sent, the case is open. ``loan_id`` is any loan of the caller's."""
    session = writes.database()
    borrower = get_borrower_to_note(session, person.actor, loan_id=loan_id)
    form = _form(borrower)
    if form.is_submitted():
        case = _opened(person, borrower, form)
        if case is not None:
            return redirect(url_for("review.taken_down", public_id=case.public_id), 303)
    body = render_template(
        "review/service/take_down.html",
        form=form,
        loan_id=loan_id,
        name=mask_name(borrower.name),
        mobile=mask_mobile(borrower.mobile),
    )
    return body, 422 if form.errors else 200


@blueprint.get("/service/taken-down/<public_id>")
@staff_page(Permission.SERVICE_HANDLE)
def taken_down(person: StaffPerson, public_id: str) -> str:
    """What to read out to the caller; for who took it down."""
    session = writes.database()
    case = get_case_taken_down(session, person.actor, public_id)
    refuse_close(session, person.actor, borrower_id=case.borrower_id)
    return render_template(
        "review/service/taken_down.html",
        case=case,
        kind=CASE_KINDS[CaseKind(case.kind)],
        topics=CASE_TOPICS,
        pauses=bool(holds_of_case(session, case)),
        may_open=is_seen_by(session, person.actor, case),
    )


def _form(borrower: Borrower) -> ToldForm:
    form = ToldForm()
    form.about.choices = about_choices()
    form.loan.choices = [("", gettext("About none of them in particular"))]
    form.loan.choices += [
        (loan.public_id, f"{loan.loan_ref} {PRODUCTS.get(loan.product, loan.product)}")
        for loan in loans_of(writes.database(), borrower.id)
    ]
    if not form.is_submitted():
        form.form_key.data = new_public_id()
    return form


def about_choices() -> list[tuple[str, str]]:
    """What can be taken down: matter and topic in one value."""
    matters = [(matter, topic.value) for matter, topics in TOLD_TOPICS.items() for topic in topics]
    named = [(f"{matter.value}:{topic}", _about(matter, topic)) for matter, topic in matters]
    return [("", gettext("Choose…")), *named]


def _about(matter: Matter, topic: str) -> str:
    name = labels.MATTERS[matter]
    if len(TOLD_TOPICS[matter]) == 1:
        return str(name)
    return f"{name}{gettext(': ')}{CASE_TOPICS[topic]}"  # type: ignore[index]


def _opened(person: StaffPerson, borrower: Borrower, form: ToldForm) -> ServiceCase | None:
    """None where the form shows a refusal."""
    try:
        with writes.attempt():
            return open_for_caller(
                writes.database(),
                person.actor,
                borrower=borrower,
                told=_told(borrower, form),
                arrived=lambda case: arrived_words(borrower, case),
                today=writes.today(),
                zone=writes.clock().zone,
                now=writes.now().astimezone(writes.clock().zone),
            )
    except DomainError as error:
        put_on_form(form, error)
        return None


def _told(borrower: Borrower, form: ToldForm) -> Told:
    matter, _, topic = (form.about.data or "").partition(":")
    if matter not in list(Matter):
        raise DomainError("topic_missing", field="about")
    chosen = form.loan.data or ""
    return Told(
        form_key=form.form_key.data or "",
        matter=Matter(matter),
        topic=topic,
        text=form.text.data or "",
        loan=get_loan_of(writes.database(), borrower.id, chosen) if chosen else None,
        call_back=form.call_back.data or CallBack.IN_WRITING,
        staff_number=form.staff_number.data or "",
        speaker_name=form.speaker_name.data or "",
        speaker_contact=form.speaker_contact.data or "",
        keeps=bool(form.keeps.data),
    )


def arrived_words(borrower: Borrower, case: ServiceCase) -> str:
    """What the borrower reads, in their language; also where it was not they who called."""
    formats = InstantFormats(writes.clock().zone)
    with force_locale(borrower.locale):
        return str(
            gettext(
                "We took down what was said on the telephone for you (%(reference)s). You have our answer by %(moment)s at the latest."
                " If it was not you who called, or something is not right, write to us here.",
                reference=case.reference,
                moment=formats.deadline(case.answer_by),
            )
        )
