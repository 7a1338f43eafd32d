"""The agent's guide: what to say, what not to say and what comes next, by stage and situation of a call (rule C13).

The words are data: the package carries the first version of each, a supervisor writes the next. No version is ever changed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from portal.domain.errors import DomainError
from portal.domain.free_text import visible
from portal.domain.loans import Stage
from portal.domain.message_lint import WordingRules, forbidden_in
from portal.domain.next_steps import NextStep
from portal.domain.phrases import forbidden_phrases_in

LONGEST_GUIDE: Final = 1200
"""Characters of one field; more is not read during a call."""
ANY_STAGE: Final = "any"
STAGES: Final = (ANY_STAGE, *(stage.value for stage in Stage))


class Situation(StrEnum):
    """What a call turns out to be about, in the order in which the page offers it."""

    OPENING = "opening"
    CANNOT_SIGN_IN = "cannot_sign_in"
    UPSET = "upset"
    DOUBTS = "doubts"
    NOT_THEIRS = "not_theirs"
    LOST_JOB = "lost_job"
    CANNOT_PAY = "cannot_pay"
    WANTS_LESS = "wants_less"
    ILLNESS = "illness"
    DIED = "died"
    AT_RISK = "at_risk"
    COMPLAINT = "complaint"
    THIRD_PERSON = "third_person"
    REPRESENTED = "represented"
    LEGAL_STEPS = "legal_steps"
    CREDIT_REPORT = "credit_report"
    READS_CODE = "reads_code"
    STOP_CALLING = "stop_calling"
    NO_TIME = "no_time"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class GuideText:
    """``says``: lines to say; ``avoids``: what is not said, described rather than quoted; ``steps`` in the order to offer them."""

    says: Sequence[str]
    avoids: Sequence[str]
    steps: Sequence[NextStep]


@dataclass(frozen=True, slots=True)
class GuideFault:
    """A forbidden ``phrase`` in a ``field``, and the ``rule`` that forbids it."""

    field: str
    phrase: str
    rule: str


class GuideFaultsError(DomainError):
    """The words may not be said to anybody; ``faults`` names each phrase with its rule."""

    def __init__(self, faults: Sequence[GuideFault]) -> None:
        first = faults[0]
        super().__init__("guide_phrase_forbidden", field=first.field, rule=first.rule, phrase=first.phrase)
        self.faults = faults


def checked_guide(
    says: str, avoids: str, steps: Sequence[NextStep], rules: WordingRules, *, locale: str
) -> GuideText:
    """A text made of what was typed, a line each; fields are named with the language: ``says_en``.

    Raises ``guide_text_missing`` and ``text_too_long`` with the field, and ``GuideFaultsError``.
    """
    fields = {f"says_{locale.lower()}": says, f"avoids_{locale.lower()}": avoids}
    faults = [fault for name, text in fields.items() for fault in guide_faults(name, text, rules)]
    if faults:
        raise GuideFaultsError(faults)
    said, avoided = (_lines(name, text) for name, text in fields.items())
    return GuideText(said, avoided, tuple(dict.fromkeys(steps)))


def guide_faults(field: str, text: str, rules: WordingRules) -> Iterator[GuideFault]:
    """Each forbidden phrase once: of the industry's list, and of the rules of wording, in both languages."""
    phrases = dict.fromkeys(forbidden_phrases_in(text), "C13")
    phrases |= {finding.found: finding.rule for finding in forbidden_in(text, rules)}
    return (GuideFault(field, phrase, rule) for phrase, rule in phrases.items())


def _lines(field: str, text: str) -> Sequence[str]:
    lines = tuple(line.strip() for line in visible(text).split("\n") if line.strip())
    if not lines:
        raise DomainError("guide_text_missing", field=field)
    if len("\n".join(lines)) > LONGEST_GUIDE:
        raise DomainError("text_too_long", field=field, most=LONGEST_GUIDE)
    return lines
