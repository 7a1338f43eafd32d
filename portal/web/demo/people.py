"""Who can sign in, with what, and what there is to see."""

from datetime import datetime, timedelta

from flask import render_template

from portal.config import DEMO_PASSWORD
from portal.queries.demo import demo_accounts, demo_staff
from portal.role_names import STAFF_ROLES
from portal.web import writes
from portal.web.access import demo_page
from portal.web.demo.blueprint import blueprint
from portal.web.labels import HOLDS, PROPOSAL_STATUSES, STAGES

_STEP = 30
"""Seconds that a code of an authenticator app lasts."""


@blueprint.get("/")
@demo_page
def index() -> str:
    return render_template("demo/index.html")


@blueprint.get("/people")
@demo_page
def people() -> str:
    session, codes, now = writes.database(), writes.portal().time_codes, writes.now()
    return render_template(
        "demo/people.html",
        staff=[(member, codes.code_at(member.totp_secret or "", now)) for member in demo_staff(session)],
        fresh_at=_next_step(now).astimezone(writes.clock().zone),
        password=DEMO_PASSWORD,
        accounts=demo_accounts(session, on=writes.today()),
        statuses=PROPOSAL_STATUSES,
        stages=STAGES,
        roles=STAFF_ROLES,
        holds=HOLDS,
    )


def _next_step(now: datetime) -> datetime:
    return now + timedelta(seconds=_STEP - now.timestamp() % _STEP)
