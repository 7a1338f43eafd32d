"""The supervisor's figures of the day: calls by caller, refusals by rule, calls without an outcome. Counted exactly."""

from datetime import datetime, time, timedelta

from flask import render_template

from portal.domain.call_outcomes import CallResult
from portal.domain.permissions import Permission
from portal.queries.calls import calls_by_caller, refusals_by_rule, unfinished_calls
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.calls.words import REFUSALS


@blueprint.get("/calls/today")
@staff_page(Permission.TEAM_SEE)
def calls_today(person: StaffPerson) -> str:
    del person
    session = writes.database()
    since = datetime.combine(writes.today(), time(), tzinfo=writes.clock().zone)
    until = since + timedelta(days=1)
    return render_template(
        "review/calls/today.html",
        callers=calls_by_caller(session, since=since, until=until),
        refusals=refusals_by_rule(session, since=since, until=until),
        unfinished=unfinished_calls(session, now=writes.now()),
        answered=(CallResult.ANSWERED,),
        others=(CallResult.OTHER_PERSON, CallResult.WRONG_NUMBER),
        nobody=(CallResult.NO_ANSWER, CallResult.BUSY),
        open_ones=(CallResult.DIALLING, CallResult.NOT_NOTED),
        rules=REFUSALS,
        now=writes.now(),
    )
