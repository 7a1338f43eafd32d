"""Every figure of the supervisor's view, held against counts written here by hand: SQL of our own over the rows, on both databases."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from portal.domain.figure_periods import Period, month_named
from portal.domain.figures import Figures, MadeBy
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.policy import HardshipReason
from portal.queries.figures import figures_of
from portal.services.counters import refuse_counter
from portal.services.proposals import ask_review
from tests.desk import Approver
from tests.figure_history import NOW, write_history
from tests.people import Cast, add_cast, add_loan
from tests.stories import Story, send_out

ZONE = ZoneInfo("Asia/Shanghai")
PERIODS = {
    "month": month_named("2026-10"),
    "days": Period(date(2026, 11, 5), date(2026, 12, 4)),
    "all": Period(date(2026, 1, 1), date(2026, 12, 31)),
}
UTC_BOUNDS = {
    "month": ("2026-09-30 16:00:00.000000", "2026-10-31 16:00:00.000000"),
    "days": ("2026-11-04 16:00:00.000000", "2026-12-04 16:00:00.000000"),
    "all": ("2025-12-31 16:00:00.000000", "2026-12-31 16:00:00.000000"),
}
"""The same periods in UTC, written out."""
NOW_UTC = "2026-11-20 03:30:11.000000"


class Counted:
    """One period of the history: our figures, and a hand for counting the rows oneself."""

    def __init__(self, session: Session, name: str) -> None:
        self.session, self.is_sqlite = session, session.get_bind().dialect.name == "sqlite"
        self.first, self.end = UTC_BOUNDS[name]
        self.figures: Figures = figures_of(session, PERIODS[name], zone=ZONE, now=NOW)

    def rows(self, sql: str) -> Sequence[Any]:
        """Instants are compared as they stand in the rows: text in SQLite, with a zone in PostgreSQL."""
        zone = "" if self.is_sqlite else "+00"
        bounds = {"a": f"'{self.first}{zone}'", "b": f"'{self.end}{zone}'", "now": f"'{NOW_UTC}{zone}'"}
        return self.session.execute(text(sql.format(**bounds))).all()

    def number(self, sql: str) -> int:
        return int(self.rows(sql)[0][0])


@pytest.fixture
def cast(session: Session) -> Cast:
    return add_cast(session)


@pytest.fixture(params=list(PERIODS))
def counted(request: pytest.FixtureRequest, session: Session, cast: Cast) -> Counted:
    write_history(session, cast)
    session.flush()
    return Counted(session, request.param)


def at(value: datetime | str) -> datetime:
    return datetime.fromisoformat(f"{value}+00:00") if isinstance(value, str) else value


def test_each_number_is_what_the_rows_say(counted: Counted) -> None:
    """One history, all figures: the history costs more than the counting."""
    waiting_is_right(counted)
    stays_and_promises_are_right(counted)
    decisions_are_right(counted)
    plans_are_right(counted)
    complaints_are_right(counted)
    contacts_are_right(counted)
    groups_are_right(counted)


def waiting_is_right(counted: Counted) -> None:
    found = Counter[tuple[str, str, str, str]]()
    for cell in counted.figures.waiting:
        found[cell.stage, cell.age.value, cell.bucket, cell.band] += cell.count
    wanted = Counter[tuple[str, str, str, str]]()
    rows = counted.rows(
        "SELECT r.stage, COALESCE(r.queued_at, p.submitted_at), r.dpd, r.currency, r.amount_minor "
        "FROM review_item r, proposal p WHERE p.id = r.proposal_id AND r.stage IN ('first', 'second')"
    )
    for stage, since, dpd, currency, minor in rows:
        hours = (NOW - at(since)) / timedelta(hours=1)
        age = (
            "under_4_hours" if hours < 4 else "4_to_24_hours" if hours < 24
            else "1_to_3_days" if hours < 72 else "3_to_7_days" if hours < 168 else "7_days_and_more"
        )  # fmt: skip
        bucket = (
            "M0" if dpd == 0 else "M1" if dpd <= 30 else "M2" if dpd <= 60 else "M3" if dpd <= 90 else "M4+"
        )
        whole = minor if currency == "JPY" else minor / 100
        band = (
            "small" if whole < 5000 else "middle" if whole < 20000 else "large" if whole < 50000 else "huge"
        )
        wanted[stage, age, bucket, band] += 1
    assert found == wanted
    assert len(wanted) > 5
    overdue = "SELECT count(*) FROM review_item WHERE stage <> 'held' AND deadline_at < {now}"
    assert sum(cell.overdue for cell in counted.figures.waiting) == counted.number(overdue)


AFTER = {
    "started": "draft", "submitted": "submitted", "referred": "in_review", "info_given": "in_review",
    "counter_refused": "in_review", "review_requested": "in_review", "info_requested": "info_requested",
    "countered": "countered", "facts_moved": "needs_resign", "approved": "approved", "missed": "missed",
}  # fmt: skip


def stays_and_promises_are_right(counted: Counted) -> None:
    """Read one event after another, as somebody would by hand."""
    first, end = at(counted.first), at(counted.end)
    decided = {
        number: at(second if needs else when).replace(microsecond=0)
        for number, needs, second, when in counted.rows(
            "SELECT id, needs_second, second_at, decided_at FROM decision"
        )
    }
    rows = counted.rows(
        "SELECT proposal_id, name, at, fields FROM event WHERE name LIKE 'plan:%' "
        "AND name <> 'plan:counter_signed' ORDER BY proposal_id, id"
    )
    stays, promises = defaultdict[str, list[int]](list), Counter[str]()
    for this, following in zip(rows, [*rows[1:], None], strict=True):
        is_last = following is None or following[0] != this[0]
        state, begun = AFTER.get(this[1].removeprefix("plan:"), ""), at(this[2]).replace(microsecond=0)
        ended = None if is_last else at(following[2]).replace(microsecond=0)
        if ended and first <= ended < end and state not in {"", "submitted"}:
            stays[state].append(int((ended - begun).total_seconds()))
        if state == "in_review":
            promise = datetime.fromisoformat(_fields(this)["promised_by"]).replace(microsecond=0)
            decision = None if is_last else _fields(following).get("decision_id")
            if first <= promise < end:
                promises[fate(promise, ended, decided.get(decision))] += 1
    kept = counted.figures.promises
    assert promises == Counter(kept=kept.kept, broken=kept.broken, before=kept.ended_before, open=kept.open)
    assert {stay.state: (stay.count, stay.p50, stay.p90) for stay in counted.figures.stays} == {
        state: (len(each), ranked(each, 50), ranked(each, 90)) for state, each in stays.items()
    }


def _fields(row: Any) -> dict[str, Any]:
    return json.loads(row[3]) if isinstance(row[3], str) else dict(row[3])


def fate(promise: datetime, ended: datetime | None, decided: datetime | None) -> str:
    if decided is not None:
        return "kept" if decided <= promise else "broken"
    if ended is not None:
        return "before" if ended <= promise else "broken"
    return "broken" if promise < NOW.replace(microsecond=0) else "open"


def ranked(values: list[int], percent: int) -> int:
    """Nearest rank, the long way: the smallest value that at least so many percent of all do not exceed."""
    return min(v for v in values if 100 * sum(other <= v for other in values) >= percent * len(values))


def decisions_are_right(counted: Counted) -> None:
    within = "sent_at IS NOT NULL AND sent_at >= {a} AND sent_at < {b}"
    wanted = counted.rows(
        f"SELECT kind, reason_code, by_policy, count(*) FROM decision WHERE {within} GROUP BY 1, 2, 3"
    )
    found = {(line.kind, line.reason_code, line.by_policy): line.count for line in counted.figures.decisions}
    assert found == {(kind, reason, bool(by)): count for kind, reason, by, count in wanted}
    looked = {line.looked.value: (line.count, line.overturned) for line in counted.figures.overturns}
    in_second = "second_at >= {a} AND second_at < {b}"
    seconds = counted.number(f"SELECT count(*) FROM decision WHERE {in_second}")
    refused = counted.number(f"SELECT count(*) FROM decision WHERE state = 'refused' AND {in_second}")
    again = f"FROM decision WHERE review_round = 2 AND kind <> 'ask' AND {within}"
    changed = (
        "FROM case_decision o, case_decision n WHERE o.case_id = n.case_id AND o.review_round = 1 AND n.review_round = 2 "
        "AND n.decided_at >= {a} AND n.decided_at < {b}"
    )
    assert looked == {
        "second_approver": (seconds, refused),
        "after_decline": (
            counted.number(f"SELECT count(*) {again}"),
            counted.number(f"SELECT count(*) {again} AND kind <> 'decline'"),
        ),
        "after_case": (
            counted.number(f"SELECT count(*) {changed}"),
            counted.number(f"SELECT count(*) {changed} AND n.outcome <> o.outcome"),
        ),
    }
    counters, signed = (
        counted.figures.counters,
        "EXISTS (SELECT 1 FROM event e WHERE e.proposal_id = d.proposal_id AND e.name = 'plan:counter_signed')",
    )
    made = "SELECT count(*) FROM decision d WHERE kind = 'counter' AND d." + within
    assert counters.made == counted.number(made)
    assert counters.accepted == counted.number(f"{made} AND {signed}")
    assert counters.refused == counted.number(f"{made} AND state = 'answered'")
    assert counters.lapsed == counted.number(f"{made} AND state = 'overtaken'")


def plans_are_right(counted: Counted) -> None:
    """From the record's events, where the product reads its own columns."""
    found = {
        (line.kind, line.made_by is MadeBy.WITH_AGENT): (line.begun, line.kept, line.broken, line.replaced, line.running)
        for line in counted.figures.plans
    }  # fmt: skip
    per = (
        "SELECT v.kind, p.drafted_by_staff_id IS NOT NULL, count(*) FROM proposal_version v, proposal p, event e "
        "WHERE v.proposal_id = p.id AND e.proposal_id = p.id AND e.name = 'plan:{}' AND {} GROUP BY 1, 2"
    )
    within = "e.at >= {a} AND e.at < {b}"
    over = ("completed", "broken", "superseded")
    columns = [{(k, bool(a)): n for k, a, n in counted.rows(per.format("approved", within))}]
    columns += [{(k, bool(a)): n for k, a, n in counted.rows(per.format(name, within))} for name in over]
    running = (
        "e.at < {b} AND e.at < {now} AND NOT EXISTS (SELECT 1 FROM event x WHERE x.proposal_id = p.id "
        "AND x.at < {b} AND x.at < {now} AND x.name IN ('plan:completed', 'plan:broken', 'plan:superseded'))"
    )
    columns.append({(k, bool(a)): n for k, a, n in counted.rows(per.format("approved", running))})
    keys = {key for column in columns for key in column}
    assert {key: line for key, line in found.items() if any(line)} == {
        key: tuple(column.get(key, 0) for column in columns) for key in keys
    }


