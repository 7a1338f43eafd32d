"""What staff do with what borrowers bring up: the kinds of work, how each can end and why, who may decide it, and the second look."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from portal.domain.cases import CaseKind, CaseTopic
from portal.domain.errors import AccessRefused, DomainError
from portal.domain.permissions import Actor, Permission

ACKNOWLEDGE_WITHIN: Final = timedelta(days=1)
"""Rule R02: that it has arrived and who looks at it is said within a day."""
SECOND_LOOK_WITHIN: Final = timedelta(days=15)
LONGEST_WORDS: Final = 1000


class Work(StrEnum):
    """What is to be done; a case's kind, but for numbers (opened as a wish to talk) and complaints of visitors."""

    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    TALK = "talk"
    DATA = "data"
    REPRESENTED = "represented"
    NUMBER = "number"
    VISITOR = "visitor"


class WaitsFor(StrEnum):
    """Whose turn it is."""

    US = "us"
    BORROWER = "borrower"
    LENDER = "lender"


class Outcome(StrEnum):
    """How a case ends."""

    UPHELD = "upheld"
    PARTLY = "partly"
    NOT_UPHELD = "not_upheld"
    DONE = "done"
    REFUSED = "refused"
    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
    TALKED = "talked"
    NOT_REACHED = "not_reached"


class CaseReason(StrEnum):
    """Why it ends so; the borrower reads it in words."""

    BOOK_WRONG = "book_wrong"
    PAYMENT_FOUND = "payment_found"
    NOT_THE_DEBTOR = "not_the_debtor"
    PAID_OFF = "paid_off"
    CREDIT_RECORD_WRONG = "credit_record_wrong"
    BOOK_RIGHT = "book_right"
    PAYMENT_NOT_FOUND = "payment_not_found"
    CONDUCT_WRONG = "conduct_wrong"
    CHARGE_WRONG = "charge_wrong"
    SERVICE_FAILED = "service_failed"
    RULES_KEPT = "rules_kept"
    CHARGE_RIGHT = "charge_right"
    NOT_SHOWN = "not_shown"
    HANDED_OUT = "handed_out"
    CORRECTED = "corrected"
    EXPLAINED = "explained"
    DELETED_OR_LOCKED = "deleted_or_locked"
    KEPT_BY_LAW = "kept_by_law"
    NEEDED_FOR_CLAIMS = "needed_for_claims"
    IDENTITY_NOT_SHOWN = "identity_not_shown"
    AUTHORITY_SEEN = "authority_seen"
    NO_AUTHORITY = "no_authority"
    CHECKED_WITH_BORROWER = "checked_with_borrower"
    ANSWERED = "answered"
    TRIED_TWICE = "tried_twice"
    OTHER = "other"


_R = CaseReason
_WRONG_BOOK = (
    _R.BOOK_WRONG,
    _R.PAYMENT_FOUND,
    _R.NOT_THE_DEBTOR,
    _R.PAID_OFF,
    _R.CREDIT_RECORD_WRONG,
    _R.OTHER,
)
_WRONG_CONDUCT = (_R.CONDUCT_WRONG, _R.CHARGE_WRONG, _R.SERVICE_FAILED, _R.OTHER)
_COMPLAINT: Final = {
    Outcome.UPHELD: _WRONG_CONDUCT,
    Outcome.PARTLY: _WRONG_CONDUCT,
    Outcome.NOT_UPHELD: (_R.RULES_KEPT, _R.CHARGE_RIGHT, _R.NOT_SHOWN, _R.OTHER),
}
ENDINGS: Final[Mapping[Work, Mapping[Outcome, tuple[CaseReason, ...]]]] = {
    Work.DISPUTE: {
        Outcome.UPHELD: _WRONG_BOOK,
        Outcome.PARTLY: _WRONG_BOOK,
        Outcome.NOT_UPHELD: (_R.BOOK_RIGHT, _R.PAYMENT_NOT_FOUND, _R.NOT_SHOWN, _R.OTHER),
    },
    Work.COMPLAINT: _COMPLAINT,
    Work.VISITOR: _COMPLAINT,
    Work.TALK: {
        Outcome.TALKED: (_R.ANSWERED, _R.OTHER),
        Outcome.NOT_REACHED: (_R.TRIED_TWICE, _R.OTHER),
    },
    Work.DATA: {
        Outcome.DONE: (_R.HANDED_OUT, _R.CORRECTED, _R.EXPLAINED, _R.DELETED_OR_LOCKED, _R.OTHER),
        Outcome.REFUSED: (_R.KEPT_BY_LAW, _R.NEEDED_FOR_CLAIMS, _R.IDENTITY_NOT_SHOWN, _R.OTHER),
    },
    Work.REPRESENTED: {
        Outcome.CONFIRMED: (_R.AUTHORITY_SEEN,),
        Outcome.NOT_CONFIRMED: (_R.NO_AUTHORITY, _R.NOT_SHOWN, _R.OTHER),
    },
    Work.NUMBER: {
        Outcome.CONFIRMED: (_R.CHECKED_WITH_BORROWER,),
        Outcome.NOT_CONFIRMED: (_R.IDENTITY_NOT_SHOWN, _R.NOT_SHOWN, _R.OTHER),
    },
}
"""Each way a kind of work can end, with the reasons that fit it."""
AGAINST_BORROWER: Final = frozenset(
    {Outcome.PARTLY, Outcome.NOT_UPHELD, Outcome.REFUSED, Outcome.NOT_CONFIRMED}
)
"""After these another person looks where the borrower asks for it."""
CORRECTING: Final = frozenset({Outcome.UPHELD, Outcome.PARTLY})
"""A dispute that ends so is about a book that is wrong: the lender has been asked to correct it."""


