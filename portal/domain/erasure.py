"""What of a borrower goes when everything is over: whole rows, or columns by table. One list, for whoever has to reach all of it.

A column that is neither here nor among those that stay with a reason fails a test.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Owner(StrEnum):
    """By which of the borrower's things a row is found: the column that names it."""

    BORROWER = "borrower_id"
    LOAN = "loan_id"
    PROPOSAL = "proposal_id"
    CASE = "case_id"
    THREAD = "thread_id"
    MESSAGE = "message_id"
    CONTACT = "contact_id"
    SUPPORT_CALL = "call_id"
    ITSELF = "id"


class Becomes(StrEnum):
    """What a column holds afterwards."""

    BLANK = "blank"
    """An empty text."""
    NOTHING = "nothing"
    """No value."""
    OBJECT = "object"
    LIST = "list"
    BYTES = "bytes"
    FALSE = "false"
    STRANGE = "strange"
    """Drawn anew: it has to be there and to be nobody else's, and leads nowhere."""


_B = Becomes

ROWS_GONE: Final[Mapping[str, Owner]] = {
    "attachment": Owner.MESSAGE,
    "support_reveal": Owner.SUPPORT_CALL,
    "support_draft": Owner.PROPOSAL,
    "policy_answer": Owner.PROPOSAL,
    "review_item": Owner.PROPOSAL,
    "representative": Owner.BORROWER,
    "data_restriction": Owner.BORROWER,
    "number_change": Owner.BORROWER,
    "staff_relation": Owner.BORROWER,
    "typed_draft": Owner.BORROWER,
    "saved_budget": Owner.BORROWER,
    "known_device": Owner.BORROWER,
    "email_address": Owner.BORROWER,
    "contact_wish": Owner.BORROWER,
    "consent": Owner.BORROWER,
    "legal_hold": Owner.BORROWER,
    "call_item": Owner.LOAN,
    "hold": Owner.LOAN,
    "delinquency_pause": Owner.LOAN,
    "loan_standing": Owner.LOAN,
    "loan_stage": Owner.LOAN,
    "installment": Owner.LOAN,
    "payment": Owner.LOAN,
}
"""Tables whose rows go whole, in an order in which nothing is left that points at them."""

COLUMNS_EMPTIED: Final[Mapping[str, tuple[Owner, Mapping[str, Becomes]]]] = {
    "borrower": (
        Owner.ITSELF,
        {
            "public_id": _B.STRANGE,
            "borrower_ref": _B.STRANGE,
            "data_key": _B.NOTHING,
            "name_sealed": _B.NOTHING,
            "name_index": _B.NOTHING,
            "mobile_sealed": _B.NOTHING,
            "mobile_index": _B.NOTHING,
            "id_last4_sealed": _B.NOTHING,
            "birth_year": _B.NOTHING,
            "sex": _B.NOTHING,
            "email_sealed": _B.NOTHING,
            "id_hash": _B.NOTHING,
            "is_staff_relation": _B.FALSE,
            "is_vulnerable": _B.FALSE,
        },
    ),
    "loan": (
        Owner.BORROWER,
        {
            "public_id": _B.STRANGE,
            "loan_ref": _B.STRANGE,
            "plan_ref": _B.NOTHING,
            "stage_basis": _B.NOTHING,
            "content_digest": _B.BLANK,
        },
    ),
    "proposal": (
        Owner.BORROWER,
        {
            "public_id": _B.STRANGE,
            "reference": _B.STRANGE,
            "answers": _B.OBJECT,
            "referral_reasons": _B.LIST,
        },
    ),
    "proposal_version": (
        Owner.PROPOSAL,
        {
            "terms": _B.OBJECT,
            "data_key": _B.NOTHING,
            "content_sealed": _B.NOTHING,
            "preview_error": _B.NOTHING,
            "terms_acknowledged": _B.LIST,
            "signature": _B.NOTHING,
        },
    ),
    "decision": (
        Owner.PROPOSAL,
        {
            "data_key": _B.NOTHING,
            "second_note_sealed": _B.NOTHING,
            "reason_text_sealed": _B.NOTHING,
            "would_accept_sealed": _B.NOTHING,
            "likeness": _B.NOTHING,
        },
    ),
    "question": (Owner.PROPOSAL, {"data_key": _B.NOTHING, "reply_sealed": _B.NOTHING}),
    "agreement": (Owner.BORROWER, {"public_id": _B.STRANGE, "check_code": _B.STRANGE}),
    "thread": (Owner.BORROWER, {"public_id": _B.STRANGE}),
    "message": (
        Owner.THREAD,
        {"public_id": _B.STRANGE, "data_key": _B.NOTHING, "body_sealed": _B.NOTHING},
    ),
    "service_case": (
        Owner.BORROWER,
        {
            "public_id": _B.STRANGE,
            "reference": _B.STRANGE,
            "data_key": _B.NOTHING,
            "body_sealed": _B.NOTHING,
            "call_back": _B.BLANK,
            "page": _B.BLANK,
        },
    ),
    "case_decision": (Owner.CASE, {"data_key": _B.NOTHING, "words_sealed": _B.NOTHING}),
    "correction_request": (
        Owner.CASE,
        {
            "reference": _B.STRANGE,
            "data_key": _B.NOTHING,
            "is_wrong_sealed": _B.NOTHING,
            "should_be_sealed": _B.NOTHING,
            "answer_words_sealed": _B.NOTHING,
        },
    ),
    "contact": (
        Owner.BORROWER,
        {
            "number_hash": _B.BLANK,
            "number_last4": _B.BLANK,
            "text": _B.BLANK,
            "sent_from": _B.BLANK,
            "check_reference": _B.NOTHING,
            "message_key": _B.NOTHING,
            "error": _B.BLANK,
        },
    ),
    "call": (Owner.BORROWER, {"data_key": _B.NOTHING, "note_sealed": _B.NOTHING}),
    "call_override": (
        Owner.BORROWER,
        {"public_id": _B.STRANGE, "data_key": _B.NOTHING, "explanation_sealed": _B.NOTHING},
    ),
    "support_call": (
        Owner.CONTACT,
        {
            "public_id": _B.STRANGE,
            "sought_borrower_id": _B.NOTHING,
            "pairing_seed": _B.NOTHING,
            "pairing_hash": _B.NOTHING,
        },
    ),
    "support_escalation": (
        Owner.SUPPORT_CALL,
        {
            "public_id": _B.STRANGE,
            "data_key": _B.NOTHING,
            "explanation_sealed": _B.NOTHING,
            "answer_sealed": _B.NOTHING,
        },
    ),
    "support_reading": (Owner.SUPPORT_CALL, {"data_key": _B.NOTHING, "remark_sealed": _B.NOTHING}),
    "support_wrap_up": (
        Owner.SUPPORT_CALL,
        {
            "data_key": _B.NOTHING,
            "note_sealed": _B.NOTHING,
            "oral_proposal_id": _B.NOTHING,
            "recording_reference": _B.BLANK,
        },
    ),
}
"""Tables whose rows stay for what is counted, and what of them goes."""