def complaints_are_right(counted: Counted) -> None:
    found = {
        (line.topic, line.is_visitors): (
            line.received, line.in_time, line.late, line.open, line.open_late, line.upheld, line.partly, line.not_upheld,
        )
        for line in counted.figures.complaints
    }  # fmt: skip
    borrowers = (
        "SELECT c.topic, c.opened_at, c.answer_by, c.closed_at, "
        "(SELECT d.outcome FROM case_decision d WHERE d.case_id = c.id AND d.review_round = c.review_round) "
        "FROM service_case c WHERE c.kind = 'complaint' AND c.opened_at >= {a} AND c.opened_at < {b}"
    )
    visitors = (
        "SELECT topic, opened_at, answer_by, closed_at, outcome FROM visitor_complaint "
        "WHERE opened_at >= {a} AND opened_at < {b}"
    )
    wanted = defaultdict[tuple[str, bool], list[int]](lambda: [0] * 8)
    for is_visitors, sql in ((False, borrowers), (True, visitors)):
        for topic, _, answer_by, closed_at, outcome in counted.rows(sql):
            closed, due = closed_at and at(closed_at), at(answer_by)
            said = [
                True,
                closed and closed <= due,
                closed and closed > due,
                not closed,
                not closed and due < NOW,
            ]
            said += [outcome == name for name in ("upheld", "partly", "not_upheld")]
            line = wanted[topic, is_visitors]
            line[:] = [old + bool(is_so) for old, is_so in zip(line, said, strict=True)]
    assert found == {key: tuple(line) for key, line in wanted.items()}


