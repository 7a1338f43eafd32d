"""Names of closed sets that the pages and the reports of the lender share."""

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import LazyString, lazy_gettext

from portal.domain.agencies import EvaluationResult
from portal.domain.cases import CaseTopic
from portal.domain.decisions import DecisionKind
from portal.domain.proposals import ProposalStatus
from portal.domain.queue_choices import SumBand
from portal.domain.reasons import (
    ApproveReason,
    AskReason,
    CounterReason,
    DeclineReason,
    PlanEndReason,
    ReinstateReason,
)
from portal.domain.retention import Stays

STATUSES: Mapping[ProposalStatus, LazyString] = {
    ProposalStatus.DRAFT: lazy_gettext("Draft"),
    ProposalStatus.SUBMITTED: lazy_gettext("Submitted"),
    ProposalStatus.IN_REVIEW: lazy_gettext("Waits for a decision"),
    ProposalStatus.INFO_REQUESTED: lazy_gettext("Question to the borrower"),
    ProposalStatus.COUNTERED: lazy_gettext("Counter-offer made"),
    ProposalStatus.NEEDS_RESIGN: lazy_gettext("To be signed again"),
    ProposalStatus.APPROVED: lazy_gettext("Approved"),
    ProposalStatus.ACTIVE: lazy_gettext("Plan running"),
    ProposalStatus.MISSED: lazy_gettext("Plan running, a payment is late"),
    ProposalStatus.BROKEN: lazy_gettext("Plan broken"),
    ProposalStatus.COMPLETED: lazy_gettext("Plan completed"),
    ProposalStatus.TERMINATED: lazy_gettext("Plan terminated"),
    ProposalStatus.DECLINED: lazy_gettext("Not accepted"),
    ProposalStatus.WITHDRAWN: lazy_gettext("Withdrawn by the borrower"),
    ProposalStatus.EXPIRED: lazy_gettext("Lapsed"),
    ProposalStatus.DISCARDED: lazy_gettext("Discarded"),
    ProposalStatus.SUPERSEDED: lazy_gettext("Replaced by a changed plan"),
}

DECISIONS: Mapping[DecisionKind, LazyString] = {
    DecisionKind.APPROVE: lazy_gettext("Approved"),
    DecisionKind.DECLINE: lazy_gettext("Not accepted"),
    DecisionKind.COUNTER: lazy_gettext("Counter-offer"),
    DecisionKind.ASK: lazy_gettext("Question"),
}

APPROVE_REASONS: Mapping[ApproveReason, LazyString] = {
    ApproveReason.AFFORDABLE: lazy_gettext("The payments can be kept up"),
    ApproveReason.HARDSHIP_UNDERSTOOD: lazy_gettext("The hardship is understandable and will pass"),
    ApproveReason.PAID_WELL_BEFORE: lazy_gettext("Paid reliably before"),
    ApproveReason.BETTER_THAN_NO_PLAN: lazy_gettext("Better for both sides than no plan"),
    ApproveReason.OTHER: lazy_gettext("Another reason, explained in the note"),
}

REINSTATE_REASONS: Mapping[ReinstateReason, LazyString] = {
    ReinstateReason.ASKED_AND_ABLE: lazy_gettext("The borrower asked, and can pay again"),
    ReinstateReason.PAID_SINCE: lazy_gettext("What was out came in since, or most of it"),
    ReinstateReason.HARDSHIP_PASSED: lazy_gettext("What made it hard has passed"),
    ReinstateReason.LENDERS_SIDE: lazy_gettext("It was our side: a booking or an answer came late"),
}

PLAN_END_REASONS: Mapping[PlanEndReason, LazyString] = {
    PlanEndReason.NOTHING_PAID_SINCE: lazy_gettext("Nothing was paid since it broke"),
    PlanEndReason.TOO_LITTLE_PAID_SINCE: lazy_gettext("What was paid since is not enough for it to go on"),
    PlanEndReason.BROKE_AGAIN: lazy_gettext("It went on once and broke again"),
    PlanEndReason.NEW_PLAN_FITS_BETTER: lazy_gettext("A new plan fits the borrower better"),
    PlanEndReason.ASKED_FOR: lazy_gettext("The borrower does not want to go on with it"),
}

DECLINE_REASONS: Mapping[DeclineReason, LazyString] = {
    DeclineReason.PAYMENTS_TOO_HIGH: lazy_gettext("The payments would leave too little to live on"),
    DeclineReason.PAYMENTS_TOO_SMALL: lazy_gettext("The payments are too small to bring the debt down"),
    DeclineReason.TERM_TOO_LONG: lazy_gettext("The plan runs longer than is possible for this loan"),
    DeclineReason.FIRST_PAYMENT_TOO_LATE: lazy_gettext("The first payment comes too late"),
    DeclineReason.EARLIER_PLAN_NOT_KEPT: lazy_gettext("An earlier plan like this one did not work out"),
    DeclineReason.GUARANTOR_NOT_AGREED: lazy_gettext("The guarantor has not agreed to the new terms yet"),
    DeclineReason.QUESTION_TO_SETTLE_FIRST: lazy_gettext(
        "An open question about this loan is to be settled first"
    ),
    DeclineReason.ANOTHER_KIND_FITS: lazy_gettext("Another kind of plan would fit better"),
    DeclineReason.OTHER: lazy_gettext("Another reason, explained in words"),
}

