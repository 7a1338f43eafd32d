"""What the day does to the stages of many loans, and which messages it asks for; each move with its history and its event."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from typing import Any, Final, cast

from sqlalchemy import Row, Table, select
from sqlalchemy.orm import Session

from portal.domain.collection_cadence import demand_owed, occasions_of
from portal.domain.loans import LoanStatus, Stage
from portal.domain.occasions import Occasion
from portal.domain.permissions import Actor
from portal.domain.stage_packs import DEFAULT_PACK, StagePack, stage_pack_on
from portal.domain.stages import Basis, NextStep, StageFacts, StageMove, next_step, stage_move
from portal.models import Creditor, Loan, LoanStage, LoanStanding
from portal.queries.stage_candidates import loans_to_look_at
from portal.queries.standings import Loans, LoanSet
from portal.queries.surroundings import Surroundings, surroundings_of
from portal.services.bulk_rows import add_rows, change_rows
from portal.services.collection_messages import AskedMessage, ask_for_messages
from portal.services.record import LoanEvent, record_all

_STANDINGS: Final = cast("Table", LoanStanding.__table__)
_HISTORY: Final = (
    "loan_id",
    "stage",
    "before",
    "basis",
    "since",
    "delinquent_days",
    "pack_version",
    "agency",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRules:
    """What stages of a day go by; ``agencies`` by the creditor's name."""

    on: date
    zone: tzinfo
    pack: StagePack
    agencies: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the day does to a loan; ``facts`` are those after it. ``next_step`` by its columns."""

    facts: StageFacts
    move: StageMove | None
    occasions: Sequence[Occasion]
    next_step: tuple[str | None, date | None, date | None]
    demand_owed_on: date | None
    """Of a demand that is still to be made up for after today."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """A loan that something may have happened to."""

    row: Row[Any]
    answer: _Answer
    is_in_another_bucket: bool

    @property
    def has_another_next_step(self) -> bool:
        row = self.row
        return self.answer.next_step != (row.next_stage, row.next_stage_on, row.next_notice_on)


def move_stages(
    session: Session, actor: Actor, loans: Loans, *, rules: StageRules, now: datetime
) -> Counter[str]:
    """How often what moved: ``bucket:FROM:TO``, ``stage:FROM:TO:BASIS``, ``asked:OCCASION``."""
    rows = session.execute(loans_to_look_at(loans, rules.pack, rules.on)).all()
    if not rows:
        return Counter()
    around = surroundings_of(session, loans, on=rules.on, zone=rules.zone)
    alike: dict[tuple[Any, ...], _Answer] = {}
    looked = [_look_at(row, around, rules, alike) for row in rows]
    _move(session, [each for each in looked if each.answer.move is not None], rules)
    _decide(session, [each for each in looked if each.has_another_next_step])
    _keep_owed(session, [each for each in looked if each.answer.demand_owed_on != each.row.demand_owed_on])
    record_all(session, actor, [event for each in looked for event in _events(each)], now=now)
    ask_for_messages(session, actor, [asked for each in looked for asked in _asked(each, rules)], now=now)
    return Counter(line for each in looked for line in _lines(each))


def give_back_from_agencies(
    session: Session, actor: Actor, loan_ids: Sequence[int], *, today: date, now: datetime
) -> None:
    """To the creditor's own people what the rules had given to an agency, of loans with another creditor: its agency is another, of which
    nobody gave notice. ``loan_ids`` rise. What the book itself says is the book's.
    """
    rows = session.execute(
        select(LoanStanding.loan_id, LoanStanding.delinquent_days, Loan.borrower_id)
        .join(Loan, Loan.id == LoanStanding.loan_id)
        .where(
            LoanSet(loan_ids).holds(LoanStanding.loan_id),
            LoanStanding.stage == Stage.AGENCY.value,
            LoanStanding.stage_basis != Basis.BOOK.value,
        )
        .order_by(LoanStanding.loan_id)
    ).all()
    stage, before, basis = Stage.INTERNAL.value, Stage.AGENCY.value, Basis.DAYS.value
    version, since = stage_pack_on(DEFAULT_PACK, today).version, today.isoformat()
    standings = [
        {"loan_id": row.loan_id, "stage": stage, "stage_basis": basis, "stage_since": today} for row in rows
    ]
    change_rows(session, _STANDINGS, "loan_id", standings)
    history = [(row.loan_id, stage, before, basis, since, row.delinquent_days, version, None) for row in rows]
    add_rows(session, LoanStage.__tablename__, _HISTORY, history)
    moved = {"from_stage": before, "to_stage": stage, "basis": basis}
    events = [
        LoanEvent(
            "loan:stage_moved",
            row.borrower_id,
            row.loan_id,
            {**moved, "delinquent_days": row.delinquent_days},
        )
        for row in rows
    ]
    record_all(session, actor, events, now=now)


def _look_at(
    row: Row[Any], around: Surroundings, rules: StageRules, alike: dict[tuple[Any, ...], _Answer]
) -> _Looked:
    is_counted = row.counted_on == rules.on
    before = row.delinquent_days_before if is_counted else row.delinquent_days
    if row.demand_owed_on is not None or around.stands_around(row.loan_id):
        answer = _answer(row, _facts(row, around, rules.on), before, rules)
    else:
        key = _key(row, before, rules)
        known = alike.get(key)
        if known is None:
            facts = replace(_facts(row, around, rules.on), since=None, counts_from=None)
            known = alike[key] = _answer(row, facts, before, rules)
        answer = known
    return _Looked(row, answer, is_counted and row.bucket != row.bucket_before)


def _key(row: Row[Any], before: int, rules: StageRules) -> tuple[Any, ...]:
    """All that the answer depends on, of a loan that nothing stands around: most are like many others, and are answered once."""
    return (
        _is_late(row),
        row.delinquent_days,
        before,
        row.stage,
        row.stage_basis,
        row.collection_stage,
        _is_barred(row, rules.on),
        row.creditor in rules.agencies,
    )


def _answer(row: Row[Any], facts: StageFacts, before: int, rules: StageRules) -> _Answer:
    move = stage_move(facts, rules.pack)
    if move is not None:
        facts = replace(facts, stage=move.after, basis=move.basis, since=rules.on)
    owed_on, has_agency = row.demand_owed_on, row.creditor in rules.agencies
    occasions = occasions_of(facts, rules.pack, days_before=before, has_agency=has_agency, owed_on=owed_on)
    owed = demand_owed(facts, rules.pack, days_before=before, owed_on=owed_on)
    return _Answer(facts, move, occasions, _columns(next_step(facts, rules.pack)), owed)


def _is_late(row: Row[Any]) -> bool:
    return bool(row.overdue_minor > 0 and row.status != LoanStatus.CLOSED)


def _is_barred(row: Row[Any], on: date) -> bool:
    return row.limitation_ends_on is not None and row.limitation_ends_on < on


def _facts(row: Row[Any], around: Surroundings, on: date) -> StageFacts:
    loan_id = row.loan_id
    starts = [day for day in (row.oldest_unpaid_on, around.plan_ended_on.get(loan_id)) if day is not None]
    return StageFacts(
        on=on,
        is_late=_is_late(row),
        days=row.delinquent_days,
        stage=None if row.stage is None else Stage(row.stage),
        basis=None if row.stage_basis is None else Basis(row.stage_basis),
        since=row.stage_since,
        book=None if row.collection_stage is None else Stage(row.collection_stage),
        is_held=loan_id in around.held,
        is_under_plan=loan_id in around.under_plan,
        is_time_barred=_is_barred(row, on),
        notices=around.notices.get(loan_id, ()),
        demands=around.demands.get(loan_id, ()),
        counts_from=max(starts, default=None),
    )


def _move(session: Session, moved: Sequence[_Looked], rules: StageRules) -> None:
    change_rows(session, _STANDINGS, "loan_id", [_standing_row(each, rules.on) for each in moved])
    engaged = _engaged_by(session, moved)
    history = [_history_row(each, rules, engaged) for each in moved]
    add_rows(session, LoanStage.__tablename__, _HISTORY, history)


def _engaged_by(session: Session, moved: Sequence[_Looked]) -> Mapping[str, str | None]:
    """By the creditor's name, of those whose loans come to an agency: the one that it has engaged, of the register or not."""
    names = {each.row.creditor for each in moved if each.answer.facts.stage is Stage.AGENCY}
    if not names:
        return {}
    rows = session.execute(select(Creditor.name, Creditor.agency).where(Creditor.name.in_(names)))
    return {creditor: agency for creditor, agency in rows}  # noqa: C416 - rows are no pairs to the type checker


