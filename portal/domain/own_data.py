"""What a borrower takes along of what is kept about them (rule D02): by table, or why a table is not handed out. One list, as of erasing.

A table that leads to a borrower, or something that people wrote, and that is neither here nor left out for a reason, fails a test.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from portal.domain.erasure import Owner


@dataclass(frozen=True, slots=True)
class Handed:
    """The columns of one table, with a space between them, and by which of the borrower's things its rows are found."""

    table: str
    owner: Owner
    columns: str


_O = Owner

HANDED_OUT: Final[Mapping[str, Handed]] = {
    "loans": Handed(
        "loan",
        _O.BORROWER,
        "loan_ref product creditor lender_type currency principal_minor annual_rate_pct penalty_rate_pct disbursed_on status as_of "
        "closed_since has_guarantor collection_stage stage_since stage_basis former_creditor assigned_on assignment_told_on",
    ),
    "installments": Handed(
        "installment",
        _O.LOAN,
        "number due_on principal_due_minor interest_due_minor fee_due_minor penalty_due_minor principal_paid_minor "
        "interest_paid_minor fee_paid_minor penalty_paid_minor",
    ),
    "payments": Handed("payment", _O.LOAN, "payment_ref paid_on amount_minor channel is_reversed"),
    "standings": Handed(
        "loan_standing",
        _O.LOAN,
        "counted_on oldest_unpaid_on delinquent_days overdue_minor bucket stage stage_since",
    ),
    "stages": Handed("loan_stage", _O.LOAN, "stage before basis since delinquent_days agency"),
    "pauses_of_delinquent_days": Handed("delinquency_pause", _O.LOAN, "starts_on ends_on"),
    "holds": Handed("hold", _O.LOAN, "kind reason started_at ends_on ended_at end_reason"),
    "proposals": Handed(
        "proposal",
        _O.BORROWER,
        "reference status version_number answers referral_reasons made_at submitted_at promised_by ended_at end_reason",
    ),
    "plans": Handed(
        "proposal_version",
        _O.PROPOSAL,
        "number kind terms content content_hash policy_version priced_on locale made_by_lender disclosure_read_at terms_acknowledged "
        "made_at signed_at signature",
    ),
    "policy_answers": Handed(
        "policy_answer", _O.PROPOSAL, "version_number policy_version is_at_once reasons facts answered_at"
    ),
    "decisions": Handed(
        "decision",
        _O.PROPOSAL,
        "review_round version_number kind by_policy reason_code reason_text would_accept guarantor decided_at sent_at",
    ),
    "questions": Handed("question", _O.PROPOSAL, "asked_at closed_at reply has_new_terms"),
    "agreements": Handed(
        "agreement", _O.BORROWER, "check_code version_number content_hash approved_at seal_state sealed_at"
    ),
    "consents": Handed("consent", _O.BORROWER, "kind text_version given_at withdrawn_at"),
    "email_addresses": Handed("email_address", _O.BORROWER, "address given_at confirmed_at ended_at"),
    "number_changes": Handed(
        "number_change", _O.BORROWER, "reference old_mobile new_mobile asked_at not_before applied_at"
    ),
    "contact_wishes": Handed("contact_wish", _O.BORROWER, "first_hour last_hour channels made_at ended_at"),
    "representatives": Handed(
        "representative", _O.BORROWER, "kind name contact status named_at checked_at removed_at"
    ),
    "known_devices": Handed("known_device", _O.BORROWER, "verified_at"),
    "typed_drafts": Handed("typed_draft", _O.BORROWER, "path fields saved_at"),
    "cases": Handed(
        "service_case",
        _O.BORROWER,
        "reference kind topic body call_back channel status opened_at answer_by closed_at second_look_at",
    ),
    "case_answers": Handed(
        "case_decision", _O.CASE, "review_round outcome reason_code words keeps_hold decided_at"
    ),
    "correction_requests": Handed(
        "correction_request",
        _O.CASE,
        "reference what is_wrong should_be asked_at answer answer_words answered_at",
    ),
    "data_restrictions": Handed("data_restriction", _O.BORROWER, "started_at ended_at"),
    "messages": Handed("message", _O.THREAD, "thread_id number author staff_role kind body sent_at"),
    "attachments": Handed("attachment", _O.MESSAGE, "name media_type size added_at kept_until erased_at"),
    "contacts": Handed(
        "contact",
        _O.BORROWER,
        "at direction channel purpose result number_last4 text sent_from check_reference rule_decision arrived_at",
    ),
    "calls": Handed("call", _O.BORROWER, "opened_at ended_at outcome"),
    "call_overrides": Handed(
        "call_override", _O.BORROWER, "rule because reason state asked_at answered_at expires_at"
    ),
    "promises": Handed(
        "call_task", _O.BORROWER, "kind due_at due_on amount_minor currency state made_at ended_at"
    ),
    "support_calls": Handed(
        "support_call",
        _O.BORROWER,
        "direction reason level opened_at entered_at allowed_at ended_at ended_by",
    ),
    "support_reveals": Handed("support_reveal", _O.SUPPORT_CALL, "field reason at until"),
    "support_outcomes": Handed("support_wrap_up", _O.SUPPORT_CALL, "outcome recording_reference made_at"),
    "support_escalations": Handed(
        "support_escalation", _O.SUPPORT_CALL, "reason made_at deadline_at answered_at"
    ),
    "monthly_figures": Handed("saved_budget", _O.BORROWER, "currency figures saved_at"),
}
"""By the name under which it is handed out. Keys, ids and hashes that say nothing to a person stay inside."""

PERSON: Final = (
    "borrower_ref name mobile id_last4 birth_year sex email locale is_staff_relation is_vulnerable"
)

_NOTES: Final = (
    "what one member of staff notes for another; who asks for it gets it by a person (a request about data)"
)

NOT_HANDED_OUT: Final[Mapping[str, str]] = {
    "legal_hold": "kept for a court or an authority, whose inquiry it may not warn of",
    "review_item": "the desk's queue: who works on what stands in the record",
    "call_item": "the list of calls: what was called about stands in the record",
    "call_refusal": "a call that was not made",
    "staff_relation": "whom a member of staff is close to, as that person declared it",
    "support_draft": "its answers stand with the proposal",
    "support_reading": "how an agent did",
    "thread": "its messages stand there",
    "hold.note": _NOTES,
    "call.note": _NOTES,
    "call_override.explanation": _NOTES,
    "decision.second_note": _NOTES,
    "support_wrap_up.note": _NOTES,
    "support_escalation.explanation": _NOTES,
    "support_escalation.answer": _NOTES,
    "attachment.body": "the thread hands it out",
}
"""Tables, and things that people wrote in the others, that are left out, and why."""
