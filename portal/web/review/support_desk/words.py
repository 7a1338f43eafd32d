"""What wrap-ups, reveals and findings are called at the support desk."""

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from portal.domain.support_supervision import Unusual, Verdict
from portal.domain.support_wrap_ups import Follow, SupportOutcome

OUTCOMES: Mapping[SupportOutcome, LazyString] = {
    SupportOutcome.HELPED: lazy_gettext("Question answered"),
    SupportOutcome.SIGNED_IN: lazy_gettext("Helped with signing in"),
    SupportOutcome.DRAFT_SENT: lazy_gettext("Drafted a plan together and handed it over"),
    SupportOutcome.AGREED_ALOUD: lazy_gettext("Agreed aloud, to be signed"),
    SupportOutcome.PROMISE: lazy_gettext("Promised to pay"),
    SupportOutcome.CALL_BACK: lazy_gettext("Asked to be called back"),
    SupportOutcome.BROUGHT_UP: lazy_gettext("Complaint, dispute or wish"),
    SupportOutcome.HARDSHIP: lazy_gettext("Hardship, illness, a death, or needs particular care"),
    SupportOutcome.ESCALATED: lazy_gettext("A supervisor is needed"),
    SupportOutcome.NOT_PROVEN: lazy_gettext("Not proven who called: general talk alone"),
    SupportOutcome.THIRD_PERSON: lazy_gettext("A third person called: nothing was told"),
    SupportOutcome.BROKEN_OFF: lazy_gettext("The call broke off"),
    SupportOutcome.NOT_REACHED: lazy_gettext("Called, and reached nobody"),
}
FOLLOWS: Mapping[Follow, LazyString] = {
    Follow.PROMISE: lazy_gettext("A promise to pay"),
    Follow.CALL_BACK: lazy_gettext("A call back"),
    Follow.ORAL: lazy_gettext("What was agreed aloud, to be signed"),
    Follow.HOLD: lazy_gettext("A pause of contact"),
    Follow.CASE: lazy_gettext("A complaint, a dispute or a wish"),
    Follow.ESCALATE: lazy_gettext("Hand it to a supervisor"),
}
UNUSUAL: Mapping[Unusual, LazyString] = {
    Unusual.CEILING: lazy_gettext("Ceiling of borrowers a day reached"),
    Unusual.QUICK_WITHOUT_PROOF: lazy_gettext("Calls without proof that ended within two minutes"),
    Unusual.REVEALS: lazy_gettext("Fields shown in full"),
    Unusual.LOOKED_UP_ONLY: lazy_gettext("Numbers looked up without a conversation"),
    Unusual.OUTSIDE_HOURS: lazy_gettext("Calls outside the desk's hours"),
    Unusual.SAME_BORROWER: lazy_gettext("Calls about one and the same borrower"),
    Unusual.REFUSED_ACTS: lazy_gettext("Acts that were refused in calls"),
}
VERDICT_CHOICES: Mapping[Verdict, LazyString] = {
    Verdict.GOOD: lazy_gettext("Good"),
    Verdict.IMPROVE: lazy_gettext("Something is to be better"),
    Verdict.FOLLOW_UP: lazy_gettext("Something is wrong: to be looked into"),
}
