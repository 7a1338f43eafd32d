"""What a borrower reads when a plan that broke goes on or is ended: in their language, each sum and day filled in here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from portal.domain.broken_plans import may_end_from
from portal.domain.plan_progress import PlanProgress, cure_end
from portal.domain.plans import Plan
from portal.domain.reasons import PlanEndReason
from portal.models import Borrower, Proposal
from portal.services.ports import BusinessTexts, Wording

TEXTS: Final = "broken_plans"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterTools:
    texts: BusinessTexts
    wording: Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLetter:
    """A letter about one plan on a day. ``words`` is what whoever decides adds to it."""

    proposal: Proposal
    borrower: Borrower
    plan: Plan
    progress: PlanProgress
    tools: LetterTools
    words: str = ""

    @property
    def today(self) -> date:
        return self.progress.on

    def reinstated(self, *, had_draft: bool) -> str:
        """``progress`` as it stands with the plan going on again. ``had_draft``: one of a new plan gave way to it."""
        out = self.progress.given_anew
        coming = [row for row in self.progress.unmet if not row.is_given_anew]
        next_on = coming[0].row.due_on if coming else self.today
        values = {
            "due": self._money(sum(row.left.total for row in out)),
            "until": self._day(cure_end(self.today)),
            "next_sum": self._money(sum(row.left.total for row in coming if row.row.due_on == next_on)),
            "next_on": self._day(next_on),
        }
        facts = {"is_out": _yes(bool(out)), "goes_on": _yes(bool(coming)), "had_draft": _yes(had_draft)}
        return self._written("reinstated", values, facts)

    def end_told(self, reason: PlanEndReason, *, overdue: int) -> str:
        values = self._owed(overdue) | {"from_day": self._day(may_end_from(self.today))}
        return self._written("end_told", values, self._why(reason))

    def ended(self, reason: PlanEndReason, *, told_on: date, overdue: int) -> str:
        values = self._owed(overdue) | {"told_on": self._day(told_on)}
        return self._written("ended", values, self._why(reason))

    def _owed(self, overdue: int) -> dict[str, str]:
        return {"left": self._money(self.progress.left), "overdue": self._money(overdue)}

    def _why(self, reason: PlanEndReason) -> Mapping[str, str]:
        return {"reason": reason.value, "may_go_on": _yes(self.proposal.reinstated_on is None)}

    def _written(self, kind: str, values: Mapping[str, str], facts: Mapping[str, str]) -> str:
        """All sections of a kind that apply; the words added stand where the text has a section ``<kind>_words``."""
        text = self.tools.texts.load(TEXTS, self.borrower.locale, self.today)
        filling = {"reference": self.proposal.reference, "today": self._day(self.today), **values}
        paragraphs = []
        for section in text.sections:
            if section.code.partition(".")[0] != kind or not section.applies_to(facts):
                continue
            if section.code == f"{kind}.words":
                paragraphs.append(self.words.strip())
            paragraphs.extend(section.filled(filling).paragraphs)
        return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)

    def _money(self, minor: int) -> str:
        return self.tools.wording.money(minor, self.plan.currency, self.borrower.locale)

    def _day(self, day: date) -> str:
        return self.tools.wording.day(day.isoformat(), self.borrower.locale)


def _yes(is_so: bool) -> str:  # noqa: FBT001 - a fact of a text
    return "yes" if is_so else "no"
