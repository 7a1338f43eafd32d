"""Dispute a loan, or talk to us about it."""

from flask import render_template
from flask_babel import lazy_gettext
from wtforms import RadioField

from portal.domain.cases import CallBack, CaseKind
from portal.models import Loan
from portal.queries.loans import get_loan_of
from portal.queries.situations import situation_of
from portal.services.cases import CaseForm
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.cases.opening import Page, WrittenForm, try_to_open
from portal.web.labels import CALL_BACKS
from portal.web.people import BorrowerPerson


class TalkForm(WrittenForm):
    """With when to call."""

    call_back = RadioField(
        lazy_gettext("How shall we answer?"),
        choices=list(CALL_BACKS.items()),
        default=CallBack.IN_WRITING.value,
        validate_choice=False,
    )


@blueprint.route("/loans/<loan_id>/dispute", methods=["GET", "POST"])
@borrower_page
def dispute(person: BorrowerPerson, loan_id: str) -> Page:
    return _page(person, loan_id, CaseKind.DISPUTE, WrittenForm(), "borrower/cases/dispute.html")


@blueprint.route("/loans/<loan_id>/talk", methods=["GET", "POST"])
@borrower_page
def talk(person: BorrowerPerson, loan_id: str) -> Page:
    return _page(person, loan_id, CaseKind.TALK, TalkForm(), "borrower/cases/talk.html")


def _page(person: BorrowerPerson, loan_id: str, kind: CaseKind, form: WrittenForm, template: str) -> Page:
    loan = get_loan_of(writes.database(), person.id, loan_id)
    form.for_kind(kind)
    if form.is_submitted():
        answer = try_to_open(person, form, _case(form, kind, loan))
        if answer is not None:
            return answer
    situation = situation_of(writes.database(), loan, on=writes.today(), zone=writes.clock().zone, answers={})
    body = render_template(
        template, form=form, loan=loan, is_time_barred=situation.circumstances.is_time_barred
    )
    return body, 422 if form.errors else 200


def _case(form: WrittenForm, kind: CaseKind, loan: Loan) -> CaseForm:
    call_back = form.call_back.data if isinstance(form, TalkForm) else None
    return CaseForm(
        form_key=form.form_key.data or "",
        kind=kind,
        topic=form.topic.data or "",
        body=form.body.data or "",
        call_back=call_back or CallBack.IN_WRITING.value,
        loan_id=loan.id,
    )
