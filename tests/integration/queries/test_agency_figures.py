"""How agencies did, held against a count of our own over the raw rows, on both databases."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal.domain.figure_periods import Period
from portal.domain.figures import AgencyFigures
from portal.domain.loans import Stage
from portal.models import (
    Agency,
    AgencyEvaluation,
    Contact,
    Creditor,
    Event,
    Loan,
    LoanStage,
    ServiceCase,
)
from portal.queries.agency_figures import agency_figures
from tests.figure_history import BEGINS, write_history
from tests.people import Cast, add_cast

ZONE = ZoneInfo("Asia/Shanghai")
NAMES = ("甲机构", "乙机构", "无借款的机构")
PERIODS = (Period(date(2026, 10, 1), date(2026, 10, 31)), Period(date(2026, 1, 1), date(2026, 12, 31)))


@pytest.fixture
def cast(session: Session) -> Cast:
    return add_cast(session)


def write_agencies(session: Session, cast: Cast) -> None:
    """Loans go to stages and back, and what is counted falls on some of them, by lot."""
    write_history(session, cast, proposals=60)
    lot = Random(7)
    for number, name in enumerate(NAMES):
        session.add(
            Agency(
                public_id=f"a{number}", name=name, registration_number="x", phone="x", contract_from=date(2026, 1, 1),
                contract_to=date(2027, 1, 1), made_at=BEGINS,
            )
        )  # fmt: skip
    for creditor, agency in (("x", NAMES[0]), ("y", NAMES[1])):
        session.add(Creditor(name=creditor, lender_type="bank", phone="x", agency=agency))
    session.flush()
    session.execute(update(Loan).where(Loan.id % 3 == 0).values(creditor="y"))
    loans = session.scalars(select(Loan.id).where(Loan.creditor.in_(["x", "y"])).order_by(Loan.id)).all()
    creditors = dict(session.execute(select(Loan.id, Loan.creditor)).tuples().all())
    _move(session, lot, {loan: {"x": NAMES[0], "y": NAMES[1]}[creditors[loan]] for loan in loans})
    # Since then 乙机构 has been engaged by both, and some loans have another creditor: the stays of before are whose they were.
    session.execute(update(Creditor).values(agency=NAMES[1]))
    session.execute(update(Loan).where(Loan.id % 5 == 0).values(creditor="y"))
    _fall_on(session, lot, loans)
    for name, day, result in (
        (NAMES[0], date(2026, 9, 1), "failed"),
        (NAMES[0], date(2026, 10, 31), "passed"),
        (NAMES[0], date(2026, 11, 5), "conditions"),
        (NAMES[1], date(2026, 11, 1), "passed"),
    ):
        agency_id = session.scalars(select(Agency.id).where(Agency.name == name)).one()
        session.add(
            AgencyEvaluation(
                agency_id=agency_id, evaluated_on=day, result=result, made_by=cast.wu_yan.id, made_at=BEGINS
            )
        )
    session.flush()


def _move(session: Session, lot: Random, loans: Mapping[int, str]) -> None:
    """``loans`` with the agency that each comes to."""
    for loan, agency in loans.items():
        day, before = date(2026, 8, 20), None
        for _ in range(lot.randrange(5)):
            day += timedelta(days=lot.choice((0, 1, 12, 31, 42)))
            stage = lot.choice(("agency", "agency", "internal", "legal", None))
            session.add(
                LoanStage(
                    loan_id=loan, stage=stage, before=before, basis="days", since=day, delinquent_days=1, pack_version="x",
                    agency=agency if stage == "agency" else None,
                )
            )  # fmt: skip
            session.flush()
            before = stage


def _fall_on(session: Session, lot: Random, loans: Sequence[int]) -> None:
    for table in (Contact, ServiceCase):
        for key in session.scalars(select(table.id).order_by(table.id)).all():
            loan = lot.choice((*loans, None))
            session.execute(update(table).where(table.id == key).values(loan_id=loan))
    session.execute(
        insert(Event),
        [
            {
                "name": lot.choice(("contact:refused", "contact:refused", "contact:made")),
                "at": BEGINS + timedelta(hours=2_000 * lot.random()), "actor_kind": "system", "loan_id": lot.choice(loans),
                "fields": {"rule": "C01", "purpose": "overdue"}, "salt": b"0" * 16,
            }
            for _ in range(120)
        ],
    )  # fmt: skip


def counted_by_hand(session: Session, period: Period) -> Mapping[str, tuple[Any, ...]]:
    stays = [
        (row.loan_id, row.agency, row.stage, row.since)
        for row in session.execute(
            select(LoanStage.loan_id, LoanStage.agency, LoanStage.stage, LoanStage.since).order_by(LoanStage.id)
        )
    ]  # fmt: skip
    held: dict[str, set[int]] = {name: set() for name in NAMES}
    placed = dict.fromkeys(NAMES, 0)
    for loan in {each for each, *_ in stays}:
        own = [(agency, stage, since) for each, agency, stage, since in stays if each == loan]
        for (name, stage, since), (*_, until) in pairwise([*own, (None, None, date.max)]):
            if stage == Stage.AGENCY and since <= period.last and until > period.first and name in held:
                held[name].add(loan)
                placed[name] += period.first <= since
    since, until = period.bounds(ZONE)
    contacts = [
        row.loan_id
        for row in session.scalars(select(Contact))
        if row.direction == "out" and row.result != "failed" and since <= row.at < until
    ]
    refused = [
        row.loan_id
        for row in session.scalars(select(Event))
        if row.name == "contact:refused" and since <= row.at < until
    ]
    complaints = [
        row.loan_id
        for row in session.scalars(select(ServiceCase))
        if row.kind == "complaint" and since <= row.opened_at < until
    ]
    return {
        name: (len(held[name]), placed[name], *(sum(each in held[name] for each in of) for of in (contacts, refused, complaints)))
        for name in NAMES
    }  # fmt: skip


@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_each_number_is_what_the_rows_say(session: Session, cast: Cast, period: Period) -> None:
    write_agencies(session, cast)
    since, until = period.bounds(ZONE)
    found = {line.name: line for line in agency_figures(session, period=period, since=since, until=until)}
    wanted = counted_by_hand(session, period)
    counts = {
        name: (line.loans, line.placed, line.contacts, line.refused, line.complaints)
        for name, line in found.items()
        if name in NAMES
    }
    assert counts == wanted
    assert all(each > 0 for each in wanted[NAMES[0]] + wanted[NAMES[1]])
    assert wanted[NAMES[2]] == (0, 0, 0, 0, 0)


def test_the_last_evaluation_is_that_of_the_periods_end(session: Session, cast: Cast) -> None:
    write_agencies(session, cast)

    def last(period: Period) -> list[tuple[date | None, str | None]]:
        since, until = period.bounds(ZONE)
        lines: Sequence[AgencyFigures] = agency_figures(session, period=period, since=since, until=until)
        by_name = {line.name: (line.evaluated_on, line.result) for line in lines}
        return [by_name[name] for name in NAMES]

    assert last(PERIODS[0]) == [(date(2026, 10, 31), "passed"), (None, None), (None, None)]
    assert last(PERIODS[1]) == [
        (date(2026, 11, 5), "conditions"),
        (date(2026, 11, 1), "passed"),
        (None, None),
    ]
