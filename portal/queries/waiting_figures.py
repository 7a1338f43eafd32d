"""What waits for a person now, by how long, by bucket and by band of sums: one statement over the queue's narrow rows."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, select
from sqlalchemy.orm import Session

from portal.domain.figures import WAIT_ENDS, WaitAge, WaitingCell
from portal.domain.money import EXPONENTS
from portal.domain.queue_choices import BUCKETS, SumBand
from portal.models import Proposal, ReviewItem


def waiting_figures(session: Session, *, now: datetime) -> Sequence[WaitingCell]:
    """Cells that have cases; ``overdue`` of each are past their promised time. Nothing is left out for whoever looks: these are sums."""
    rows = session.execute(
        select(
            ReviewItem.stage,
            _age(now).label("age"),
            _bucket().label("bucket"),
            _band().label("band"),
            func.count(),
            func.sum(case((ReviewItem.deadline_at < now, 1), else_=0)),
        )
        .join(Proposal, Proposal.id == ReviewItem.proposal_id)
        .where(ReviewItem.stage != "held")
        .group_by("stage", "age", "bucket", "band")
    )
    return [
        WaitingCell(stage, WaitAge(age), bucket, band, count, overdue)
        for stage, age, bucket, band, count, overdue in rows
    ]


def _age(now: datetime) -> ColumnElement[str]:
    since = func.coalesce(ReviewItem.queued_at, Proposal.submitted_at)
    whens = [(since > now - end, literal(age.value)) for end, age in WAIT_ENDS]
    return case(*whens, else_=literal(WaitAge.FROM_7_DAYS.value))


def _bucket() -> ColumnElement[str]:
    whens = [
        (ReviewItem.dpd <= bucket.last, literal(code))
        for code, bucket in BUCKETS.items()
        if bucket.last is not None
    ]
    last = next(code for code, bucket in BUCKETS.items() if bucket.last is None)
    return case(*whens, else_=literal(last))


def _band() -> ColumnElement[str]:
    return case(*_bands(), else_=literal(SumBand.HUGE.value))


def _bands() -> Iterator[tuple[Any, Any]]:
    """Bands are in whole units, so the same bounds hold for all currencies with as many decimals."""
    for exponent in sorted(set(EXPONENTS.values())):
        currencies = sorted(code for code, each in EXPONENTS.items() if each == exponent)
        for band in SumBand:
            _, high = band.bounds(currencies[0])
            if high is not None:
                is_it = and_(ReviewItem.currency.in_(currencies), ReviewItem.amount_minor < high)
                yield is_it, literal(band.value)
