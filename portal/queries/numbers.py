"""Numbers where nobody is contacted any more, and wishes for another one."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import NumberChange, StoppedNumber


def find_stopped_number(session: Session, number_hash: str) -> StoppedNumber | None:
    """The running stop of a number; None where it may be used."""
    return session.scalars(
        select(StoppedNumber).where(
            StoppedNumber.number_hash == number_hash, StoppedNumber.lifted_at.is_(None)
        )
    ).one_or_none()


def number_changes_of(session: Session, borrower_id: int) -> list[NumberChange]:
    """Newest first."""
    return list(
        session.scalars(
            select(NumberChange)
            .where(NumberChange.borrower_id == borrower_id)
            .order_by(NumberChange.id.desc())
        )
    )


@dataclass(frozen=True, slots=True)
class KeptNumber:
    """The change by which somebody's present number came, and every number that it took the place of."""

    change: NumberChange
    earlier: frozenset[str]


def kept_numbers(session: Session, present: Mapping[int, str]) -> Mapping[int, KeptNumber]:
    """``present``: mobiles by borrower id. Of those whose number was changed here; whoever has another one by now is not among them."""
    changes = session.scalars(
        select(NumberChange)
        .where(NumberChange.borrower_id.in_(present), NumberChange.applied_at.is_not(None))
        .order_by(NumberChange.applied_at.desc(), NumberChange.id.desc())
    )
    found: dict[int, list[NumberChange]] = {}
    for change in changes:
        assert change.borrower_id is not None
        chain = found.setdefault(change.borrower_id, [])
        came_from = chain[-1].old_mobile if chain else present[change.borrower_id]
        if change.new_mobile == came_from:
            chain.append(change)
    return {
        borrower_id: KeptNumber(chain[0], frozenset(change.old_mobile for change in chain))
        for borrower_id, chain in found.items()
        if chain
    }


def find_number_change(session: Session, reference: str) -> NumberChange | None:
    """The wish behind a case: they bear one reference."""
    return session.scalar(select(NumberChange).where(NumberChange.reference == reference))
