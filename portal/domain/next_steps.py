"""What an agent may offer next in a call, and why not where it may not be: policy, stage, and how far the call has come (rule D04)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from portal.domain.support_calls import Level


class NextStep(StrEnum):
    """What may come next. Signing, ticking a consent, changing a number and reading a code are not among them: no agent does them."""

    PROVE = "prove"
    """Read out the pairing number; the borrower enters it on their own page."""
    SIGN_IN_HELP = "sign_in_help"
    DRAFT_PLAN = "draft_plan"
    PAY = "pay"
    PROMISE = "promise"
    CALL_BACK = "call_back"
    PAUSE = "pause"
    """Pause contact, for hardship, illness or a death."""
    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    REPRESENTATIVE = "representative"
    WISHES = "wishes"
    """The borrower sets hours and ways of contact on their own page."""
    MESSAGE_CHECK = "message_check"
    INDEPENDENT_HELP = "independent_help"
    ESCALATE = "escalate"
    END = "end"


_NEEDS: Final[Mapping[NextStep, Level]] = {
    NextStep.DRAFT_PLAN: Level.CONSENTED,
    NextStep.PROMISE: Level.PROVEN,
    NextStep.CALL_BACK: Level.PROVEN,
    NextStep.PAY: Level.PROVEN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """What decides about the steps of a call about one loan."""

    level: Level
    is_overdue: bool = True
    has_open_proposal: bool = False
    has_running_plan: bool = False
    is_time_barred: bool = False
    is_open: bool = True
    """The loan runs: it is not paid off, written off or sold."""
    offers_plans: bool = True
    """The policy has a kind of plan for it."""


@dataclass(frozen=True, slots=True)
class OfferedStep:
    """``refusal`` is why it may not be offered now; empty where it may."""

    step: NextStep
    refusal: str = ""

    @property
    def is_allowed(self) -> bool:
        return not self.refusal


def offered_steps(steps: Sequence[NextStep], facts: CallFacts) -> Sequence[OfferedStep]:
    """The steps in their order, each with why not where it may not be taken."""
    return [OfferedStep(step, _refusal(step, facts)) for step in steps]


def _refusal(step: NextStep, facts: CallFacts) -> str:
    if step is NextStep.PROVE and facts.level is not Level.NONE:
        return "proven_already"
    needed = _NEEDS.get(step, Level.NONE)
    if not facts.level.reaches(needed):
        return f"needs_{needed.value}"
    if step is NextStep.DRAFT_PLAN:
        return _draft_refusal(facts)
    return _money_refusal(step, facts)


def _draft_refusal(facts: CallFacts) -> str:
    """One open proposal a loan; a plan in force is changed by the borrower; a time-barred debt is never pressed (rule L02)."""
    refusals = {
        "loan_closed": not facts.is_open,
        "open_proposal": facts.has_open_proposal,
        "running_plan": facts.has_running_plan,
        "not_in_policy": not facts.offers_plans,
    }
    return next((code for code, holds in refusals.items() if holds), "")


def _money_refusal(step: NextStep, facts: CallFacts) -> str:
    if step not in {NextStep.PROMISE, NextStep.PAY}:
        return ""
    if facts.is_time_barred:
        return "time_barred"
    return "" if facts.is_overdue else "nothing_overdue"
