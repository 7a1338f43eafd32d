"""Names of closed sets as colleagues read them: about the borrower, not to them."""

from collections.abc import Iterable, Mapping

from flask_babel import LazyString, gettext, lazy_gettext

from portal.desk_words import APPROVE_REASONS as APPROVE_REASONS  # noqa: PLC0414
from portal.desk_words import ASK_REASONS as ASK_REASONS  # noqa: PLC0414
from portal.desk_words import COUNTER_REASONS as COUNTER_REASONS  # noqa: PLC0414
from portal.desk_words import DECISION_REASONS as DECISION_REASONS  # noqa: PLC0414
from portal.desk_words import DECISIONS as DECISIONS  # noqa: PLC0414
from portal.desk_words import PLAN_END_REASONS as PLAN_END_REASONS  # noqa: PLC0414
from portal.desk_words import REINSTATE_REASONS as REINSTATE_REASONS  # noqa: PLC0414
from portal.desk_words import STATUSES as STATUSES  # noqa: PLC0414
from portal.domain.assignments import ToldBy
from portal.domain.caller_cases import Matter
from portal.domain.case_handling import HandOverReason, Outcome, WaitsFor, Work
from portal.domain.decisions import DecisionState
from portal.domain.holds import EndReason, Evidence, HoldKind, Stops
from portal.domain.legal_holds import LegalHoldEnd, LegalHoldReason
from portal.domain.limitation import Cause
from portal.domain.policy import HardshipReason
from portal.domain.proposals import ProposalStatus
from portal.domain.reasons import (
    GuarantorChoice,
    RevealReason,
    SecondRefusal,
    TakeOverReason,
)
from portal.domain.second_looks import SecondReason
from portal.policy_words import DEFERRED_INTERESTS as DEFERRED_INTERESTS  # noqa: PLC0414 - pages look for every name here
from portal.policy_words import LENDER_TYPES as LENDER_TYPES  # noqa: PLC0414
from portal.policy_words import TREATMENTS as TREATMENTS  # noqa: PLC0414
from portal.web.labels import EVIDENCE_REASONS as EVIDENCE_REASONS  # noqa: PLC0414 - the events' lines name it here
from portal.web.labels import OCCASIONS

STATUS_TONES: Mapping[ProposalStatus, str] = {
    ProposalStatus.COMPLETED: "good",
    ProposalStatus.BROKEN: "bad",
    ProposalStatus.TERMINATED: "bad",
    ProposalStatus.MISSED: "attention",
}
"""Where a status says whether a plan was kept."""

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

HOLD_EVIDENCE: Mapping[Evidence, LazyString] = {
    Evidence.TOLD_BY_BORROWER: lazy_gettext("The borrower said so"),
    Evidence.TOLD_BY_FAMILY: lazy_gettext("The family said so"),
    Evidence.PAPER_SEEN: lazy_gettext("A paper was seen"),
    Evidence.AUTHORITY: lazy_gettext("A public office said so"),
    Evidence.COURT_ORDER: lazy_gettext("A court's order was seen"),
    Evidence.RETURNED_MAIL: lazy_gettext("Mail came back"),
}
HOLD_ENDS: Mapping[str, LazyString] = {
    EndReason.OVER: lazy_gettext("What it was for is over"),
    EndReason.AGREED: lazy_gettext("Agreed with the borrower"),
    EndReason.SET_BY_MISTAKE: lazy_gettext("It was set by mistake"),
    EndReason.NOT_SHOWN: lazy_gettext("What was to show it did not come"),
}
"""Why staff end a pause."""
TOLD_BY_HAND: Mapping[ToldBy, LazyString] = {
    ToldBy.LETTER: lazy_gettext("By a letter that was delivered"),
    ToldBy.IN_PERSON: lazy_gettext("By a paper handed over in person"),
    ToldBy.FORMER_CREDITOR: lazy_gettext("By the creditor of before, in writing"),
}
LEGAL_HOLDS: Mapping[LegalHoldReason, LazyString] = {
    LegalHoldReason.LITIGATION: lazy_gettext("A court or an arbitrator has it, or will"),
    LegalHoldReason.AUTHORITY: lazy_gettext("An authority looks into it"),
    LegalHoldReason.COMPLAINT: lazy_gettext("A complaint to an office outside"),
    LegalHoldReason.OWN_INQUIRY: lazy_gettext("We look into how we acted"),
}
LEGAL_HOLD_ENDS: Mapping[str, LazyString] = {
    LegalHoldEnd.MATTER_OVER: lazy_gettext("The matter is over for good"),
    LegalHoldEnd.AUTHORITY_AGREED: lazy_gettext("The court or office needs it no longer"),
    LegalHoldEnd.SET_BY_MISTAKE: lazy_gettext("It was set by mistake"),
}
"""Why what was kept may go with its time again."""
HOLD_STOPS: Mapping[Stops, LazyString] = {
    Stops.COLLECTION: lazy_gettext("Stops collecting; notices and answers go on"),
    Stops.EVERYTHING: lazy_gettext("Stops every contact but codes that are asked for"),
}

