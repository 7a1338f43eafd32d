"""Many signed offers on either database: some are made through the verbs, the others are copied from their rows by the database."""

from typing import Final

from sqlalchemy import Table, func, select, text
from sqlalchemy.orm import Session

from portal.models import Base, PolicyAnswer, Proposal, ProposalVersion

_NUMBERS: Final = (
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :times)"
)


def copy_offers(session: Session, count: int) -> int:
    """Each signed offer so many times over that there are at least ``count``; how many there are. The copies' plans are over."""
    session.flush()
    there = session.scalar(select(func.count()).select_from(PolicyAnswer)) or 0
    step = (session.scalar(select(func.max(Proposal.id))) or 0) + 1
    versions = (session.scalar(select(func.max(ProposalVersion.id))) or 0) + 1
    times = -(-count // there) - 1
    if times < 1:
        return there
    _copied(
        session, Proposal, times,
        id=f"t.id + n * {step}", public_id="'p' || t.id || '-' || n", reference="'Q' || t.id || '-' || n",
        status="'completed'", replaces_id="NULL",
    )  # fmt: skip
    _copied(
        session, ProposalVersion, times,
        id=f"t.id + n * {versions}", proposal_id=f"t.proposal_id + n * {step}", preview_document_id="NULL",
    )  # fmt: skip
    _copied(session, PolicyAnswer, times, id=None, proposal_id=f"t.proposal_id + n * {step}")
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
