"""A case: its number, where it is, when the answer comes."""

from flask import render_template

from portal.domain.cases import HOLDS, CaseKind, CaseTopic
from portal.models import Loan
from portal.queries.cases import cases_of, get_case_of
from portal.queries.threads import find_thread
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.labels import CASE_KINDS, CASE_TOPICS
from portal.web.people import BorrowerPerson


@blueprint.get("/cases")
@borrower_page
def cases(person: BorrowerPerson) -> str:
    return render_template(
        "borrower/cases/cases.html",
        cases=cases_of(writes.database(), person.id),
        kinds=CASE_KINDS,
        topics=CASE_TOPICS,
    )


@blueprint.get("/cases/<case_id>")
@borrower_page
def case(person: BorrowerPerson, case_id: str) -> str:
    session = writes.database()
    found = get_case_of(session, person.id, case_id)
    kind = CaseKind(found.kind)
    return render_template(
        "borrower/cases/case.html",
        case=found,
        kind=kind,
        kind_text=CASE_KINDS[kind],
        topic_text=CASE_TOPICS[CaseTopic(found.topic)],
        stops_contact=kind in HOLDS,
        thread=find_thread(session, found),
        loan=session.get_one(Loan, found.loan_id) if found.loan_id else None,
    )
