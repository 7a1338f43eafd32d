"""Each borrower page in four states: nothing to show, one thing, many and long, and broken. Or, by name, why there is no such state.

A path's names in braces are the things that ``scenes.py`` puts there for that state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

STATES: Final = ("nothing", "one", "many", "broken")


class No(StrEnum):
    """Why a page does not stand in a state; that it is not there is held true by the tests."""

    NOT_THERE = "what it is about is not there: that is the page of 404"
    ONE_QUESTION = "it asks one thing, or tells one: there is nothing to be many of"
    NOT_EMPTY = "who can open it has something to show"
    NOTHING_TYPED = "nothing is typed or chosen, and what is shown has no wrong state; where the server fails is one page for all"
    OTHER_STORY = "the stories of sign-in and of strangers stand there"


@dataclass(frozen=True)
class Leads:
    """No such state: opened then, it leads on to another page."""

    path: str


@dataclass(frozen=True)
class Sent:
    """The page's form as it is filled in wrongly: sent with what stands in ``fields``, the rest empty."""

    path: str
    fields: Mapping[str, str]

    def __init__(self, path: str, **fields: str) -> None:
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "fields", fields)


State = str | Sent | Leads | No
Q, NT, N404, FULL = No.ONE_QUESTION, No.NOTHING_TYPED, No.NOT_THERE, No.NOT_EMPTY

