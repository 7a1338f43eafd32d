"""Borrowers for measuring, on either database: one is made as tests make people, the others are copied from that one's rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.orm import Session

from benchmarks.sealed_people import Person, seal_people
from portal.domain.loans import Stage
from portal.models import Base, Borrower, Installment, Loan, Payment
from tests.people import add_borrower, add_cast, add_loan

SIGNED_IN: Final = 200
"""How many different people ask for pages, at the least."""
LOANS: Final = 12
_LATE: Final = (42, 12, -10, 70)
_ROWS_AT_ONCE: Final = 5000

Changed = Mapping[str, Callable[[Any, int], Any]]
"""Column to its value in a copy: given the template's row and the copy's number."""


@dataclass(frozen=True, slots=True)
class People:
    """``strangers`` are the ids of the copies' own loans' neighbours: nobody asks for them, they only make the tables long."""

    ids: Sequence[int]
    strangers: int = 0


def add_people(session: Session, count: int = SIGNED_IN, *, strangers: int = 0) -> People:
    """``count`` borrowers with twelve loans each, the sums of each different; and so many more loans of others, two rows each."""
    cast = add_cast(session)
    for number in range(LOANS):
        add_loan(
            session,
            cast.li_na,
            ref=f"L-{number}",
            late_days=_LATE[number % len(_LATE)],
            principal=1_200_000 + 10_000 * number,
            stage=Stage.INTERNAL,
        )
    ids = copy_borrower(session, cast.li_na.id, count)
    if strangers:
        _add_strangers(session, cast.wang_qiang, strangers)
    return People(ids, strangers)


def add_borrowers_of_one_loan(
    session: Session, count: int, *, first: int = 0
) -> Sequence[tuple[Borrower, Loan]]:
    """Each with one late loan of another sum; numbers go on from ``first``, and 0 makes the cast too."""
    if first == 0:
        add_cast(session)
    return [_with_one_loan(session, number) for number in range(first, first + count)]


def _with_one_loan(session: Session, number: int) -> tuple[Borrower, Loan]:
    borrower = add_borrower(session, f"李娜{number}", mobile=f"+86136{number:08}", id_last4="1024")
    principal = 1_200_000 + 100 * (number % 1000)
    return borrower, add_loan(session, borrower, ref=f"M-{number}", principal=principal)


def copy_borrower(session: Session, template: int, count: int) -> Sequence[int]:
    """So many people like the template: the same loans with other numbers, and a penalty that grew by a fen for each."""
    session.flush()
    loans = session.scalars(select(Loan.id).where(Loan.borrower_id == template)).all()
    first = _next_id(session, Borrower)
    ahead = _next_id(session, Loan) - min(loans)
    width = max(loans) - min(loans) + 1
    _copy(session, Borrower, Borrower.id == template, count, _numbered_person(first))
    _name(session, session.get_one(Borrower, template).name, "+86139", first, count)

    def loan_id(row: Any, number: int) -> int:
        old: int = row["loan_id"] if "loan_id" in row else row["id"]
        return old + ahead + number * width

    changed: Changed = {"loan_id": loan_id}
    _copy(
        session, Loan, Loan.id.in_(loans), count,
        {
            "id": loan_id,
            "public_id": lambda row, number: f"{loan_id(row, number):032x}",
            "loan_ref": lambda row, number: f"{row['loan_ref']}-{1000 + number}",
            "borrower_id": lambda _, number: first + number,
        },
    )  # fmt: skip
    _copy(
        session, Installment, Installment.loan_id.in_(loans), count,
        {**changed, "penalty_due_minor": lambda row, number: row["penalty_due_minor"] + number * bool(row["penalty_due_minor"])},
    )  # fmt: skip
    _copy(
        session, Payment, Payment.loan_id.in_(loans), count,
        {**changed, "id": None, "payment_ref": lambda row, number: f"{row['payment_ref']}-{1000 + number}"},
    )  # fmt: skip
    return range(first, first + count)


def _numbered_person(first: int) -> Changed:
    return {
        "id": lambda _, number: first + number,
        "public_id": lambda _, number: f"{first + number:032x}",
        "borrower_ref": lambda _, number: f"BB{number:07}",
    }


def _name(session: Session, name: str, digits: str, first: int, count: int) -> None:
    seal_people(
        session,
        (
            Person(first + number, f"{first + number:032x}", name, f"{digits}{number:08}")
            for number in range(count)
        ),
    )


def _add_strangers(session: Session, whose: Borrower, count: int) -> None:
    """Loans of one installment that is still to come, five a borrower."""
    loan = add_loan(session, whose, ref="L-S", late_days=-10, paid=0, installments=1)
    people, ahead = (count + 4) // 5, _next_id(session, Loan)
    first = _next_id(session, Borrower)
    names = {**_numbered_person(first), "borrower_ref": lambda _, number: f"BS{number:07}"}
    _copy(session, Borrower, Borrower.id == whose.id, people, names)
    _name(session, whose.name, "+86137", first, people)
    _copy(
        session, Loan, Loan.id == loan.id, count,
        {
            "id": lambda _, number: ahead + number,
            "public_id": lambda _, number: f"{ahead + number:032x}",
            "loan_ref": lambda _, number: f"S{number:08}",
            "borrower_id": lambda _, number: first + number // 5,
        },
    )  # fmt: skip
    _copy(
        session,
        Installment,
        Installment.loan_id == loan.id,
        count,
        {"loan_id": lambda _, number: ahead + number},
    )


def _next_id(session: Session, model: Any) -> int:
    return int(session.scalar(select(func.max(model.id))) or 0) + 1


def _copy(session: Session, model: type[Base], where: Any, count: int, changed: Mapping[str, Any]) -> None:
    """``changed`` to None: the database gives the value."""
    table = model.__table__
    assert isinstance(table, Table)
    rows = [dict(row) for row in session.execute(select(table).where(where)).mappings()]
    if not rows:
        return
    waiting, made = [], {}
    for number in range(count):
        for row in rows:
            kept = {name: value for name, value in row.items() if changed.get(name, row) is not None}
            made = {name: each(row, number) for name, each in changed.items() if each is not None}
            waiting.append({**kept, **made})
        if len(waiting) >= _ROWS_AT_ONCE:
            session.execute(insert(table), waiting)
            waiting = []
    if waiting:
        session.execute(insert(table), waiting)
    if "id" in made and session.get_bind().dialect.name == "postgresql":
        session.execute(
            text(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), (SELECT max(id) FROM {table.name}))"
            )
        )
