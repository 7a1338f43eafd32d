"""My data: take it along."""

from flask import render_template

from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.people import BorrowerPerson


@blueprint.get("/record/data")
@borrower_page
def record_data(person: BorrowerPerson) -> str:
    del person
    return render_template("borrower/record/data.html")
