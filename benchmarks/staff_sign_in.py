"""W9: a member of staff signs in with password and code, beside argon2id alone on the same password."""

from collections.abc import Callable, Sequence
from typing import Final

import pyotp
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from benchmarks.results import Promise, Result, compared
from benchmarks.rounds import ROUNDS, cpu_micros, in_turn
from benchmarks.sizes import Asked
from benchmarks.worlds import World, world
from benchmarks.wsgi_calls import Browser
from portal.adapters.passwords import Argon2Passwords
from portal.db import transaction
from portal.domain.permissions import Role
from tests.checked_client import form_of
from tests.people import PASSWORD, TOTP_SECRET, add_cast, add_staff

PROMISE: Final = Promise(1.05, 1.2)
STAFF: Final = 20
_STEP_SECONDS: Final = 30
"""A code works once."""
_PAGE: Final = "/desk/sign-in"


def measure(asked: Asked) -> Sequence[Result]:
    """Microseconds of processor time a sign-in."""
    results: list[Result] = []
    for kind in asked.databases:
        with world(kind, "staff") as made:
            results += map(made.named, beside_argon2(made, STAFF))
    return results


def beside_argon2(made: World, count: int, rounds: int = ROUNDS) -> Sequence[Result]:
    kept = Argon2Passwords().hash(PASSWORD)
    with transaction(made.database.engine) as session:
        logins = _add_staff(session, count, kept)
    subjects = [cpu_micros(made.meter, _sign_in(made, logins)), cpu_micros(made.meter, _argon2(kept, count))]
    took = [(ours, bare) for ours, bare in in_turn(subjects, rounds)]
    return [compared("W9 staff sign-in", took, unit="µs", promise=PROMISE)]


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
    address = f"10.1.0.{number}"
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
