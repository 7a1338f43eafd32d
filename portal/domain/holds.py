"""Reasons why contact is stopped: one closed list (`proposal.md`, Holds), and for each what it stops, who sets it and how it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from portal.domain.errors import AccessRefused, DomainError
from portal.domain.permissions import Role


class HoldKind(StrEnum):
    """Why nobody may collect on a loan for now."""

    PROPOSAL_PENDING = "proposal_pending"
    PLAN_ACTIVE = "plan_active"
    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    HARDSHIP = "hardship"
    ILLNESS = "illness"
    DECEASED = "deceased"
    MINOR = "minor"
    REPRESENTED = "represented"
    STATUTORY_MORATORIUM = "statutory_moratorium"


class Stops(StrEnum):
    """What a hold stops. Codes that somebody asks for in that moment go out under each of them."""

    COLLECTION = "collection"
    """Asking for what is overdue; notices, answers and reminders of a running plan go on."""
    EVERYTHING = "everything"
    """Whoever answers there is not the one to talk to."""


class Evidence(StrEnum):
    """What staff saw or heard before they set a hold; what it says in detail stays where it was shown."""

    TOLD_BY_BORROWER = "told_by_borrower"
    TOLD_BY_FAMILY = "told_by_family"
    PAPER_SEEN = "paper_seen"
    AUTHORITY = "authority"
    COURT_ORDER = "court_order"
    RETURNED_MAIL = "returned_mail"


class EndReason(StrEnum):
    """Why staff end a hold."""

    OVER = "over"
    AGREED = "agreed"
    SET_BY_MISTAKE = "set_by_mistake"
    NOT_SHOWN = "not_shown"
    """What was asked for to show it did not come."""


_ANY_STAFF: Final = frozenset({Role.AGENT, Role.APPROVER, Role.SUPERVISOR})
_DECIDING: Final = frozenset({Role.APPROVER, Role.SUPERVISOR})
_TOLD: Final = (Evidence.TOLD_BY_BORROWER, Evidence.TOLD_BY_FAMILY, Evidence.PAPER_SEEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRule:
    """One line of the list. ``set_by`` and ``ended_by`` are the roles that may by hand; empty where only the borrower's act, the book or
    the clock does. ``longest`` in days: None where it may stay open. ``review`` in days after the start. ``takes_two``: ending it by hand
    wants a second person. ``evidence``: what may stand behind it; one of them is wanted.
    """

    stops: Stops = Stops.COLLECTION
    set_by: frozenset[Role] = frozenset()
    ended_by: frozenset[Role] = frozenset()
    longest: int | None = None
    review: int | None = None
    takes_two: bool = False
    evidence: tuple[Evidence, ...] = ()


RULES: Final[Mapping[HoldKind, HoldRule]] = {
    HoldKind.PROPOSAL_PENDING: HoldRule(),
    HoldKind.PLAN_ACTIVE: HoldRule(),
    HoldKind.DISPUTE: HoldRule(
        set_by=_ANY_STAFF, ended_by=_DECIDING, review=15, evidence=(*_TOLD, Evidence.AUTHORITY)
    ),
    HoldKind.COMPLAINT: HoldRule(
        set_by=_ANY_STAFF, ended_by=_DECIDING, review=15, evidence=(*_TOLD, Evidence.AUTHORITY)
    ),
    HoldKind.HARDSHIP: HoldRule(set_by=_ANY_STAFF, ended_by=_DECIDING, longest=90, review=30, evidence=_TOLD),
    HoldKind.ILLNESS: HoldRule(set_by=_ANY_STAFF, ended_by=_DECIDING, longest=180, review=30, evidence=_TOLD),
    HoldKind.DECEASED: HoldRule(
        stops=Stops.EVERYTHING,
        set_by=_ANY_STAFF,
        ended_by=_DECIDING,
        review=30,
        takes_two=True,
        evidence=(Evidence.TOLD_BY_FAMILY, Evidence.PAPER_SEEN, Evidence.AUTHORITY, Evidence.RETURNED_MAIL),
    ),
    HoldKind.MINOR: HoldRule(
        stops=Stops.EVERYTHING,
        set_by=_ANY_STAFF,
        ended_by=_DECIDING,
        review=30,
        takes_two=True,
        evidence=(*_TOLD, Evidence.AUTHORITY),
    ),
    HoldKind.REPRESENTED: HoldRule(
        stops=Stops.EVERYTHING,
        set_by=_ANY_STAFF,
        ended_by=_DECIDING,
        review=30,
        takes_two=True,
        evidence=(Evidence.TOLD_BY_BORROWER, Evidence.PAPER_SEEN),
    ),
    HoldKind.STATUTORY_MORATORIUM: HoldRule(
        set_by=_DECIDING,
        ended_by=_DECIDING,
        takes_two=True,
        evidence=(Evidence.COURT_ORDER, Evidence.AUTHORITY),
    ),
}
"""Whoever needs protection is protected by one person's word at once; where ending it could do harm, two have to."""

BOOK: Final = "book"
"""The reason of a hold that the lender's book set: it ends when the book says so."""
BOOK_HOLD: Final = HoldKind.DISPUTE
"""The one kind that a book sets and may end. What protects a person (a death, a minor, a representative, a moratorium, hardship, illness)
no file ends: it takes somebody who looked, and for most of them two.
"""


@dataclass(frozen=True, slots=True)
class Term:
    """How long a hold runs: to its last day (None: open), and when staff look at it again."""

    ends_on: date | None
    review_on: date | None


def term_of(
    kind: HoldKind, *, today: date, ends_on: date | None = None, moratorium_ends: date | None = None
) -> Term:
    """What a hold that starts today runs to. ``ends_on`` is what staff chose; ``moratorium_ends`` what the country's rules say.

    Raises ``hold_has_no_end`` where everything is stopped, ``hold_end_passed``, and ``hold_too_long`` with ``latest``: longer than its
    rule or the law allows.
    """
    rule = RULES[kind]
    if ends_on is not None and rule.stops is Stops.EVERYTHING:
        raise DomainError("hold_has_no_end", field="ends_on")
    latest = moratorium_ends if kind is HoldKind.STATUTORY_MORATORIUM else None
    if rule.longest is not None:
        latest = today + timedelta(days=rule.longest)
    ends_on = ends_on or latest
    if ends_on is not None and ends_on < today:
        raise DomainError("hold_end_passed", field="ends_on")
    if latest is not None and ends_on is not None and ends_on > latest:
        raise DomainError("hold_too_long", field="ends_on", latest=latest.isoformat())
    review_on = None if rule.review is None else today + timedelta(days=rule.review)
    if review_on is not None and ends_on is not None and review_on >= ends_on:
        review_on = None
    return Term(ends_on, review_on)


def refuse_setting(kind: HoldKind, roles: frozenset[Role], evidence: str) -> None:
    """Raises ``AccessRefused("hold_not_by_hand")`` and ``evidence_missing``."""
    rule = RULES[kind]
    if not rule.set_by & roles:
        raise AccessRefused("hold_not_by_hand", rule="C09")
    if evidence not in rule.evidence:
        raise DomainError("evidence_missing", field="evidence")


def refuse_ending(kind: HoldKind, roles: frozenset[Role]) -> None:
    """Raises ``AccessRefused("hold_not_by_hand")``."""
    if not RULES[kind].ended_by & roles:
        raise AccessRefused("hold_not_by_hand", rule="C09")