def contacts_are_right(counted: Counted) -> None:
    rule, purpose = (
        ("json_extract(fields, '$.rule')", "json_extract(fields, '$.purpose')")
        if counted.is_sqlite
        else ("fields ->> 'rule'", "fields ->> 'purpose'")
    )
    wanted = defaultdict[str, Counter[str]](Counter)
    for each, what, count in counted.rows(
        f"SELECT {rule}, {purpose}, count(*) FROM event WHERE name = 'contact:refused' AND at >= {{a}} AND at < {{b}} GROUP BY 1, 2"
    ):
        wanted[each]["calls" if what == "collection_call" else "messages"] += count
    assert {line.rule: (line.calls, line.messages) for line in counted.figures.refusals} == {
        each: (counts["calls"], counts["messages"]) for each, counts in wanted.items()
    }
    hours = [[0, 0] for _ in range(24)]
    for channel, moment in counted.rows(
        "SELECT channel, at FROM contact WHERE direction = 'out' AND result <> 'failed' AND at >= {a} AND at < {b}"
    ):
        hours[at(moment).astimezone(ZONE).hour][channel != "phone"] += 1
    assert [[line.calls, line.messages] for line in counted.figures.hours] == hours


def groups_are_right(counted: Counted) -> None:
    found = {
        (line.birth_year, line.sex, line.by_policy): (line.approved, line.declined)
        for line in counted.figures.fairness
    }
    sums = defaultdict[Any, list[int]](lambda: [0, 0])
    for year, sex, by_policy, kind in counted.rows(
        "SELECT b.birth_year, b.sex, d.by_policy, d.kind FROM decision d, proposal p, borrower b WHERE p.id = d.proposal_id "
        "AND b.id = p.borrower_id AND d.kind IN ('approve', 'decline') AND d.sent_at >= {a} AND d.sent_at < {b}"
    ):
        sums[year, sex, bool(by_policy)][kind == "decline"] += 1
    assert found == {key: tuple(line) for key, line in sums.items()}


