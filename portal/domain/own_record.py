"""What of the record a borrower reads about themselves: every event about them, but for those named here with the reason."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from portal.domain.permissions import ActorKind

_ANSWERS: Final = frozenset(
    {
        "plan:approved",
        "plan:referred",
        "plan:disclosure_shown",
        "plan:text_shown",
        "agreement:made",
        "hold:started",
        "hold:ended",
        "data:withheld",
    }
)
"""What the rules did at once after an act of the borrower's."""


class RecordKind(StrEnum):
    """By what a borrower looks through the record."""

    CONTACT = "contact"
    LOOK = "look"
    SIGNED = "signed"
    DOWNLOAD = "download"
    SIGN_IN = "sign_in"
    PLAN = "plan"
    REQUEST = "request"
    MESSAGE = "message"
    LOAN = "loan"


OF_KIND: Final[Mapping[RecordKind, frozenset[str]]] = {
    RecordKind.CONTACT: frozenset(
        {
            "contact:made",
            "contact:refused",
            "contact:given_up",
            "contact:delivered",
            "contact:undelivered",
            "code:not_sent",
            "call:opened",
            "call:said",
            "call:ended",
            "call:promised",
            "call:promise_ended",
            "call:set_for",
            "call:override_asked",
            "call:override_answered",
            "support:opened",
            "support:said",
            "support:number_given",
            "support:entered",
            "support:entry_refused",
            "support:allowed",
            "support:extended",
            "support:ended",
            "support:wrapped_up",
            "support:drawn",
            "support:call_back_missed",
        }
    ),
    RecordKind.LOOK: frozenset(
        {
            "case:looked_at",
            "case:revealed",
            "case:claimed",
            "case:released",
            "case:taken_over",
            "case:handed_on",
            "case:searched",
            "call:taken",
            "call:given_back",
            "evidence:made",
            "decision:refused",
            "thread:looked_at",
            "reference:looked_up",
            "service:searched",
            "service:looked_at",
            "hold:looked_at",
            "service:taken",
            "service:given_back",
            "service:handed_over",
            "service:act_refused",
            "service:revealed",
            "support:looked_at",
            "support:act_refused",
            "support:revealed",
            "support:reading_opened",
            "support:read_again",
        }
    ),
    RecordKind.SIGNED: frozenset(
        {
            "plan:disclosure_read",
            "plan:terms_acknowledged",
            "plan:submitted",
            "plan:counter_signed",
            "agreement:made",
            "agreement:sealed",
            "consent:given",
            "consent:withdrawn",
        }
    ),
    RecordKind.DOWNLOAD: frozenset(
        {"agreement:downloaded", "attachment:opened", "plan:preview_downloaded", "record:exported"}
    ),
    RecordKind.SIGN_IN: frozenset(
        {"device:forgotten", "session:started", "session:ended", "code:refused", "ending:refused"}
    ),
    RecordKind.PLAN: frozenset(
        {
            "plan:started",
            "plan:answered",
            "plan:drafted_on_call",
            "support:agreed_aloud",
            "plan:handed_over",
            "plan:own_numbers_kept",
            "budget:saved",
            "budget:forgotten",
            "plan:frozen",
            "plan:disclosure_shown",
            "plan:text_shown",
            "plan:term_explained",
            "refusal:met",
            "plan:discarded",
            "plan:submission_refused",
            "plan:referred",
            "plan:approved",
            "plan:declined",
            "plan:countered",
            "plan:counter_refused",
            "plan:info_requested",
            "plan:info_given",
            "plan:review_requested",
            "case:promise_missed",
            "plan:withdrawn",
            "plan:expired",
            "plan:facts_moved",
            "plan:activated",
            "plan:missed",
            "plan:cured",
            "plan:change_started",
            "plan:change_refused",
            "plan:superseded",
            "plan:broken",
            "plan:reinstated",
            "plan:end_told",
            "plan:terminated",
            "plan:completed",
            "plan:move_refused",
        }
    ),
    RecordKind.REQUEST: frozenset(
        {
            "case:opened",
            "case:taken_down",
            "support:flagged",
            "support:escalated",
            "support:escalation_answered",
            "hold:started",
            "hold:ended",
            "service:acknowledged",
            "service:asked",
            "service:staff_named",
            "service:decided",
            "service:second_look_asked",
            "correction:asked",
            "correction:answered",
            "number:changed",
            "number:kept",
            "number:stopped",
            "number:stop_lifted",
            "number:change_asked",
            "contact:stop_asked",
            "email:given",
            "email:confirmed",
            "email:removed",
            "data:withheld",
            "data:restricted",
            "wishes:set",
            "representative:named",
            "representative:noted",
            "representative:verified",
            "representative:refused",
            "representative:removed",
        }
    ),
    RecordKind.MESSAGE: frozenset(
        {
            "message:posted",
            "message:refused",
            "message:read",
            "thread:settled",
            "attachment:added",
            "attachment:refused",
            "attachment:removed",
            "attachment:erased",
        }
    ),
    RecordKind.LOAN: frozenset(
        {
            "loan:changed",
            "loan:charged_beyond_plan",
            "loan:assigned",
            "loan:assignment_undone",
            "loan:assignment_told",
            "loan:stage_moved",
            "borrower:changed",
            "limitation:interrupted",
        }
    ),
}

