"""Names of closed sets in the reader's language."""

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from portal.desk_words import CASE_TOPICS as CASE_TOPICS  # noqa: PLC0414
from portal.desk_words import DECLINE_REASONS as DECLINE_REASONS  # noqa: PLC0414
from portal.domain.budgets import Income, Outgoing
from portal.domain.case_handling import CaseReason, CorrectionAnswer, CorrectionKind, Outcome
from portal.domain.cases import CallBack, CaseKind
from portal.domain.contact_wishes import Channel
from portal.domain.holds import HoldKind
from portal.domain.loans import Stage
from portal.domain.occasions import Occasion
from portal.domain.plans import PlanKind
from portal.domain.policy import HardshipReason
from portal.domain.proposals import ProposalStatus
from portal.domain.reasons import EvidenceReason
from portal.domain.support_calls import EndedBy, Level, Reason, SupportPage
from portal.policy_words import PLAN_KINDS as PLAN_KINDS  # noqa: PLC0414 - pages look for every name here
from portal.policy_words import REFERRALS as REFERRALS  # noqa: PLC0414

PLAN_KIND_HINTS: Mapping[PlanKind, LazyString] = {
    PlanKind.CATCH_UP: lazy_gettext(
        "What is overdue is spread over several payments; your usual installments go on beside it."
    ),
    PlanKind.RESCHEDULE: lazy_gettext(
        "Everything you still owe, overdue or not, is spread anew over equal installments."
    ),
    PlanKind.STEP_UP: lazy_gettext(
        "Everything you still owe is spread anew: smaller payments first, larger ones later, in at most three steps."
    ),
    PlanKind.INTEREST_ONLY: lazy_gettext(
        "For some time you pay interest alone; then your installments go on as before, and end later."
    ),
    PlanKind.DEFER: lazy_gettext(
        "What is overdue and what follows moves to later dates; nothing is due until then."
    ),
    PlanKind.PAY_BY_DATE: lazy_gettext(
        "All that is overdue in one payment, by a day within 30 days; your usual installments go on beside it."
    ),
    PlanKind.SETTLEMENT: lazy_gettext(
        "You pay less than all, at once or in a few payments; the rest is waived once these are paid."
    ),
}

