"""Refusals that no field and no other page takes up: each has a page of its own that says why, what would work, and what to have ready."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from flask_babel import LazyString, lazy_gettext

_PAPERS = lazy_gettext("Your ID card and, where you have it, your contract.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadEnd:
    """What the page says beside the refusal's own words (``portal.messages``): what would work, and what to have ready for a call."""

    heading: LazyString
    works: Sequence[LazyString]
    ready: LazyString = _PAPERS


_NOTHING_TO_PLAN = DeadEnd(
    heading=lazy_gettext("There is nothing to plan here"),
    works=(
        lazy_gettext("You find the next payment on the page of the loan, and can pay it early at any time."),
        lazy_gettext("If you see a payment coming that you will not manage, talk to us before it is due."),
        lazy_gettext("If you think that the figures are not right, dispute them on the page of the loan."),
    ),
)
_A_PERSON_LOOKS = DeadEnd(
    heading=lazy_gettext("A person has to look at this"),
    works=(
        lazy_gettext("A smaller sum over fewer months, or another kind of plan, may stay within the limit."),
        lazy_gettext('Choose "Talk to us" on the page of the loan: a person looks for a way with you.'),
        lazy_gettext("Your answers are kept; you need not enter anything twice."),
    ),
    ready=lazy_gettext("What you earn and what you need each month, roughly, and your ID card."),
)
_OURS_TO_MEND = DeadEnd(
    heading=lazy_gettext("We have to put something right first"),
    works=(
        lazy_gettext("You need do nothing: your answers are kept, and it is not your mistake."),
        lazy_gettext("Call us and give the number above, and we see to it at once."),
        lazy_gettext("Try again on the next working day."),
    ),
)
_FILE_TO_MEND = DeadEnd(
    heading=lazy_gettext("We have to put this file right first"),
    works=(
        lazy_gettext("You need do nothing: what you signed stands as you signed it."),
        lazy_gettext("Call us and give the number above, and we see to it at once."),
        lazy_gettext("Try again on the next working day."),
    ),
)
_ATTACHMENT_TO_MEND = DeadEnd(
    heading=lazy_gettext("We have to put this file right first"),
    works=(
        lazy_gettext("You need do nothing: it is not your mistake, and if we need it we ask you for it."),
        lazy_gettext("Call us and give the number above, and we see to it at once."),
        lazy_gettext("Try again on the next working day."),
    ),
)
_IT_IS_THERE_ALREADY = DeadEnd(
    heading=lazy_gettext("It is there already"),
    works=(
        lazy_gettext("You find it on the first page, with where it stands and what can be done."),
        lazy_gettext("To change it, open it there and choose to change it or take it back."),
    ),
)
_ASKED_ENOUGH = DeadEnd(
    heading=lazy_gettext("This plan cannot be looked at again"),
    works=(
        lazy_gettext("Make a new plan: an earlier answer has no effect on it."),
        lazy_gettext("Talk to us about what could be accepted instead."),
        lazy_gettext(
            "If you think that you were not treated fairly, make a complaint; somebody else answers it."
        ),
    ),
    ready=lazy_gettext("What has changed since, and what you can manage each month."),
)
_LOOKED_TWICE = DeadEnd(
    heading=lazy_gettext("This cannot be looked at again"),
    works=(
        lazy_gettext('What was answered stays there for you to read, under "What I brought up".'),
        lazy_gettext("Write to us there about what has changed since, or bring the matter up anew."),
        lazy_gettext("The financial regulator's consumer line, 12378, is there for you at any time."),
    ),
    ready=lazy_gettext("The number of the case, and what has changed since."),
)
_SENT = DeadEnd(
    heading=lazy_gettext("This was sent already"),
    works=(
        lazy_gettext('What you sent the first time has arrived; you find it under "What I brought up".'),
        lazy_gettext("To add something, open it there and write to us."),
    ),
)

