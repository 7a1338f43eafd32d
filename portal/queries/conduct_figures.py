"""How people were treated: complaints, contacts that a rule refused, and contacts by the hour of the day."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.domain.case_handling import Outcome
from portal.domain.contact_wishes import Channel
from portal.domain.figure_periods import Period
from portal.domain.figures import ComplaintLine, HourLine, RefusalLine
from portal.models import CaseDecision, Contact, Event, ServiceCase, VisitorComplaint
from portal.queries.contacts import CALL_PURPOSE
from portal.queries.instants import hour_of

NEVER_LEFT = "failed"
"""The result of a contact that never reached the provider or the line."""


def complaint_lines(
    session: Session, *, since: datetime, until: datetime, now: datetime
) -> Sequence[ComplaintLine]:
    """Complaints that came in in the span: first those of borrowers, by topic."""
    return [
        ComplaintLine(topic, is_visitors, *counts)
        for is_visitors, statement in (
            (False, _of_borrowers(since, until, now)),
            (True, _of_visitors(since, until, now)),
        )
        for topic, *counts in session.execute(statement)
    ]


def refusal_lines(session: Session, *, since: datetime, until: datetime) -> Sequence[RefusalLine]:
    """By rule; the most frequent first."""
    rule = Event.fields["rule"].as_string().label("rule")
    is_call = Event.fields["purpose"].as_string() == CALL_PURPOSE
    rows = session.execute(
        select(rule, _sum(is_call), _sum(~is_call))
        .where(Event.name == "contact:refused", Event.at >= since, Event.at < until)
        .group_by("rule")
    )
    lines = [RefusalLine(rule, calls, messages) for rule, calls, messages in rows]
    return sorted(lines, key=lambda line: (-line.count, line.rule))


def hour_lines(session: Session, *, period: Period, zone: tzinfo) -> Sequence[HourLine]:
    """All 24 hours of the zone's day; what somebody else began, and what never left, is left out."""
    since, until = period.bounds(zone)
    is_call = Contact.channel == Channel.PHONE.value
    rows = session.execute(
        select(hour_of(Contact.at.expression, period, zone).label("hour"), _sum(is_call), _sum(~is_call))
        .where(
            Contact.direction == "out",
            Contact.result != NEVER_LEFT,
            Contact.at >= since,
            Contact.at < until,
        )
        .group_by("hour")
    )
    found = {int(hour): (calls, messages) for hour, calls, messages in rows}
    return [HourLine(hour, *found.get(hour, (0, 0))) for hour in range(24)]


def _of_borrowers(since: datetime, until: datetime, now: datetime) -> Any:
    """The outcome is that of the round in which the case stands: asked again, it is open again."""
    is_its = and_(
        CaseDecision.case_id == ServiceCase.id, CaseDecision.review_round == ServiceCase.review_round
    )
    return (
        select(ServiceCase.topic, *_columns(ServiceCase, CaseDecision.outcome, now))
        .outerjoin(CaseDecision, is_its)
        .where(ServiceCase.kind == "complaint", ServiceCase.opened_at >= since, ServiceCase.opened_at < until)
        .group_by(ServiceCase.topic)
        .order_by(ServiceCase.topic)
    )


def _of_visitors(since: datetime, until: datetime, now: datetime) -> Any:
    return (
        select(VisitorComplaint.topic, *_columns(VisitorComplaint, VisitorComplaint.outcome, now))
        .where(VisitorComplaint.opened_at >= since, VisitorComplaint.opened_at < until)
        .group_by(VisitorComplaint.topic)
        .order_by(VisitorComplaint.topic)
    )


def _columns(
    table: type[ServiceCase | VisitorComplaint], outcome: InstrumentedAttribute[str], now: datetime
) -> Sequence[ColumnElement[int]]:
    is_closed = table.closed_at.is_not(None)
    return (
        func.count(),
        _sum(and_(is_closed, table.closed_at <= table.answer_by)),
        _sum(and_(is_closed, table.closed_at > table.answer_by)),
        _sum(~is_closed),
        _sum(and_(~is_closed, table.answer_by < now)),
        _sum(outcome == Outcome.UPHELD.value),
        _sum(outcome == Outcome.PARTLY.value),
        _sum(outcome == Outcome.NOT_UPHELD.value),
    )


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
