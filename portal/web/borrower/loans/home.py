"""The first page: where the borrower stands with each loan."""

from flask import render_template

from portal.queries.home_page import home_page_of
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.loan_texts import TEXTS
from portal.web.people import BorrowerPerson


@blueprint.get("/")
@borrower_page
def home(person: BorrowerPerson) -> str:
    page = home_page_of(writes.database(), person.id, on=writes.today())
    return render_template(
        "borrower/loans/home.html",
        standings=[standing for standing in page.standings if not standing.is_closed],
        closed=[standing for standing in page.standings if standing.is_closed],
        now=writes.now(),
        unread=page.unread,
        texts=TEXTS,
    )
