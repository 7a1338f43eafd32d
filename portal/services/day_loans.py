"""What the day does to the loans of a range that something happens to: figures, limitation, stages, messages; one short transaction."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from sqlalchemy.orm import Session

from portal.domain.arrears import LatenessRules
from portal.domain.calendar import BusinessCalendar
from portal.domain.next_looks import LookRules
from portal.domain.permissions import Actor
from portal.queries.due_loans import due_loans
from portal.queries.limitation_bases import stale_limitations
from portal.queries.standings import LoanRange, count_late
from portal.services.bulk_rows import give_room
from portal.services.stages import StageRules, move_stages
from portal.services.standings import count_loans, find_limitations, take_up_loans


@dataclass(frozen=True, kw_only=True)
class DayRules:
    """What a business date goes by. ``previous_on``: the date of the run before, if there was one."""

    lateness: LatenessRules
    stages: StageRules
    calendar: BusinessCalendar
    previous_on: date | None = None

    @cached_property
    def looks(self) -> LookRules:
        return LookRules(lateness=self.lateness, pack=self.stages.pack, calendar=self.calendar)


def follow_loans(
    session: Session, actor: Actor, loans: LoanRange, *, rules: DayRules, now: datetime
) -> Counter[str]:
    """How many loans were ``new``, had their ``limitation`` found, were counted (``changed``), are ``late``; and what moved.

    What moves are called: ``move_stages``.
    """
    give_room(session)
    stages, calendar = rules.stages, rules.calendar
    did: Counter[str] = Counter(new=take_up_loans(session, loans))
    due = due_loans(session, loans, on=stages.on, rules=rules.looks)
    if due.ids:
        stale = stale_limitations(session, due, zone=stages.zone, checked_until=calendar.covers_to)
        did["limitation"] = find_limitations(session, stale, calendar=calendar)
        count_loans(session, due, on=stages.on, rules=rules.looks, previous_on=rules.previous_on)
        did += move_stages(session, actor, due, rules=stages, now=now)
    did["changed"], did["late"] = len(due.ids), count_late(session, loans)
    return did
