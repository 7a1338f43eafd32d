"""W3: a borrower signs and submits, by the tap after the code: durable, behind the form's token, once whatever is tapped, with its
events, its hold, its place in the queue and its messages; beside (a) a bare endpoint of one statement and (b) an idiomatic one (ORM,
Flask-WTF).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.borrowers import add_borrowers_of_one_loan
from benchmarks.load import Request
from benchmarks.loads import compared_loads
from benchmarks.references.bare_signing import TABLE, bare_signing
from benchmarks.references.idiomatic_signing import add_proposals, idiomatic_signing
from benchmarks.references.served import Served
from benchmarks.results import Promise, Result, Sense, compared
from benchmarks.rounds import ROUNDS, cpu_micros, in_turn
from benchmarks.serving import served_now, served_reference, served_world
from benchmarks.sizes import Asked
from benchmarks.worlds import World, token_of, world
from benchmarks.wsgi_calls import Browser
from portal.db import transaction
from portal.domain.one_time_codes import CodePurpose
from portal.domain.permissions import Actor, ActorKind
from portal.domain.policy import HardshipReason
from portal.models import Borrower, Loan
from portal.services.one_time_codes import CodeDoor, send_code
from portal.services.signing_codes import signing_code_order
from portal.web.sessions import token_hash
from tests.checked_client import form_of
from tests.codes import code_sent_to
from tests.journeys.servers import SECRET_KEY
from tests.people import NOW
from tests.stories import CATCH_UP, Story

AT_ONCE, QUICK_AT_ONCE = 50, 7
"""Signatures a round, each by somebody else: at the full size ten rounds are five hundred people. The quick one has seventy, for each has
to be brought to the code first.
"""
BARE: Final = Promise(0.7, 0.3, Sense.GAIN)
IDIOMATIC: Final = Promise(3, 2, Sense.GAIN)
_CHOICE: Final = {**CATCH_UP, "defer_periods": 0, "every": "1 month", "first_on": None}
"""All that the page of ready plans keeps."""
MOST_MS: Final = 25
"""The ninety-ninth percentile at sixteen clients."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody with the code in hand."""

    browser: Browser
    path: str
    form: dict[str, str]


def measure(asked: Asked) -> Sequence[Result]:
    """Microseconds of processor time a signature; then milliseconds at the server."""
    results: list[Result] = []
    at_once = QUICK_AT_ONCE if asked.quick else AT_ONCE
    for kind in asked.databases:
        with world(kind, "signing") as made:
            found = [*beside_references(made, at_once), *at_the_server(made, at_once)]
            results += map(made.named, found)
    return results


def beside_references(made: World, at_once: int, rounds: int = ROUNDS) -> Sequence[Result]:
    count = at_once * (rounds + 1)
    signers = iter(make_signers(made, count))
    with transaction(made.database.engine) as session:
        session.execute(text(TABLE))
        add_proposals(session, count)
    bare, idiomatic = bare_signing(made.database.url), idiomatic_signing(made.database.url)
    beside = iter(
        [Signer(Browser(bare), f"/proposals/{number}/sign", {"code": "123456"}) for number in range(count)]
    )
    person, token = idiomatic_person(idiomatic)
    also = iter(
        [
            Signer(person, f"/proposals/{number}/sign", {"code": "123456", "csrf_token": token})
            for number in range(count)
        ]
    )
    subjects = [cpu_micros(made.meter, sign_block(each, at_once)) for each in (signers, beside, also)]
    took = in_turn(subjects, rounds)
    return [
        compared("W3 sign beside one statement", [(a, b) for a, b, _ in took], unit="µs", promise=BARE),
        compared(
            "W3 sign beside an idiomatic stack", [(a, c) for a, _, c in took], unit="µs", promise=IDIOMATIC
        ),
    ]


def at_the_server(made: World, at_once: int, rounds: int = ROUNDS) -> Sequence[Result]:
    """Every request signs another proposal, at one client as at sixteen."""
    count = 2 * at_once * (rounds + 1)
    now = served_now()
    made.clock.move_on(seconds=(now - made.clock.now()).total_seconds())
    signers = make_signers(made, count, first=count, now=now)
    ours = iter(
        [
            Request(each.path, each.browser.cookie, each.form, each.path.removesuffix("/sign"))
            for each in signers
        ]
    )
    bare = iter(
        [
            Request(f"/proposals/s{number}/sign", "", {"code": "123456"}, f"/proposals/s{number}")
            for number in range(count)
        ]
    )
    reference = Served("signing", (made.database.url,))
    with served_world(made) as server, served_reference(reference, made.folder) as address:
        return compared_loads(
            "W3 sign",
            (
                lambda _: (server.url, list(islice(ours, at_once))),
                lambda _: (address, list(islice(bare, at_once))),
            ),
            rounds,
            promised=MOST_MS,
        )


def idiomatic_person(application: Callable[..., object]) -> tuple[Browser, str]:
    """Signed in, and the token of the form."""
    answer = Browser(application).get("/sign-in")  # type: ignore[arg-type]
    return Browser(application, answer.headers["Set-Cookie"].partition(";")[0]), answer.body.decode()  # type: ignore[arg-type]


def sign_block(signers: Iterator[Signer], at_once: int) -> Callable[[int], int]:
    def sign(_round: int) -> int:
        for signer in islice(signers, at_once):
            answer = signer.browser.post(signer.path, signer.form)
            if answer.status != 303 or answer.headers["Location"] not in signer.path:
                raise RuntimeError(f"{signer.path} led to {answer.headers.get('Location')} ({answer.status})")
        return at_once

    return sign


def make_signers(
    made: World,
    count: int,
    *,
    first: int = 0,
    now: datetime = NOW,
    reason: HardshipReason = HardshipReason.ILLNESS,
) -> Sequence[Signer]:
    """So many people who have read and ticked everything; what they ask for goes to a person where the reason is illness, which is never
    decided by policy.
    """
    signers = []
    with transaction(made.database.engine) as session:
        people = add_borrowers_of_one_loan(session, count, first=first)
    for borrower, loan in people:
        browser = made.browser("borrower", borrower.id, now=now)
        with transaction(made.database.engine) as session:
            public_id, code = _ready(session, borrower, loan, browser, now, reason)
        path = f"/proposals/{public_id}/sign"
        _, fields = form_of(browser.get("/").body.decode(), "/sign-out")
        signers.append(Signer(browser, path, {**fields, "code": code}))
    return signers


def _ready(
    session: Session, borrower: Borrower, loan: Loan, browser: Browser, now: datetime, reason: HardshipReason
) -> tuple[str, str]:
    story = Story(session, borrower, loan, now=now).start()
    story.answer(_CHOICE, reason=reason).freeze().preview().read()
    key = token_hash(token_of(browser.cookie))
    actor = Actor(ActorKind.BORROWER, borrower.id, request_id="bench", session_key=key)
    order = signing_code_order(
        proposal=story.proposal, version=story.version, mobile=borrower.mobile, locale=borrower.locale
    )
    send_code(
        session,
        actor,
        order=order,
        door=CodeDoor(key=SECRET_KEY, hash_key=SECRET_KEY, address=browser.address),
        now=now,
    )
    return story.proposal.public_id, code_sent_to(session, borrower.mobile, SECRET_KEY, CodePurpose.SIGNING)
