"""A case: its number, where it is, when the answer comes; what was decided, and what can be done about it."""

from collections.abc import Sequence
from datetime import datetime

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.case_handling import AGAINST_BORROWER, second_look_until
from portal.domain.cases import HOLDS, CaseKind, CaseTopic
from portal.models import Loan, ServiceCase
from portal.queries.cases import cases_of, get_case_of
from portal.queries.service_cases import DecisionLine, decisions_on, number_of, requests_on
from portal.queries.threads import find_thread
from portal.services.case_decisions import ask_second_look
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.labels import (
    CASE_KINDS,
    CASE_REASONS,
    CASE_TOPICS,
    CORRECTION_ANSWERS,
    CORRECTION_KINDS,
    OUTCOMES,
)
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
    kind, decisions = CaseKind(found.kind), decisions_on(session, found.id)
    return render_template(
        "borrower/cases/case.html",
        case=found,
        kind=kind,
        kind_text=CASE_KINDS[kind],
        topic_text=CASE_TOPICS[CaseTopic(found.topic)],
        stops_contact=kind in HOLDS,
        taken_down_by=number_of(session, found.opened_by),
        thread=find_thread(session, found),
        loan=session.get_one(Loan, found.loan_id) if found.loan_id else None,
        decisions=decisions,
        requests=requests_on(session, found.id),
        second_look_until=_second_look(found, decisions),
        outcomes=OUTCOMES,
        reasons=CASE_REASONS,
        correction_kinds=CORRECTION_KINDS,
        correction_answers=CORRECTION_ANSWERS,
    )


@blueprint.post("/cases/<case_id>/second-look")
@borrower_page
def case_second_look(person: BorrowerPerson, case_id: str) -> Response:
    """Another person looks at what was decided."""
    found = get_case_of(writes.database(), person.id, case_id)
    if ask_second_look(
        writes.database(),
        person.actor,
        case=found,
        today=writes.today(),
        zone=writes.clock().zone,
        now=writes.now(),
    ):
        flash(gettext("Another person looks at it now. Who decided before has no part in it."), "success")
    return redirect(url_for("borrower.case", case_id=found.public_id), 303)


def _second_look(found: ServiceCase, decisions: Sequence[DecisionLine]) -> datetime | None:
    """Until when another look can be asked for; None where it cannot."""
    if found.status == "open" or found.review_round > 1 or not decisions:
        return None
    last = decisions[0].decision
    until = second_look_until(last.decided_at)
    return until if last.outcome in AGAINST_BORROWER and writes.now() <= until else None