def test_statements_do_not_grow_with_what_there_is_to_count(session: Session, cast: Cast) -> None:
    statements: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *args: statements.append(args[2]))
    empty = figures_of(session, PERIODS["all"], zone=ZONE, now=NOW)
    few, statements[:] = len(statements), []
    write_history(session, cast, proposals=20)
    statements.clear()
    figures_of(session, PERIODS["all"], zone=ZONE, now=NOW)
    assert len(statements) == few == 15
    assert empty.stays == []
    assert (empty.counters.made, empty.promises.decided) == (0, 0)
    assert len(empty.hours) == 24


def test_the_verbs_of_the_desk_tell_the_same_story(session: Session, cast: Cast) -> None:
    """What the history writes by hand is what the product writes: a counter refused and then approved, a decline looked at again by two."""
    guaranteed = {"kind": "reschedule", "installments": 24, "day_of_month": 20}
    refused = Story(session, cast.li_na, add_loan(session, cast.li_na))
    assert refused.submit(guaranteed, reason=HardshipReason.ILLNESS) == "in_review"
    desk = Approver(session, cast.zhou_min, refused).take()
    desk.counter(PlanRequest(kind=PlanKind.RESCHEDULE, installments=36, day_of_month=20))
    send_out(session, now=refused.now)
    later = (refused.now + timedelta(hours=30)).astimezone(ZONE)
    refuse_counter(
        session, refused.actor, proposal=refused.proposal, situation=refused.situation(), now=later
    )
    figures = figures_of(session, PERIODS["all"], zone=ZONE, now=refused.now + timedelta(days=30))
    assert (figures.counters.refused, figures.counters.made) == (1, 1)
    assert (figures.promises.kept, figures.promises.broken) == (1, 1), "the second promise passes unanswered"
    assert {stay.state: stay.count for stay in figures.stays} == {"draft": 1, "in_review": 1, "countered": 1}
    declined = Story(session, cast.wang_qiang, add_loan(session, cast.wang_qiang, ref="L-2001"))
    declined.submit(guaranteed, reason=HardshipReason.ILLNESS)
    Approver(session, cast.zhou_min, declined).take().decline()
    send_out(session, now=declined.now)
    session.refresh(declined.proposal)
    ask_review(
        session, declined.actor, proposal=declined.proposal, situation=declined.situation(),
        now=declined.now.astimezone(ZONE),
    )  # fmt: skip
    Approver(session, cast.wu_yan, declined).take().approve()
    figures = figures_of(session, PERIODS["all"], zone=ZONE, now=declined.now + timedelta(hours=1))
    again = figures.overturns[1]
    assert (again.count, again.overturned) == (1, 1)
    assert [(line.kind, line.begun, line.running) for line in figures.plans] == [("reschedule", 1, 1)]