class CorrectionKind(StrEnum):
    """What the lender is asked to correct."""

    BALANCE = "balance"
    PAYMENT = "payment"
    SCHEDULE = "schedule"
    CHARGES = "charges"
    STATUS = "status"
    IDENTITY = "identity"
    CREDIT_REPORT = "credit_report"
    OTHER = "other"


class CorrectionAnswer(StrEnum):
    """What the lender answered."""

    CORRECTED = "corrected"
    PARTLY = "partly"
    REFUSED = "refused"


class HandOverReason(StrEnum):
    """Why a case goes to a colleague."""

    HOLDER_AWAY = "holder_away"
    DEADLINE_NEAR = "deadline_near"
    AGREED = "agreed"
    BETTER_PLACED = "better_placed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Staff who may have no part in a case, by id. ``earlier_ids`` decided it before the borrower asked for another person."""

    related_ids: Collection[int] = ()
    complained_about_id: int | None = None
    earlier_ids: Collection[int] = ()


def work_of(kind: CaseKind, topic: str) -> Work:
    return Work.NUMBER if topic == CaseTopic.NUMBER_CHANGED else Work(kind.value)


def acknowledge_by(opened_at: datetime) -> datetime:
    """When the acknowledgement is due (rule R02)."""
    return opened_at + ACKNOWLEDGE_WITHIN


def refuse_parties(staff_id: int, parties: Parties) -> None:
    """Not even to be looked at. Raises ``AccessRefused``: ``related_case``, ``complained_about``."""
    if staff_id in parties.related_ids:
        raise AccessRefused("related_case", rule="P18")
    if staff_id == parties.complained_about_id:
        raise AccessRefused("complained_about", rule="R02")


def refuse_handling(staff_id: int, parties: Parties) -> None:
    """Who may look and not act. Raises what ``refuse_parties`` does, and ``AccessRefused("case_decided_by_oneself")``."""
    refuse_parties(staff_id, parties)
    if staff_id in parties.earlier_ids:
        raise AccessRefused("case_decided_by_oneself", rule="P18")


def may_decide(actor: Actor, work: Work) -> bool:
    """Agents end a talk; everything that grants or refuses something is for those who decide."""
    return actor.may(Permission.SERVICE_DECIDE) or (
        work is Work.TALK and actor.may(Permission.SERVICE_HANDLE)
    )


def refuse_ending_as(work: Work, outcome: str, reason: str) -> None:
    """Raises ``outcome_missing``, ``reason_missing``, ``reason_does_not_fit``."""
    endings = ENDINGS[work]
    if outcome not in endings:
        raise DomainError("outcome_missing", field="outcome")
    if not reason:
        raise DomainError("reason_missing", field="reason")
    if reason not in endings[Outcome(outcome)]:
        raise DomainError("reason_does_not_fit", field="reason")


def second_look_until(decided_at: datetime) -> datetime:
    return decided_at + SECOND_LOOK_WITHIN


def refuse_second_look(outcome: str, review_round: int, decided_at: datetime, now: datetime) -> None:
    """Once, within the time, and where something was not granted. Raises ``second_look_asked``, ``second_look_not_needed``,
    ``second_look_too_late``.
    """
    if review_round > 1:
        raise DomainError("second_look_asked")
    if outcome not in AGAINST_BORROWER:
        raise DomainError("second_look_not_needed")
    if now > second_look_until(decided_at):
        raise DomainError("second_look_too_late")
