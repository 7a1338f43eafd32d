"""The first page: where the borrower stands with each loan."""

from flask import render_template

from portal.queries.borrower_home import standings_of
from portal.queries.threads import unread_of
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.loan_texts import TEXTS
from portal.web.people import BorrowerPerson


@blueprint.get("/")
@borrower_page
def home(person: BorrowerPerson) -> str:
    standings = standings_of(writes.database(), person.id, on=writes.today())
    return render_template(
        "borrower/loans/home.html",
        standings=[standing for standing in standings if not standing.is_closed],
        closed=[standing for standing in standings if standing.is_closed],
        now=writes.now(),
        unread=unread_of(writes.database(), person.id),
        texts=TEXTS,
    )
