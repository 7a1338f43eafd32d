"""Names and numbers of people that are made by the thousand: each sealed under a key of its own, as the portal seals them."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final, NamedTuple

from sqlalchemy import bindparam, column, table, update
from sqlalchemy.orm import Session

from portal.domain.person_names import folded_name
from portal.models.keyring import Keyring, keys_of
from portal.models.sealing import RowKey, key_place

SEALED_COLUMNS: Final = (
    "data_key", "name_sealed", "name_index", "mobile_sealed", "mobile_index", "id_last4_sealed",
)  # fmt: skip
_AT_ONCE: Final = 5_000


class Person(NamedTuple):
    """A row of ``borrower`` that is there or will be."""

    id: int
    public_id: str
    name: str
    mobile: str
    id_last4: str = "1024"


def sealed(ring: Keyring, person: Person) -> Mapping[str, str]:
    """``SEALED_COLUMNS`` as they stand in the database."""
    key = RowKey.fresh(key_place("borrower", person.public_id))
    return {
        "data_key": key.kept_under(ring),
        "name_index": ring.digest("borrower:name", folded_name(person.name)),
        "mobile_index": ring.digest("borrower:mobile", person.mobile),
        **{
            f"{text}_sealed": key.seal(("borrower", text, person.public_id), getattr(person, text))
            for text in ("name", "mobile", "id_last4")
        },
    }


def seal_people(session: Session, people: Iterable[Person]) -> None:
    """Into rows that are there: what the database copied opens with no other row's key."""
    ring, waiting = keys_of(session.get_bind().dialect), iter(people)
    borrower = table("borrower", column("id"), *map(column, SEALED_COLUMNS))
    change = (
        update(borrower)
        .where(borrower.c.id == bindparam("of_id"))
        .values({name: bindparam(name) for name in SEALED_COLUMNS})
    )
    while some := list(islice(waiting, _AT_ONCE)):
        rows = [{"of_id": each.id, **sealed(ring, each)} for each in some]
        session.connection().execute(change, rows)
