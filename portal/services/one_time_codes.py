"""Sending and checking one-time codes, for signing in and for signing.

Neither raises on a refusal: a verdict comes back, so that what was counted is committed with the request.
"""

import hmac
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.errors import AccessRefused, DomainError
from portal.domain.network_places import site_of
from portal.domain.one_time_codes import LIFETIME, MOST_TRIES, CodePurpose, code_of, keyed_hash, parse_code
from portal.domain.permissions import Actor, ActorKind
from portal.models import Borrower, OneTimeCode
from portal.queries.prepared import Prepared, given, table_of
from portal.services import shared_limits
from portal.services.outbox import enqueue
from portal.services.rate_limits import Limit, bucket_of, count_tries, count_try, give_back_try, is_full
from portal.services.record import record

RESEND_AFTER = timedelta(seconds=60)
_DAY = timedelta(hours=24)
_HOUR = timedelta(hours=1)
_TO_A_NUMBER = frozenset({CodePurpose.SIGN_IN, CodePurpose.NEW_NUMBER})
_CODES: Final = table_of(OneTimeCode)
_COUNTING: Final = Prepared(
    update(_CODES)
    .where(
        _CODES.c.purpose == given("purpose"),
        _CODES.c.target == given("target"),
        _CODES.c.session_key == given("session_key"),
        _CODES.c.used_at.is_(None),
        _CODES.c.replaced_at.is_(None),
        _CODES.c.expires_at > given("now"),
        _CODES.c.tries < MOST_TRIES,
    )
    .values(tries=_CODES.c.tries + 1)
    .returning(_CODES.c.id, _CODES.c.data_key, _CODES.c.mobile_sealed, _CODES.c.seed, _CODES.c.tries)
)
_USING: Final = Prepared(update(_CODES).where(_CODES.c.id == given("id")).values(used_at=given("now")))


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeDoor:
    """Where a request comes from, the key that codes are made with, and the one that numbers and addresses are hashed with."""

    key: str
    hash_key: str
    address: str
    """The place in the network (``domain.network_places``); kept as a keyed hash alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeOrder:
    """A code that is wanted. ``values`` are what the message names besides: references and sums, never a person.

    ``borrower_id``, ``loan_id`` and ``proposal_id`` are known where somebody is signed in already. ``fits``, of a wish for a new number:
    whether old number and ending are somebody's, whom nothing names before the code is right; where they are not it goes nowhere.
    """

    purpose: CodePurpose
    target: str
    mobile: str
    locale: str
    lifetime: timedelta = LIFETIME
    values: Mapping[str, str | int] = field(default_factory=dict)
    borrower_id: int | None = None
    loan_id: int | None = None
    proposal_id: int | None = None
    fits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSending:
    """``code_id`` None: nothing is sent. ``again_at``: from when another may be asked for."""

    code_id: int | None
    again_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeVerdict:
    """``code_id`` where the code was right; else ``error`` for the field, or ``again_at`` where too much was tried."""

    code_id: int | None = None
    error: DomainError | None = None
    again_at: datetime | None = None

    @property
    def is_right(self) -> bool:
        return self.code_id is not None


def send_code(
    session: Session, actor: Actor, *, order: CodeOrder, door: CodeDoor, now: datetime
) -> CodeSending:
    """Make a code that replaces the one before in this session, and no other session's, and put its message into the outbox.

    The same for every number, statement by statement: one that nobody has spends another budget, and no message goes to it. Raises
    ``AccessRefused("no_code_for_staff")``.
    """
    _refuse_staff(actor)
    order = replace(order, target=_kept_target(order.purpose, order.target, door))
    too_soon = count_try(session, _pause(order, door), now=now)
    if too_soon is not None:
        return CodeSending(code_id=None, again_at=too_soon.again_at)
    goes_out = _goes_out(session, order)
    own, of_nobody = _budget(door), _budget_of_nobody(door)
    is_spent = is_full(session, of_nobody, now=now)
    full = count_tries(session, _sending_limits(order, door), now=now)
    if full is not None:
        if full.is_first:
            _refused(session, actor, order.purpose, "too_many_messages", order.borrower_id, now)
        return CodeSending(code_id=None, again_at=full.again_at)
    give_back_try(session, *(limit.bucket for limit in (of_nobody if goes_out else own)))
    code_id = _replace_code(session, actor, order, now)
    with _kept(session, is_kept=goes_out) if is_spent else nullcontext():
        _ask_worker(session, actor, order, code_id, now)
    return CodeSending(code_id=code_id, again_at=now + RESEND_AFTER)


def _goes_out(session: Session, order: CodeOrder) -> bool:
    """Whether a message will be sent, and paid for: what nobody of the book asked for goes nowhere."""
    match order.purpose:
        case CodePurpose.SIGN_IN:
            having = select(Borrower.id).where(Borrower.mobile_index == order.mobile).limit(1)
            return session.scalar(having) is not None
        case CodePurpose.NEW_NUMBER:
            return order.fits
    return True


@contextmanager
def _kept(session: Session, *, is_kept: bool) -> Iterator[None]:
    """What is done within is done in either case, so that it takes as long, and taken back where it is not to be kept."""
    with session.begin_nested() as marked:
        yield
        if not is_kept:
            session.flush()
            marked.rollback()


def _ask_worker(session: Session, actor: Actor, order: CodeOrder, code_id: int, now: datetime) -> None:
    enqueue(
        session,
        kind="sms",
        dedupe_key=f"sms:code:{code_id}",
        payload={
            "code_id": code_id,
            "template": order.purpose.value,
            "locale": order.locale,
            "values": dict(order.values),
            "borrower_id": order.borrower_id,
            "loan_id": order.loan_id,
            "proposal_id": order.proposal_id,
            "fits": order.fits,
        },
        now=now,
    )
    record(
        session,
        actor,
        "code:requested",
        now=now,
        borrower_id=order.borrower_id,
        loan_id=order.loan_id,
        proposal_id=order.proposal_id,
        purpose=order.purpose.value,
        code_id=code_id,
    )


def check_code(
    session: Session,
    actor: Actor,
    *,
    purpose: CodePurpose,
    target: str,
    typed: str,
    door: CodeDoor,
    now: datetime,
) -> CodeVerdict:
    """Whether ``typed`` is the live code of this purpose and target, in the session that asked for it.

    The try is counted before anything is compared: of 200 at once, five are looked at. Raises ``AccessRefused("no_code_for_staff")``.
    """
    _refuse_staff(actor)
    try:
        plain = parse_code(typed)
    except DomainError as error:
        return CodeVerdict(error=error)
    target = _kept_target(purpose, target, door)
    code = _count_on_live_code(session, actor, purpose, target, now)
    if code is None:
        return _verdict_without_code(session, actor, purpose, target, door, now)
    mobile = OneTimeCode.mobile.of(code, OneTimeCode)
    full = count_tries(session, _guessing_limits(purpose, mobile, door), now=now)
    if full is not None:
        if full.is_first:
            _refused(session, actor, purpose, "too_many_tries", actor.id, now)
        return CodeVerdict(again_at=full.again_at)
    if not hmac.compare_digest(plain, code_of(code.seed, door.key)):
        _refused(session, actor, purpose, "wrong", actor.id, now)
        return CodeVerdict(error=_wrong(code.tries))
    _USING.run(session, id=code.id, now=now)
    return CodeVerdict(code_id=code.id)


def _kept_target(purpose: CodePurpose, target: str, door: CodeDoor) -> str:
    """A number is kept as its hash alone."""
    return keyed_hash(target, door.hash_key, purpose="number") if purpose in _TO_A_NUMBER else target


def _pause(order: CodeOrder, door: CodeDoor) -> Limit:
    """One a minute; what it holds back counts nowhere else."""
    return Limit(f"code:pause:{order.purpose.value}:{_here(order.mobile, door)}", 1, RESEND_AFTER)


def _sending_limits(order: CodeOrder, door: CodeDoor) -> Sequence[Limit]:
    """Ten a day for a number from one site, so that no stranger at another uses them up, thirty from all; wide for an address (carriers
    put thousands behind one); a daily budget for all messages, of which a network has a part alone, and the counts of what goes nowhere,
    a network's and everybody's, which refuse nobody. Every order is counted in both budgets, and one of the two gets its counts back: who
    waits for whose lock would tell which numbers are known.
    """
    purpose = order.purpose.value
    return (
        Limit(f"code:here:{purpose}:{_here(order.mobile, door)}", 10, _DAY),
        Limit(f"code:day:{purpose}:{bucket_of(order.mobile, door.hash_key)}", 30, _DAY),
        Limit(f"code:address:{bucket_of(door.address, door.hash_key)}", 300, _HOUR),
        *_budget(door),
        *(replace(limit, most=sys.maxsize) for limit in _budget_of_nobody(door)),
    )


def _budget(door: CodeDoor) -> Sequence[Limit]:
    return shared_limits.shared(shared_limits.CODES, door.address, door.hash_key)


def _budget_of_nobody(door: CodeDoor) -> Sequence[Limit]:
    """Where it is full, a network's part or all of it, what goes nowhere leaves neither work nor an event; nobody is refused."""
    return shared_limits.shared(
        shared_limits.CODES_TO_NOBODY, door.address, door.hash_key, name="network-to-nobody"
    )


