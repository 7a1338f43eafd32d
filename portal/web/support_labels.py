"""What comes of support calls, in words for the desk and for the borrower's own record alike."""

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from portal.domain.support_supervision import Verdict
from portal.domain.support_wrap_ups import EscalationReason, Flag, SupportOutcome
from portal.services.support_reveals import RevealField, SupportRevealReason

SUPPORT_OUTCOMES: Mapping[str, LazyString] = {
    SupportOutcome.HELPED: lazy_gettext("a question was answered"),
    SupportOutcome.SIGNED_IN: lazy_gettext("help with signing in"),
    SupportOutcome.DRAFT_SENT: lazy_gettext("a draft was prepared together and handed over"),
    SupportOutcome.AGREED_ALOUD: lazy_gettext("agreed aloud, to be signed"),
    SupportOutcome.PROMISE: lazy_gettext("a promise to pay"),
    SupportOutcome.CALL_BACK: lazy_gettext("a call back was arranged"),
    SupportOutcome.BROUGHT_UP: lazy_gettext("a complaint, a dispute or a wish was taken down"),
    SupportOutcome.HARDSHIP: lazy_gettext("something about the person that pauses contact"),
    SupportOutcome.ESCALATED: lazy_gettext("handed to a supervisor"),
    SupportOutcome.NOT_PROVEN: lazy_gettext("it was not proven who called; general talk alone"),
    SupportOutcome.THIRD_PERSON: lazy_gettext("a third person called; nothing was told"),
    SupportOutcome.BROKEN_OFF: lazy_gettext("the call broke off"),
    SupportOutcome.NOT_REACHED: lazy_gettext("nobody was reached"),
}
SUPPORT_FLAGS: Mapping[str, LazyString] = {
    Flag.HARDSHIP: lazy_gettext("hardship"),
    Flag.ILLNESS: lazy_gettext("an illness"),
    Flag.VULNERABLE: lazy_gettext("needs particular care"),
    Flag.REPRESENTED: lazy_gettext("is represented by somebody"),
    Flag.DECEASED: lazy_gettext("the person has died"),
    Flag.MINOR: lazy_gettext("is under age"),
}
ESCALATIONS: Mapping[str, LazyString] = {
    EscalationReason.AT_RISK: lazy_gettext("somebody may come to harm"),
    EscalationReason.COMPLAINT_SERIOUS: lazy_gettext("a serious complaint"),
    EscalationReason.SETTLEMENT: lazy_gettext("wants to settle for less than all"),
    EscalationReason.BEYOND_POLICY: lazy_gettext("needs more than the policy allows"),
    EscalationReason.IDENTITY_DOUBT: lazy_gettext("doubt about who called"),
    EscalationReason.ABUSE: lazy_gettext("threats or insults"),
    EscalationReason.OTHER: lazy_gettext("something else"),
}
SUPPORT_FIELDS: Mapping[str, LazyString] = {
    RevealField.NAME: lazy_gettext("the name"),
    RevealField.MOBILE: lazy_gettext("the mobile number"),
    RevealField.EMAIL: lazy_gettext("the e-mail address"),
}
SUPPORT_REVEALS: Mapping[str, LazyString] = {
    SupportRevealReason.ADDRESS: lazy_gettext("to address the person by name"),
    SupportRevealReason.CALL_BACK: lazy_gettext("to call back"),
    SupportRevealReason.CORRECT_DATA: lazy_gettext("to correct data"),
    SupportRevealReason.MESSAGE_MISSING: lazy_gettext("a message does not arrive"),
}
VERDICTS: Mapping[str, LazyString] = {
    Verdict.GOOD: lazy_gettext("good"),
    Verdict.IMPROVE: lazy_gettext("something is to be better"),
    Verdict.FOLLOW_UP: lazy_gettext("it is looked into"),
}
