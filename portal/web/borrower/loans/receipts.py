"""Payments as the lender's book shows them, and on what each went."""

from flask import render_template

from portal.domain.receipts import receipts as receipts_of
from portal.queries.borrower_home import standing_of
from portal.queries.loans import get_loan_of
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.loan_texts import TEXTS
from portal.web.people import BorrowerPerson


@blueprint.get("/loans/<loan_id>/receipts")
@borrower_page
def receipts(person: BorrowerPerson, loan_id: str) -> str:
    session = writes.database()
    standing = standing_of(session, get_loan_of(session, person.id, loan_id), on=writes.today())
    progress = standing.running.progress if standing.running else None
    return render_template(
        "borrower/loans/receipts.html",
        standing=standing,
        receipts=receipts_of(standing.facts, progress),
        texts=TEXTS,
    )
