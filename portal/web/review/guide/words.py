"""What stages, situations and next steps are called in the guide, and why a step may not be taken now."""

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from portal.domain.guide import ANY_STAGE, Situation
from portal.domain.loans import Stage
from portal.domain.next_steps import NextStep

GUIDE_STAGES: Mapping[str, LazyString] = {
    ANY_STAGE: lazy_gettext("At any stage"),
    Stage.REMINDER: lazy_gettext("Stage: reminder"),
    Stage.INTERNAL: lazy_gettext("Stage: the lender's own team"),
    Stage.AGENCY: lazy_gettext("Stage: agency"),
    Stage.LEGAL: lazy_gettext("Stage: legal"),
}
SITUATIONS: Mapping[Situation, LazyString] = {
    Situation.OPENING: lazy_gettext("The call begins"),
    Situation.CANNOT_SIGN_IN: lazy_gettext("Cannot sign in, or does not remember how"),
    Situation.UPSET: lazy_gettext("Is upset or angry"),
    Situation.DOUBTS: lazy_gettext("Doubts that we are genuine"),
    Situation.NOT_THEIRS: lazy_gettext("Says that the loan is not theirs"),
    Situation.LOST_JOB: lazy_gettext("Lost the job, or earns less"),
    Situation.CANNOT_PAY: lazy_gettext("Cannot pay anything"),
    Situation.WANTS_LESS: lazy_gettext("Wants to settle for less than all"),
    Situation.ILLNESS: lazy_gettext("Tells of an illness"),
    Situation.DIED: lazy_gettext("Somebody tells of a death"),
    Situation.AT_RISK: lazy_gettext("May harm themselves"),
    Situation.COMPLAINT: lazy_gettext("Wants to complain"),
    Situation.THIRD_PERSON: lazy_gettext("A third person calls"),
    Situation.REPRESENTED: lazy_gettext("Is represented by somebody"),
    Situation.LEGAL_STEPS: lazy_gettext("Asks about court"),
    Situation.CREDIT_REPORT: lazy_gettext("Asks about the credit report"),
    Situation.READS_CODE: lazy_gettext("Wants to read out a code, or wants us to sign"),
    Situation.STOP_CALLING: lazy_gettext("Does not want to be called"),
    Situation.NO_TIME: lazy_gettext("Has no time now"),
    Situation.CLOSING: lazy_gettext("The call ends"),
}
STEPS: Mapping[NextStep, LazyString] = {
    NextStep.PROVE: lazy_gettext("Read out the pairing number; they enter it on their own page"),
    NextStep.SIGN_IN_HELP: lazy_gettext("Explain the sign-in; they type the code themselves"),
    NextStep.DRAFT_PLAN: lazy_gettext("Draft a plan together and send it to their phone"),
    NextStep.PAY: lazy_gettext("They pay on their own page, to the listed accounts only"),
    NextStep.PROMISE: lazy_gettext("Note a promise to pay with sum and day"),
    NextStep.CALL_BACK: lazy_gettext("Arrange a call back at a time that suits them"),
    NextStep.PAUSE: lazy_gettext("Pause contact at once, as hardship, illness or a death"),
    NextStep.DISPUTE: lazy_gettext("Open a dispute; contact is paused until it is answered"),
    NextStep.COMPLAINT: lazy_gettext("Open a complaint in their own words"),
    NextStep.REPRESENTATIVE: lazy_gettext("They name who speaks for them, in My record"),
    NextStep.WISHES: lazy_gettext("They choose hours and ways of contact, in My record"),
    NextStep.MESSAGE_CHECK: lazy_gettext("They check the message on the public page"),
    NextStep.INDEPENDENT_HELP: lazy_gettext("Name the independent helplines"),
    NextStep.ESCALATE: lazy_gettext("Hand it to a supervisor, with the day of the answer"),
    NextStep.END: lazy_gettext("End the call"),
}
STEP_REFUSALS: Mapping[str, LazyString] = {
    "proven_already": lazy_gettext("done already"),
    "needs_proven": lazy_gettext("only once it is proven who is calling"),
    "needs_consented": lazy_gettext("only once they have allowed drafting on their own page"),
    "loan_closed": lazy_gettext("the loan is closed"),
    "open_proposal": lazy_gettext("a proposal is open already; show them that one"),
    "running_plan": lazy_gettext("a plan is in force; they change it on its own page"),
    "not_in_policy": lazy_gettext("the policy has no plan for this loan"),
    "time_barred": lazy_gettext("the debt may be time-barred; nobody asks for money"),
    "nothing_overdue": lazy_gettext("nothing is overdue"),
}
