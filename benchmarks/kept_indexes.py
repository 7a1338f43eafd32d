"""Indexes that ``bin/bench plans`` hears nobody go by, and that stay: for what it does not ask, or asks of tables that are short there.

Each was judged by EXPLAIN, over twenty thousand rows where a table grows with use. What serves nothing goes, by a migration.
"""

from collections.abc import Mapping
from typing import Final

KEPT: Final[Mapping[str, str]] = {
    "ix_backup_made_began_at": "queries/operations: the newest backup, for /metrics and the doctor",
    "ix_borrower_name_index": "queries/case_search: a whole name typed into the desk's search",
    "ix_call_item_last": "queries/call_list: the list of calls by the last call, longest ago first",
    "ix_call_item_late": "queries/call_list: the list of calls as it opens, its buckets, counts and next call",
    "ix_call_item_sum": "queries/call_list: the list of calls by sums, and narrowed to a band of them",
    "ix_call_loan": "queries/calls: earlier calls about a loan, and the one just noted, on the page of a call",
    "ix_contact_check_reference": "queries/messages: the public check of a message, by the reference that it carries",
    "ix_contact_kept": "queries/hashed_numbers: with which key numbers were hashed, as servers start and for the doctor",
    "ix_data_restriction_borrower_id": "services/erasure: a borrower's restrictions, ended ones with them",
    "ix_email_address_hash": "queries/email_addresses: the address that a code goes to",
    "ix_event_request": "queries/references: the number of a page that somebody reads out, in the whole record",
    "ix_known_device_token_hash": "services/sign_in: a device is remembered under a new token, or forgotten",
    "ix_legal_hold_borrower_id": "services/erasure: a borrower's legal holds that ended",
    "ix_number_change_borrower_id": "queries/numbers: a borrower's changes of number; services/erasure",
    "ix_policy_answer_policy_version": "queries/policy_trials: both sides of a trial, through the index instead of wide rows",
    "ix_policy_version_in_force": "queries/policies: the version in force on a day, for every situation",
    "ix_question_proposal_id": "queries/review_cases: what was asked about a case; services/erasure",
    "ix_representative_borrower_id": "queries/wishes: a borrower's earlier representatives; services/erasure",
    "ix_review_item_deadline": "queries/reviews: the queue of second approvals, by deadline",
    "ix_review_item_dpd": "queries/reviews: the queue by days late, and narrowed to a bucket",
    "ix_review_item_drafted_by": "queries/reviews: the queue narrowed to what staff, or who looks, filled in",
    "ix_review_item_kind": "queries/reviews: the queue narrowed to a kind of plan",
    "ix_review_item_queued_at": "queries/reviews: how many cases came since the queue's page was opened",
    "ix_staff_key_staff_member_id": "queries/staff_keys: somebody's security keys at their sign-in",
    "ix_support_call_borrower": "queries/support_calls: a borrower's support calls",
    "ix_support_draft_call": "queries/support_desk: the draft that was finished in a support call, at its wrap-up",
    "ix_support_escalation_open": "queries/support_desk: matters handed to the supervisors that wait, by deadline",
    "ix_support_reading_open": "queries/support_desk: support calls that were drawn to be read again and were not yet",
}
"""By index: the module that goes by it, and for what."""
