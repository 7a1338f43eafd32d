"""Names of closed sets as colleagues read them: about the borrower, not to them."""

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from portal.domain.holds import HoldKind
from portal.domain.limitation import Cause
from portal.domain.loans import LenderType
from portal.domain.plans import ArrearsTreatment, DeferredInterest
from portal.domain.policy import HardshipReason
from portal.domain.proposals import ProposalStatus
from portal.domain.reasons import ApproveReason, GuarantorChoice, RevealReason

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

HARDSHIPS: Mapping[HardshipReason, LazyString] = {
    HardshipReason.INCOME_FELL: lazy_gettext("Income fell or comes late"),
    HardshipReason.JOB_LOST: lazy_gettext("Lost the job"),
    HardshipReason.BUSINESS_TROUBLE: lazy_gettext("Business in trouble"),
    HardshipReason.ILLNESS: lazy_gettext("Illness or injury, own or in the family"),
    HardshipReason.FAMILY_EVENT: lazy_gettext("Change or loss in the family"),
    HardshipReason.DISASTER: lazy_gettext("Accident or disaster"),
    HardshipReason.OVERLOOKED: lazy_gettext("Overlooked the payment"),
    HardshipReason.OTHER: lazy_gettext("Another cause"),
    HardshipReason.NOT_SAID: lazy_gettext("Did not say"),
}

HOLDS: Mapping[HoldKind, LazyString] = {
    HoldKind.PROPOSAL_PENDING: lazy_gettext("Proposal pending"),
    HoldKind.PLAN_ACTIVE: lazy_gettext("Plan in force"),
    HoldKind.DISPUTE: lazy_gettext("Dispute"),
    HoldKind.COMPLAINT: lazy_gettext("Complaint"),
    HoldKind.HARDSHIP: lazy_gettext("Hardship"),
    HoldKind.ILLNESS: lazy_gettext("Illness"),
    HoldKind.DECEASED: lazy_gettext("Deceased"),
    HoldKind.MINOR: lazy_gettext("Under age"),
    HoldKind.REPRESENTED: lazy_gettext("Represented by somebody"),
    HoldKind.STATUTORY_MORATORIUM: lazy_gettext("Statutory moratorium"),
}

SERVICE_CASES: Mapping[str, LazyString] = {
    "dispute": lazy_gettext("Dispute"),
    "complaint": lazy_gettext("Complaint"),
    "talk": lazy_gettext("Wish to talk"),
}

TREATMENTS: Mapping[ArrearsTreatment, LazyString] = {
    ArrearsTreatment.SPREAD: lazy_gettext("Kept and spread, bearing no interest"),
    ArrearsTreatment.FIRST_INSTALLMENT: lazy_gettext("In the first installment"),
    ArrearsTreatment.CAPITALISED: lazy_gettext("Added to the principal"),
    ArrearsTreatment.WAIVED: lazy_gettext("Waived"),
}

DEFERRED_INTERESTS: Mapping[DeferredInterest, LazyString] = {
    DeferredInterest.RUNS: lazy_gettext("Runs on meanwhile"),
    DeferredInterest.STOPS: lazy_gettext("Stops meanwhile"),
    DeferredInterest.RUNS_AND_PAID_AT_END: lazy_gettext("Runs on and is paid at the end"),
}

APPROVE_REASONS: Mapping[ApproveReason, LazyString] = {
    ApproveReason.AFFORDABLE: lazy_gettext("The payments can be kept up"),
    ApproveReason.HARDSHIP_UNDERSTOOD: lazy_gettext("The hardship is understandable and will pass"),
    ApproveReason.PAID_WELL_BEFORE: lazy_gettext("Paid reliably before"),
    ApproveReason.BETTER_THAN_NO_PLAN: lazy_gettext("Better for both sides than no plan"),
    ApproveReason.OTHER: lazy_gettext("Another reason, explained in the note"),
}

GUARANTOR_CHOICES: Mapping[GuarantorChoice, LazyString] = {
    GuarantorChoice.CONSENTED: lazy_gettext("The guarantor's written consent is on file"),
    GuarantorChoice.COVER_LOST: lazy_gettext("No consent: we accept losing cover for what the plan adds"),
}

REVEAL_REASONS: Mapping[RevealReason, LazyString] = {
    RevealReason.CALL_BACK: lazy_gettext("To call the borrower back"),
    RevealReason.CHECK_IDENTITY: lazy_gettext("To check who is calling"),
    RevealReason.CORRECT_DATA: lazy_gettext("To correct the data"),
}

LENDER_TYPES: Mapping[LenderType, LazyString] = {
    LenderType.BANK: lazy_gettext("Bank"),
    LenderType.CREDIT_CARD: lazy_gettext("Credit card"),
    LenderType.CONSUMER_FINANCE: lazy_gettext("Consumer finance company"),
    LenderType.BANK_LOAN_FACILITATION: lazy_gettext("Bank loan through a platform"),
    LenderType.MICRO_LOAN: lazy_gettext("Micro-loan company"),
    LenderType.PRIVATE: lazy_gettext("Private lender"),
    LenderType.UNKNOWN: lazy_gettext("Not recorded"),
}

CAUSES: Mapping[Cause, LazyString] = {
    Cause.PLAN_SIGNED: lazy_gettext("plan signed"),
    Cause.PART_PAYMENT: lazy_gettext("part payment"),
    Cause.REQUEST_FOR_TIME: lazy_gettext("request for time"),
    Cause.DEMAND_DELIVERED: lazy_gettext("demand delivered"),
    Cause.ASSIGNMENT_NOTICE: lazy_gettext("notice of assignment"),
}
