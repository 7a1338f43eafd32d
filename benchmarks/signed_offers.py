"""Many signed offers on either database: some are made through the verbs, the others are copied from their rows by the database."""

from typing import Final

from sqlalchemy import Table, func, select, text
from sqlalchemy.orm import Session

from portal.models import Base, Borrower, Installment, Loan, PolicyAnswer, Proposal, ProposalVersion

_NUMBERED: Final = (Borrower, Loan, Proposal, ProposalVersion)
_NUMBERS: Final = (
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :times)"
)


def copy_offers(session: Session, count: int) -> int:
    """Each signed offer so often that there are at least ``count``, each of a borrower and a loan of its own. How many there are."""
    session.flush()
    there = session.scalar(select(func.count()).select_from(PolicyAnswer)) or 0
    times = -(-count // there) - 1
    if times < 1:
        return there
    beyond: dict[type[Base], int] = {
        model: (session.scalar(select(func.max(model.id))) or 0) + 1 for model in _NUMBERED
    }

    def own(model: type[Base], column: str = "id") -> str:
        return f"t.{column} + n * {beyond[model]}"

    def named(column: str) -> str:
        return f"t.{column} || '-' || n"

    _copied(
        session, Borrower, times,
        id=own(Borrower), public_id="'b' || t.id || '-' || n", borrower_ref=named("borrower_ref"),
        data_key="NULL",
    )  # fmt: skip
    _copied(
        session, Loan, times,
        id=own(Loan), public_id="'l' || t.id || '-' || n", loan_ref=named("loan_ref"), borrower_id=own(Borrower, "borrower_id"),
    )  # fmt: skip
    _copied(session, Installment, times, loan_id=own(Loan, "loan_id"))
    _copied(
        session, Proposal, times,
        id=own(Proposal), public_id="'p' || t.id || '-' || n", reference="'Q' || t.id || '-' || n",
        loan_id=own(Loan, "loan_id"), borrower_id=own(Borrower, "borrower_id"), replaces_id="NULL",
    )  # fmt: skip
    _copied(
        session, ProposalVersion, times,
        id=own(ProposalVersion), proposal_id=own(Proposal, "proposal_id"), preview_document_id="NULL",
    )  # fmt: skip
    _copied(session, PolicyAnswer, times, id=None, proposal_id=own(Proposal, "proposal_id"))
    return there * (times + 1)


def _copied(session: Session, model: type[Base], times: int, **changed: str | None) -> None:
    """Every row so many times over, with other values (SQL; ``n`` from 1, ``t`` the row) in some columns; None leaves a column out."""
    table = model.__table__
    assert isinstance(table, Table)
    names = [column.name for column in table.columns if changed.get(column.name, "") is not None]
    values = [changed.get(name) or f"t.{name}" for name in names]
    session.execute(
        text(
            f"INSERT INTO {table.name} ({', '.join(names)}) {_NUMBERS} SELECT {', '.join(values)}"
            f" FROM {table.name} t CROSS JOIN numbers"
        ),
        {"times": times},
    )
