"""The lines of a borrower's record in their language: what happened, who did it, and what belongs to it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from flask_babel import LazyString, gettext, lazy_gettext

from portal.domain.call_outcomes import CallOutcome, Statement, TaskKind, TaskState
from portal.domain.contact_overrides import OverrideReason, OverrideState
from portal.domain.own_record import RecordKind, doer_of
from portal.domain.permissions import ActorKind, Role
from portal.domain.support_calls import Direction
from portal.i18n import InstantFormats, format_date, format_money
from portal.queries.own_record import RecordLine
from portal.role_names import STAFF_ROLES
from portal.web import writes
from portal.web.labels import (
    CASE_KINDS,
    CASE_TOPICS,
    CHANNELS,
    CONSENTS,
    EVIDENCE_REASONS,
    HOLDS,
    OCCASIONS,
    STAGES,
    SUPPORT_ENDS,
    SUPPORT_LEVELS,
    SUPPORT_PAGES,
    SUPPORT_REASONS,
)
from portal.web.support_labels import (
    ESCALATIONS,
    SUPPORT_FIELDS,
    SUPPORT_FLAGS,
    SUPPORT_OUTCOMES,
    SUPPORT_REVEALS,
    VERDICTS,
)

KINDS: Mapping[RecordKind, LazyString] = {
    RecordKind.CONTACT: lazy_gettext("Who contacted me"),
    RecordKind.LOOK: lazy_gettext("Who looked at my case"),
    RecordKind.SIGNED: lazy_gettext("What I read, agreed to and signed"),
    RecordKind.DOWNLOAD: lazy_gettext("What I downloaded"),
    RecordKind.SIGN_IN: lazy_gettext("Sign-ins"),
    RecordKind.PLAN: lazy_gettext("My plans"),
    RecordKind.REQUEST: lazy_gettext("What I asked for, and pauses of contact"),
    RecordKind.MESSAGE: lazy_gettext("What we wrote to each other"),
    RecordKind.LOAN: lazy_gettext("Changes of my loan's data"),
}

LINES: Mapping[str, LazyString] = {
    "contact:made": lazy_gettext("%(channel)s: %(purpose)s, %(result)s"),
    "contact:refused": lazy_gettext("A contact was stopped before it reached you (rule %(rule)s)"),
    "contact:given_up": lazy_gettext("A message to you could not be sent: %(purpose)s"),
    "contact:delivered": lazy_gettext("%(channel)s arrived: %(purpose)s"),
    "contact:undelivered": lazy_gettext("%(channel)s did not arrive: %(purpose)s"),
    "contact:stop_asked": lazy_gettext("Somebody with your number answered that text messages should stop"),
    "email:given": lazy_gettext("You gave us an e-mail address"),
    "email:confirmed": lazy_gettext("You confirmed your e-mail address"),
    "email:removed": lazy_gettext("Your e-mail address was removed"),
    "call:opened": lazy_gettext("Call: %(purpose)s; allowed by %(by_what)s"),
    "call:said": lazy_gettext("Noted in the call: %(statement)s"),
    "call:ended": lazy_gettext("The call ended: %(outcome)s"),
    "call:promised": lazy_gettext("Agreed in the call: %(promised)s"),
    "call:promise_ended": lazy_gettext("What was agreed in a call: %(settled)s"),
    "call:set_for": lazy_gettext("The next call was set for %(day)s at the earliest"),
    "call:override_asked": lazy_gettext(
        "Asked to call you although rule %(rule)s says no, because: %(why_all_the_same)s"
    ),
    "call:override_answered": lazy_gettext(
        "Answered a wish to call you in spite of rule %(rule)s: %(answer)s"
    ),
    "support:opened": lazy_gettext(
        "Started a support call about your number: %(direction)s; reason: %(call_reason)s"
    ),
    "support:said": lazy_gettext("Noted in the support call: %(statement)s"),
    "support:number_given": lazy_gettext("Read out a number for you to enter on your own page"),
    "support:entered": lazy_gettext("Entered the number of the support call; nothing was allowed by it yet"),
    "support:entry_refused": lazy_gettext("A number of a support call was entered that did not fit"),
    "support:allowed": lazy_gettext("Allowed in the support call: %(allowed)s"),
    "support:extended": lazy_gettext("Extended the support call, once, by 20 minutes"),
    "support:ended": lazy_gettext("The support call ended: %(ended)s"),
    "support:looked_at": lazy_gettext(
        "Looked, in the support call, at %(seen)s; reason of the call: %(call_reason)s"
    ),
    "support:act_refused": lazy_gettext(
        "Tried in a support call, or to start one, what only you may do or what you or the rules had not allowed, and was refused"
    ),
    "plan:drafted_on_call": lazy_gettext("Began to prepare a plan with you in the support call"),
    "plan:handed_over": lazy_gettext("Handed the prepared plan over to you, to read, change, sign or leave"),
    "plan:own_numbers_kept": lazy_gettext("You put the prepared plan aside and kept your own numbers"),
    "support:wrapped_up": lazy_gettext("Noted what came of the support call: %(support_outcome)s"),
    "support:drawn": lazy_gettext("The support call was drawn by lot, so that a supervisor reads it again"),
    "support:agreed_aloud": lazy_gettext(
        "Noted what you agreed to aloud in the recorded call; it holds only once you have signed it"
    ),
    "support:flagged": lazy_gettext("Noted what was said in the support call: %(flag)s. Contact is paused"),
    "support:escalated": lazy_gettext(
        "Handed your matter to a supervisor: %(escalation)s; to be answered by %(by_when)s"
    ),
    "support:escalation_answered": lazy_gettext("Answered what was handed to a supervisor"),
    "support:revealed": lazy_gettext(
        "Had %(support_field)s shown in full for 30 seconds, in the support call; reason: %(support_why)s"
    ),
    "support:call_back_missed": lazy_gettext(
        "Called you back as promised and did not reach you; tries again"
    ),
    "support:reading_opened": lazy_gettext(
        "Looked at the record of your support call: it was drawn by lot to be checked"
    ),
    "support:read_again": lazy_gettext("Checked how you were helped in your support call: %(verdict)s"),
    "call:taken": lazy_gettext("Took your loan from the list of calls"),
    "call:given_back": lazy_gettext("Gave your loan back to the list of calls without calling"),
    "code:not_sent": lazy_gettext("A code was asked for and not sent"),
    "case:looked_at": lazy_gettext("Looked at your case: %(page)s"),
    "case:revealed": lazy_gettext("Saw your whole mobile number: %(why)s"),
    "case:claimed": lazy_gettext("Took your case on, to decide about it"),
    "case:released": lazy_gettext("Gave your case back undecided"),
    "case:taken_over": lazy_gettext("Took your case over from a colleague"),
    "case:handed_on": lazy_gettext("Gave your case to another colleague"),
    "case:searched": lazy_gettext("Looked for your case by a number or a name"),
    "case:promise_missed": lazy_gettext("The time by which we had promised an answer passed without one"),
    "evidence:made": lazy_gettext("Put together the evidence of your case: %(purpose_of_evidence)s"),
    "hold:looked_at": lazy_gettext("Looked at the pauses of contact on your loan"),
    "service:searched": lazy_gettext("Looked for you by a number, because somebody called"),
    "service:looked_at": lazy_gettext("Looked at what you brought up"),
    "service:taken": lazy_gettext("Took on what you brought up, to answer it"),
    "service:given_back": lazy_gettext("Gave back what you brought up; a colleague goes on with it"),
    "service:handed_over": lazy_gettext("Gave what you brought up to another colleague"),
    "service:act_refused": lazy_gettext("Tried something with what you brought up; a rule did not allow it"),
    "service:revealed": lazy_gettext("Saw your whole mobile number: %(why)s"),
    "service:acknowledged": lazy_gettext("Confirmed that what you brought up has arrived"),
    "service:asked": lazy_gettext("Asked you something about what you brought up"),
    "service:staff_named": lazy_gettext("Noted whom your complaint is about; that person does not decide it"),
    "service:decided": lazy_gettext("Answered what you brought up"),
    "service:second_look_asked": lazy_gettext("You asked that another person looks at it"),
    "correction:asked": lazy_gettext("Asked the lender to correct its book"),
    "correction:answered": lazy_gettext("The lender answered the request to correct its book"),
    "number:kept": lazy_gettext("Your lender's book still has your old number; we kept the new one"),
    "number:changed": lazy_gettext("Your new mobile number was taken over"),
    "reference:looked_up": lazy_gettext("Looked up a number that you read out"),
    "decision:refused": lazy_gettext("Tried to decide about your case; a rule did not allow it"),
    "plan:disclosure_read": lazy_gettext("You read what the plan costs (%(seconds)s seconds)"),
    "plan:terms_acknowledged": lazy_gettext("You confirmed each of the key terms"),
    "plan:submitted": lazy_gettext("You signed and sent your plan"),
    "plan:counter_signed": lazy_gettext("You accepted and signed our other offer"),
    "agreement:made": lazy_gettext("The agreement came into force"),
    "agreement:sealed": lazy_gettext("The agreement's document was sealed"),
    "agreement:downloaded": lazy_gettext("The sealed agreement was downloaded"),
    "plan:preview_downloaded": lazy_gettext("The draft of the agreement was downloaded"),
    "consent:withdrawn": lazy_gettext("You withdrew your consent: %(consent)s"),
    "data:withheld": lazy_gettext("The reason for your difficulties was taken out of sight"),
    "data:restricted": lazy_gettext("Your data were locked for everything but the loan and the law"),
    "wishes:set": lazy_gettext(
        "You set when and how you are contacted: %(first)s:00 to %(last)s:00, %(channels)s"
    ),
    "representative:named": lazy_gettext("You named somebody who speaks for you"),
    "representative:noted": lazy_gettext("Noted in a call that somebody speaks for you"),
    "representative:verified": lazy_gettext("Your representative was verified"),
    "representative:refused": lazy_gettext("Your representative could not be verified"),
    "representative:removed": lazy_gettext("You speak for yourself again"),
    "record:exported": lazy_gettext("You downloaded your record"),
    "consent:given": lazy_gettext("You confirmed: %(consent)s"),
    "session:started": lazy_gettext("You signed in, %(device)s"),
    "device:forgotten": lazy_gettext("A device was forgotten: it asks for the whole sign-in again"),
    "number:stopped": lazy_gettext(
        "Somebody with your number told us that it is not yours; messages to it were stopped"
    ),
    "number:stop_lifted": lazy_gettext("Messages to your number go out again"),
    "number:change_asked": lazy_gettext("A change of your mobile number was asked for"),
    "session:ended": lazy_gettext("Signed out: %(why_out)s"),
    "code:refused": lazy_gettext("A code was refused"),
    "ending:refused": lazy_gettext("The last four of an ID did not match"),
    "plan:started": lazy_gettext("You began a plan"),
    "plan:answered": lazy_gettext("You answered a question about your plan"),
    "budget:saved": lazy_gettext("You saved what comes in and what goes out each month"),
    "budget:forgotten": lazy_gettext("You deleted what was kept of your month"),
    "plan:frozen": lazy_gettext("The terms of your plan were fixed"),
    "plan:disclosure_shown": lazy_gettext("The cost of your plan was shown to you"),
    "plan:text_shown": lazy_gettext("The whole text of your agreement was shown to you"),
    "plan:term_explained": lazy_gettext("You had a key term explained to you"),
    "refusal:met": lazy_gettext("A step could not go on; the page told you why"),
    "plan:discarded": lazy_gettext("The draft was put away"),
    "plan:submission_refused": lazy_gettext("Your plan could not be sent"),
    "plan:referred": lazy_gettext("Your plan went to a person"),
    "plan:approved": lazy_gettext("Your plan was approved"),
    "plan:declined": lazy_gettext("Your plan was declined"),
    "plan:countered": lazy_gettext("We made you another offer"),
    "plan:counter_refused": lazy_gettext("You did not take our other offer"),
    "plan:info_requested": lazy_gettext("We asked you a question about your plan"),
    "plan:info_given": lazy_gettext("You answered our question about your plan"),
    "plan:review_requested": lazy_gettext("You asked for another person to look"),
    "plan:withdrawn": lazy_gettext("You withdrew your plan"),
    "plan:expired": lazy_gettext("The time for your plan ran out"),
    "plan:facts_moved": lazy_gettext("Your loan changed while your plan waited"),
    "plan:activated": lazy_gettext("Your plan is running"),
    "plan:missed": lazy_gettext("A payment of your plan did not come in time"),
    "plan:broken": lazy_gettext("Your plan was interrupted"),
    "plan:reinstated": lazy_gettext("Your plan goes on; what was out can be made good until %(until_day)s"),
    "plan:end_told": lazy_gettext(
        "Wrote to you that your plan is to be ended, on %(from_day)s at the earliest"
    ),
    "plan:terminated": lazy_gettext("Your plan was ended"),
    "plan:completed": lazy_gettext("You paid your plan to the end"),
    "plan:move_refused": lazy_gettext("A step could not be taken any more"),
    "case:opened": lazy_gettext("%(kind)s received: %(topic)s"),
    "case:taken_down": lazy_gettext("Taken down on the telephone. %(kind)s: %(topic)s"),
    "thread:looked_at": lazy_gettext("Looked at your messages"),
    "message:posted": lazy_gettext("Message %(number)s was sent"),
    "message:refused": lazy_gettext("A message was not taken"),
    "message:read": lazy_gettext("Messages were read, up to number %(number)s"),
    "thread:settled": lazy_gettext("Marked your messages as needing no answer"),
    "attachment:added": lazy_gettext("A file was added to a message"),
    "attachment:refused": lazy_gettext("A file was not taken"),
    "attachment:removed": lazy_gettext("A file was taken back before it was sent"),
    "attachment:opened": lazy_gettext("A file that you sent was opened"),
    "attachment:erased": lazy_gettext("A file that you sent was deleted, as promised"),
    "hold:started": lazy_gettext("Contact to collect was paused: %(hold)s"),
    "hold:ended": lazy_gettext("A pause of contact ended: %(hold)s"),
    "plan:cured": lazy_gettext("The payment that was missing has come in"),
    "plan:change_started": lazy_gettext("You asked to change your plan"),
    "plan:change_refused": lazy_gettext("A change of your plan was not possible"),
    "plan:superseded": lazy_gettext("A new plan took the place of this one"),
    "loan:stage_moved": lazy_gettext("Who handles your loan has changed: %(stage)s"),
    "loan:changed": lazy_gettext("Your lender's figures were brought up to date"),
    "loan:charged_beyond_plan": lazy_gettext(
        "Your lender's figures hold penalty that your plan does not let it claim; our staff see it"
    ),
    "loan:assigned": lazy_gettext("Your lender's book names another creditor for your loan"),
    "loan:assignment_undone": lazy_gettext("Your lender's book names the creditor of before again"),
    "loan:assignment_told": lazy_gettext("The notice that your loan has another creditor reached you"),
    "borrower:changed": lazy_gettext("Your lender's data about you were brought up to date"),
    "limitation:interrupted": lazy_gettext("Something that the limitation period starts anew from"),
}

_CHANNELS: Mapping[str, LazyString] = {
    "sms": lazy_gettext("Text message"),
    "phone": lazy_gettext("Call"),
    "email": lazy_gettext("E-mail"),
    "push": lazy_gettext("Notice on your device"),
    "letter": lazy_gettext("Letter"),
}
_PURPOSES: Mapping[str, LazyString] = {
    "code_sign_in": lazy_gettext("a code to sign in, which you asked for"),
    "code_signing": lazy_gettext("a code to sign with, which you asked for"),
    "code_new_number": lazy_gettext("a code for a new number, which you asked for"),
    "code_new_email": lazy_gettext("a code for an e-mail address, which you asked for"),
    "message_notice": lazy_gettext("that an answer waits for you here"),
    "number_notice": lazy_gettext("that another number was given for you"),
    **OCCASIONS,
    "collection_call": lazy_gettext("about what is overdue"),
    "support_call": lazy_gettext("help on the telephone"),
}
_RULES: Mapping[str, LazyString] = {
    "budget": lazy_gettext("our limit on messages"),
    "read_already": lazy_gettext("you had read it already"),
    "told_already": lazy_gettext("you had been told already"),
    "agency_changed": lazy_gettext("that agency has nothing to do with the loan any more"),
    "creditor_back": lazy_gettext("the loan is with its creditor of before again"),
    "too_late": lazy_gettext("it would have come too late"),
    "nothing_overdue": lazy_gettext("nothing is overdue any more"),
    "nothing_owed": lazy_gettext("nothing is owed on this loan"),
    "nothing_missed": lazy_gettext("nothing is missing any more"),
    "paid_already": lazy_gettext("it is paid already"),
    "plan_moved_on": lazy_gettext("your plan has moved on"),
    "number_stopped": lazy_gettext("contact at this number has stopped"),
}
"""Reasons beside the rules that are told by their numbers."""
_RESULTS: Mapping[str, LazyString] = {
    "handed_on": lazy_gettext("on its way to you"),
    "sent": lazy_gettext("sent"),
    "delivered": lazy_gettext("delivered"),
    "answered": lazy_gettext("you answered"),
    "no_answer": lazy_gettext("nobody answered"),
}
_OUTCOMES: Mapping[str, LazyString] = {
    CallOutcome.REACHED: lazy_gettext("we spoke with you"),
    CallOutcome.PROMISE: lazy_gettext("you said that you would pay"),
    CallOutcome.CALL_BACK: lazy_gettext("you asked to be called at another time"),
    CallOutcome.REFUSED_TO_TALK: lazy_gettext("you did not want to talk"),
    CallOutcome.NO_ANSWER: lazy_gettext("nobody answered"),
    CallOutcome.BUSY: lazy_gettext("the line was busy"),
    CallOutcome.SOMEBODY_ELSE: lazy_gettext("somebody else answered, and nothing about you was said"),
    CallOutcome.WRONG_NUMBER: lazy_gettext("the number was somebody else's; it is not called again"),
    CallOutcome.NUMBER_UNWANTED: lazy_gettext("the number was somebody else's; it is never called again"),
    CallOutcome.HARDSHIP: lazy_gettext("you told us of hardship"),
    CallOutcome.ILLNESS: lazy_gettext("you told us of an illness"),
    CallOutcome.DISPUTE: lazy_gettext("you disputed the debt or the sum"),
    CallOutcome.REPRESENTED: lazy_gettext("we heard that somebody represents you"),
    CallOutcome.DECEASED: lazy_gettext("a death was reported"),
    CallOutcome.MINOR: lazy_gettext("we heard that the person is under age"),
    CallOutcome.NOT_KNOWN: lazy_gettext("nobody noted what became of it"),
    "": lazy_gettext("nobody has noted yet what became of it"),
}
_STATEMENTS: Mapping[str, LazyString] = {
    Statement.IDENTITY: lazy_gettext("who was calling"),
    Statement.RECORDING: lazy_gettext("that the call is recorded"),
    Statement.PURPOSE: lazy_gettext("what it was about"),
}
_DIRECTIONS: Mapping[str, LazyString] = {
    Direction.IN: lazy_gettext("a call that came in"),
    Direction.OUT: lazy_gettext("a call to you"),
}
_SETTLED: Mapping[str, LazyString] = {
    TaskState.KEPT: lazy_gettext("kept"),
    TaskState.PARTLY: lazy_gettext("partly kept"),
    TaskState.BROKEN: lazy_gettext("not kept"),
    TaskState.DONE: lazy_gettext("you were called"),
    TaskState.REPLACED: lazy_gettext("replaced by something newer"),
}
_ALL_THE_SAME: Mapping[str, LazyString] = {
    OverrideReason.ASKED_IN_WRITING: lazy_gettext("you asked in writing for a call"),
    OverrideReason.ASKED_ON_TELEPHONE: lazy_gettext("you asked on the telephone for a call"),
    OverrideReason.AT_RISK: lazy_gettext("something was about to harm you, and nothing else reached you"),
}
_ANSWERS: Mapping[str, LazyString] = {
    OverrideState.APPROVED: lazy_gettext("agreed, for one call"),
    OverrideState.REFUSED: lazy_gettext("not agreed to"),
}
_ENDED: Mapping[str, LazyString] = {
    "signed_out": lazy_gettext("by you"),
    "ended_elsewhere": lazy_gettext("by you, from another device"),
    "too_many": lazy_gettext("the device that you had signed in on first, for you signed in on another one"),
    "ended_by_us": lazy_gettext("by us, to be safe"),
}
"""Why somebody is no longer signed in."""
_PAGES: Mapping[str, LazyString] = {
    "case_page": lazy_gettext("the page of your proposal"),
    "decision_page": lazy_gettext("to decide about your proposal"),
    "bulk_page": lazy_gettext("to decide about your proposal"),
}
_WHY_SHOWN: Mapping[str, LazyString] = {
    "call_back": lazy_gettext("to call you back"),
    "check_identity": lazy_gettext("to check who was calling"),
    "correct_data": lazy_gettext("to correct the data"),
}
_ACTORS: Mapping[str, LazyString] = {
    ActorKind.BORROWER: lazy_gettext("You"),
    ActorKind.SYSTEM: lazy_gettext("The system"),
    ActorKind.PUBLIC: lazy_gettext("Somebody who was not signed in"),
}
_WITH_STAFF: Mapping[str, LazyString] = {
    "plan:started": lazy_gettext("A plan was begun together with you"),
    "plan:answered": lazy_gettext("A question about the plan was answered together with you"),
}
"""What staff typed in a support call is not told as the borrower's own act."""
_NOTHING_OUT: Final = lazy_gettext("Your plan goes on; nothing of it was out")