def _guessing_limits(purpose: CodePurpose, mobile: str, door: CodeDoor) -> Sequence[Limit]:
    """As for sending: ten a day from one site, 25 from all."""
    return (
        Limit(f"guess:here:{purpose.value}:{_here(mobile, door)}", 10, _DAY),
        Limit(f"guess:day:{purpose.value}:{bucket_of(mobile, door.hash_key)}", 25, _DAY),
        Limit(f"guess:address:{bucket_of(door.address, door.hash_key)}", 1_000, _HOUR),
        *shared_limits.shared(shared_limits.GUESSES, door.address, door.hash_key),
    )


def _here(mobile: str, door: CodeDoor) -> str:
    """This number, tried from this site: whoever has a network of IPv6 has 65,536 places, and no more tries at somebody's number."""
    return bucket_of(f"{mobile} {site_of(door.address)}", door.hash_key)


def _replace_code(session: Session, actor: Actor, order: CodeOrder, now: datetime) -> int:
    session.execute(
        update(OneTimeCode)
        .where(
            OneTimeCode.purpose == order.purpose.value,
            OneTimeCode.target == order.target,
            OneTimeCode.session_key == actor.session_key,
            OneTimeCode.used_at.is_(None),
            OneTimeCode.replaced_at.is_(None),
        )
        .values(replaced_at=now)
        .execution_options(synchronize_session=False)
    )
    code = OneTimeCode(
        purpose=order.purpose.value,
        target=order.target,
        mobile=order.mobile,
        session_key=actor.session_key,
        asked_by=actor.kind.value,
        seed=secrets.token_hex(16),
        made_at=now,
        expires_at=now + order.lifetime,
    )
    session.add(code)
    session.flush()
    return code.id


