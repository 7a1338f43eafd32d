"""Taking borrowers over from the book."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Row, Table
from sqlalchemy.orm import Session

from portal.domain.book_borrowers import BookBorrower
from portal.domain.permissions import Actor
from portal.models import Borrower, NumberChange
from portal.queries.imports import borrower_rows, standing_borrowers
from portal.queries.numbers import kept_numbers
from portal.services.bulk_rows import add_records, lock_the_book
from portal.services.record import record
from portal.services.references import new_public_id

_BORROWERS: Final = cast("Table", Borrower.__table__)
_STATED: Final = tuple(each.name for each in fields(BookBorrower))
_SEALED: Final = {name: getattr(Borrower, name) for name in Borrower.SEALED}
_KEPT_WHERE_BLANK: Final = frozenset({"email", "id_hash", "sex"})

Standing = Borrower | Row[Any]


@dataclass(frozen=True, slots=True)
class LandedBorrowers:
    new: int = 0
    changed: int = 0
    unchanged: int = 0


def differing_borrowers(session: Session, borrowers: Sequence[BookBorrower]) -> Sequence[BookBorrower]:
    """Those that are not there yet, or not as the book states them."""
    standing = borrower_rows(session, [borrower.borrower_ref for borrower in borrowers])
    kept = _kept(session, standing, borrowers)
    return [
        b
        for b in borrowers
        if b.borrower_ref not in standing
        or _changes(standing[b.borrower_ref], b, kept)
        or (b.borrower_ref in kept and kept[b.borrower_ref].book_differs_since is None)
    ]


def import_borrowers(
    session: Session, actor: Actor, *, borrowers: Sequence[BookBorrower], now: datetime
) -> LandedBorrowers:
    """Add and update borrowers by their reference; each change of somebody known is recorded by its columns' names.

    A number that was changed here is not set back by a book that still carries the old one: that is noted once, for staff and borrower.
    """
    lock_the_book(session)
    standing = standing_borrowers(session, [borrower.borrower_ref for borrower in borrowers])
    new = [borrower for borrower in borrowers if borrower.borrower_ref not in standing]
    add_records(session, _BORROWERS, [Borrower.insertable(_row(borrower)) for borrower in new])
    kept = _kept(session, standing, borrowers)
    _note_kept(session, actor, [change for change in kept.values() if change.book_differs_since is None], now)
    changed = 0
    for borrower in borrowers:
        known = standing.get(borrower.borrower_ref)
        if known is not None and (changes := _changes(known, borrower, kept)):
            changed += 1
            for column in changes:
                setattr(known, column, getattr(borrower, column))
            record(session, actor, "borrower:changed", now=now, borrower_id=known.id, columns=changes)
    session.flush()
    return LandedBorrowers(len(new), changed, len(borrowers) - len(new) - changed)


def _kept(
    session: Session, standing: Mapping[str, Standing], borrowers: Sequence[BookBorrower]
) -> Mapping[str, NumberChange]:
    """By reference the change that stands against the book's number: the book carries one that the borrower has given up here."""
    stated = {
        standing[each.borrower_ref].id: each
        for each in borrowers
        if each.borrower_ref in standing and _standing(standing[each.borrower_ref], "mobile") != each.mobile
    }
    if not stated:
        return {}
    present = {
        borrower_id: _standing(standing[each.borrower_ref], "mobile") for borrower_id, each in stated.items()
    }
    return {
        stated[borrower_id].borrower_ref: number.change
        for borrower_id, number in kept_numbers(session, present).items()
        if stated[borrower_id].mobile in number.earlier
    }


def _note_kept(session: Session, actor: Actor, changes: Sequence[NumberChange], now: datetime) -> None:
    for change in changes:
        change.book_differs_since = now
        record(session, actor, "number:kept", now=now, borrower_id=change.borrower_id, change_id=change.id)


def _changes(known: Standing, stated: BookBorrower, kept: Mapping[str, NumberChange]) -> Sequence[str]:
    """Columns in which the book says something else. A blank optional column takes nothing away, nor a number that was given up; whoever
    was erased stays so.
    """
    if known.data_key is None:
        return ()
    return [
        column
        for column in _STATED
        if (value := getattr(stated, column)) != _standing(known, column)
        and not (value is None and column in _KEPT_WHERE_BLANK)
        and not (column == "mobile" and stated.borrower_ref in kept)
    ]


def _standing(known: Standing, column: str) -> Any:
    """What a borrower's row says, opened where it stands sealed."""
    return _SEALED[column].of(known, Borrower) if column in _SEALED else getattr(known, column)


def _row(borrower: BookBorrower) -> dict[str, object]:
    return {
        **{column: getattr(borrower, column) for column in _STATED},
        "public_id": new_public_id(),
        "is_staff_relation": False,
        "is_vulnerable": False,
    }
