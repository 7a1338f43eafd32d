"""Whether numbers were hashed with the key that is given now."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, literal_column, select
from sqlalchemy.orm import Session

from portal.domain.masking import last_four
from portal.domain.one_time_codes import keyed_hash
from portal.models import Borrower, Contact

_SOME: Final = 20


def were_hashed_otherwise(session: Session, key: str) -> bool:
    """Whether the oldest contacts, at numbers that borrowers still have, stand under hashes of another key: then stops do, too.

    Where there are no contacts nothing is known. Raises ``SealBrokenError``.
    """
    return _is_otherwise(session, key, numbers_from(Contact.at.asc(), Contact.id.asc()))


def are_hashed_otherwise(session: Session, key: str) -> bool:
    """The same of the newest: under a wrong key for a few days, they alone were hashed with it. Raises ``SealBrokenError``."""
    return _is_otherwise(session, key, numbers_from(Contact.at.desc(), Contact.id.desc()))


def numbers_from(*order: ColumnElement[Any]) -> Select[str, str, Borrower]:
    """Some kept hashes, with the borrower of each, from one end. By the index of what is kept: servers ask it as they start, and of
    contacts that were erased by their term there may be millions before the first.
    """
    return (
        select(Contact.number_hash, Contact.number_last4, Borrower)
        .join(Borrower, Borrower.id == Contact.borrower_id)
        .where(
            Contact.number_hash != literal_column("''"),
            Contact.number_last4 != "",
            Borrower.data_key.is_not(None),
        )
        .order_by(*order)
        .limit(_SOME)
    )


def _is_otherwise(session: Session, key: str, numbers: Select[str, str, Borrower]) -> bool:
    """A number may have changed since, so one that fits is enough."""
    fit = [
        keyed_hash(borrower.mobile, key, purpose="number") == kept
        for kept, ending, borrower in session.execute(numbers)
        if last_four(borrower.mobile) == ending
    ]
    return bool(fit) and not any(fit)
