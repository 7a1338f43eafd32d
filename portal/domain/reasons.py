"""Closed lists of the reasons that staff give. Their words for people stand in ``portal.reason_texts``."""

from enum import StrEnum

from portal.domain.errors import DomainError

LONGEST_TEXT = 1000
"""Characters of what an approver writes to a borrower, or notes."""


class ApproveReason(StrEnum):
    """Why a plan that policy did not approve by itself is good."""

    AFFORDABLE = "affordable"
    HARDSHIP_UNDERSTOOD = "hardship_understood"
    PAID_WELL_BEFORE = "paid_well_before"
    BETTER_THAN_NO_PLAN = "better_than_no_plan"
    OTHER = "other"


class DeclineReason(StrEnum):
    """Why a plan cannot be accepted as it stands."""

    PAYMENTS_TOO_HIGH = "payments_too_high"
    PAYMENTS_TOO_SMALL = "payments_too_small"
    TERM_TOO_LONG = "term_too_long"
    FIRST_PAYMENT_TOO_LATE = "first_payment_too_late"
    EARLIER_PLAN_NOT_KEPT = "earlier_plan_not_kept"
    GUARANTOR_NOT_AGREED = "guarantor_not_agreed"
    QUESTION_TO_SETTLE_FIRST = "question_to_settle_first"
    ANOTHER_KIND_FITS = "another_kind_fits"
    OTHER = "other"


class CounterReason(StrEnum):
    """Why another offer is made instead."""

    SMALLER_PAYMENTS = "smaller_payments"
    SHORTER_PLAN = "shorter_plan"
    EARLIER_START = "earlier_start"
    LATER_START = "later_start"
    ANOTHER_KIND = "another_kind"
    LOWER_COST = "lower_cost"
    OTHER = "other"


class AskReason(StrEnum):
    """What has to be known before the plan can be decided."""

    INCOME = "income"
    OUTGOINGS = "outgoings"
    FIRST_PAYMENT = "first_payment"
    HOW_LONG = "how_long"
    OTHER_DEBTS = "other_debts"
    GUARANTOR = "guarantor"
    CHANGED_TERMS = "changed_terms"
    OTHER = "other"


class SecondRefusal(StrEnum):
    """Why a second approver does not agree: for the colleague, not for the borrower."""

    TERMS_NOT_BEARABLE = "terms_not_bearable"
    OUTSIDE_POLICY = "outside_policy"
    FACTS_UNCLEAR = "facts_unclear"
    WORDING = "wording"
    OTHER = "other"


class TakeOverReason(StrEnum):
    """Why a case is taken from the colleague who holds it."""

    HOLDER_AWAY = "holder_away"
    DEADLINE_NEAR = "deadline_near"
    AGREED = "agreed"
    OTHER = "other"


class GuarantorChoice(StrEnum):
    """What the approver records where a guarantor stands behind the loan (民法典 695, rule P14)."""

    CONSENTED = "consented"
    COVER_LOST = "cover_lost"


class RevealReason(StrEnum):
    """Why a masked field is shown in full (rule D03)."""

    CALL_BACK = "call_back"
    CHECK_IDENTITY = "check_identity"
    CORRECT_DATA = "correct_data"


def refuse_unexplained(reason_code: str, text: str) -> None:
    """``other`` explains nothing by itself: raises ``reason_text_missing``."""
    if reason_code == "other" and not text.strip():
        raise DomainError("reason_text_missing", field="reason_text")


def refuse_too_long(text: str, *, field: str) -> None:
    """Raises ``text_too_long``."""
    if len(text) > LONGEST_TEXT:
        raise DomainError("text_too_long", field=field, most=LONGEST_TEXT)


class EraseReason(StrEnum):
    """Why what an event says is erased from the record."""

    RETENTION_OVER = "retention_over"
    BORROWERS_REQUEST = "borrowers_request"
    RECORDED_BY_MISTAKE = "recorded_by_mistake"


class EvidenceReason(StrEnum):
    """Why the evidence of a case is put together."""

    COURT = "court"
    ARBITRATION = "arbitration"
    REGULATOR = "regulator"
    COMPLAINT = "complaint"
    BORROWERS_REQUEST = "borrowers_request"
    OWN_AUDIT = "own_audit"


class ReinstateReason(StrEnum):
    """Why a plan that broke may go on."""

    ASKED_AND_ABLE = "asked_and_able"
    PAID_SINCE = "paid_since"
    HARDSHIP_PASSED = "hardship_passed"
    LENDERS_SIDE = "lenders_side"


class PlanEndReason(StrEnum):
    """Why a plan that broke is ended. Its words to the borrower stand in the letters."""

    NOTHING_PAID_SINCE = "nothing_paid_since"
    TOO_LITTLE_PAID_SINCE = "too_little_paid_since"
    BROKE_AGAIN = "broke_again"
    NEW_PLAN_FITS_BETTER = "new_plan_fits_better"
    ASKED_FOR = "asked_for"