COUNTER_REASONS: Mapping[CounterReason, LazyString] = {
    CounterReason.SMALLER_PAYMENTS: lazy_gettext("Smaller payments, easier to keep up"),
    CounterReason.SHORTER_PLAN: lazy_gettext("A shorter plan"),
    CounterReason.EARLIER_START: lazy_gettext("An earlier first payment"),
    CounterReason.LATER_START: lazy_gettext("A later first payment"),
    CounterReason.ANOTHER_KIND: lazy_gettext("Another kind of plan"),
    CounterReason.LOWER_COST: lazy_gettext("Lower cost in all"),
    CounterReason.OTHER: lazy_gettext("Another reason, explained in the letter"),
}

ASK_REASONS: Mapping[AskReason, LazyString] = {
    AskReason.INCOME: lazy_gettext("Income"),
    AskReason.OUTGOINGS: lazy_gettext("Necessary outgoings"),
    AskReason.FIRST_PAYMENT: lazy_gettext("When the first payment is possible"),
    AskReason.HOW_LONG: lazy_gettext("How long the difficulty lasts"),
    AskReason.OTHER_DEBTS: lazy_gettext("Other debts"),
    AskReason.GUARANTOR: lazy_gettext("The guarantor's position"),
    AskReason.CHANGED_TERMS: lazy_gettext("A change of the terms"),
    AskReason.OTHER: lazy_gettext("Something else, asked in the letter"),
}

DECISION_REASONS: Mapping[DecisionKind, Mapping[StrEnum, LazyString]] = {
    DecisionKind.APPROVE: APPROVE_REASONS,  # type: ignore[dict-item]
    DecisionKind.DECLINE: DECLINE_REASONS,  # type: ignore[dict-item]
    DecisionKind.COUNTER: COUNTER_REASONS,  # type: ignore[dict-item]
    DecisionKind.ASK: ASK_REASONS,  # type: ignore[dict-item]
}

SUMS: Mapping[SumBand, LazyString] = {
    SumBand.SMALL: lazy_gettext("Below 5,000"),
    SumBand.MIDDLE: lazy_gettext("5,000 to 20,000"),
    SumBand.LARGE: lazy_gettext("20,000 to 50,000"),
    SumBand.HUGE: lazy_gettext("50,000 and more"),
}

BUCKETS: Mapping[str, LazyString] = {
    "M0": lazy_gettext("Not late yet"),
    "M1": lazy_gettext("M1: 1 to 30 days"),
    "M2": lazy_gettext("M2: 31 to 60 days"),
    "M3": lazy_gettext("M3: 61 to 90 days"),
    "M4+": lazy_gettext("M4+: 91 days and more"),
}

CASE_TOPICS: Mapping[CaseTopic, LazyString] = {
    CaseTopic.SUM_WRONG: lazy_gettext("A sum is not right"),
    CaseTopic.PAYMENT_MISSING: lazy_gettext("A payment of mine is missing"),
    CaseTopic.NOT_MINE: lazy_gettext("This loan is not mine"),
    CaseTopic.PAID_OFF: lazy_gettext("I paid this loan off"),
    CaseTopic.HOW_CONTACTED: lazy_gettext("How or when I was contacted"),
    CaseTopic.CHARGES: lazy_gettext("Interest, penalty or fees"),
    CaseTopic.MY_DATA: lazy_gettext("What is done with my data"),
    CaseTopic.SERVICE: lazy_gettext("How I was treated"),
    CaseTopic.PLAN_HELP: lazy_gettext("Help with a plan"),
    CaseTopic.PAYING: lazy_gettext("A question about paying"),
    CaseTopic.DETAILS_CHANGED: lazy_gettext("My number or address has changed"),
    CaseTopic.CREDIT_REPORT: lazy_gettext("My credit report is not right"),
    CaseTopic.COPY_DATA: lazy_gettext("I want a copy of more than I can download here"),
    CaseTopic.CORRECT_DATA: lazy_gettext("Something about me is wrong: please correct it"),
    CaseTopic.EXPLAIN_DATA: lazy_gettext("Please explain what you do with my data"),
    CaseTopic.DELETE_DATA: lazy_gettext("Please delete my data"),
    CaseTopic.LAWYER: lazy_gettext("A lawyer"),
    CaseTopic.HELPER: lazy_gettext("Somebody who helps me (family, a friend, an advice centre)"),
    CaseTopic.OTHER: lazy_gettext("Something else"),
    CaseTopic.NUMBER_NOT_THEIRS: lazy_gettext("A mobile number on record belongs to somebody else now"),
    CaseTopic.NUMBER_CHANGED: lazy_gettext("A new mobile number to be noted"),
    CaseTopic.HARDSHIP: lazy_gettext("Money is short at the moment"),
    CaseTopic.ILLNESS: lazy_gettext("An illness"),
}
EVALUATION_RESULTS: Mapping[EvaluationResult, LazyString] = {
    EvaluationResult.PASSED: lazy_gettext("Passed"),
    EvaluationResult.CONDITIONS: lazy_gettext("Passed with conditions"),
    EvaluationResult.FAILED: lazy_gettext("Failed"),
}

KEPT_BECAUSE: Mapping[Stays, LazyString] = {
    Stays.LEGAL_HOLD: lazy_gettext("legal hold"),
    Stays.OWES: lazy_gettext("something is still owed"),
    Stays.DISPUTED: lazy_gettext("a dispute or complaint runs"),
    Stays.OPEN_CASE: lazy_gettext("a request or complaint is not answered yet"),
    Stays.OPEN_PLAN: lazy_gettext("a plan is being made, decided or in force"),
    Stays.WORK_IN_HAND: lazy_gettext("something is still to be sent or carried out"),
    Stays.TOO_YOUNG: lazy_gettext("not old enough"),
}
"""Why something that is kept does not go yet."""