def _decide(session: Session, looked: Sequence[_Looked]) -> None:
    rows = []
    for each in looked:
        stage, on, notice_on = each.answer.next_step
        rows.append(
            {
                "loan_id": each.row.loan_id,
                "next_stage": stage,
                "next_stage_on": on,
                "next_notice_on": notice_on,
            }
        )
    change_rows(session, _STANDINGS, "loan_id", rows)


def _keep_owed(session: Session, looked: Sequence[_Looked]) -> None:
    rows = [{"loan_id": each.row.loan_id, "demand_owed_on": each.answer.demand_owed_on} for each in looked]
    change_rows(session, _STANDINGS, "loan_id", rows)


def _columns(step: NextStep | None) -> tuple[str | None, date | None, date | None]:
    return (None, None, None) if step is None else (step.stage.value, step.on, step.notice_on)


def _since(each: _Looked, on: date) -> date:
    """The book says itself since when."""
    is_books = each.answer.facts.basis is Basis.BOOK and each.row.book_since is not None
    return cast("date", each.row.book_since) if is_books else on


def _standing_row(each: _Looked, on: date) -> dict[str, Any]:
    stage, basis = each.answer.facts.stage, each.answer.facts.basis
    return {
        "loan_id": each.row.loan_id,
        "stage": stage.value if stage else None,
        "stage_basis": basis.value if basis and stage else None,
        "stage_since": _since(each, on) if stage else None,
    }