FREQUENCIES: Mapping[str, LazyString] = {
    "1 week": lazy_gettext("Every week"),
    "2 weeks": lazy_gettext("Every two weeks"),
    "4 weeks": lazy_gettext("Every four weeks"),
    "1 month": lazy_gettext("Every month"),
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

INCOMES: Mapping[Income, LazyString] = {
    Income.WAGES: lazy_gettext("Wages or business, after tax"),
    Income.BENEFITS: lazy_gettext("Pension, benefits, allowances"),
    Income.OTHER_INCOME: lazy_gettext("Other income, for example from family or rent"),
}

OUTGOINGS: Mapping[Outgoing, LazyString] = {
    Outgoing.HOUSING: lazy_gettext("Rent or home loan"),
    Outgoing.UTILITIES: lazy_gettext("Water, electricity, gas, heating"),
    Outgoing.FOOD: lazy_gettext("Food and daily needs"),
    Outgoing.TRANSPORT: lazy_gettext("Getting about"),
    Outgoing.PHONE: lazy_gettext("Phone and internet"),
    Outgoing.HEALTH: lazy_gettext("Doctor, medicine, insurance"),
    Outgoing.CHILDREN: lazy_gettext("Children and school"),
    Outgoing.FAMILY: lazy_gettext("Support for parents or others"),
    Outgoing.OTHER_LOANS: lazy_gettext("Other loans and cards, without this loan"),
    Outgoing.OTHER_SPENDING: lazy_gettext("Anything else"),
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
    ProposalStatus.SUPERSEDED: lazy_gettext("Replaced by a changed plan"),
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

HOLD_ENDS: Mapping[HoldKind, LazyString] = {
    HoldKind.PROPOSAL_PENDING: lazy_gettext("Until you have our decision, however long we take."),
    HoldKind.PLAN_ACTIVE: lazy_gettext("As long as you keep the plan."),
    HoldKind.DISPUTE: lazy_gettext("Until you have our answer."),
    HoldKind.COMPLAINT: lazy_gettext("Until you have our answer."),
    HoldKind.HARDSHIP: lazy_gettext("Until we have talked about it."),
    HoldKind.ILLNESS: lazy_gettext("Until we have talked about it."),
    HoldKind.DECEASED: lazy_gettext("For good, as far as you are concerned."),
    HoldKind.MINOR: lazy_gettext("For good, as far as you are concerned."),
    HoldKind.REPRESENTED: lazy_gettext("We speak with your representative alone."),
    HoldKind.STATUTORY_MORATORIUM: lazy_gettext("As long as the law says."),
}

PRODUCTS: Mapping[str, LazyString] = {
    "credit_card": lazy_gettext("Credit card"),
    "cash_loan": lazy_gettext("Cash loan"),
    "consumer_loan": lazy_gettext("Consumer loan"),
    "auto_loan": lazy_gettext("Car loan"),
    "mortgage": lazy_gettext("Home loan"),
    "business_loan": lazy_gettext("Business loan"),
}
"""Names of products that books use; another stands as the book writes it."""

"""As the borrower reads them, too: about the plan, never about the person."""

CASE_KINDS: Mapping[CaseKind, LazyString] = {
    CaseKind.DISPUTE: lazy_gettext("Dispute"),
    CaseKind.COMPLAINT: lazy_gettext("Complaint"),
    CaseKind.TALK: lazy_gettext("Question or wish"),
    CaseKind.DATA: lazy_gettext("Request about my data"),
    CaseKind.REPRESENTED: lazy_gettext("Somebody speaks for me"),
}

OUTCOMES: Mapping[Outcome, LazyString] = {
    Outcome.UPHELD: lazy_gettext("You are right"),
    Outcome.PARTLY: lazy_gettext("You are right in part"),
    Outcome.NOT_UPHELD: lazy_gettext("We did not find a mistake"),
    Outcome.DONE: lazy_gettext("Done"),
    Outcome.REFUSED: lazy_gettext("We cannot do this"),
    Outcome.CONFIRMED: lazy_gettext("Confirmed"),
    Outcome.NOT_CONFIRMED: lazy_gettext("We could not confirm it"),
    Outcome.TALKED: lazy_gettext("Answered"),
    Outcome.NOT_REACHED: lazy_gettext("We did not reach you"),
}
"""As the borrower reads them."""

CASE_REASONS: Mapping[CaseReason, LazyString] = {
    CaseReason.BOOK_WRONG: lazy_gettext("The lender's book was not right"),
    CaseReason.PAYMENT_FOUND: lazy_gettext("The payment was found"),
    CaseReason.NOT_THE_DEBTOR: lazy_gettext("The loan belongs to somebody else"),
    CaseReason.PAID_OFF: lazy_gettext("The loan was paid off"),
    CaseReason.CREDIT_RECORD_WRONG: lazy_gettext("The credit report was not right"),
    CaseReason.BOOK_RIGHT: lazy_gettext("The lender's book is right"),
    CaseReason.PAYMENT_NOT_FOUND: lazy_gettext("The payment was not found"),
    CaseReason.CONDUCT_WRONG: lazy_gettext("You were not contacted as the rules want it"),
    CaseReason.CHARGE_WRONG: lazy_gettext("The charge was not right"),
    CaseReason.SERVICE_FAILED: lazy_gettext("Our service was not as it should be"),
    CaseReason.RULES_KEPT: lazy_gettext("The rules were kept"),
    CaseReason.CHARGE_RIGHT: lazy_gettext("The charge is as agreed"),
    CaseReason.NOT_SHOWN: lazy_gettext("What we needed to see did not come"),
    CaseReason.HANDED_OUT: lazy_gettext("The copy was handed out"),
    CaseReason.CORRECTED: lazy_gettext("The data were corrected"),
    CaseReason.EXPLAINED: lazy_gettext("It is explained below"),
    CaseReason.DELETED_OR_LOCKED: lazy_gettext("What may be deleted was deleted; the rest is locked away"),
    CaseReason.KEPT_BY_LAW: lazy_gettext("The law makes us keep these data"),
    CaseReason.NEEDED_FOR_CLAIMS: lazy_gettext("The data are needed for the contract, or for a claim"),
    CaseReason.IDENTITY_NOT_SHOWN: lazy_gettext("We could not be sure who asked"),
    CaseReason.AUTHORITY_SEEN: lazy_gettext("The authority was seen"),
    CaseReason.NO_AUTHORITY: lazy_gettext("There is no authority"),
    CaseReason.CHECKED_WITH_BORROWER: lazy_gettext("It was checked with the borrower"),
    CaseReason.ANSWERED: lazy_gettext("Your question was answered"),
    CaseReason.TRIED_TWICE: lazy_gettext("We tried twice"),
    CaseReason.OTHER: lazy_gettext("Another reason, explained in words"),
}

CORRECTION_KINDS: Mapping[CorrectionKind, LazyString] = {
    CorrectionKind.BALANCE: lazy_gettext("The sum owed"),
    CorrectionKind.PAYMENT: lazy_gettext("A payment"),
    CorrectionKind.SCHEDULE: lazy_gettext("The schedule"),
    CorrectionKind.CHARGES: lazy_gettext("Interest, penalty or fees"),
    CorrectionKind.STATUS: lazy_gettext("The status of the loan"),
    CorrectionKind.IDENTITY: lazy_gettext("Who the borrower is"),
    CorrectionKind.CREDIT_REPORT: lazy_gettext("What is told to the credit bureau"),
    CorrectionKind.OTHER: lazy_gettext("Something else"),
}

CORRECTION_ANSWERS: Mapping[CorrectionAnswer, LazyString] = {
    CorrectionAnswer.CORRECTED: lazy_gettext("Corrected"),
    CorrectionAnswer.PARTLY: lazy_gettext("Corrected in part"),
    CorrectionAnswer.REFUSED: lazy_gettext("Not corrected"),
}

CALL_BACKS: Mapping[CallBack, LazyString] = {
    CallBack.IN_WRITING: lazy_gettext("An answer in writing is enough"),
    CallBack.MORNING: lazy_gettext("Call me in the morning, 9:00 to 12:00"),
    CallBack.AFTERNOON: lazy_gettext("Call me in the afternoon, 12:00 to 18:00"),
    CallBack.EVENING: lazy_gettext("Call me in the evening, 18:00 to 20:00"),
}

CONSENTS: Mapping[str, LazyString] = {
    "privacy_notice": lazy_gettext("the privacy notice"),
    "hardship_reason": lazy_gettext("that we use the reason for your difficulties"),
    "hardship_attachment": lazy_gettext("that we use the proof that you uploaded"),
    "contact_hours": lazy_gettext("that we contact you at other hours than usual"),
}
"""What somebody consented to, as the object of a sentence."""

CONSENT_TITLES: Mapping[str, LazyString] = {
    "privacy_notice": lazy_gettext("Privacy notice"),
    "hardship_reason": lazy_gettext("Use of the reason for my difficulties"),
    "hardship_attachment": lazy_gettext("Use of the papers that I uploaded"),
    "contact_hours": lazy_gettext("Contact at other hours than usual"),
}
"""The same as a heading."""

CONSENT_ENDS: Mapping[str, LazyString] = {
    "hardship_reason": lazy_gettext(
        "The reason is removed from drafts at once. In plans that you sent, nobody sees it any more; it is kept locked away as proof"
        " only. What was decided before stays as it is, and a plan that waits is decided without it."
    ),
    "hardship_attachment": lazy_gettext(
        "Nobody opens the files for a decision any more. You can remove a file yourself where you added it."
        " What was decided before stays as it is."
    ),
    "contact_hours": lazy_gettext("From now on you are contacted between 8:00 and 22:00 at the most."),
}
"""What follows from withdrawing."""

CHANNELS: Mapping[Channel, LazyString] = {
    Channel.SMS: lazy_gettext("By text message"),
    Channel.PHONE: lazy_gettext("By telephone"),
    Channel.EMAIL: lazy_gettext("By e-mail"),
    Channel.LETTER: lazy_gettext("By letter"),
}

REPRESENTATIVE_KINDS: Mapping[str, LazyString] = {
    "lawyer": lazy_gettext("A lawyer"),
    "helper": lazy_gettext("Somebody who helps me (family, a friend, an advice centre)"),
}

EVIDENCE_REASONS: Mapping[EvidenceReason, LazyString] = {
    EvidenceReason.COURT: lazy_gettext("for a court"),
    EvidenceReason.ARBITRATION: lazy_gettext("for an arbitration"),
    EvidenceReason.REGULATOR: lazy_gettext("for a supervisory authority"),
    EvidenceReason.COMPLAINT: lazy_gettext("to answer a complaint"),
    EvidenceReason.BORROWERS_REQUEST: lazy_gettext("at the borrower's request"),
    EvidenceReason.OWN_AUDIT: lazy_gettext("for an audit of our own"),
}

OCCASIONS: Mapping[str, LazyString] = {
    Occasion.OVERDUE_REMINDER: lazy_gettext("a reminder that something waits here"),
    Occasion.DEMAND: lazy_gettext("a formal notice"),
    Occasion.PLAN_DUE_SOON: lazy_gettext("that a date of the plan comes near"),
    Occasion.PLAN_MISSED: lazy_gettext("that a date of the plan has passed"),
    Occasion.PLAN_BROKEN: lazy_gettext("that the plan is interrupted"),
    Occasion.PLAN_COMPLETED: lazy_gettext("that the plan is completed"),
    Occasion.AGENCY_NOTICE: lazy_gettext("notice that an agency takes over"),
    Occasion.CREDITOR_CHANGED: lazy_gettext("notice that the loan was handed on"),
    Occasion.CASE_DECIDED: lazy_gettext("that a case was decided"),
    Occasion.CALL_BACK: lazy_gettext("when staff will call back"),
    Occasion.PLAN_DRAFTED: lazy_gettext("that a plan prepared on the telephone waits here"),
}
"""What a message was about, as a contact's line names it."""
SUPPORT_REASONS: Mapping[str, LazyString] = {
    Reason.CANNOT_SIGN_IN: lazy_gettext("cannot sign in"),
    Reason.UNDERSTAND: lazy_gettext("a question about what is owed"),
    Reason.MAKE_PLAN: lazy_gettext("wants to make a plan"),
    Reason.RUNNING_PLAN: lazy_gettext("about a plan that runs"),
    Reason.PAYMENT: lazy_gettext("about a payment"),
    Reason.HARDSHIP: lazy_gettext("in hardship"),
    Reason.DISPUTE: lazy_gettext("does not agree with the debt or the sum"),
    Reason.COMPLAINT: lazy_gettext("a complaint"),
    Reason.CALL_BACK: lazy_gettext("a call back that was wished for"),
    Reason.OTHER: lazy_gettext("something else"),
}
SUPPORT_LEVELS: Mapping[str, LazyString] = {
    Level.NONE: lazy_gettext("nothing"),
    Level.PROVEN: lazy_gettext("see my situation"),
    Level.CONSENTED: lazy_gettext("see my situation and prepare a plan with me"),
}
SUPPORT_ENDS: Mapping[str, LazyString] = {
    EndedBy.AGENT: lazy_gettext("the agent ended it"),
    EndedBy.BORROWER: lazy_gettext("the borrower ended it"),
    EndedBy.CLOCK: lazy_gettext("its time was over"),
    EndedBy.SIGN_OUT: lazy_gettext("the agent signed out"),
    EndedBy.DISABLED: lazy_gettext("the agent's account was closed"),
    EndedBy.ROLE_REMOVED: lazy_gettext("the agent is no support agent any more"),
    EndedBy.OTHER_BORROWER: lazy_gettext("somebody else entered its number"),
}
SUPPORT_PAGES: Mapping[str, LazyString] = {
    SupportPage.HOME: lazy_gettext("your first page"),
    SupportPage.LOAN: lazy_gettext("the page of a loan"),
    SupportPage.PROPOSAL: lazy_gettext("the page of a proposal"),
    SupportPage.AGREEMENT: lazy_gettext("the page of an agreement"),
    SupportPage.DRAFT: lazy_gettext("the plan that is being prepared"),
}
