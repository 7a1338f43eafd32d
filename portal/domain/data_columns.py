"""The class of each column that is kept, by table: how much protection it needs (``data_classes``).

A column that is missing here fails a test, and so does one whose class is not what is done with it.
"""

from collections.abc import Mapping
from typing import Final

from portal.domain.data_classes import Protection

_P = Protection

COLUMNS: Final[Mapping[str, Mapping[Protection, str]]] = {
    "agency": {
        _P.PUBLIC: (
            "id public_id name registration_number phone contract_from contract_to "
            "is_subdelegation_allowed made_at ended_at data_removed_at"
        ),
    },
    "agency_evaluation": {
        _P.HOUSE: "id agency_id evaluated_on result remark made_by made_at",
    },
    "agreement": {
        _P.ABOUT: "public_id check_code",
        _P.COURSE: (
            "id proposal_id loan_id borrower_id version_number content_hash approved_at seal_state "
            "sealed_at document_id"
        ),
    },
    "attachment": {
        _P.OPENS: "data_key",
        _P.SEALED: "name_sealed body_sealed",
        _P.ABOUT: "id public_id message_id media_type size sha256 added_at kept_until erased_at",
    },
    "backup_made": {
        _P.HOUSE: "id began_at finished_at size manifest_sha256",
    },
    "book_import": {
        _P.HOUSE: "id folder_digest started_at finished_at progress",
    },
    "borrower": {
        _P.OPENS: "data_key",
        _P.SEALED: "name_sealed mobile_sealed id_last4_sealed email_sealed",
        _P.FOUND_BY: "name_index mobile_index id_hash",
        _P.ABOUT: "public_id borrower_ref birth_year sex is_staff_relation is_vulnerable",
        _P.COURSE: "id locale",
    },
    "calendar_version": {
        _P.PUBLIC: "id version first_on last_on days_off working_days source made_at",
    },
    "call": {
        _P.OPENS: "data_key",
        _P.SEALED: "note_sealed",
        _P.COURSE: (
            "id contact_id loan_id borrower_id staff_id opened_at lapses_at identity_said_at "
            "recording_said_at purpose_said_at outcome ended_at noted_at"
        ),
    },
    "call_item": {
        _P.ABOUT: (
            "loan_id public_id borrower_id is_listed late_since amount_minor currency promised_at "
            "promised_kind rests_until last_called_at leased_by leased_until"
        ),
    },
    "call_override": {
        _P.OPENS: "data_key",
        _P.SEALED: "explanation_sealed",
        _P.ABOUT: "public_id",
        _P.COURSE: (
            "id loan_id borrower_id rule because reason state asked_by asked_at second_id answered_at "
            "expires_at used_call_id"
        ),
    },
    "call_refusal": {
        _P.COURSE: "id loan_id staff_id rule because at",
    },
    "call_task": {
        _P.COURSE: (
            "id call_id support_call_id loan_id borrower_id kind due_at due_on amount_minor currency "
            "state made_at made_on ended_at"
        ),
    },
    "case_decision": {
        _P.OPENS: "data_key",
        _P.SEALED: "words_sealed",
        _P.COURSE: "id case_id review_round outcome reason_code keeps_hold decided_by decided_at",
    },
    "consent": {
        _P.ABOUT: "id borrower_id kind text_version given_by given_at withdrawn_at",
    },
    "contact": {
        _P.FOUND_BY: "number_hash",
        _P.ABOUT: "number_last4 text sent_from check_reference message_key error",
        _P.COURSE: (
            "id borrower_id loan_id purpose channel direction template_version rule_decision result tries "
            "arrived_at actor_kind actor_id at"
        ),
    },
    "contact_wish": {
        _P.ABOUT: "id borrower_id first_hour last_hour channels made_at ended_at",
    },
    "correction_request": {
        _P.OPENS: "data_key",
        _P.SEALED: "is_wrong_sealed should_be_sealed answer_words_sealed",
        _P.ABOUT: "reference",
        _P.COURSE: "id case_id loan_id what facts_version asked_by asked_at answer answered_at answered_by",
    },
    "creditor": {
        _P.PUBLIC: "id name lender_type phone address assignment_notice_on agency agency_since",
    },
    "data_restriction": {
        _P.ABOUT: "id borrower_id case_id started_at ended_at",
    },
    "day_run": {
        _P.HOUSE: "id business_date previous_on part after_id counts started_at finished_at",
    },
    "decision": {
        _P.OPENS: "data_key",
        _P.SEALED: "second_note_sealed reason_text_sealed would_accept_sealed",
        _P.ABOUT: "likeness",
        _P.COURSE: (
            "id proposal_id review_round version_number content_hash kind state plan_kind by_policy "
            "policy_version policy_arm maker_borrower_id drafter_staff_id first_staff_id needs_second "
            "second_because second_staff_id second_at second_reason reason_code guarantor decided_at "
            "goes_out_at sent_at"
        ),
    },
    "delinquency_pause": {
        _P.ABOUT: "id loan_id starts_on ends_on agreement_id",
    },
    "demo_message": {
        _P.ABOUT: "id channel mobile subject text at",
    },
    "document": {
        _P.OPENS: "data_key",
        _P.SEALED: "body_sealed",
        _P.COURSE: "id sha256 media_type made_at",
    },
    "email_address": {
        _P.OPENS: "data_key",
        _P.SEALED: "address_sealed",
        _P.FOUND_BY: "address_hash",
        _P.ABOUT: "id borrower_id given_at confirmed_at ended_at",
    },
    "event": {
        _P.RECORD: "id name at actor_kind actor_id request_id borrower_id loan_id proposal_id fields salt",
    },
    "figure_report": {
        _P.OPENS: "data_key",
        _P.SEALED: "body_sealed",
        _P.HOUSE: "id public_id kind first_on last_on locale asked_by asked_at made_at sha256",
    },
    "guide_version": {
        _P.HOUSE: "id stage situation number words steps made_by made_at",
    },
    "hold": {
        _P.OPENS: "data_key",
        _P.SEALED: "note_sealed",
        _P.ABOUT: (
            "id loan_id kind reason started_at ended_at end_reason ends_on review_on evidence started_by "
            "end_asked_by end_asked_at end_asked_reason ended_by"
        ),
    },
    "incident": {
        _P.HOUSE: (
            "id public_id found_at happened_on kinds people texts row_version made_by made_at closed_at"
        ),
    },
    "incident_notice": {
        _P.HOUSE: (
            "id public_id incident_id audience locale version of_version text_version body state made_by "
            "made_at answered_by answered_at"
        ),
    },
    "installment": {
        _P.ABOUT: (
            "loan_id number due_on principal_due_minor interest_due_minor fee_due_minor penalty_due_minor "
            "principal_paid_minor interest_paid_minor fee_paid_minor penalty_paid_minor"
        ),
    },
    "known_device": {
        _P.OPENS: "token_hash",
        _P.ABOUT: "id borrower_id verified_at",
    },
    "legal_hold": {
        _P.OPENS: "data_key",
        _P.SEALED: "note_sealed",
        _P.ABOUT: (
            "id borrower_id loan_id reason started_by started_at end_asked_by end_asked_at end_reason "
            "ended_by ended_at"
        ),
    },
    "loan": {
        _P.ABOUT: "public_id loan_ref stage_basis plan_ref content_digest",
        _P.COURSE: (
            "id borrower_id product currency creditor lender_type status disbursed_on principal_minor "
            "annual_rate_pct penalty_rate_pct amortisation interest_method day_count rounding every "
            "multiple allocation has_guarantor as_of closed_since collection_stage stage_since "
            "former_creditor former_until assigned_on assignment_told_on facts_version"
        ),
    },
    "loan_stage": {
        _P.ABOUT: "id loan_id stage before basis since delinquent_days pack_version agency",
    },
    "loan_standing": {
        _P.ABOUT: (
            "loan_id counted_on next_on counted_by oldest_unpaid_on delinquent_days "
            "delinquent_days_before overdue_minor bucket bucket_before stage stage_basis stage_since "
            "next_stage next_stage_on next_notice_on limitation_from limitation_cause limitation_ends_on "
            "limitation_is_checked limitation_facts limitation_event demands demand_owed_on"
        ),
    },
    "message": {
        _P.OPENS: "data_key",
        _P.SEALED: "body_sealed",
        _P.ABOUT: "public_id",
        _P.COURSE: "id thread_id number author staff_id staff_role kind written_at sent_at",
    },
    "message_spending": {
        _P.HOUSE: "day channel messages parts cost_minor",
    },
    "number_change": {
        _P.OPENS: "data_key",
        _P.SEALED: "old_mobile_sealed new_mobile_sealed",
        _P.ABOUT: (
            "id reference borrower_id locale asked_by asked_at not_before applied_at applied_by "
            "book_differs_since"
        ),
    },
    "one_time_code": {
        _P.OPENS: "session_key seed data_key",
        _P.SEALED: "mobile_sealed",
        _P.FOUND_BY: "target mobile_index",
        _P.ABOUT: "id purpose asked_by made_at expires_at tries used_at replaced_at",
    },
    "outbox": {
        _P.HOUSE: (
            "id kind dedupe_key payload state made_at due_at leased_until attempts last_error done_at is_bulk"
        ),
    },
    "payment": {
        _P.ABOUT: "payment_ref loan_id paid_on amount_minor channel is_reversed",
    },
    "policy_answer": {
        _P.ABOUT: (
            "id proposal_id version_number policy_version policy_arm is_at_once reasons facts answered_at"
        ),
    },
    "policy_replay": {
        _P.HOUSE: (
            "id policy_id body_digest against offers loans state error result asked_by asked_at done_at"
        ),
    },
    "policy_trial": {
        _P.HOUSE: (
            "id policy_id share_pct state began_on began_at asked asked_by asked_at why answered_by "
            "ended_at ended_on"
        ),
    },
    "policy_version": {
        _P.HOUSE: (
            "id version state effective_on share_pct body follows_id why row_version drafted_by made_by "
            "made_at proposed_at decided_by decided_at decision_note"
        ),
    },
    "prime_rate": {
        _P.PUBLIC: "published_on pct source made_at",
    },
    "proposal": {
        _P.ABOUT: "public_id reference answers referral_reasons",
        _P.COURSE: (
            "id loan_id borrower_id status row_version review_round version_number drafted_by_staff_id "
            "replaces_id made_at submitted_at promised_by calendar_version closes_at ended_at "
            "reinstated_on end_told_on end_reason terminated_at"
        ),
    },
    "proposal_version": {
        _P.OPENS: "data_key",
        _P.SEALED: "content_sealed",
        _P.ABOUT: "terms preview_error terms_acknowledged signature",
        _P.COURSE: (
            "id proposal_id number kind content_hash facts_version facts_digest policy_version policy_arm "
            "priced_on locale made_by_lender preview_document_id disclosure_shown_at disclosure_read_at "
            "text_shown_at made_at signed_at signed_by"
        ),
    },
    "question": {
        _P.OPENS: "data_key",
        _P.SEALED: "reply_sealed",
        _P.COURSE: "id proposal_id decision_id asked_at closed_at has_new_terms",
    },
    "rate_count": {
        _P.FOUND_BY: "bucket",
        _P.HOUSE: "window_started_at count",
    },
    "read_only_spell": {
        _P.HOUSE: "id reason began_at ended_at",
    },
    "record_leaf": {
        _P.RECORD: "place event_id leaf",
    },
    "representative": {
        _P.OPENS: "data_key",
        _P.SEALED: "name_sealed contact_sealed",
        _P.ABOUT: "id borrower_id case_id kind status named_at checked_at checked_by removed_at",
    },
    "retention_run": {
        _P.HOUSE: "id business_date counts started_at finished_at",
    },
    "review_item": {
        _P.ABOUT: (
            "proposal_id stage decided_by deadline_at kind amount_minor currency dpd main_reason "
            "queued_at alarm drafted_by plan_cost_minor no_plan_cost_minor claimed_by claimed_until"
        ),
    },
    "saved_budget": {
        _P.ABOUT: "borrower_id currency figures saved_at",
    },
    "saved_view": {
        _P.STAFF: "id staff_member_id name choices is_default made_at",
    },
    "service_case": {
        _P.OPENS: "data_key",
        _P.SEALED: "body_sealed",
        _P.ABOUT: "public_id reference call_back page",
        _P.COURSE: (
            "id kind borrower_id loan_id topic channel opened_by status opened_at answer_by closed_at "
            "row_version acknowledged_at owner_id owned_at about_staff_id review_round second_look_at "
            "waits_for"
        ),
    },
    "staff_absence": {
        _P.STAFF: "id staff_member_id from_at until_at made_by made_at ended_at",
    },
    "staff_change": {
        _P.STAFF: (
            "id public_id kind staff_member_id invitation_id roles_before roles state asked_by asked_at "
            "answered_by answered_at"
        ),
    },
    "staff_declaration": {
        _P.FOUND_BY: "match_key",
        _P.STAFF: "id staff_member_id kind declared_by made_at",
    },
    "staff_invitation": {
        _P.OPENS: "token_hash totp_secret_sealed data_key",
        _P.STAFF: (
            "id public_id login name number roles agency_id staff_member_id is_agreed made_by made_at "
            "expires_at used_at withdrawn_at"
        ),
    },
    "staff_key": {
        _P.STAFF: (
            "id public_id staff_member_id handle credential_id public_key sign_count name made_at used_at "
            "removed_at"
        ),
    },
    "staff_member": {
        _P.OPENS: "password_hash totp_secret_sealed data_key",
        _P.STAFF: (
            "id number login name roles locale totp_last_step disabled_at agency_id "
            "relations_confirmed_at made_at"
        ),
    },
    "staff_relation": {
        _P.ABOUT: "id staff_member_id borrower_id kind made_at",
    },
    "stopped_number": {
        _P.FOUND_BY: "number_hash",
        _P.ABOUT: "reference number_last4",
        _P.COURSE: "id stopped_at lifted_at",
    },
    "support_call": {
        _P.OPENS: "pairing_seed pairing_hash",
        _P.ABOUT: "public_id sought_borrower_id",
        _P.COURSE: (
            "id staff_id direction reason sought_by borrower_id contact_id level opened_at expires_at "
            "extended_at identity_said_at recording_said_at purpose_said_at pairing_until pairing_tries "
            "entered_at allowed_at ended_at ended_by"
        ),
    },
    "support_draft": {
        _P.ABOUT: "proposal_id call_id own_answers begun_at handed_over_at signable_at",
    },
    "support_escalation": {
        _P.OPENS: "data_key",
        _P.SEALED: "explanation_sealed answer_sealed",
        _P.ABOUT: "public_id",
        _P.COURSE: "id call_id reason deadline_at made_by made_at answered_by answered_at",
    },
    "support_reading": {
        _P.OPENS: "data_key",
        _P.SEALED: "remark_sealed",
        _P.COURSE: "call_id share_per_mille drawn drawn_at read_by read_at verdict",
    },
    "support_reveal": {
        _P.ABOUT: "id call_id field reason at until",
    },
    "support_wrap_up": {
        _P.OPENS: "data_key",
        _P.SEALED: "note_sealed",
        _P.ABOUT: "recording_reference oral_proposal_id",
        _P.COURSE: "call_id outcome case_id made_at",
    },
    "thread": {
        _P.ABOUT: "public_id",
        _P.COURSE: (
            "id borrower_id loan_id proposal_id case_id made_at last_number last_from_borrower "
            "last_from_staff read_by_borrower told_borrower read_by_staff waits_since"
        ),
    },
    "typed_draft": {
        _P.OPENS: "data_key",
        _P.SEALED: "fields_sealed",
        _P.ABOUT: "borrower_id path saved_at",
    },
    "verified_account": {
        _P.PUBLIC: "id creditor_id bank account_name account_number currency effective_on ended_on",
    },
    "visitor_complaint": {
        _P.OPENS: "data_key",
        _P.SEALED: "body_sealed reply_to_sealed answer_sealed",
        _P.COURSE: (
            "id public_id reference topic page status opened_at answer_by closed_at row_version "
            "acknowledged_at owner_id owned_at about_staff_id outcome reason_code decided_by"
        ),
    },
    "web_session": {
        _P.OPENS: "token_hash",
        _P.ABOUT: "id audience person_id data created_at seen_at expires_at",
    },
    "worker_beat": {
        _P.HOUSE: "worker started_at seen_at jobs",
    },
}
"""Names of columns, with a space between them."""


def protection_of() -> Mapping[str, Protection]:
    """By ``table.column``. Raises ``ValueError`` where one has two classes."""
    found: dict[str, Protection] = {}
    for table, classes in COLUMNS.items():
        for protection, names in classes.items():
            for column in (f"{table}.{name}" for name in names.split()):
                if column in found:
                    raise ValueError(f"{column} has two classes")
                found[column] = protection
    return found
