"""W1: the first page of a borrower with twelve loans, in Chinese, through the whole application: beside (a) a bare Flask page with the same
statements and the same bytes, and (b) the same content by an idiomatic stack (ORM entities, Flask-Login, Flask-WTF, Flask-Babel).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.borrowers import SIGNED_IN, add_people
from benchmarks.load import Request
from benchmarks.loads import compared_loads
from benchmarks.page_texts import main_text
from benchmarks.recorded_pages import Recorded, Visit, record_visits, tokenless
from benchmarks.references.bare_pages import bare_pages
from benchmarks.references.idiomatic_home import idiomatic_home
from benchmarks.references.served import Served
from benchmarks.results import Promise, Result, Sense, compared
from benchmarks.rounds import ROUNDS, cpu_micros, in_turn, some_of
from benchmarks.serving import served_now, served_reference, served_world
from benchmarks.sizes import Asked
from benchmarks.worlds import COOKIES, World, browsers, token_of, world
from benchmarks.wsgi_calls import Application, Browser
from portal.db import transaction

STRANGERS: Final = 1_000_000
QUICK_AT_ONCE: Final = 20
"""Pages a round: ten rounds are two hundred borrowers."""
BARE: Final = Promise(1.5, 2.5)
IDIOMATIC: Final = Promise(7, 4, Sense.GAIN)
MOST_ROUND_TRIPS: Final = 2
MOST_MS: Final = 15
"""The ninety-ninth percentile at sixteen clients."""


@dataclass(frozen=True, slots=True)
class Homes:
    """Three applications and the same people signed in to each."""

    ours: Sequence[Browser]
    bare: Sequence[Browser]
    idiomatic: Sequence[Browser]
    ids: Sequence[int]
    found: Recorded


def measure(asked: Asked) -> Sequence[Result]:
    """Microseconds of processor time a page, of the application and the database together; then milliseconds at the server."""
    results: list[Result] = []
    for kind in asked.databases:
        with world(kind, "home") as made:
            homes = make_homes(made, SIGNED_IN, 0 if asked.quick else STRANGERS)
            at_once = QUICK_AT_ONCE if asked.quick else SIGNED_IN
            found = [*beside_references(made, homes, at_once), *at_the_server(made, homes, at_once)]
            results += map(made.named, found)
    return results


def beside_references(
    made: World, homes: Homes, at_once: int = SIGNED_IN, rounds: int = ROUNDS
) -> Sequence[Result]:
    subjects = [
        cpu_micros(made.meter, ask_block(each, at_once)) for each in (homes.ours, homes.bare, homes.idiomatic)
    ]
    took = in_turn(subjects, rounds)
    bare = compared("W1 home beside a bare page", [(a, b) for a, b, _ in took], unit="µs", promise=BARE)
    kept = "kept" if homes.found.round_trips <= MOST_ROUND_TRIPS else "NOT KEPT"
    more = f"{bare.more}; {homes.found.round_trips} round trips (<= {MOST_ROUND_TRIPS}): {kept}"
    pairs = [(a, c) for a, _, c in took]
    idiomatic = compared("W1 home beside an idiomatic stack", pairs, unit="µs", promise=IDIOMATIC)
    return [replace(bare, more=more), idiomatic]


def at_the_server(
    made: World, homes: Homes, at_once: int = SIGNED_IN, rounds: int = ROUNDS
) -> Sequence[Result]:
    """Milliseconds at the real server, whose clock goes on: the same people sign in once more."""
    ours, known = [], {}
    for person, borrower_id in zip(homes.ours, homes.ids, strict=True):
        cookie = made.browser("borrower", borrower_id, now=served_now()).cookie
        ours.append(Request("/", cookie))
        known[token_of(cookie)] = homes.found.known[token_of(person.cookie)]
    reference = Served("pages", (made.database.url, COOKIES["borrower"], homes.found.templates, known))
    with served_world(made) as server, served_reference(reference, made.folder) as bare:
        return compared_loads(
            "W1 home",
            (
                lambda number: (server.url, some_of(ours, number, at_once)),
                lambda number: (bare, some_of(ours, number, at_once)),
            ),
            rounds,
            promised=MOST_MS,
        )


def ask_block(people: Sequence[Browser], at_once: int) -> Callable[[int], int]:
    def ask(number: int) -> int:
        asking = some_of(people, number, at_once)
        for person in asking:
            answer = person.get("/")
            if answer.status != 200:
                raise RuntimeError(f"the first page answered {answer.status}")
        return len(asking)

    return ask


def make_homes(made: World, people: int, strangers: int) -> Homes:
    """Raises ``RuntimeError`` where a reference does not say what we say: bytes of the bare page, words of the idiomatic one."""
    with transaction(made.database.engine) as session:
        ids = add_people(session, people, strangers=strangers).ids
    ours = browsers(made, ids)
    found = record_visits(made.database.engine, [(person, [Visit("/")]) for person in ours])
    bare = bare_pages(made.database.url, COOKIES["borrower"], found.templates, found.known)
    homes = Homes(
        ours,
        [replace(person, application=bare) for person in ours],
        _signed_in(idiomatic_home(made.database.url, made.folder), ours, ids),
        ids,
        found,
    )
    _refuse_different(homes)
    return homes


def _signed_in(application: Application, ours: Sequence[Browser], ids: Sequence[int]) -> Sequence[Browser]:
    found = []
    for person, borrower_id in zip(ours, ids, strict=True):
        stranger = Browser(application, address=person.address)
        cookie = stranger.get(f"/sign-in/{borrower_id}").headers["Set-Cookie"].partition(";")[0]
        found.append(replace(stranger, cookie=cookie))
    return found


def _refuse_different(homes: Homes) -> None:
    for ours, bare, idiomatic in zip(homes.ours, homes.bare, homes.idiomatic, strict=True):
        page = ours.get("/").body
        if tokenless(page) != tokenless(bare.get("/").body):
            raise RuntimeError("the bare page's bytes are others")
        if main_text(page) != main_text(idiomatic.get("/").body):
            raise RuntimeError("the idiomatic page says something else")