def _count_on_live_code(
    session: Session, actor: Actor, purpose: CodePurpose, target: str, now: datetime
) -> Any | None:
    """The live code with this try counted on it; None where there is none that may be tried."""
    return _COUNTING.row(
        session, purpose=purpose.value, target=target, session_key=actor.session_key, now=now
    )


def _verdict_without_code(
    session: Session, actor: Actor, purpose: CodePurpose, target: str, door: CodeDoor, now: datetime
) -> CodeVerdict:
    """Why there is nothing to try: used up, used already, too old, or never asked for in this session. Nothing bounds how often that is
    said, so that it goes on record once a code and reason.
    """
    last = session.scalar(
        select(OneTimeCode)
        .where(
            OneTimeCode.purpose == purpose.value,
            OneTimeCode.target == target,
            OneTimeCode.session_key == actor.session_key,
        )
        .order_by(OneTimeCode.id.desc())
        .limit(1)
    )
    match last:
        case None:
            reason = "code_none"
        case _ if last.used_at is not None:
            reason = "code_used"
        case _ if last.tries >= MOST_TRIES:
            reason = "code_tries_spent"
        case _:
            reason = "code_expired"
    of_code = bucket_of(f"{actor.session_key} {target} {last.id if last else 0}", door.hash_key)
    if count_try(session, Limit(f"code:over:{reason}:{of_code}", 1, _DAY), now=now) is None:
        _refused(session, actor, purpose, reason, actor.id, now)
    return CodeVerdict(error=DomainError(reason, field="code"))


def _wrong(tries: int) -> DomainError:
    left = MOST_TRIES - tries
    return (
        DomainError("code_wrong", field="code", left=left)
        if left
        else DomainError("code_tries_spent", field="code")
    )


def _refused(
    session: Session, actor: Actor, purpose: CodePurpose, reason: str, borrower_id: int | None, now: datetime
) -> None:
    record(
        session, actor, "code:refused", now=now, borrower_id=borrower_id, purpose=purpose.value, reason=reason
    )


def _refuse_staff(actor: Actor) -> None:
    """Codes are borrowers' own: no member of staff asks for one, or enters one that was read out to them."""
    if actor.kind is ActorKind.STAFF:
        raise AccessRefused("no_code_for_staff", rule="D04")
