"""A loan that was handed on to another creditor: nothing is claimed before its borrower was told (rule C21; 民法典 546)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from unicodedata import normalize

from portal.domain.errors import DomainError

_SHORTEST_PROOF: Final = 4
_LONGEST_PROOF: Final = 40


class ToldBy(StrEnum):
    """How the notice reached the borrower."""

    PAGE = "page"
    """The borrower confirmed on their own page to have read it."""
    SIGNATURE = "signature"
    """The borrower signed an offer in which the creditor is named."""
    LETTER = "letter"
    IN_PERSON = "in_person"
    FORMER_CREDITOR = "former_creditor"
    """The creditor of before told them in writing."""
    CREDITOR = "creditor"
    """The operator said so of all of the creditor's borrowers."""


BY_HAND: Final = (ToldBy.LETTER, ToldBy.IN_PERSON, ToldBy.FORMER_CREDITOR)
"""What staff may write down, with what shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Who was the creditor by the last book until ``former_until``; ``on`` is the first book that names another.

    The day itself lies in between, and no book tells it. ``told_on`` is None until the borrower was told.
    """

    former_creditor: str
    former_until: date
    on: date
    told_on: date | None = None


def handed_on(
    before: Assignment | None,
    *,
    former_creditor: str,
    creditor: str,
    former_until: date,
    on: date,
) -> Assignment | None:
    """What is so after a book names another ``creditor``; None where the loan is back with whom its borrower knows.

    While the borrower was not told, the creditor of before is the one that they know, whoever had the loan in between. Nothing that was
    said before counts for it: a creditor buys again and again, and each assignment needs a notice of its own.
    """
    if before is not None and before.told_on is None:
        if creditor == before.former_creditor:
            return None
        former_creditor, former_until = before.former_creditor, before.former_until
    return Assignment(former_creditor=former_creditor, former_until=former_until, on=on)


def refuse_telling(told_on: date, *, former_until: date, today: date) -> None:
    """Raises ``date_in_future``, and ``told_before_assignment`` while the books still named the creditor of before."""
    if told_on > today:
        raise DomainError("date_in_future", field="told_on")
    if told_on < former_until:
        raise DomainError("told_before_assignment", field="told_on", rule="C21")


def refuse_another(named: str, *, creditor: str) -> None:
    """Raises ``told_of_another`` where the notice names somebody else than the ``creditor`` of today: an assignment before this one."""
    if _as_read(named) != _as_read(creditor):
        raise DomainError("told_of_another", field="named", rule="C21")


def _as_read(name: str) -> str:
    """Width, case and spaces tell nobody apart: a book or a form may have any of them."""
    return " ".join(normalize("NFKC", name).split()).casefold()


def checked_proof(typed: str) -> str:
    """The number under which the proof is kept: letters, digits and hyphens, nothing that tells of a person. Raises ``proof_unclear``."""
    proof = typed.strip()
    is_number = proof.isascii() and proof.replace("-", "").isalnum()
    if not is_number or not _SHORTEST_PROOF <= len(proof) <= _LONGEST_PROOF:
        raise DomainError("proof_unclear", field="proof")
    return proof
