"""What the record holds of a support call, in words for a supervisor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import LazyString, lazy_gettext

from portal.domain.permissions import ActorKind
from portal.models import Event

WHO: Mapping[str, LazyString] = {
    ActorKind.BORROWER: lazy_gettext("Borrower"),
    ActorKind.STAFF: lazy_gettext("Staff"),
    ActorKind.SYSTEM: lazy_gettext("Clock"),
    ActorKind.PUBLIC: lazy_gettext("Visitor"),
}
NAMES: Mapping[str, LazyString] = {
    "support:opened": lazy_gettext("Call started"),
    "support:said": lazy_gettext("Said what has to be said"),
    "support:number_given": lazy_gettext("Pairing number read out"),
    "support:entered": lazy_gettext("Pairing number entered"),
    "support:entry_refused": lazy_gettext("A pairing number did not fit"),
    "support:allowed": lazy_gettext("Borrower allowed"),
    "support:extended": lazy_gettext("Call extended"),
    "support:looked_at": lazy_gettext("Looked at a page"),
    "support:act_refused": lazy_gettext("Act refused"),
    "support:revealed": lazy_gettext("Field shown in full"),
    "support:ended": lazy_gettext("Call ended"),
    "support:wrapped_up": lazy_gettext("Wrapped up"),
    "support:agreed_aloud": lazy_gettext("Agreed aloud"),
    "support:flagged": lazy_gettext("Said about the person"),
    "support:escalated": lazy_gettext("Handed to a supervisor"),
    "support:escalation_answered": lazy_gettext("Answered by a supervisor"),
    "support:drawn": lazy_gettext("Drawn to be read again"),
    "support:reading_opened": lazy_gettext("Opened by a supervisor"),
    "support:read_again": lazy_gettext("Read again"),
    "plan:drafted_on_call": lazy_gettext("Draft begun"),
    "plan:answered": lazy_gettext("Draft filled in"),
    "plan:handed_over": lazy_gettext("Draft handed over"),
    "call:promised": lazy_gettext("Promise noted"),
    "hold:started": lazy_gettext("Contact paused"),
    "case:opened": lazy_gettext("Case opened"),
    "consent:given": lazy_gettext("Consent given"),
}
_HIDDEN = frozenset({"support_call_id", "support_agent_id", "support_reason"})


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event: when, who, what; ``code`` as the record names it, ``details`` its own fields."""

    at: datetime
    who: LazyString
    words: LazyString | str
    code: str
    details: str


def event_lines(events: Sequence[Event]) -> Sequence[EventLine]:
    return [
        EventLine(
            at=event.at,
            who=WHO[event.actor_kind],
            words=NAMES.get(event.name, event.name),
            code=event.name,
            details=", ".join(
                f"{name}={value}" for name, value in event.fields.items() if name not in _HIDDEN
            ),
        )
        for event in events
    ]