MATTERS: Mapping[Matter, LazyString] = {
    Matter.DISPUTE: lazy_gettext("Dispute"),
    Matter.COMPLAINT: lazy_gettext("Complaint"),
    Matter.QUESTION: lazy_gettext("Question"),
    Matter.HARDSHIP: lazy_gettext("Money is short: contact pauses for 90 days at most"),
    Matter.ILLNESS: lazy_gettext("An illness: contact pauses for 180 days at most"),
    Matter.DATA: lazy_gettext("Request about data"),
    Matter.REPRESENTED: lazy_gettext("Somebody speaks for them"),
}

WORKS: Mapping[Work, LazyString] = {
    Work.DISPUTE: lazy_gettext("Dispute"),
    Work.COMPLAINT: lazy_gettext("Complaint"),
    Work.TALK: lazy_gettext("Wish to talk"),
    Work.DATA: lazy_gettext("Request about own data"),
    Work.REPRESENTED: lazy_gettext("Representative to verify"),
    Work.NUMBER: lazy_gettext("New mobile number to check"),
    Work.VISITOR: lazy_gettext("Complaint of a visitor"),
}
OUTCOMES: Mapping[Outcome, LazyString] = {
    Outcome.UPHELD: lazy_gettext("Upheld"),
    Outcome.PARTLY: lazy_gettext("Upheld in part"),
    Outcome.NOT_UPHELD: lazy_gettext("Not upheld"),
    Outcome.DONE: lazy_gettext("Done"),
    Outcome.REFUSED: lazy_gettext("Refused, with its ground"),
    Outcome.CONFIRMED: lazy_gettext("Confirmed"),
    Outcome.NOT_CONFIRMED: lazy_gettext("Not confirmed"),
    Outcome.TALKED: lazy_gettext("Answered"),
    Outcome.NOT_REACHED: lazy_gettext("Not reached"),
}
WAITS_FOR: Mapping[WaitsFor, LazyString] = {
    WaitsFor.US: lazy_gettext("Our turn"),
    WaitsFor.BORROWER: lazy_gettext("Waits for the borrower"),
    WaitsFor.LENDER: lazy_gettext("Waits for the lender"),
}
HAND_OVER_REASONS: Mapping[HandOverReason, LazyString] = {
    HandOverReason.HOLDER_AWAY: lazy_gettext("The colleague is away"),
    HandOverReason.DEADLINE_NEAR: lazy_gettext("The promised time is near"),
    HandOverReason.AGREED: lazy_gettext("Agreed with the colleague"),
    HandOverReason.BETTER_PLACED: lazy_gettext("The colleague knows the matter"),
}
DEADLINES: Mapping[Work, LazyString] = {
    Work.DISPUTE: lazy_gettext("Answer within 15 days, on a working day (R02)"),
    Work.COMPLAINT: lazy_gettext("Answer within 15 days, on a working day (R02)"),
    Work.VISITOR: lazy_gettext("Answer within 15 days, on a working day (R02)"),
    Work.TALK: lazy_gettext("Answer on the next working day"),
    Work.REPRESENTED: lazy_gettext("Answer on the next working day"),
    Work.NUMBER: lazy_gettext("Answer on the next working day; the old number may object for 72 hours"),
    Work.DATA: lazy_gettext("Answer within 15 working days (D02)"),
}
CREDIT_DEADLINE: LazyString = lazy_gettext("Answer within 20 days, for it is about a credit report (R01)")
"""By what the promised time was reckoned."""

SERVICE_CASES: Mapping[str, LazyString] = {
    "dispute": lazy_gettext("Dispute"),
    "complaint": lazy_gettext("Complaint"),
    "talk": lazy_gettext("Wish to talk"),
    "data": lazy_gettext("Request about own data"),
    "represented": lazy_gettext("Representative to verify"),
}


DECISION_STATES: Mapping[DecisionState, LazyString] = {
    DecisionState.WAITS_SECOND: lazy_gettext("waits for a second approver"),
    DecisionState.HELD: lazy_gettext("goes out in a minute"),
    DecisionState.SENT: lazy_gettext("sent"),
    DecisionState.ANSWERED: lazy_gettext("answered"),
    DecisionState.UNDONE: lazy_gettext("undone"),
    DecisionState.REFUSED: lazy_gettext("refused by the second approver"),
    DecisionState.OVERTAKEN: lazy_gettext("overtaken"),
}