def text_of_line(line: RecordLine) -> str:
    """What happened. An event without words of its own is told by its name rather than left out."""
    words = LINES.get(line.name)
    if line.name == "plan:reinstated" and not line.fields.get("until"):
        words = _NOTHING_OUT
    if line.staff_number is not None:
        words = _WITH_STAFF.get(line.name, words)
    if words is None:
        return str(gettext("Recorded: %(name)s", name=line.name))
    return str(words) % _values(line)


def who_of_line(line: RecordLine) -> str:
    """Who did it: of staff the number and what they do, never a name; of an agency's staff also which agency's they are."""
    if line.staff_number is None:
        return str(_ACTORS.get(doer_of(line.name, line.actor_kind), ""))
    number = gettext("Staff member %(number)s", number=line.staff_number)
    if line.staff_agency is not None:
        number = gettext(
            "%(agency)s, staff member %(number)s", agency=line.staff_agency, number=line.staff_number
        )
    roles = gettext(", ").join(str(STAFF_ROLES[Role(role)]) for role in line.staff_roles)
    return f"{number}{gettext(': ')}{roles}"


def details_of_line(line: RecordLine) -> Sequence[tuple[str, str]]:
    """What belongs to it: numbers that can be told on the telephone, versions, fingerprints of documents."""
    found = [
        (gettext("Proposal"), line.proposal.reference if line.proposal else None),
        (gettext("Loan"), line.loan_ref),
        (gettext("Version"), line.fields.get("version_number")),
        (gettext("Text"), line.fields.get("text_version")),
        (gettext("Check code"), line.agreement.check_code if line.agreement else None),
        (gettext("Check number"), line.contact.check_reference if line.contact else None),
        (
            gettext("Fingerprint (SHA-256)"),
            line.fields.get("document_hash") or line.fields.get("content_hash") or line.fields.get("sha256"),
        ),
    ]
    return [(term, str(value)) for term, value in found if value is not None]


