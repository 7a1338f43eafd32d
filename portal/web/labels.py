"""Names of closed sets in the reader's language."""

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from portal.domain.holds import HoldKind
from portal.domain.loans import Stage
from portal.domain.plans import PlanKind
from portal.domain.policy import HardshipReason, Referral
from portal.domain.proposals import ProposalStatus

PLAN_KINDS: Mapping[PlanKind, LazyString] = {
    PlanKind.CATCH_UP: lazy_gettext("Catch up in installments"),
    PlanKind.RESCHEDULE: lazy_gettext("Everything in new installments"),
    PlanKind.DEFER: lazy_gettext("Move the dates"),
}

PLAN_KIND_HINTS: Mapping[PlanKind, LazyString] = {
    PlanKind.CATCH_UP: lazy_gettext("What is overdue is spread over several months; your usual installments go on beside it."),
    PlanKind.RESCHEDULE: lazy_gettext("Everything you still owe, overdue or not, is spread anew over equal installments."),
    PlanKind.DEFER: lazy_gettext("What is overdue and what follows moves to later dates; nothing is due until then."),
}

HARDSHIP_REASONS: Mapping[HardshipReason, LazyString] = {
    HardshipReason.INCOME_FELL: lazy_gettext("My income fell or comes late"),
    HardshipReason.JOB_LOST: lazy_gettext("I lost my job"),
    HardshipReason.BUSINESS_TROUBLE: lazy_gettext("My business is in trouble"),
    HardshipReason.ILLNESS: lazy_gettext("Illness or an injury, mine or in the family"),
    HardshipReason.FAMILY_EVENT: lazy_gettext("A change or a loss in the family"),
    HardshipReason.DISASTER: lazy_gettext("An accident or a disaster"),
    HardshipReason.OVERLOOKED: lazy_gettext("I overlooked it"),
    HardshipReason.OTHER: lazy_gettext("Something else"),
    HardshipReason.NOT_SAID: lazy_gettext("I would rather not say"),
}

PROPOSAL_STATUSES: Mapping[ProposalStatus, LazyString] = {
    ProposalStatus.DRAFT: lazy_gettext("Draft, not sent yet"),
    ProposalStatus.SUBMITTED: lazy_gettext("Sent"),
    ProposalStatus.IN_REVIEW: lazy_gettext("A person is deciding"),
    ProposalStatus.INFO_REQUESTED: lazy_gettext("We have a question for you"),
    ProposalStatus.COUNTERED: lazy_gettext("We made you another offer"),
    ProposalStatus.NEEDS_RESIGN: lazy_gettext("Your loan changed, please look again"),
    ProposalStatus.APPROVED: lazy_gettext("Approved, in force"),
    ProposalStatus.ACTIVE: lazy_gettext("In force"),
    ProposalStatus.MISSED: lazy_gettext("In force, a payment is late"),
    ProposalStatus.BROKEN: lazy_gettext("Interrupted"),
    ProposalStatus.COMPLETED: lazy_gettext("Completed"),
    ProposalStatus.TERMINATED: lazy_gettext("Ended"),
    ProposalStatus.DECLINED: lazy_gettext("Declined"),
    ProposalStatus.WITHDRAWN: lazy_gettext("Withdrawn by you"),
    ProposalStatus.EXPIRED: lazy_gettext("Expired"),
    ProposalStatus.DISCARDED: lazy_gettext("Thrown away"),
}

REFERRALS: Mapping[Referral, LazyString] = {
    Referral.TIME_BARRED: lazy_gettext("The limitation period may be over"),
    Referral.LENDER_TYPE_UNKNOWN: lazy_gettext("The kind of lender is not recorded"),
    Referral.GUARANTOR: lazy_gettext("There is a guarantor"),
    Referral.OPEN_DISPUTE: lazy_gettext("A dispute is open"),
    Referral.OPEN_COMPLAINT: lazy_gettext("A complaint is open"),
    Referral.SENSITIVE_HARDSHIP: lazy_gettext("A serious event stands behind it"),
    Referral.VULNERABLE: lazy_gettext("Special care is noted"),
    Referral.STAFF_RELATION: lazy_gettext("Relation to staff"),
    Referral.PLAN_BROKEN_LATELY: lazy_gettext("A plan was broken in the last 12 months"),
    Referral.DRAFTED_BY_AGENT: lazy_gettext("Filled in by an agent"),
    Referral.BELOW_LIVING_FLOOR: lazy_gettext("Too little would be left to live on"),
    Referral.SETTLEMENT_OR_WAIVER: lazy_gettext("Part of the debt would be waived"),
    Referral.LOAN_NOT_ACTIVE: lazy_gettext("The loan is no longer active in the book"),
    Referral.RATE_UNCLEAR: lazy_gettext("The rate limit needs a look"),
    Referral.KIND_NOT_AT_ONCE: lazy_gettext("This kind of plan is decided by a person"),
    Referral.AMOUNT_ABOVE_BAND: lazy_gettext("The sum is above what is approved at once"),
    Referral.DPD_ABOVE_BAND: lazy_gettext("The days past due are above what is approved at once"),
    Referral.TERM_ABOVE_BAND: lazy_gettext("The plan is longer than what is approved at once"),
    Referral.PAYMENT_BELOW_BAND: lazy_gettext("A payment is below the usual minimum"),
    Referral.DEFERRAL_ALLOWANCE_USED: lazy_gettext("This year's pauses are used up"),
    Referral.ASKED_FOR_A_PERSON: lazy_gettext("The borrower asked for a person"),
}

STAGES: Mapping[Stage, LazyString] = {
    Stage.REMINDER: lazy_gettext("Reminder"),
    Stage.INTERNAL: lazy_gettext("Handled by the lender's own team"),
    Stage.AGENCY: lazy_gettext("Handled by an agency"),
    Stage.LEGAL: lazy_gettext("Legal proceedings"),
}

HOLDS: Mapping[HoldKind, LazyString] = {
    HoldKind.PROPOSAL_PENDING: lazy_gettext("Your proposal is being decided"),
    HoldKind.PLAN_ACTIVE: lazy_gettext("Your plan is in force"),
    HoldKind.DISPUTE: lazy_gettext("Your dispute is being looked into"),
    HoldKind.COMPLAINT: lazy_gettext("Your complaint is being answered"),
    HoldKind.HARDSHIP: lazy_gettext("You told us of hardship"),
    HoldKind.ILLNESS: lazy_gettext("You told us of an illness"),
    HoldKind.DECEASED: lazy_gettext("A death was reported"),
    HoldKind.MINOR: lazy_gettext("The person is under age"),
    HoldKind.REPRESENTED: lazy_gettext("Somebody represents you"),
    HoldKind.STATUTORY_MORATORIUM: lazy_gettext("A legal moratorium applies"),
}