PAGES: Final[Mapping[str, Sequence[State]]] = {
    "/": ("/", "/", "/", "/"),
    "/agreements/…": (
        "/agreements/{fresh}",
        "/agreements/{agreement}",
        "/agreements/{long}",
        "/agreements/{broken}",
    ),
    "/agreements/…/early": (
        "/agreements/{fresh}/early",
        "/agreements/{agreement}/early?on=2026-11-20",
        Q,
        Sent("/agreements/{agreement}/early", on="2020-01-01"),
    ),
    "/cases": ("/cases", "/cases", "/cases", NT),
    "/cases/…": ("/cases/{wordless}", "/cases/{case}", "/cases/{decided}", NT),
    "/cases/…/messages": (
        "/cases/{wordless}/messages",
        "/cases/{case}/messages",
        "/cases/{case}/messages",
        Sent("/cases/{case}/messages"),
    ),
    "/check": ("/check", No.OTHER_STORY, Q, Sent("/check")),
    "/complain": ("/complain", "/complain", "/complain", Sent("/complain")),
    "/loans/…": ("/loans/{bare}", "/loans/{loan}", "/loans/{long_loan}", "/loans/{strange}"),
    "/loans/…/creditor": (
        "/loans/{bare}/creditor",
        "/loans/{loan}/creditor",
        "/loans/{long_loan}/creditor",
        "/loans/{strange}/creditor",
    ),
    "/loans/…/dispute": (N404, "/loans/{loan}/dispute", Q, Sent("/loans/{loan}/dispute")),
    "/loans/…/pay": (
        "/loans/{bare}/pay",
        "/loans/{loan}/pay",
        "/loans/{long_loan}/pay?sum=15000",
        Sent("/loans/{loan}/pay", sum="很多"),
    ),
    "/loans/…/plan": ("/loans/{bare}/plan", "/loans/{loan}/plan", Q, "/loans/{strange}/plan"),
    "/loans/…/receipts": (
        "/loans/{bare}/receipts",
        "/loans/{loan}/receipts",
        "/loans/{long_loan}/receipts",
        "/loans/{strange}/receipts",
    ),
    "/loans/…/talk": (N404, "/loans/{loan}/talk", Q, Sent("/loans/{loan}/talk")),
    "/message-check": ("/message-check", No.OTHER_STORY, Q, Sent("/message-check")),
    "/messages": ("/messages", "/messages", "/messages", NT),
    "/privacy": (Q, "/privacy", Q, NT),
    "/proposals/…": (
        "/proposals/{begun}",
        "/proposals/{waiting}",
        "/proposals/{countered}",
        "/proposals/{moved}",
    ),
    "/proposals/…/budget": (
        "/proposals/{unbudgeted}/budget",
        "/proposals/{draft}/budget",
        "/proposals/{long_draft}/budget",
        Sent("/proposals/{draft}/budget", wages="很多"),
    ),
    "/proposals/…/budget/help": (
        Leads("/proposals/{begun}/budget/help"),
        "/proposals/{without_rest}/budget/help",
        Q,
        NT,
    ),
    "/proposals/…/change": (
        N404,
        "/proposals/{running}/change",
        "/proposals/{long_running}/change",
        Sent("/proposals/{running}/change", wish="amount", monthly="很多"),
    ),
    "/proposals/…/check": (
        Leads("/proposals/{begun}/check"),
        "/proposals/{draft}/check",
        "/proposals/{long_draft}/check",
        Leads("/proposals/{waiting}/check"),
    ),
    "/proposals/…/disclosure": (
        Leads("/proposals/{begun}/disclosure"),
        "/proposals/{frozen}/disclosure",
        "/proposals/{long_frozen}/disclosure",
        Sent("/proposals/{frozen}/disclosure"),
    ),
    "/proposals/…/messages": (
        "/proposals/{unwritten}/messages",
        "/proposals/{waiting}/messages",
        "/proposals/{waiting}/messages",
        Sent("/proposals/{waiting}/messages"),
    ),
    "/proposals/…/need": (
        "/proposals/{begun}/need",
        "/proposals/{draft}/need",
        "/proposals/{long_draft}/need",
        Sent("/proposals/{draft}/need", need="monthly", monthly="很多"),
    ),
    "/proposals/…/offer/no": (
        Leads("/proposals/{unwritten}/offer/no"),
        "/proposals/{countered}/offer/no",
        Q,
        Leads("/proposals/{waiting}/offer/no"),
    ),
    "/proposals/…/own": (
        "/proposals/{undecided}/own",
        "/proposals/{draft}/own",
        "/proposals/{long_draft}/own",
        Sent("/proposals/{draft}/own", kind="catch_up", installments="很多"),
    ),
    "/proposals/…/plans": (
        "/proposals/{poor}/plans",
        "/proposals/{by_date}/plans",
        "/proposals/{long_draft}/plans",
        "/proposals/{dear}/plans",
    ),
    "/proposals/…/reason": (
        "/proposals/{begun}/reason",
        "/proposals/{draft}/reason",
        Q,
        Sent("/proposals/{draft}/reason"),
    ),
    "/proposals/…/sign": (
        Leads("/proposals/{begun}/sign"),
        "/proposals/{read}/sign",
        "/proposals/{long_read}/sign",
        Sent("/proposals/{read}/sign", code="000000"),
    ),
    "/proposals/…/terms": (
        Leads("/proposals/{begun}/terms"),
        "/proposals/{read}/terms",
        "/proposals/{long_read}/terms",
        Sent("/proposals/{unticked}/terms"),
    ),
    "/proposals/…/withdraw": (
        N404,
        "/proposals/{waiting}/withdraw",
        Q,
        Leads("/proposals/{running}/withdraw"),
    ),
    "/record": ("/record?kind=signed", "/record?kind=signed", "/record", NT),
    "/record/consents": ("/record/consents", "/record/consents", "/record/consents", NT),
    "/record/contact": (
        "/record/contact",
        "/record/contact",
        Q,
        Sent("/record/contact", first="20", last="9"),
    ),
    "/record/data": ("/record/data", "/record/data", "/record/data", Sent("/record/data")),
    "/record/email": ("/record/email", "/record/email", Q, Sent("/record/email", email="很多")),
    "/record/email/code": (
        Leads("/record/email/code"),
        "/record/email/code",
        Q,
        Sent("/record/email/code", code="000000"),
    ),
    "/record/messages": (FULL, "/record/messages", "/record/messages", NT),
    "/record/representative": (
        "/record/representative",
        "/record/representative",
        "/record/representative",
        Sent("/record/representative"),
    ),
    "/record/sessions": ("/record/sessions", "/record/sessions", "/record/sessions", NT),
    "/support-call": ("/support-call", "/support-call", Q, Sent("/support-call", number="12")),
}

WAY_IN: Final[Mapping[str, bool]] = {
    "/agencies": False,
    "/complaint": True,
    "/complaint/received": False,
    "/new-number": True,
    "/new-number/asked": False,
    "/new-number/code": True,
    "/not-me": False,
    "/not-me/done": False,
    "/sign-in": True,
    "/sign-in/code": True,
    "/sign-in/ending": True,
    "/sign-in/no-code": False,
}
"""Nothing about anybody stands on them: each has one state, and where something is typed (True) a broken one."""

NO_PAGES: Final = frozenset(
    {
        "/agreements/…/agreement.pdf",
        "/agreements/…/check.svg",
        "/agreements/…/dates.ics",
        "/attachments/…",
        "/check/check_agreement.py",
        "/health",
        "/healthz",
        "/health/messages",
        "/metrics",
        "/proposals/…/answer",
        "/proposals/…/preview.pdf",
        "/ready",
        "/readyz",
        "/record/checkpoint",
        "/record/checkpoints/…",
        "/record/checkpoints/…/time-stamp",
        "/record/health",
        "/record/keys",
        "/record/time-stamps",
        "/record/record.json",
        "/record/record.txt",
        "/session/left",
    }
)
"""Files, figures for machines, and an address that only leads to the proposal's page."""
