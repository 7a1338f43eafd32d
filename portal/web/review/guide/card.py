"""The guide for one moment of a call, ready to be set beside what the agent sees."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import LazyString

from portal.domain.guide import Situation
from portal.domain.next_steps import CallFacts, OfferedStep, offered_steps
from portal.i18n import current_locale
from portal.queries.guides import GuideEntry, guide_for
from portal.web import writes
from portal.web.people import StaffPerson
from portal.web.review.guide.texts import packaged_guides
from portal.web.review.guide.words import GUIDE_STAGES, SITUATIONS, STEP_REFUSALS, STEPS


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A next step in words; ``refusal`` says why it may not be taken now."""

    code: str
    words: LazyString
    refusal: LazyString | str


@dataclass(frozen=True, slots=True)
class GuideCard:
    """What ``review/guide/card.html`` shows. ``situations`` are all that can be chosen instead."""

    entry: GuideEntry
    stage: LazyString
    situation: Situation
    situations: Sequence[tuple[str, LazyString]]
    says: Sequence[str]
    avoids: Sequence[str]
    steps: Sequence[ShownStep]


def guide_card(
    person: StaffPerson, *, stage: str | None, situation: str, facts: CallFacts, lender: str
) -> GuideCard:
    """``situation`` as the address says it; what is unknown counts as the beginning of the call. ``lender`` is the creditor's name."""
    chosen = next((each for each in Situation if each.value == situation), Situation.OPENING)
    entry = guide_for(writes.database(), packaged_guides(), stage=stage, situation=chosen)
    words = entry.words[current_locale()]
    return GuideCard(
        entry=entry,
        stage=GUIDE_STAGES[entry.stage],
        situation=chosen,
        situations=[(each.value, text) for each, text in SITUATIONS.items()],
        says=[_filled(line, lender, person.number) for line in words.says],
        avoids=words.avoids,
        steps=[_shown(step) for step in offered_steps(words.steps, facts)],
    )


def _filled(line: str, lender: str, number: str) -> str:
    """``{lender}`` and ``{number}`` alone are names: other braces are what somebody typed."""
    return line.replace("{lender}", lender).replace("{number}", number)


def _shown(step: OfferedStep) -> ShownStep:
    refusal = STEP_REFUSALS[step.refusal] if step.refusal else ""
    return ShownStep(step.step.value, STEPS[step.step], refusal)