DOCUMENT_BYTES: Final = ("document", "body_sealed")
"""Documents of agreements and previews lose their bytes and their key; the SHA-256 under which they were kept stays."""

STAYS: Final[Mapping[str, str]] = {
    "borrower.locale": "a choice of two",
    "loan.product": "a closed set, counted by figures",
    "loan.currency": "a closed set",
    "loan.creditor": "the lender, not the borrower",
    "loan.former_creditor": "as the creditor",
    "loan.lender_type": "a closed set",
    "loan.status": "a closed set",
    "loan.amortisation": "a closed set",
    "loan.interest_method": "a closed set",
    "loan.day_count": "a closed set",
    "loan.rounding": "a closed set",
    "loan.every": "a closed set",
    "loan.allocation": "an order of a closed set",
    "loan.collection_stage": "a closed set",
    "proposal.status": "a closed set, counted by figures",
    "proposal.calendar_version": "a version of the house's",
    "proposal.end_reason": "a closed set",
    "proposal_version.kind": "a closed set, counted by figures",
    "proposal_version.content_hash": "what the record's leaves and a borrower's own copy are held against; nothing can be read from it",
    "proposal_version.facts_digest": "a hash of what is gone",
    "proposal_version.policy_version": "a version of the house's",
    "proposal_version.policy_arm": "a closed set",
    "proposal_version.locale": "a choice of two",
    "proposal_version.signed_by": "a closed set",
    "decision.content_hash": "as of the version",
    "decision.kind": "a closed set, counted by figures",
    "decision.state": "a closed set",
    "decision.plan_kind": "a closed set",
    "decision.policy_version": "a version of the house's",
    "decision.policy_arm": "a closed set",
    "decision.second_because": "codes of the house's rules",
    "decision.second_reason": "a closed set",
    "decision.reason_code": "a closed set, counted by figures",
    "decision.guarantor": "a closed set",
    "agreement.content_hash": "as of the version",
    "agreement.seal_state": "a closed set",
    "message.author": "a closed set",
    "message.staff_role": "a closed set",
    "message.kind": "a closed set",
    "service_case.kind": "a closed set, counted by figures",
    "service_case.topic": "a closed set",
    "service_case.channel": "a closed set",
    "service_case.status": "a closed set",
    "service_case.waits_for": "a closed set",
    "case_decision.outcome": "a closed set, counted by figures",
    "case_decision.reason_code": "a closed set",
    "correction_request.what": "a closed set",
    "correction_request.answer": "a closed set",
    "contact.purpose": "a closed set, counted by figures",
    "contact.channel": "a closed set",
    "contact.direction": "a closed set",
    "contact.template_version": "a version of the house's",
    "contact.rule_decision": "a rule's answer, counted by figures",
    "contact.result": "a closed set",
    "contact.actor_kind": "a closed set",
    "call.outcome": "a closed set, counted by figures",
    "call_override.rule": "a closed set",
    "call_override.because": "a closed set",
    "call_override.reason": "a closed set",
    "call_override.state": "a closed set",
    "call_task.kind": "a closed set",
    "call_task.currency": "a closed set",
    "call_task.state": "a closed set",
    "call_refusal.rule": "a closed set, counted by figures",
    "call_refusal.because": "a closed set",
    "support_call.direction": "a closed set",
    "support_call.reason": "a closed set",
    "support_call.sought_by": "a closed set",
    "support_call.level": "a closed set",
    "support_call.ended_by": "a closed set",
    "support_escalation.reason": "a closed set",
    "support_reading.verdict": "a closed set, counted by figures",
    "support_wrap_up.outcome": "a closed set",
}
"""Columns of those tables that may hold text, and why they say nothing of a person."""
