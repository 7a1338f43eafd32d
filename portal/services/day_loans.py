"""What the day does to a range of loans: figures, limitation, stages, messages; one short transaction."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.arrears import LatenessRules
from portal.domain.calendar import BusinessCalendar
from portal.domain.permissions import Actor
from portal.queries.limitation_bases import stale_limitations
from portal.queries.standings import LoanRange, count_changed
from portal.services.stages import StageRules, move_stages
from portal.services.standings import count_loans, find_limitations, take_up_loans


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRules:
    """What a business date goes by."""

    lateness: LatenessRules
    stages: StageRules
    calendar: BusinessCalendar


def follow_loans(
    session: Session, actor: Actor, loans: LoanRange, *, rules: DayRules, now: datetime
) -> Counter[str]:
    """How many loans were ``new``, had their ``limitation`` found, ``changed``, are ``late``; and what moved (see ``move_stages``)."""
    stages, calendar = rules.stages, rules.calendar
    did: Counter[str] = Counter(new=take_up_loans(session, loans))
    stale = stale_limitations(session, loans, zone=stages.zone, checked_until=calendar.covers_to)
    did["limitation"] = find_limitations(session, stale, calendar=calendar)
    count_loans(session, loans, on=stages.on, rules=rules.lateness)
    did["changed"], did["late"] = count_changed(session, loans, stages.on)
    return did + move_stages(session, actor, loans, rules=stages, now=now)
