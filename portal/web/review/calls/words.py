"""What calls, rules and promises are called on the pages of callers."""

from collections.abc import Mapping
from datetime import datetime

from flask_babel import LazyString, gettext, lazy_gettext

from portal.domain.call_choices import CallSort, Promised, Shown
from portal.domain.call_outcomes import CallOutcome, Statement, TaskKind, TaskState
from portal.domain.contact_guard import Verdict
from portal.domain.contact_overrides import OverrideReason
from portal.i18n import InstantFormats
from portal.web import writes

OUTCOMES: Mapping[CallOutcome, LazyString] = {
    CallOutcome.REACHED: lazy_gettext("Spoke with the person, nothing agreed"),
    CallOutcome.PROMISE: lazy_gettext("Promised to pay"),
    CallOutcome.CALL_BACK: lazy_gettext("Asked to be called at another time"),
    CallOutcome.REFUSED_TO_TALK: lazy_gettext("Did not want to talk"),
    CallOutcome.NO_ANSWER: lazy_gettext("Nobody answered"),
    CallOutcome.BUSY: lazy_gettext("The line was busy"),
    CallOutcome.SOMEBODY_ELSE: lazy_gettext("Somebody else answered"),
    CallOutcome.WRONG_NUMBER: lazy_gettext("Wrong number"),
    CallOutcome.NUMBER_UNWANTED: lazy_gettext("Somebody else's number, who does not want to be called"),
    CallOutcome.HARDSHIP: lazy_gettext("Told of hardship"),
    CallOutcome.ILLNESS: lazy_gettext("Told of an illness"),
    CallOutcome.DISPUTE: lazy_gettext("Disputes the debt or the sum"),
    CallOutcome.REPRESENTED: lazy_gettext("Somebody represents the person"),
    CallOutcome.DECEASED: lazy_gettext("The person has died"),
    CallOutcome.MINOR: lazy_gettext("The person is under age"),
    CallOutcome.NOT_KNOWN: lazy_gettext("Cannot be said any more"),
}
OUTCOME_HINTS: Mapping[CallOutcome, LazyString] = {
    CallOutcome.SOMEBODY_ELSE: lazy_gettext("Nothing about a debt was said to them."),
    CallOutcome.WRONG_NUMBER: lazy_gettext("The number is not called again."),
    CallOutcome.NUMBER_UNWANTED: lazy_gettext("The number is never called again."),
    CallOutcome.HARDSHIP: lazy_gettext("Contact is paused at once. No details in the note."),
    CallOutcome.ILLNESS: lazy_gettext("Contact is paused at once. No details in the note."),
    CallOutcome.DISPUTE: lazy_gettext(
        "Opens a dispute; contact about this loan is paused until it is decided."
    ),
    CallOutcome.REPRESENTED: lazy_gettext("Contact is paused; a colleague verifies it."),
    CallOutcome.DECEASED: lazy_gettext("Contact is paused; a colleague looks into it."),
    CallOutcome.MINOR: lazy_gettext("Contact is paused; a colleague looks into it."),
}
STATEMENTS: Mapping[Statement, LazyString] = {
    Statement.IDENTITY: lazy_gettext("I said who is calling: my staff number and the lender"),
    Statement.RECORDING: lazy_gettext("I said that the call is recorded"),
    Statement.PURPOSE: lazy_gettext("I made sure that I speak with the person, and said what it is about"),
}
AGENCY_STATEMENTS: Mapping[Statement, LazyString] = {
    **STATEMENTS,
    Statement.IDENTITY: lazy_gettext(
        "I said who is calling: my staff number, my agency and the lender that it calls for"
    ),
}
TASKS: Mapping[str, LazyString] = {
    TaskKind.PROMISE: lazy_gettext("Promise to pay"),
    TaskKind.CALL_BACK: lazy_gettext("Call back"),
}
TASK_STATES: Mapping[str, LazyString] = {
    TaskState.OPEN: lazy_gettext("outstanding"),
    TaskState.KEPT: lazy_gettext("kept"),
    TaskState.PARTLY: lazy_gettext("partly kept"),
    TaskState.BROKEN: lazy_gettext("not kept"),
    TaskState.DONE: lazy_gettext("called"),
    TaskState.REPLACED: lazy_gettext("replaced by a newer one"),
}
OVERRIDE_REASONS: Mapping[OverrideReason, LazyString] = {
    OverrideReason.ASKED_IN_WRITING: lazy_gettext("The borrower asked in writing for this call"),
    OverrideReason.ASKED_ON_TELEPHONE: lazy_gettext("The borrower asked on the telephone for this call"),
    OverrideReason.AT_RISK: lazy_gettext("Harm to the borrower is near, and nothing else reaches them"),
}
SORTS: Mapping[CallSort, LazyString] = {
    CallSort.DAYS: lazy_gettext("By days past due, the longest first"),
    CallSort.SUM: lazy_gettext("By sum, the largest first"),
    CallSort.LAST: lazy_gettext("By the last call, the longest ago first"),
}
PROMISED: Mapping[Promised, LazyString] = {
    Promised.CALL_BACK: lazy_gettext("A call back is due"),
    Promised.PROMISE: lazy_gettext("A promise to pay has passed"),
    Promised.NOTHING: lazy_gettext("Nothing promised"),
}
SHOWN: Mapping[Shown, LazyString] = {
    Shown.NOW: lazy_gettext("To be called now"),
    Shown.ALL: lazy_gettext("With those that rest or are paused"),
}
REFUSALS: Mapping[str, LazyString] = {
    "number_refused": lazy_gettext("Whoever has this number does not want to be called"),
    "not_the_debtor": lazy_gettext("The number is not the borrower's"),
    "hold_deceased": lazy_gettext("Contact is paused: the person has died"),
    "hold_minor": lazy_gettext("Contact is paused: the person is under age"),
    "hold_represented": lazy_gettext("Contact is paused: somebody represents the person"),
    "hold_statutory_moratorium": lazy_gettext("Contact is paused: a legal moratorium"),
    "hold_dispute": lazy_gettext("Contact is paused: a dispute is open"),
    "hold_complaint": lazy_gettext("Contact is paused: a complaint is open"),
    "hold_hardship": lazy_gettext("Contact is paused: hardship"),
    "hold_illness": lazy_gettext("Contact is paused: illness"),
    "proposal_pending": lazy_gettext("A proposal waits for our answer"),
    "plan_kept": lazy_gettext("A plan is kept"),
    "plan_curing": lazy_gettext("A missed payment of a plan may still be made good"),
    "channel_not_wanted": lazy_gettext("The borrower does not wish to be called"),
    "own_hours": lazy_gettext("Outside the hours that the borrower wished for"),
    "quiet_hours": lazy_gettext("Quiet hours"),
    "conversations_a_day": lazy_gettext("As many conversations today as are allowed"),
    "unanswered_a_day": lazy_gettext("As many unanswered calls today as are allowed"),
    "calls_in_seven_days": lazy_gettext("As many calls in seven days as are allowed"),
    "after_conversation": lazy_gettext("Too soon after the last conversation"),
    "time_barred": lazy_gettext("The debt may be time-barred"),
    "notice_of_assignment": lazy_gettext("The loan was handed on, and the borrower was not told yet"),
}
"""What of a rule says no. What comes later stands with its rule alone."""


def refusal_words(verdict: Verdict) -> str:
    """``No call: quiet hours (rule C01). Allowed from …``"""
    stop = verdict.stops[0]
    why = REFUSALS.get(stop.because, stop.because)
    if verdict.opens_at is None:
        return str(gettext("%(why)s (rule %(rule)s). No time is known.", why=why, rule=stop.rule))
    return str(
        gettext(
            "%(why)s (rule %(rule)s). Allowed from %(moment)s.",
            why=why,
            rule=stop.rule,
            moment=said_moment(verdict.opens_at),
        )
    )


def said_moment(moment: datetime) -> str:
    """Of today the time alone."""
    formats, zone = InstantFormats(writes.clock().zone), writes.clock().zone
    is_today = moment.astimezone(zone).date() == writes.today()
    return formats.time(moment) if is_today else formats.moment(moment)
