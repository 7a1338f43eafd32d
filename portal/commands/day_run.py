"""The run of one business date: its parts in their order, each in short transactions that keep how far it is."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.clock import Clock
from portal.db import transaction
from portal.domain.arrears import LatenessRules
from portal.domain.day_runs import Part
from portal.domain.permissions import SYSTEM
from portal.domain.plan_course import acts_due
from portal.domain.plan_progress import RowState
from portal.domain.stage_packs import DEFAULT_PACK, stage_pack_on
from portal.models import DayRun
from portal.queries.calls import count_calls
from portal.queries.policies import business_calendar
from portal.queries.running_plans import RunningPlan, watched_ids, watched_plans
from portal.queries.standings import counted_loans, next_range
from portal.queries.surroundings import agencies
from portal.services import claims, day_runs, expiry, promises
from portal.services.agencies import end_due_agencies
from portal.services.attachment_retention import Sweep, erase_due_attachments
from portal.services.call_list import count_listed, list_for_calls
from portal.services.call_promises import settle_promises
from portal.services.contact_retention import erase_due_contacts
from portal.services.day_loans import DayRules, follow_loans
from portal.services.holds import end_due_holds
from portal.services.running_plans import follow_plan, remind_of_plans
from portal.services.stages import StageRules
from portal.services.standings import count_again

PLANS_AT_A_TIME: Final = 200
LOANS_AT_A_TIME: Final = 50_000


@dataclass
class Step:
    """One transaction of a run: what it did, and where the run stands after it."""

    session: Session
    part: Part
    after: int
    did: Counter[str] = field(default_factory=Counter)


class DayRunner:
    """Runs dates over a database. ``tell`` hears by how much the number of the last loan that was looked at has grown."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        *,
        tell: Callable[[int], None] = lambda _more: None,
        is_book_trusted: bool = False,
        loans_at_a_time: int = LOANS_AT_A_TIME,
        counts_all: bool = False,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._tell = tell
        self._is_book_trusted = is_book_trusted
        self._loans_at_a_time = loans_at_a_time
        self._counts_all = counts_all

    def run(self, on: date) -> DayRun:
        """Everything that is left of a date, and first of an older one that was not finished; again, it does nothing.

        Raises ``day_to_come``; ``Conflict("day_is_over")``, ``Conflict("day_taken_over")``.
        """
        if self._counts_all:
            with transaction(self._engine) as session:
                count_again(session)
        while True:
            run = self._begin(on)
            if run.finished_at is None:
                run = self._finish(run)
            if run.business_date == on:
                return run

    def _now(self) -> datetime:
        """In the lender's zone."""
        return self._clock.now().astimezone(self._clock.zone)

    def _begin(self, on: date) -> DayRun:
        with transaction(self._engine, writes=False) as session:
            last = day_runs.find_day(session)
        if last is not None and last.business_date == on and last.finished_at is not None:
            return last
        with transaction(self._engine) as session:
            return day_runs.begin_day(session, on=on, today=self._clock.today(), now=self._now())

    def _finish(self, run: DayRun) -> DayRun:
        self._run_id, self._on = run.id, run.business_date
        self._since = run.previous_on or run.business_date - timedelta(days=1)
        self._part, self._after = Part(run.part), run.after_id
        doing = {
            Part.EXPIRY: self._expire,
            Part.PLANS: self._follow_plans,
            Part.LOANS: self._follow_loans,
            Part.CALL_PROMISES: self._settle_call_promises,
            Part.CALL_LIST: self._list_calls,
            Part.FILES: self._erase_files,
            Part.CONTACTS: self._erase_contacts,
        }
        while self._part is not Part.DONE:
            doing[self._part]()
            with self._step() as step:
                if self._part is Part.CALL_PROMISES:  # with the step into the next part: never counted twice
                    step.did += self._calls_since(step.session)
                step.part, step.after = self._part.following, 0
        with transaction(self._engine) as session:
            day_runs.finish_day(session, SYSTEM, run_id=self._run_id, now=self._now())
            return session.get_one(DayRun, self._run_id)

    @contextmanager
    def _step(self) -> Iterator[Step]:
        with transaction(self._engine) as session:
            step = Step(session, self._part, self._after)
            yield step
            day_runs.take_further(
                session,
                run_id=self._run_id,
                part=self._part,
                after_id=self._after,
                to=(step.part, step.after),
                did=step.did,
            )
        self._part, self._after = step.part, step.after

    def _expire(self) -> None:
        self._until_nothing(
            "expired", lambda session: expiry.expire_proposals(session, SYSTEM, now=self._now())
        )
        self._until_nothing(
            "holds",
            lambda session: end_due_holds(session, SYSTEM, now=self._now()),
        )
        self._until_nothing(
            "promises", lambda session: len(promises.raise_alarms(session, SYSTEM, now=self._now()))
        )
        self._until_nothing(
            "agencies", lambda session: end_due_agencies(session, SYSTEM, on=self._on, now=self._now())
        )
        self._until_nothing(
            "claims", lambda session: claims.end_lapsed_claims(session, SYSTEM, now=self._now())
        )

    def _until_nothing(self, name: str, do: Callable[[Session], int]) -> None:
        done = True
        while done:
            with self._step() as step:
                step.did[name] = do(step.session)
                done = step.did[name] > 0

    def _follow_plans(self) -> None:
        while ids := self._next_plans():
            with transaction(self._engine, writes=False) as session:
                plans = self._plans(session, ids)
            for plan in plans:
                if next(acts_due(plan.status, plan.progress), None) is not None:
                    self._follow_plan(plan.proposal.id)
            with self._step() as step:
                plans = self._plans(step.session, ids)
                step.did += self._reminded(step.session, plans)
                step.did["plans"] = len(plans)
                step.did["plans:awaited"] = sum(_is_awaited(plan) for plan in plans)
                step.after = ids[-1]

    def _next_plans(self) -> list[int]:
        with transaction(self._engine, writes=False) as session:
            return list(watched_ids(session, after=self._after, limit=PLANS_AT_A_TIME))

    def _plans(self, session: Session, ids: list[int]) -> list[RunningPlan]:
        return list(watched_plans(session, ids, on=self._on, is_book_trusted=self._is_book_trusted))

    def _follow_plan(self, proposal_id: int) -> None:
        with self._step() as step:
            acts = follow_plan(
                step.session,
                SYSTEM,
                proposal_id=proposal_id,
                on=self._on,
                now=self._now(),
                is_book_trusted=self._is_book_trusted,
            )
            step.did += Counter(f"plans:{act}" for act in acts)

    def _reminded(self, session: Session, plans: list[RunningPlan]) -> Counter[str]:
        pack = stage_pack_on(DEFAULT_PACK, self._on)
        return remind_of_plans(session, SYSTEM, plans=plans, since=self._since, pack=pack, now=self._now())

    def _follow_loans(self) -> None:
        with transaction(self._engine, writes=False) as session:
            rules = self._rules(session)
        self._tell(self._after)
        while True:
            with self._step() as step:
                loans = next_range(step.session, after=self._after, limit=self._loans_at_a_time)
                if loans is None:
                    return
                step.did += follow_loans(step.session, SYSTEM, loans, rules=rules, now=self._now())
                step.after = loans.last
            self._tell(loans.last - loans.first)

    def _rules(self, session: Session) -> DayRules:
        stages = StageRules(
            on=self._on,
            zone=self._clock.zone,
            pack=stage_pack_on(DEFAULT_PACK, self._on),
            agencies=agencies(session, on=self._on),
        )
        return DayRules(
            lateness=LatenessRules(),
            stages=stages,
            calendar=business_calendar(session),
            previous_on=self._since,
        )

    def _settle_call_promises(self) -> None:
        last: int | None = self._after
        now = self._clock.now().astimezone(self._clock.zone)
        while last is not None:
            with self._step() as step:
                settled, last = settle_promises(step.session, SYSTEM, after=self._after, now=now)
                step.did += Counter({f"calls:{state}": count for state, count in settled.items()})
                step.after = self._after if last is None else last

    def _calls_since(self, session: Session) -> Counter[str]:
        """Of the days from the last run's date up to this one's morning."""
        first, until = (
            datetime.combine(day, time(), tzinfo=self._clock.zone) for day in (self._since, self._on)
        )
        made, refused = count_calls(session, since=first, until=until)
        return Counter({"calls:made": made, "calls:refused": refused})

    def _list_calls(self) -> None:
        while True:
            with self._step() as step:
                loans = next_range(step.session, after=self._after, limit=self._loans_at_a_time)
                if loans is None:
                    return
                list_for_calls(step.session, counted_loans(step.session, loans, on=self._on), on=self._on)
                step.did["calls:listed"] = count_listed(step.session, loans)
                step.after = loans.last

    def _erase_files(self) -> None:
        self._batches("files", self._erase_some_files)

    def _erase_contacts(self) -> None:
        self._batches("contacts", self._erase_some_contacts)

    def _batches(self, name: str, do: Callable[[Session], tuple[int, int | None]]) -> None:
        last_id: int | None = self._after
        while last_id is not None:
            with self._step() as step:
                step.did[name], last_id = do(step.session)
                step.after = self._after if last_id is None else last_id

    def _erase_some_files(self, session: Session) -> tuple[int, int | None]:
        sweep = Sweep(today=self._on, zone=self._clock.zone, now=self._now())
        swept = erase_due_attachments(session, SYSTEM, after=self._after, sweep=sweep)
        return swept.erased, swept.last_id

    def _erase_some_contacts(self, session: Session) -> tuple[int, int | None]:
        erased = erase_due_contacts(
            session, SYSTEM, after=self._after, on=self._on, zone=self._clock.zone, now=self._now()
        )
        return erased.erased, erased.last_id


def _is_awaited(plan: RunningPlan) -> bool:
    return any(row.state is RowState.AWAITED for row in plan.progress.rows)