def _values(line: RecordLine) -> Mapping[str, object]:
    """What the words of a line may name. An unknown code stands as it is."""
    fields = line.fields
    is_known = fields.get("device_known")
    return {
        "channel": _named(_CHANNELS, fields.get("channel")),
        "purpose": _named(_PURPOSES, fields.get("purpose")),
        "result": _named(_RESULTS, fields.get("result")),
        "rule": _named(_RULES, fields.get("rule")),
        "by_what": gettext("an exception that two people agreed to")
        if fields.get("override_id")
        else gettext("the rules of contact"),
        "outcome": _named(_OUTCOMES, fields.get("outcome") or ""),
        "statement": _named(_STATEMENTS, fields.get("statement")),
        "promised": _promised(fields),
        "settled": _named(_SETTLED, fields.get("state")),
        "day": _day(fields.get("on")),
        "until_day": _day(fields.get("until")) if line.name == "plan:reinstated" else "",
        "from_day": _day(fields.get("from_day")),
        "why_all_the_same": _named(_ALL_THE_SAME, fields.get("reason")),
        "answer": _named(_ANSWERS, fields.get("state")),
        "direction": _named(_DIRECTIONS, fields.get("direction")),
        "call_reason": _named(SUPPORT_REASONS, fields.get("support_reason")),
        "allowed": _named(SUPPORT_LEVELS, fields.get("level")),
        "ended": _named(SUPPORT_ENDS, fields.get("ended_by")),
        "seen": _named(SUPPORT_PAGES, fields.get("page")),
        "support_outcome": _named(SUPPORT_OUTCOMES, fields.get("outcome")),
        "flag": _named(SUPPORT_FLAGS, fields.get("flag")),
        "escalation": _named(ESCALATIONS, fields.get("reason")),
        "by_when": _moment(fields.get("deadline_at")),
        "support_field": _named(SUPPORT_FIELDS, fields.get("field")),
        "support_why": _named(SUPPORT_REVEALS, fields.get("reason")),
        "verdict": _named(VERDICTS, fields.get("verdict")),
        "number": fields.get("number", fields.get("up_to", "")),
        "page": _named(_PAGES, fields.get("reason")),
        "why": _named(_WHY_SHOWN, fields.get("reason")),
        "purpose_of_evidence": _named(EVIDENCE_REASONS, fields.get("reason")),
        "seconds": fields.get("seconds", ""),
        "consent": _named(CONSENTS, fields.get("kind")),
        "why_out": _named(_ENDED, fields.get("reason")),
        "device": gettext("on a device that we know")
        if is_known
        else gettext("on a device that was new to us"),
        "kind": _named(CASE_KINDS, fields.get("kind")),
        "topic": _named(CASE_TOPICS, fields.get("topic")),
        "hold": _named(HOLDS, fields.get("kind")),
        "stage": _named(STAGES, fields.get("to_stage")) or gettext("the lender alone"),
        "first": fields.get("first_hour", ""),
        "last": fields.get("last_hour", ""),
        "channels": gettext(", ").join(_named(CHANNELS, one) for one in fields.get("channels", ())),
    }


def _promised(fields: Mapping[str, Any]) -> str:
    """What was agreed: a sum until a day, or a time for another call."""
    if fields.get("kind") == TaskKind.PROMISE:
        money = format_money(fields["amount_minor"], fields["currency"])
        return str(gettext("%(money)s until %(day)s", money=money, day=_day(fields["due_on"])))
    if fields.get("kind") == TaskKind.CALL_BACK:
        at = datetime.fromisoformat(fields["due_on"])
        return str(gettext("another call, %(day)s %(time)s", day=format_date(at.date()), time=f"{at:%H:%M}"))
    return ""


def _day(text: object) -> str:
    return format_date(date.fromisoformat(str(text))) if text else ""


def _moment(text: object) -> str:
    return InstantFormats(writes.clock().zone).moment(datetime.fromisoformat(str(text))) if text else ""


def _named(words: Mapping[Any, LazyString], code: object) -> str:
    return str(words.get(code, code or ""))