SECOND_REASONS: Mapping[SecondReason, LazyString] = {
    SecondReason.SETTLEMENT: lazy_gettext("Part of the debt would be given up in a settlement"),
    SecondReason.WAIVER: lazy_gettext("Interest, penalty or fees would be waived"),
    SecondReason.SUM: lazy_gettext("The sum is above what one person decides"),
    SecondReason.DEFERRAL: lazy_gettext("The pause is longer than what one person decides"),
    SecondReason.STAFF_RELATION: lazy_gettext("The borrower is related to staff"),
    SecondReason.AGENT_DRAFTED: lazy_gettext("It was filled in by an agent"),
    SecondReason.OVERRIDE: lazy_gettext("A finding of the policy is set aside"),
}

SECOND_REFUSALS: Mapping[SecondRefusal, LazyString] = {
    SecondRefusal.TERMS_NOT_BEARABLE: lazy_gettext("The terms cannot be kept up"),
    SecondRefusal.OUTSIDE_POLICY: lazy_gettext("It goes too far from the policy"),
    SecondRefusal.FACTS_UNCLEAR: lazy_gettext("Something has to be cleared up first"),
    SecondRefusal.WORDING: lazy_gettext("The letter should be worded differently"),
    SecondRefusal.OTHER: lazy_gettext("Another reason, explained in the note"),
}

TAKE_OVER_REASONS: Mapping[TakeOverReason, LazyString] = {
    TakeOverReason.HOLDER_AWAY: lazy_gettext("The colleague is away"),
    TakeOverReason.DEADLINE_NEAR: lazy_gettext("The promised time is near"),
    TakeOverReason.AGREED: lazy_gettext("Agreed with the colleague"),
    TakeOverReason.OTHER: lazy_gettext("Another reason"),
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

CAUSES: Mapping[Cause, LazyString] = {
    Cause.PLAN_SIGNED: lazy_gettext("plan signed"),
    Cause.PART_PAYMENT: lazy_gettext("part payment"),
    Cause.REQUEST_FOR_TIME: lazy_gettext("request for time"),
    Cause.DEMAND_DELIVERED: lazy_gettext("demand delivered"),
    Cause.ASSIGNMENT_NOTICE: lazy_gettext("notice of assignment"),
}

LEADS: Mapping[str, LazyString] = {
    "refusal": lazy_gettext("A page that said no"),
    "case": lazy_gettext("Something that the borrower brought up"),
    "proposal": lazy_gettext("A plan"),
    "number_change": lazy_gettext("A wish for another mobile number"),
    "stopped_number": lazy_gettext('"This is not me": contact at a number has stopped'),
}
"""What a reference number leads to."""

LOCK_REASONS: Mapping[str, LazyString] = {
    "locked": lazy_gettext("Too many wrong ID endings: closed for 24 hours"),
    "wrong": lazy_gettext("A code or an ID ending was not right"),
    "shared": lazy_gettext("Two people have this number and this ID ending"),
    "too_many_messages": lazy_gettext("Too many codes were asked for"),
    "too_many_tries": lazy_gettext("Too many codes were tried"),
}

CONTACT_CHANNELS: Mapping[str, LazyString] = {
    "sms": lazy_gettext("Text message"),
    "phone": lazy_gettext("Call"),
    "email": lazy_gettext("E-mail"),
    "push": lazy_gettext("Notice on the device"),
    "letter": lazy_gettext("Letter"),
}
CONTACT_PURPOSES: Mapping[str, LazyString] = {
    "message_notice": lazy_gettext("that an answer waits in the portal"),
    "number_notice": lazy_gettext("that another number was given"),
    **OCCASIONS,
    "collection_call": lazy_gettext("about what is overdue"),
    "support_call": lazy_gettext("help on the telephone"),
}
CONTACT_RESULTS: Mapping[str, LazyString] = {
    "sent": lazy_gettext("sent"),
    "delivered": lazy_gettext("delivered"),
    "failed": lazy_gettext("not sent"),
    "sending": lazy_gettext("being sent"),
    "unsure": lazy_gettext("may have been sent: the provider gave no answer"),
    "undelivered": lazy_gettext("did not arrive"),
    "answered": lazy_gettext("answered"),
    "no_answer": lazy_gettext("nobody answered"),
    "dialling": lazy_gettext("the call is on"),
    "not_noted": lazy_gettext("not noted"),
    "other_person": lazy_gettext("somebody else answered"),
    "wrong_number": lazy_gettext("wrong number"),
    "busy": lazy_gettext("busy"),
}

BUDGET_LIMITS: Mapping[str, LazyString] = {
    "day_messages": lazy_gettext("Messages today"),
    "month_messages": lazy_gettext("Messages this month"),
    "day_cost": lazy_gettext("Cost of messages today, in minor units"),
    "month_cost": lazy_gettext("Cost of messages this month, in minor units"),
}
"""By period and unit of a limit."""


def channels_of(channels: Iterable[str]) -> str:
    """The ways that a borrower wishes to be reached by, as one text."""
    return str(gettext(", ")).join(str(CONTACT_CHANNELS.get(channel, channel)) for channel in channels)
