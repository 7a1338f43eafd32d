"""The supervisor's figures of a period, in a fixed number of statements whatever there is to count (`domain.figures` defines each)."""

from datetime import datetime, tzinfo

from sqlalchemy.orm import Session

from portal.domain.figure_periods import Period
from portal.domain.figures import Figures
from portal.queries.agency_figures import agency_figures
from portal.queries.conduct_figures import complaint_lines, hour_lines, refusal_lines
from portal.queries.decision_figures import counter_figures, decision_lines, fairness_lines, overturn_lines
from portal.queries.plan_figures import plan_lines
from portal.queries.plan_stays import promise_figures, stay_figures
from portal.queries.waiting_figures import waiting_figures


def figures_of(session: Session, period: Period, *, zone: tzinfo, now: datetime) -> Figures:
    """What waits is that of now, everything else that of the period."""
    since, until = period.bounds(zone)
    return Figures(
        waiting=waiting_figures(session, now=now),
        stays=stay_figures(session, since=since, until=until),
        promises=promise_figures(session, since=since, until=until, now=now),
        decisions=decision_lines(session, since=since, until=until),
        overturns=overturn_lines(session, since=since, until=until),
        counters=counter_figures(session, since=since, until=until),
        plans=plan_lines(session, since=since, until=until, now=now),
        complaints=complaint_lines(session, since=since, until=until, now=now),
        refusals=refusal_lines(session, since=since, until=until),
        hours=hour_lines(session, period=period, zone=zone),
        agencies=agency_figures(session, period=period, since=since, until=until),
        fairness=fairness_lines(session, since=since, until=until),
    )
