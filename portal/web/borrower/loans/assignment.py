"""The notice that a loan has another creditor, and the borrower's word that they have it (rule C21)."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.errors import Conflict
from portal.messages import text_of
from portal.queries.borrower_home import standing_of
from portal.queries.creditors import accounts_of
from portal.queries.loans import get_loan_of
from portal.queries.situations import is_time_barred
from portal.services.assignments import confirm_notice
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.loan_texts import TEXTS
from portal.web.people import BorrowerPerson


@blueprint.get("/loans/<loan_id>/creditor")
@borrower_page
def assignment(person: BorrowerPerson, loan_id: str) -> str:
    session, on = writes.database(), writes.today()
    loan = get_loan_of(session, person.id, loan_id)
    return render_template(
        "borrower/loans/assignment.html",
        standing=standing_of(session, loan, on=on),
        accounts=accounts_of(session, loan.creditor, currency=loan.currency, on=on),
        is_time_barred=is_time_barred(session, [loan], on=on, zone=writes.clock().zone),
        texts=TEXTS,
    )


@blueprint.post("/loans/<loan_id>/creditor")
@borrower_page
def confirm_assignment(person: BorrowerPerson, loan_id: str) -> Response:
    """That the notice arrived; nothing else is said by it."""
    loan = get_loan_of(writes.database(), person.id, loan_id)
    shown_again = redirect(url_for("borrower.assignment", loan_id=loan.public_id), 303)
    seen = _day(request.form.get("seen", ""))
    try:
        with writes.attempt():
            confirm_notice(
                writes.database(),
                person.actor,
                loan=loan,
                seen=seen,
                today=writes.today(),
                now=writes.now(),
            )
    except Conflict as error:
        flash(text_of(error), "problem")
    else:
        flash(gettext("Thank you. It is on record that you have this notice."), "success")
    return shown_again


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None
