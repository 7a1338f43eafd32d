"""What comes of a support call, and what follows from it (rules C09, D04; 信用卡办法 art. 70 for what is agreed aloud)."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from portal.domain.call_outcomes import CallResult
from portal.domain.errors import DomainError
from portal.domain.holds import HoldKind


class SupportOutcome(StrEnum):
    """What the call came to, in a word; whoever was on it chooses one."""

    HELPED = "helped"
    SIGNED_IN = "signed_in"
    DRAFT_SENT = "draft_sent"
    AGREED_ALOUD = "agreed_aloud"
    PROMISE = "promise"
    CALL_BACK = "call_back"
    BROUGHT_UP = "brought_up"
    HARDSHIP = "hardship"
    ESCALATED = "escalated"
    NOT_PROVEN = "not_proven"
    THIRD_PERSON = "third_person"
    BROKEN_OFF = "broken_off"
    NOT_REACHED = "not_reached"


class Follow(StrEnum):
    """What follows from a call; any number of them."""

    PROMISE = "promise"
    CALL_BACK = "call_back"
    ORAL = "oral"
    """Agreed aloud and recorded: the draft of this call goes to the borrower, who signs or leaves it."""
    HOLD = "hold"
    CASE = "case"
    ESCALATE = "escalate"


class Flag(StrEnum):
    """What was said about the person, and pauses contact at once."""

    HARDSHIP = "hardship"
    ILLNESS = "illness"
    VULNERABLE = "vulnerable"
    """Somebody who needs care beyond a hardship: plans of theirs always go to a person."""
    REPRESENTED = "represented"
    DECEASED = "deceased"
    MINOR = "minor"


class EscalationReason(StrEnum):
    """Why a supervisor is needed."""

    AT_RISK = "at_risk"
    COMPLAINT_SERIOUS = "complaint_serious"
    SETTLEMENT = "settlement"
    BEYOND_POLICY = "beyond_policy"
    IDENTITY_DOUBT = "identity_doubt"
    ABUSE = "abuse"
    OTHER = "other"


HOLDS: Final[Mapping[Flag, HoldKind]] = {
    Flag.HARDSHIP: HoldKind.HARDSHIP,
    Flag.ILLNESS: HoldKind.ILLNESS,
    Flag.VULNERABLE: HoldKind.HARDSHIP,
    Flag.REPRESENTED: HoldKind.REPRESENTED,
    Flag.DECEASED: HoldKind.DECEASED,
    Flag.MINOR: HoldKind.MINOR,
}
"""About the person: all of their loans."""
WITHOUT_PROOF: Final = frozenset({Flag.DECEASED})
"""Told by somebody who cannot prove to be the borrower, and believed at once: it only ever stops contact (rule C09)."""
OUTCOME_OF: Final[Mapping[Follow, SupportOutcome]] = {
    Follow.PROMISE: SupportOutcome.PROMISE,
    Follow.CALL_BACK: SupportOutcome.CALL_BACK,
    Follow.ORAL: SupportOutcome.AGREED_ALOUD,
    Follow.HOLD: SupportOutcome.HARDSHIP,
    Follow.CASE: SupportOutcome.BROUGHT_UP,
    Follow.ESCALATE: SupportOutcome.ESCALATED,
}
NEEDS: Final[Mapping[SupportOutcome, Follow]] = {outcome: follow for follow, outcome in OUTCOME_OF.items()}
"""An outcome that says what follows is noted with it: "promised to pay" without a promise is none."""
_RESULTS: Final[Mapping[SupportOutcome, CallResult]] = {
    SupportOutcome.NOT_REACHED: CallResult.NO_ANSWER,
    SupportOutcome.THIRD_PERSON: CallResult.OTHER_PERSON,
}
_WITHIN: Final[Mapping[EscalationReason, timedelta]] = {
    EscalationReason.AT_RISK: timedelta(hours=1),
    EscalationReason.IDENTITY_DOUBT: timedelta(hours=4),
    EscalationReason.ABUSE: timedelta(hours=4),
}
_USUALLY_WITHIN: Final = timedelta(hours=24)
_RECORDING: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{3,59}", re.ASCII)


def result_of(outcome: SupportOutcome, *, is_proven: bool) -> CallResult:
    """What became of a dial, by what the call came to; ``is_proven``: the borrower entered its number, so they were on the line."""
    return CallResult.ANSWERED if is_proven else _RESULTS.get(outcome, CallResult.ANSWERED)


def escalation_deadline(reason: EscalationReason, now: datetime) -> datetime:
    """By when a supervisor answers: an hour where somebody may come to harm, four where misuse is near, else a day."""
    return now + _WITHIN.get(reason, _USUALLY_WITHIN)


def checked_recording(reference: str) -> str:
    """The recording's number in the telephone system. Raises ``recording_missing``, ``recording_unclear``."""
    plain = reference.strip()
    if not plain:
        raise DomainError("recording_missing", field="recording")
    if not _RECORDING.fullmatch(plain):
        raise DomainError("recording_unclear", field="recording")
    return plain
