"""The closed vocabulary of the record: past-tense events, each with its exact fields.

Fields hold ids, codes, sums in minor units and hashes; never names, mobiles or free text.
"""

from collections.abc import Mapping
from types import MappingProxyType

EVENT_FIELDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        # the book
        "book:imported": frozenset(
            {"import_id", "loans", "installments", "payments", "rejected", "unchanged"}
        ),
        "loan:changed": frozenset({"facts_version", "as_of"}),
        "borrower:changed": frozenset({"columns"}),
        "account:added": frozenset({"creditor_id", "account_id"}),
        "account:ended": frozenset({"creditor_id", "account_id"}),
        "creditor:described": frozenset({"creditor_id"}),
        # sign-in
        "code:requested": frozenset({"purpose", "code_id"}),
        "code:sent": frozenset({"purpose", "code_id"}),
        "code:not_sent": frozenset({"purpose", "code_id", "reason"}),
        "code:refused": frozenset({"purpose", "reason"}),
        "session:started": frozenset({"audience", "device_known"}),
        "session:ended": frozenset({"audience", "reason"}),
        "ending:refused": frozenset({"reason"}),
        "device:forgotten": frozenset({"reason"}),
        "number:stopped": frozenset({"stop_id", "borrowers"}),
        "number:stop_lifted": frozenset({"stop_id"}),
        "number:change_asked": frozenset({"change_id", "fits"}),
        "number:changed": frozenset({"change_id"}),
        "staff:sign_in_refused": frozenset({"reason"}),
        # the borrower
        "record:exported": frozenset({"file_format"}),
        "consent:given": frozenset({"kind", "text_version"}),
        "budget:saved": frozenset({"currency"}),
        "budget:forgotten": frozenset(),
        "consent:withdrawn": frozenset({"kind"}),
        "data:withheld": frozenset({"what", "how"}),
        "data:restricted": frozenset({"case_id"}),
        "wishes:set": frozenset({"first_hour", "last_hour", "channels"}),
        "representative:named": frozenset({"representative_id", "kind"}),
        "representative:verified": frozenset({"representative_id"}),
        "representative:refused": frozenset({"representative_id"}),
        "representative:removed": frozenset({"representative_id"}),
        "complaint:received": frozenset({"complaint_id", "topic"}),
        "complaint:answered": frozenset({"complaint_id"}),
        "plan:started": frozenset({"reference"}),
        "plan:answered": frozenset({"question"}),
        "plan:frozen": frozenset({"version_number", "content_hash", "kind"}),
        "plan:previewed": frozenset({"version_number", "document_hash"}),
        "plan:preview_failed": frozenset({"version_number", "code"}),
        "plan:disclosure_shown": frozenset({"version_number", "content_hash"}),
        "plan:disclosure_read": frozenset({"version_number", "seconds"}),
        "plan:text_shown": frozenset({"version_number", "content_hash"}),
        "plan:preview_downloaded": frozenset({"version_number", "document_hash"}),
        "plan:term_explained": frozenset({"version_number", "term", "text_version"}),
        "plan:terms_acknowledged": frozenset({"version_number", "terms"}),
        "plan:discarded": frozenset({"reference"}),
        "plan:submitted": frozenset({"version_number", "content_hash", "code_id"}),
        "plan:submission_refused": frozenset({"code"}),
        "plan:referred": frozenset(
            {"version_number", "reasons", "promised_by", "calendar_version", "policy_version"}
        ),
        "plan:approved": frozenset(
            {"version_number", "content_hash", "by_policy", "decision_id", "policy_version"}
        ),
        "plan:declined": frozenset({"version_number", "content_hash", "decision_id", "reason_code"}),
        "plan:countered": frozenset({"version_number", "content_hash", "decision_id", "reason_code"}),
        "plan:counter_signed": frozenset({"version_number", "content_hash", "code_id"}),
        "plan:counter_refused": frozenset({"version_number", "decision_id"}),
        "plan:info_requested": frozenset({"decision_id", "reason_code"}),
        "plan:info_given": frozenset({"decision_id", "paused_seconds", "promised_by"}),
        "plan:review_requested": frozenset({"review_round"}),
        "plan:withdrawn": frozenset({"version_number"}),
        "plan:expired": frozenset({"from_status"}),
        "plan:facts_moved": frozenset({"version_number", "facts_version"}),
        "plan:activated": frozenset({"version_number"}),
        "plan:missed": frozenset({"version_number", "due_on", "cure_until"}),
        "plan:cured": frozenset({"version_number"}),
        "plan:broken": frozenset({"version_number", "due_on", "cure_until"}),
        "plan:terminated": frozenset({"version_number"}),
        "plan:completed": frozenset({"version_number"}),
        "plan:change_started": frozenset({"wish", "replaces"}),
        "plan:change_refused": frozenset({"wish", "code"}),
        "plan:superseded": frozenset({"version_number", "by"}),
        "plan:move_refused": frozenset({"act", "status", "code"}),
        # agreements
        "agreement:made": frozenset({"agreement_id", "content_hash"}),
        "agreement:sealed": frozenset({"agreement_id", "document_hash"}),
        "agreement:seal_failed": frozenset({"agreement_id", "code", "attempts"}),
        "agreement:downloaded": frozenset({"agreement_id", "document_hash"}),
        # staff
        "case:looked_at": frozenset({"reason"}),
        "case:claimed": frozenset({"until"}),
        "case:claim_renewed": frozenset({"until"}),
        "case:released": frozenset({"reason"}),
        "case:claim_refused": frozenset({"code"}),
        "case:revealed": frozenset({"field", "reason"}),
        "case:taken_over": frozenset({"from_staff_id", "reason", "until"}),
        "case:handed_on": frozenset({"from_staff_id", "to_staff_id", "reason", "until"}),
        "case:promise_near": frozenset({"deadline_at"}),
        "case:promise_missed": frozenset({"deadline_at"}),
        "case:searched": frozenset({"by"}),
        "view:kept": frozenset({"view_id"}),
        "view:renamed": frozenset({"view_id"}),
        "view:deleted": frozenset({"view_id"}),
        "view:default_set": frozenset({"view_id"}),
        "decision:refused": frozenset({"act", "code"}),
        "decision:second_wanted": frozenset({"decision_id", "kind", "content_hash", "because"}),
        "decision:seconded": frozenset({"decision_id", "kind", "content_hash"}),
        "decision:second_refused": frozenset({"decision_id", "kind", "reason_code"}),
        "decision:held": frozenset({"decision_id", "kind", "goes_out_at"}),
        "decision:undone": frozenset({"decision_id", "kind"}),
        "decision:overtaken": frozenset({"decision_id", "kind", "by"}),
        "access:refused": frozenset({"endpoint", "code"}),
        "refusal:met": frozenset({"endpoint", "code"}),
        "reference:looked_up": frozenset({"reference", "found"}),
        "staff:added": frozenset({"staff_number", "roles"}),
        "staff:disabled": frozenset({"staff_number"}),
        "staff:away": frozenset({"staff_number", "from_at", "until_at"}),
        "staff:back": frozenset({"staff_number"}),
        "staff:related": frozenset({"staff_number", "kind"}),
        # holds, cases, contact, limitation
        "hold:started": frozenset({"hold_id", "kind"}),
        "hold:ended": frozenset({"hold_id", "kind", "reason"}),
        "hold:end_asked": frozenset({"hold_id", "kind", "reason"}),
        "hold:end_refused": frozenset({"hold_id", "kind"}),
        "hold:act_refused": frozenset({"act", "code"}),
        "case:opened": frozenset({"case_id", "kind", "topic"}),
        "service:looked_at": frozenset({"case_id", "reason"}),
        "service:taken": frozenset({"case_id"}),
        "service:given_back": frozenset({"case_id", "reason"}),
        "service:handed_over": frozenset({"case_id", "from_staff_id", "to_staff_id", "reason"}),
        "service:acknowledged": frozenset({"case_id"}),
        "service:asked": frozenset({"case_id", "number"}),
        "service:staff_named": frozenset({"case_id", "staff_id"}),
        "service:decided": frozenset({"case_id", "review_round", "outcome", "reason_code", "keeps_hold"}),
        "service:second_look_asked": frozenset({"case_id"}),
        "service:act_refused": frozenset({"case_id", "act", "code"}),
        "service:revealed": frozenset({"case_id", "field", "reason"}),
        "correction:asked": frozenset({"case_id", "request_id", "what"}),
        "correction:answered": frozenset({"case_id", "request_id", "result"}),
        # threads
        "message:posted": frozenset({"thread_id", "number", "kind", "attachments"}),
        "message:refused": frozenset({"code"}),
        "message:read": frozenset({"thread_id", "up_to"}),
        "thread:looked_at": frozenset({"thread_id", "reason"}),
        "thread:settled": frozenset({"thread_id", "up_to"}),
        "attachment:added": frozenset({"attachment_id", "media_type", "sha256"}),
        "attachment:refused": frozenset({"code"}),
        "attachment:removed": frozenset({"attachment_id"}),
        "attachment:opened": frozenset({"attachment_id", "sha256"}),
        "attachment:erased": frozenset({"attachment_id", "reason"}),
        "contact:made": frozenset({"contact_id", "channel", "purpose", "result"}),
        "contact:refused": frozenset({"rule", "purpose"}),
        "limitation:interrupted": frozenset({"cause"}),
        # the record itself
        "evidence:made": frozenset({"reason", "sha256", "events", "documents"}),
        "record:key_changed": frozenset({"old_key", "new_key", "reason"}),
        "record:erased": frozenset({"place", "event_id", "reason"}),
        # set-up
        "policy:published": frozenset({"policy_version"}),
        "calendar:published": frozenset({"calendar_version"}),
        "demo:seeded": frozenset({"borrowers", "loans", "proposals"}),
    }
)


def check_event(name: str, fields: Mapping[str, object]) -> None:
    """Raises ``ValueError`` where the name is not in the vocabulary or the fields are not exactly its own."""
    wanted = EVENT_FIELDS.get(name)
    if wanted is None:
        raise ValueError(f"no such event: {name}")
    if set(fields) != wanted:
        raise ValueError(f"{name} wants the fields {sorted(wanted)}, not {sorted(fields)}")
