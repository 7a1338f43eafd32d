"""W9: a member of staff signs in with password and code, beside argon2id alone on the same password; and what a hundred of them at once
do to a borrower's page.
"""

import http.client
import random
import threading
import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final
from urllib.parse import urlencode, urlsplit

import pyotp
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.borrowers import copy_borrower
from benchmarks.load import Request, ask_all
from benchmarks.results import Promise, Result, compared
from benchmarks.rounds import ROUNDS, cpu_micros, in_turn, percentile
from benchmarks.serving import served_now, served_world
from benchmarks.sizes import Asked
from benchmarks.worlds import World, world
from benchmarks.wsgi_calls import Browser
from portal.adapters.passwords import Argon2Passwords
from portal.db import transaction
from portal.domain.permissions import Role
from portal.models import Borrower
from tests.checked_client import form_of
from tests.journeys.servers import Server
from tests.people import PASSWORD, TOTP_SECRET, add_cast, add_loan, add_staff

PROMISE: Final = Promise(1.05, 1.2)
STAFF: Final = 20
PAGES: Final = Promise(3, 5)
AT_ONCE, QUICK_AT_ONCE = 100, 20
"""Members of staff who sign in in the same moment."""
QUICK_ROUNDS: Final = 2
READERS: Final = 4
"""Borrowers who open their first page meanwhile, again and again."""
LEAST_PAGES: Final = 100
MOST_TRIES: Final = 60
"""That somebody makes who is asked to wait."""
_STEP_SECONDS: Final = 30
"""A code works once."""
_PAGE: Final = "/desk/sign-in"
Crowded = tuple[str, Browser, dict[str, str]]
"""A login, and the browser that has the page open with the form's fields."""


def measure(asked: Asked) -> Sequence[Result]:
    """Microseconds of processor time a sign-in."""
    results: list[Result] = []
    for kind in asked.databases:
        with world(kind, "staff") as made:
            results += map(made.named, beside_argon2(made, STAFF))
        with world(kind, "pages") as made:
            at_once, rounds = (QUICK_AT_ONCE, QUICK_ROUNDS) if asked.quick else (AT_ONCE, ROUNDS)
            results += map(made.named, pages_meanwhile(made, at_once, rounds))
    return results


def beside_argon2(made: World, count: int, rounds: int = ROUNDS) -> Sequence[Result]:
    kept = Argon2Passwords().hash(PASSWORD)
    with transaction(made.database.engine) as session:
        logins = _add_staff(session, count, kept)
    subjects = [cpu_micros(made.meter, _sign_in(made, logins)), cpu_micros(made.meter, _argon2(kept, count))]
    took = [(ours, bare) for ours, bare in in_turn(subjects, rounds)]
    return [compared("W9 staff sign-in", took, unit="µs", promise=PROMISE)]


def pages_meanwhile(made: World, at_once: int, rounds: int) -> Sequence[Result]:
    """The ninety-ninth percentile of a page, milliseconds at the server: while so many sign in, beside a quiet moment."""
    kept, now = Argon2Passwords().hash(PASSWORD), served_now()
    made.clock.move_on(seconds=(now - made.clock.now()).total_seconds())
    with transaction(made.database.engine) as session:
        logins = iter(_add_staff(session, at_once * (rounds + 1), kept))
        reader = session.scalars(select(Borrower).order_by(Borrower.id).limit(1)).one()
        add_loan(session, reader)
        ids = copy_borrower(session, reader.id, READERS)
    pages = [Request("/", made.browser("borrower", each, now=now).cookie) for each in ids]
    doors = iter([_opened(made, number) for number in range(at_once * (rounds + 1))])
    pairs = []
    with served_world(made) as server:
        for _ in range(rounds + 1):
            crowd = [(login, *next(doors)) for login in islice(logins, at_once)]
            idle = ask_all(server.url, pages * (LEAST_PAGES // READERS), clients=READERS).milliseconds(0.99)
            pairs.append((_slowest_beside(server, crowd, pages), idle))
    name = f"W9 a page while {at_once} sign in, p99"
    return [compared(name, pairs[1:], unit="ms", promise=PAGES)]


def _slowest_beside(server: Server, crowd: Sequence[Crowded], pages: Sequence[Request]) -> float:
    """Pages are asked for until the last of the crowd is in."""
    faults: list[str] = []
    threads = [
        threading.Thread(target=_at_the_door, args=(server, place, *each, faults))
        for place, each in enumerate(crowd)
    ]
    for thread in threads:
        thread.start()
    took: list[float] = []
    while any(thread.is_alive() for thread in threads) or not took:
        took += ask_all(server.url, pages, clients=READERS).took
    for thread in threads:
        thread.join()
    if faults:
        raise RuntimeError(faults[0])
    return percentile(took, 0.99) * 1000


def _at_the_door(
    server: Server, place: int, login: str, browser: Browser, fields: dict[str, str], faults: list[str]
) -> None:
    """Each from an address of their own, for tries are counted by address; who is asked to wait does, more or less, and tries again."""
    chance = random.Random(place)
    parts = urlsplit(server.url)
    line = http.client.HTTPConnection(
        parts.hostname or "", parts.port, timeout=60, source_address=(f"127.0.1.{1 + place % 250}", 0)
    )
    try:
        for _ in range(MOST_TRIES):
            code = pyotp.TOTP(TOTP_SECRET).at(server.now())
            form = {**fields, "login": login, "password": PASSWORD, "code": code}
            headers = {"Cookie": browser.cookie, "Content-Type": "application/x-www-form-urlencoded"}
            line.request("POST", _PAGE, urlencode(form), headers)
            answer = line.getresponse()
            answer.read()
            if answer.status != 503:
                break
            time.sleep(float(answer.headers["Retry-After"]) * chance.uniform(0.5, 1.5))
        if answer.status != 303:
            faults.append(f"the sign-in answered {answer.status}")
    except OSError as error:
        faults.append(f"the server went away: {error}")
    finally:
        line.close()


def _add_staff(session: Session, count: int, password_hash: str) -> Sequence[str]:
    add_cast(session)
    members = [
        add_staff(session, f"{2000 + number}", f"staff.{number}", "周敏", Role.APPROVER)
        for number in range(count)
    ]
    for member in members:
        member.password_hash = password_hash
    return [member.login for member in members]


def _sign_in(made: World, logins: Sequence[str]) -> Callable[[int], int]:
    """Each of them once, on a browser that has the page open."""

    def sign_in(_round: int) -> int:
        made.clock.move_on(seconds=_STEP_SECONDS)
        code = pyotp.TOTP(TOTP_SECRET).at(made.clock.now())
        for login, (browser, fields) in zip(logins, opened, strict=True):
            answer = browser.post(_PAGE, {**fields, "login": login, "password": PASSWORD, "code": code})
            if answer.status != 303:
                raise RuntimeError(f"the sign-in answered {answer.status}")
        return len(logins)

    opened = [_opened(made, number) for number in range(len(logins))]
    return sign_in


def _opened(made: World, number: int) -> tuple[Browser, dict[str, str]]:
    address = f"10.1.{number // 250}.{1 + number % 250}"
    answer = Browser(made.app, address=address).get(_PAGE)
    _, fields = form_of(answer.body.decode())
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    return Browser(made.app, cookie, address), {"csrf_token": fields["csrf_token"]}


def _argon2(kept: str, count: int) -> Callable[[int], int]:
    hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

    def verify(_round: int) -> int:
        for _ in range(count):
            hasher.verify(kept, PASSWORD)
        return count

    return verify
