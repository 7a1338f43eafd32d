"""All threads of a borrower, those with something new first."""

from flask import render_template

from portal.queries.threads import threads_of
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.threads.subjects import address_of
from portal.web.labels import CASE_KINDS, CASE_TOPICS, PROPOSAL_STATUSES
from portal.web.people import BorrowerPerson


@blueprint.get("/messages")
@borrower_page
def inbox(person: BorrowerPerson) -> str:
    return render_template(
        "borrower/threads/inbox.html",
        threads=threads_of(writes.database(), person.id),
        address_of=address_of,
        kinds=CASE_KINDS,
        topics=CASE_TOPICS,
        statuses=PROPOSAL_STATUSES,
    )
