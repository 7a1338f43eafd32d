"""Taking borrowers over from the book."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.domain.book_borrowers import BookBorrower
from portal.domain.permissions import Actor
from portal.models import Borrower
from portal.queries.imports import standing_borrowers
from portal.services.bulk_rows import lock_the_book
from portal.services.record import record
from portal.services.references import new_public_id


@dataclass(frozen=True, slots=True)
class LandedBorrowers:
    new: int = 0
    changed: int = 0
    unchanged: int = 0


def differing_borrowers(session: Session, borrowers: Sequence[BookBorrower]) -> Sequence[BookBorrower]:
    """Those that are not there yet, or not as the book states them."""
    standing = standing_borrowers(session, [borrower.borrower_ref for borrower in borrowers])
    return [b for b in borrowers if b.borrower_ref not in standing or _changes(standing[b.borrower_ref], b)]


def import_borrowers(
    session: Session, actor: Actor, *, borrowers: Sequence[BookBorrower], now: datetime
) -> LandedBorrowers:
    """Add and update borrowers by their reference; each change of somebody known is recorded by its columns' names."""
    lock_the_book(session)
    standing = standing_borrowers(session, [borrower.borrower_ref for borrower in borrowers])
    new = [borrower for borrower in borrowers if borrower.borrower_ref not in standing]
    if new:
        session.execute(insert(Borrower), [_row(borrower) for borrower in new])
    changed = 0
    for borrower in borrowers:
        known = standing.get(borrower.borrower_ref)
        if known is not None and (changes := _changes(known, borrower)):
            changed += 1
            for column in changes:
                setattr(known, column, getattr(borrower, column))
            record(session, actor, "borrower:changed", now=now, borrower_id=known.id, columns=changes)
    session.flush()
    return LandedBorrowers(len(new), changed, len(borrowers) - len(new) - changed)


def _changes(known: Borrower, stated: BookBorrower) -> Sequence[str]:
    """Columns in which the book says something else. A blank optional column takes nothing away."""
    return [
        column
        for column, value in asdict(stated).items()
        if value != getattr(known, column) and not (value is None and column in {"email", "id_hash"})
    ]


def _row(borrower: BookBorrower) -> dict[str, object]:
    return {
        **asdict(borrower),
        "public_id": new_public_id(),
        "is_staff_relation": False,
        "is_vulnerable": False,
    }