def _history_row(each: _Looked, rules: StageRules, engaged: Mapping[str, str | None]) -> tuple[Any, ...]:
    """In the order of ``_HISTORY``."""
    assert each.answer.move is not None
    return (
        each.row.loan_id,
        each.answer.move.after.value if each.answer.move.after else None,
        each.answer.move.before.value if each.answer.move.before else None,
        each.answer.move.basis.value,
        _since(each, rules.on).isoformat(),
        each.answer.facts.days,
        rules.pack.version,
        engaged.get(each.row.creditor) if each.answer.move.after is Stage.AGENCY else None,
    )


def _events(each: _Looked) -> Iterator[LoanEvent]:
    row = each.row
    if each.is_in_another_bucket:
        fields = {
            "from_bucket": row.bucket_before,
            "to_bucket": row.bucket,
            "delinquent_days": row.delinquent_days,
        }
        yield LoanEvent("loan:bucket_moved", row.borrower_id, row.loan_id, fields)
    if each.answer.move is not None:
        moved = {
            "from_stage": each.answer.move.before.value if each.answer.move.before else None,
            "to_stage": each.answer.move.after.value if each.answer.move.after else None,
            "basis": each.answer.move.basis.value,
            "delinquent_days": row.delinquent_days,
        }
        yield LoanEvent("loan:stage_moved", row.borrower_id, row.loan_id, moved)


def _asked(each: _Looked, rules: StageRules) -> Iterator[AskedMessage]:
    for occasion in each.answer.occasions:
        fields = {"agency": rules.agencies[each.row.creditor]} if occasion is Occasion.AGENCY_NOTICE else {}
        yield AskedMessage(
            loan_id=each.row.loan_id,
            borrower_id=each.row.borrower_id,
            occasion=occasion,
            on=rules.on,
            fields=fields,
            makes_up=occasion is Occasion.DEMAND and each.row.demand_owed_on is not None,
        )


def _lines(each: _Looked) -> Iterator[str]:
    if each.is_in_another_bucket:
        yield f"bucket:{each.row.bucket_before or '-'}:{each.row.bucket or '-'}"
    if each.answer.move is not None:
        yield f"stage:{each.answer.move.before or '-'}:{each.answer.move.after or '-'}:{each.answer.move.basis}"
    for occasion in each.answer.occasions:
        yield f"asked:{occasion}"
