"""A loan's own page: its schedule and what was paid."""

from flask import render_template

from portal.queries.borrower_home import standing_of
from portal.queries.loans import get_loan_of
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.loan_texts import TEXTS
from portal.web.people import BorrowerPerson


@blueprint.get("/loans/<loan_id>")
@borrower_page
def loan(person: BorrowerPerson, loan_id: str) -> str:
    found = get_loan_of(writes.database(), person.id, loan_id)
    standing = standing_of(writes.database(), found, on=writes.today())
    return render_template(
        "borrower/loans/loan.html",
        standing=standing,
        late={row.number for row in standing.arrears.installments},
        texts=TEXTS,
    )