CODE_LOCKED = "code_locked"
ENDING_LOCKED = "ending_locked"
TRIED_OFTEN = "tried_often"
LOCKS: Mapping[str, DeadEnd] = MappingProxyType(
    {
        CODE_LOCKED: DeadEnd(
            heading=lazy_gettext("No more codes for now"),
            works=(
                lazy_gettext("Wait until the time above; then ask for a new code."),
                lazy_gettext(
                    "Look into the messages that your phone filtered out: an earlier code may be there."
                ),
                lazy_gettext(
                    "If you did not ask for codes yourself, you need do nothing. Nobody has got in."
                ),
            ),
        ),
        ENDING_LOCKED: DeadEnd(
            heading=lazy_gettext("Closed for 24 hours, to protect you"),
            works=(
                lazy_gettext(
                    "On a phone where you have signed in before you can still sign in and read everything."
                ),
                lazy_gettext("Wait until the time above, then try again with your ID card in front of you."),
                lazy_gettext('If you got this number only lately, say "This is not me" on the sign-in page.'),
            ),
        ),
        TRIED_OFTEN: DeadEnd(
            heading=lazy_gettext("Please wait a little"),
            works=(
                lazy_gettext("Wait until the time above, then go on where you were."),
                lazy_gettext("It has no effect on your loan or your plans."),
            ),
        ),
    }
)
"""What was tried too often; the page names the moment from which there is room again."""

DEAD_ENDS: Mapping[str, DeadEnd] = MappingProxyType(
    {
        "nothing_overdue": _NOTHING_TO_PLAN,
        "no_principal_left": _NOTHING_TO_PLAN,
        "loan_closed": DeadEnd(
            heading=lazy_gettext("This loan is closed"),
            works=(
                lazy_gettext("Nothing is asked of you. You find its figures on the first page."),
                lazy_gettext(
                    "If somebody still asks you for money, check the message, and make a complaint."
                ),
            ),
        ),
        "plan_already_runs": _IT_IS_THERE_ALREADY,
        "open_proposal_exists": _IT_IS_THERE_ALREADY,
        "no_version_yet": _IT_IS_THERE_ALREADY,
        "rate_above_cap": _A_PERSON_LOOKS,
        "total_above_cap": _A_PERSON_LOOKS,
        "plan_too_long": _A_PERSON_LOOKS,
        "limitation_not_confirmed": _A_PERSON_LOOKS,
        "change_not_possible": _A_PERSON_LOOKS,
        "no_verified_account": _OURS_TO_MEND,
        "preview_failed": _OURS_TO_MEND,
        "glyph_missing": _OURS_TO_MEND,
        "agreement_contents_missing": _OURS_TO_MEND,
        "document_reference_refused": _OURS_TO_MEND,
        "business_text_missing": _OURS_TO_MEND,
        "document_not_ready": _OURS_TO_MEND,
        "document_damaged": _FILE_TO_MEND,
        "attachment_damaged": _ATTACHMENT_TO_MEND,
        "review_already_asked": _ASKED_ENOUGH,
        "review_too_late": _ASKED_ENOUGH,
        "second_look_asked": _LOOKED_TWICE,
        "second_look_not_needed": _LOOKED_TWICE,
        "second_look_too_late": _LOOKED_TWICE,
        "form_sent_already": _SENT,
        "thread_not_open": DeadEnd(
            heading=lazy_gettext("This conversation is closed"),
            works=(
                lazy_gettext("What was written stays here for you to read."),
                lazy_gettext('To write to us anew, choose "Talk to us" on the page of the loan.'),
            ),
        ),
        "attachment_erased": DeadEnd(
            heading=lazy_gettext("This file is no longer kept"),
            works=(
                lazy_gettext("Files are erased when their time is over, as the privacy notice says."),
                lazy_gettext("If we still need it, we ask you for it again."),
            ),
        ),
        "only_the_borrower_signs": DeadEnd(
            heading=lazy_gettext("Only the borrower can sign"),
            works=(
                lazy_gettext("The borrower signs in with their own number and signs there."),
                lazy_gettext("Nobody can sign for you, our staff included."),
            ),
        ),
    }
)
"""By the code of the refusal."""