NOT_SHOWN: Final[Mapping[str, str]] = {
    "code:requested": "the contact that follows tells of it",
    "loan:bucket_moved": "a day was counted; the page tells the days",
    "code:sent": "the contact that follows tells of it",
    "contact:failed": "it is tried again; what goes out, or is given up, is told",
    "plan:previewed": "the worker drew a document that only the borrower saw",
    "plan:preview_failed": "the worker could not draw a document; the page says so",
    "agreement:seal_failed": "the worker tries again; the seal that follows is told",
    "case:claim_renewed": "the open page of somebody whose look is told already",
    "case:claim_refused": "nothing was seen",
    "case:promise_near": "the desk was reminded; nothing has happened yet",
    "decision:held": "may still be undone; what goes out is told",
    "decision:undone": "never went out",
    "decision:overtaken": "never went out",
    "decision:second_wanted": "not decided yet; what goes out is told",
    "decision:seconded": "what goes out is told",
    "decision:second_refused": "not decided; what goes out is told",
    "hold:end_asked": "asks a colleague; where the pause ends, that is told",
    "hold:end_refused": "the pause goes on",
    "hold:act_refused": "nothing was changed",
    "legal_hold:started": "kept for a court or an authority, whose inquiry it may not warn of",
    "legal_hold:end_asked": "kept for a court or an authority, whose inquiry it may not warn of",
    "legal_hold:end_refused": "kept for a court or an authority, whose inquiry it may not warn of",
    "legal_hold:ended": "kept for a court or an authority, whose inquiry it may not warn of",
    "staff:related": "about a member of staff, who never handles the case",
}
"""Events that carry a borrower's id and are left out of what that borrower reads, each with the reason."""


def kind_of(name: str, actor_kind: str) -> RecordKind:
    """What staff download is a look. An event that nobody has sorted yet is told among the requests, never left out."""
    found = next((kind for kind, names in OF_KIND.items() if name in names), RecordKind.REQUEST)
    is_staffs = actor_kind == ActorKind.STAFF and found is RecordKind.DOWNLOAD
    return RecordKind.LOOK if is_staffs else found


def doer_of(name: str, actor_kind: str) -> str:
    """Who is said to have done it: what the rules did at once after an act of the borrower's was not the borrower's own."""
    is_answer = name in _ANSWERS and actor_kind == ActorKind.BORROWER
    return ActorKind.SYSTEM.value if is_answer else actor_kind
