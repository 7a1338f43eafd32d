"""Adding the figure of a month to the prime rates that are known (rule P07): by the operator, and never over another one in silence."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from portal.domain.book_values import plain_text
from portal.domain.errors import Conflict
from portal.domain.permissions import Actor
from portal.domain.prime_rates import refuse_rate
from portal.models import PrimeRate
from portal.queries.prime_rates import read_prime_rates
from portal.services.record import record


def add_prime_rate(
    session: Session,
    actor: Actor,
    *,
    published_on: date,
    pct: Decimal,
    source: str,
    replaces: bool = False,
    today: date,
    now: datetime,
) -> bool:
    """Keep a figure with where it was read; False where the same is there already.

    ``replaces``: it is said outright that the figure that stands there is wrong; both are recorded.

    Raises what ``refuse_rate`` raises, ``value_missing``, ``text_longer_than``, and ``Conflict("rate_differs")``.
    """
    refuse_rate(published_on, pct, today=today)
    source = plain_text(source, column="source", longest=200)
    kept = session.get(PrimeRate, published_on, with_for_update=True, populate_existing=True)
    before = None if kept is None else kept.pct
    if before == pct:
        return False
    if before is not None and not replaces:
        raise Conflict("rate_differs", before=f"{before:f}")
    if kept is None:
        session.add(PrimeRate(published_on=published_on, pct=pct, source=source, made_at=now))
    else:
        kept.pct, kept.source, kept.made_at = pct, source, now
    session.flush()
    record(
        session,
        actor,
        "rate:added",
        now=now,
        published_on=published_on.isoformat(),
        pct=f"{pct:f}",
        before="" if before is None else f"{before:f}",
    )
    read_prime_rates(session)
    return True
