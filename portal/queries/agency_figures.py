"""How agencies did in a period, by the register (rules R03, C20): one statement, whatever there is to count."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from portal.domain.figure_periods import Period
from portal.domain.figures import AgencyFigures
from portal.domain.loans import Stage
from portal.models import Agency, AgencyEvaluation, Contact, Event, LoanStage, ServiceCase
from portal.queries.conduct_figures import NEVER_LEFT


def agency_figures(
    session: Session, *, period: Period, since: datetime, until: datetime
) -> Sequence[AgencyFigures]:
    """A line for each agency of the register, by name. ``since`` to ``until`` are the period's bounds as instants."""
    held, evaluation = _held(period), _last_evaluation(period)
    rows = session.execute(
        select(
            Agency.name,
            _count(select(func.count()).where(_is_its(held))),
            _count(select(func.coalesce(func.sum(held.c.placed), 0)).where(_is_its(held))),
            _count(_contacts(held, since, until)),
            _count(_refusals(held, since, until)),
            _count(_complaints(held, since, until)),
            evaluation.with_only_columns(AgencyEvaluation.evaluated_on).scalar_subquery(),
            evaluation.with_only_columns(AgencyEvaluation.result).scalar_subquery(),
        ).order_by(Agency.name)
    )
    return [AgencyFigures(*row) for row in rows]


def _held(period: Period) -> CTE:
    """Loans that were with an agency at any time of the period, once each; ``placed``: how often they came to it within it. A stay is the
    agency's that had the loan then, whomever the creditor has engaged since, and whoever the creditor is by now.
    """
    following = func.lead(LoanStage.since).over(partition_by=LoanStage.loan_id, order_by=LoanStage.id)
    stays = select(
        LoanStage.loan_id, LoanStage.agency, LoanStage.stage, LoanStage.since, following.label("until")
    ).subquery()
    came = func.sum(case((stays.c.since.between(period.first, period.last), 1), else_=0))
    return (
        select(stays.c.agency, stays.c.loan_id, came.label("placed"))
        .where(
            stays.c.stage == Stage.AGENCY.value,
            stays.c.since <= period.last,
            or_(stays.c.until.is_(None), stays.c.until > period.first),
        )
        .group_by(stays.c.agency, stays.c.loan_id)
        .cte("held")
    )


def _contacts(held: CTE, since: datetime, until: datetime) -> Select[Any]:
    return (
        select(func.count())
        .select_from(Contact)
        .join(held, held.c.loan_id == Contact.loan_id)
        .where(
            _is_its(held),
            Contact.direction == "out",
            Contact.result != NEVER_LEFT,
            Contact.at >= since,
            Contact.at < until,
        )
    )


def _refusals(held: CTE, since: datetime, until: datetime) -> Select[Any]:
    is_refusal = and_(Event.name == "contact:refused", Event.at >= since, Event.at < until)
    return (
        select(func.count())
        .select_from(Event)
        .join(held, held.c.loan_id == Event.loan_id)
        .where(_is_its(held), is_refusal)
    )


def _complaints(held: CTE, since: datetime, until: datetime) -> Select[Any]:
    came_in = and_(ServiceCase.opened_at >= since, ServiceCase.opened_at < until)
    return (
        select(func.count())
        .select_from(ServiceCase)
        .join(held, held.c.loan_id == ServiceCase.loan_id)
        .where(_is_its(held), ServiceCase.kind == "complaint", came_in)
    )


def _last_evaluation(period: Period) -> Select[Any]:
    return (
        select(AgencyEvaluation)
        .where(AgencyEvaluation.agency_id == Agency.id, AgencyEvaluation.evaluated_on <= period.last)
        .order_by(AgencyEvaluation.evaluated_on.desc())
        .limit(1)
        .correlate(Agency)
    )


def _is_its(held: CTE) -> ColumnElement[bool]:
    return held.c.agency == Agency.name


def _count(counting: Select[Any]) -> ColumnElement[int]:
    return counting.correlate(Agency).scalar_subquery()
