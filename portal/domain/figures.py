"""What the supervisor's figures mean, each defined once here; ``queries.figures`` counts them.

A period is days of the lender's time zone (``domain.figure_periods``). Instants are compared by their whole second.

- **Waiting now**: cases of the queue for a first or a second approver; those that are decided and go out within the minute wait no more.
  Their age is since when they wait this time, or, where that was not kept, since they were signed.
- **Time in a state**: a stay begins with the event that brought a proposal into the state and ends with the next move; it counts in the
  period in which it ended. p50 and p90 are by nearest rank: of n stays in order, the one at place ceil(n x p / 100).
- **Promised time**: when a person has to have decided. It counts in the period in which it lies. *Kept*: all who had to decide had
  decided by then (the minute in which a decision may be undone does not count against it). *Broken*: it passed without. *Ended before*:
  the borrower, the book or the clock ended the wait before. *Open*: it still lies ahead.
- **Decision**: what took effect in the period (approve, decline, counter, ask), by people or by policy.
- **Overturned**: a second look came to something else. Second approver: did not agree. Another person after a decline: did not decline
  again. Another person after a case was decided: another outcome. It counts in the period of the second look.
- **Counter-offer**: by when it took effect. *Accepted*: the borrower signed it. *Refused*: the borrower said no. *Lapsed*: time, the book
  or a withdrawal ended it. *Open*: nothing was said yet.
- **Plan**: by the version that was agreed. *Begun*: approved in the period. *Kept*: completed in it. *Broken*: broken in it (or broken and
  terminated since). *Replaced*: a changed plan took its place in it. *Running*: in force when the period (or today) ends. Made *with an
  agent* where staff filled it in (the borrower may put that aside and go on alone), else *by the borrower alone*.
- **Complaint**: by when it came in, of borrowers and of visitors. *In time*: answered by its promised time.
- **Refusal of the guard**: each time a rule said no to a contact, so a message that waits for the morning counts each time it is asked for.
- **Contact by hour**: attempts that went out (what never left is none), by the hour of the lender's time zone in which they began.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final


class WaitAge(StrEnum):
    """For how long a case has waited; the lower bound counts, the upper does not."""

    TO_4_HOURS = "under_4_hours"
    TO_1_DAY = "4_to_24_hours"
    TO_3_DAYS = "1_to_3_days"
    TO_7_DAYS = "3_to_7_days"
    FROM_7_DAYS = "7_days_and_more"


WAIT_ENDS: Final[Sequence[tuple[timedelta, WaitAge]]] = (
    (timedelta(hours=4), WaitAge.TO_4_HOURS),
    (timedelta(days=1), WaitAge.TO_1_DAY),
    (timedelta(days=3), WaitAge.TO_3_DAYS),
    (timedelta(days=7), WaitAge.TO_7_DAYS),
)


class MadeBy(StrEnum):
    """Who made a plan."""

    ALONE = "alone"
    WITH_AGENT = "with_agent"


class Looked(StrEnum):
    """Who looked a second time."""

    SECOND_APPROVER = "second_approver"
    AFTER_DECLINE = "after_decline"
    AFTER_CASE = "after_case"


@dataclass(frozen=True, slots=True)
class WaitingCell:
    """Cases that wait for one of two approvers (``stage`` "first" or "second"), of one age, bucket (None: not overdue) and band of sums."""

    stage: str
    age: WaitAge
    bucket: str
    band: str
    count: int
    overdue: int


@dataclass(frozen=True, slots=True)
class StayFigures:
    """Stays in one state that ended; seconds."""

    state: str
    count: int
    p50: int
    p90: int


@dataclass(frozen=True, slots=True)
class PromiseFigures:
    """Promised times that lie in the period. ``kept_share`` is of those that were kept or broken."""

    kept: int = 0
    broken: int = 0
    ended_before: int = 0
    open: int = 0

    @property
    def decided(self) -> int:
        return self.kept + self.broken


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """Decisions of one kind for one reason; ``by_policy`` without a person."""

    kind: str
    reason_code: str
    by_policy: bool
    count: int


@dataclass(frozen=True, slots=True)
class OverturnLine:
    """Second looks of one sort, and how many of them came to something else."""

    looked: Looked
    count: int = 0
    overturned: int = 0


@dataclass(frozen=True, slots=True)
class CounterFigures:
    """Counter-offers that took effect in the period, by what came of them."""

    accepted: int = 0
    refused: int = 0
    lapsed: int = 0
    open: int = 0

    @property
    def made(self) -> int:
        return self.accepted + self.refused + self.lapsed + self.open


@dataclass(frozen=True, slots=True)
class PlanLine:
    """Plans of one kind, made by one of two."""

    kind: str
    made_by: MadeBy
    begun: int = 0
    kept: int = 0
    broken: int = 0
    replaced: int = 0
    running: int = 0


@dataclass(frozen=True, slots=True)
class ComplaintLine:
    """Complaints about one topic, signed in or not; by what became of them and whether the answer was in time."""

    topic: str
    is_visitors: bool
    received: int = 0
    in_time: int = 0
    late: int = 0
    open: int = 0
    open_late: int = 0
    upheld: int = 0
    partly: int = 0
    not_upheld: int = 0


@dataclass(frozen=True, slots=True)
class RefusalLine:
    """How often a rule of the contact guard said no, to calls and to messages."""

    rule: str
    calls: int = 0
    messages: int = 0

    @property
    def count(self) -> int:
        return self.calls + self.messages


@dataclass(frozen=True, slots=True)
class HourLine:
    """Contacts that began within an hour of the day (0 to 23)."""

    hour: int
    calls: int = 0
    messages: int = 0

    @property
    def count(self) -> int:
        return self.calls + self.messages


@dataclass(frozen=True, slots=True)
class AgencyFigures:
    """An agency of the register (rules C20, R03). What is counted is counted over loans that were with it at any time of the period,
    over all of the period: ``contacts`` of ours that went out, ``refused`` by a rule, ``complaints`` that came in. ``placed``: how often a
    loan came to it within the period. The evaluation is the last one by the period's end, None where there is none.
    """

    name: str
    loans: int
    placed: int
    contacts: int
    refused: int
    complaints: int
    evaluated_on: date | None
    result: str | None


@dataclass(frozen=True, slots=True)
class FairnessLine:
    """Approvals and declines of people born in one year and of one sex (None: not known)."""

    birth_year: int | None
    sex: str | None
    by_policy: bool
    approved: int
    declined: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All of them, of one period."""

    waiting: Sequence[WaitingCell] = ()
    stays: Sequence[StayFigures] = ()
    promises: PromiseFigures = field(default_factory=PromiseFigures)
    decisions: Sequence[DecisionLine] = ()
    overturns: Sequence[OverturnLine] = ()
    counters: CounterFigures = field(default_factory=CounterFigures)
    plans: Sequence[PlanLine] = ()
    complaints: Sequence[ComplaintLine] = ()
    refusals: Sequence[RefusalLine] = ()
    hours: Sequence[HourLine] = ()
    agencies: Sequence[AgencyFigures] = ()
    fairness: Sequence[FairnessLine] = ()
