"""W2: what somebody can pay is sent, and three ready plans of up to sixty installments are shown as cards: two requests through the whole
application, beside a bare endpoint with the same statements and its rows ready-made.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.orm import Session

from benchmarks.borrowers import SIGNED_IN, add_borrowers_of_one_loan
from benchmarks.home import QUICK_AT_ONCE
from benchmarks.recorded_pages import Visit, record_visits, tokenless, visited
from benchmarks.references.bare_pages import bare_pages
from benchmarks.results import Promise, Result, compared
from benchmarks.rounds import ROUNDS, cpu_micros, in_turn, some_of
from benchmarks.sizes import Asked
from benchmarks.worlds import COOKIES, World, world
from benchmarks.wsgi_calls import Browser
from portal.db import transaction
from portal.domain.options import payment_bounds
from portal.domain.policy import HardshipReason
from portal.models import Borrower, Loan
from portal.services import drafts
from tests.checked_client import form_of
from tests.people import NOW
from tests.stories import Story

PROMISE: Final = Promise(1.25, 2)
CARDS: Final = 3
INSTALLMENTS: Final = 60
A_LITTLE_MORE: Final = 100
"""Fen: the day of the month that is chosen may make the slowest plan a little dearer than its bound."""

Person = tuple[Browser, Sequence[Visit]]


@dataclass(frozen=True, slots=True)
class Choosers:
    """The same people at ours and at the reference."""

    ours: Sequence[Person]
    bare: Sequence[Person]


def measure(asked: Asked) -> Sequence[Result]:
    """Microseconds of processor time for the two requests together."""
    results: list[Result] = []
    for kind in asked.databases:
        with world(kind, "choices") as made:
            at_once = QUICK_AT_ONCE if asked.quick else SIGNED_IN
            results += map(made.named, beside_ready_rows(made, make_choosers(made, SIGNED_IN), at_once))
    return results


def beside_ready_rows(
    made: World, choosers: Choosers, at_once: int = SIGNED_IN, rounds: int = ROUNDS
) -> Sequence[Result]:
    subjects = [
        cpu_micros(made.meter, _ask_block(people, at_once)) for people in (choosers.ours, choosers.bare)
    ]
    took = [(ours, bare) for ours, bare in in_turn(subjects, rounds)]
    return [compared("W2 three plans of sixty installments", took, unit="µs", promise=PROMISE)]


def _ask_block(people: Sequence[Person], at_once: int) -> Callable[[int], int]:
    def ask(number: int) -> int:
        asking = some_of(people, number, at_once)
        for browser, visits in asking:
            for visit in visits:
                visited(browser, visit)
        return len(asking)

    return ask


def make_choosers(made: World, count: int) -> Choosers:
    """Raises ``RuntimeError`` where the page shows other plans than those promised here, or the bare one other bytes."""
    with transaction(made.database.engine) as session:
        drafted = [_draft(session, *each) for each in add_borrowers_of_one_loan(session, count)]
    ours = [_person(made, *each) for each in drafted]
    found = record_visits(made.database.engine, ours)
    bare = bare_pages(made.database.url, COOKIES["borrower"], found.templates, found.known)
    choosers = Choosers(ours, [(replace(browser, application=bare), visits) for browser, visits in ours])
    for (browser, visits), (beside, _) in zip(choosers.ours, choosers.bare, strict=True):
        page = visited(browser, visits[-1])
        if page.count(b'name="plan"') != CARDS or str(INSTALLMENTS).encode() not in page:
            raise RuntimeError("the page does not show three plans")
        if tokenless(page) != tokenless(visited(beside, visits[-1])):
            raise RuntimeError("the bare page's bytes are others")
    return choosers


def _draft(session: Session, borrower: Borrower, loan: Loan) -> tuple[int, str, int]:
    """The borrower, the draft that has its reason, and the fen a month that allow the slowest plan."""
    story = Story(session, borrower, loan).start()
    drafts.answer_reason(
        session,
        story.actor,
        proposal=story.proposal,
        reason=HardshipReason.INCOME_FELL,
        consents=True,
        consent_version="2026-01-01",
        now=NOW,
    )
    standing = story.situation().standing
    bounds = payment_bounds(standing.facts, standing.rules)
    return borrower.id, story.proposal.public_id, bounds.shown_lowest + A_LITTLE_MORE


def _person(made: World, borrower_id: int, public_id: str, affordable: int) -> Person:
    browser = made.browser("borrower", borrower_id)
    need = f"/proposals/{public_id}/need"
    _, fields = form_of(browser.get(need).body.decode())
    form = {**fields, "need": "monthly", "monthly": f"{affordable / 100:.2f}", "day": "15"}
    return browser, [Visit(need, form), Visit(f"/proposals/{public_id}/plans")]
