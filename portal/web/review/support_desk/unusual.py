"""What looks unusual at the support desk, each figure beside what is usual; and how near each agent is to the ceiling today."""

from flask import render_template

from portal.domain.permissions import Permission
from portal.domain.support_supervision import DAYS_LOOKED_AT, borrowers_today, unusual
from portal.queries.policies import policy_on
from portal.queries.support_desk import figures_of_calls
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.support_desk.words import UNUSUAL


@blueprint.get("/support/unusual")
@staff_page(Permission.SUPPORT_WATCH)
def support_unusual(_person: StaffPerson) -> str:
    now, zone = writes.now(), writes.clock().zone
    rules = policy_on(writes.database(), writes.today()).support
    calls = figures_of_calls(writes.database(), now=now)
    today = borrowers_today(calls, now=now, zone=zone)
    return render_template(
        "review/support_desk/unusual.html",
        findings=unusual(calls, rules, now=now, zone=zone),
        names=UNUSUAL,
        days=DAYS_LOOKED_AT,
        calls=len(calls),
        rules=rules,
        today=sorted(today.items(), key=lambda each: (-each[1], each[0])),
        full=[number for number, count in today.items() if count >= rules.borrowers_a_day],
    )
