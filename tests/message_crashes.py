"""Workers that are killed while they send: what they leave behind must be neither lost nor told apart from what was sent twice.

Each worker is a process of its own and dies of SIGKILL at a point of its work: at the commit of its claim, of the attempt, of the mark or
of the end, between attempt and provider, right after the provider has taken the message, or once all is done.
"""

import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, cast

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.adapters.acs3 import AccessKey
from portal.adapters.business_texts import PackagedTexts
from portal.adapters.message_words import MessageWriter
from portal.adapters.vendor_messages import VendorAccount, VendorMessages
from portal.adapters.wording import BabelWording
from portal.commands.work import HANDLERS, Workshop, run_once, run_until_empty
from portal.config import Config
from portal.db import make_engine, transaction
from portal.domain.occasions import Occasion
from portal.domain.permissions import SYSTEM
from portal.models import Contact, Event, OutboxItem
from portal.services.collection_messages import AskedMessage, ask_for_messages
from portal.services.ports import SentMessage
from tests.clocks import HandClock
from tests.people import NOW, TODAY, add_borrower, add_calendar, add_loan, add_policy
from tests.sms_vendor import KEY_ID, SECRET, Vendor, vendor

KEY: Final = "a secret key for tests, long enough"
COMMITS: Final = {"claiming": 2, "attempting": 3, "marking": 4, "finishing": 5}
"""Which of its commits a worker does not live through; the first is that of looking whether anything is due."""
POINTS: Final = (*COMMITS, "before_provider", "after_provider", "finished")
TEMPLATES: Final = {locale: {name.value: f"SMS_{name}" for name in Occasion} for locale in ("zh_CN", "en")}


@dataclass
class Tally:
    """What stood there once everybody had died and the last worker had finished."""

    kills: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    taken: int = 0
    lost: int = 0
    twice: int = 0
    strangers: int = 0
    """Messages that the vendor has and no contact answers for, or a second key for one message."""
    unfinished: int = 0


class Dying:
    """A sender that may not live to tell."""

    def __init__(self, sender: VendorMessages, point: str) -> None:
        self._sender, self._point = sender, point

    def write(self, template: str, values: Mapping[str, str | int], locale: str) -> SentMessage:
        return self._sender.write(template, values, locale)

    def send(
        self, mobile: str, template: str, values: Mapping[str, str | int], locale: str, *, key: str
    ) -> SentMessage:
        if self._point == "before_provider":
            die()
        sent = self._sender.send(mobile, template, values, locale, key=key)
        if self._point == "after_provider":
            die()
        return sent


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def crash(
    database_url: str, *, kills: int, seed: int = 7, told: Callable[[str], None] = lambda _: None
) -> Tally:
    """Kill ``kills`` workers at one message each, let one finish, and count. The database is migrated and empty."""
    tally, dice = Tally(), random.Random(seed)
    with vendor() as known:
        tally.asked = _ask(database_url, kills)
        clock = HandClock()
        while sum(tally.kills.values()) < kills:
            point = dice.choice(POINTS)
            tally.kills[point] += _killed(lambda point=point: _work(database_url, known, clock, point))  # type: ignore[misc]
            clock.move_on(minutes=3)  # the dead worker's lease is over
            if sum(tally.kills.values()) % 5 == 0:  # who dies a dozen times of one message gives it up
                _killed(lambda: _live(database_url, known, clock))
            told(point)
        _work_on(database_url, known, clock)
        _count(database_url, known, tally)
    return tally


def _ask(database_url: str, count: int) -> int:
    engine = make_engine(database_url)
    with transaction(engine) as session:
        add_policy(session)
        add_calendar(session)
        asked = []
        for number in range(count):
            borrower = add_borrower(
                session, f"李娜{number}", mobile=f"+86138{number:08d}", id_last4=f"{number % 10000:04d}"
            )
            loan = add_loan(session, borrower, ref=f"L-{number}")
            asked.append(
                AskedMessage(
                    loan_id=loan.id, borrower_id=borrower.id, occasion=Occasion.OVERDUE_REMINDER, on=TODAY
                )
            )
        done = ask_for_messages(session, SYSTEM, asked, now=NOW)
    engine.dispose()
    return done


def _killed(work: Callable[[], None]) -> bool:
    """Run it in a process of its own; whether that died of SIGKILL."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


def _work(database_url: str, known: Vendor, clock: HandClock, point: str) -> None:
    shop = _shop(database_url, known, clock, point)
    with _dies_at(shop, point):
        run_once(shop, HANDLERS)
        die()  # at "finished", and wherever its point did not come


def _live(database_url: str, known: Vendor, clock: HandClock) -> None:
    run_once(_shop(database_url, known, clock, ""), HANDLERS)


def _work_on(database_url: str, known: Vendor, clock: HandClock) -> None:
    for _ in range(20):
        shop = _shop(database_url, known, clock, "")
        run_until_empty(shop, HANDLERS)
        shop.engine.dispose()
        clock.move_on(minutes=3)


def _shop(database_url: str, known: Vendor, clock: HandClock, point: str) -> Workshop:
    account = VendorAccount(
        url=known.address, key=AccessKey(KEY_ID, SECRET), sign_name="安心", number="1069", templates=TEMPLATES
    )
    sender = VendorMessages(account, MessageWriter(PackagedTexts(), BabelWording(), clock), clock)
    config = Config(database_url=database_url, secret_key=KEY, testing=True)
    none = cast("Any", None)
    return Workshop(config, make_engine(database_url), clock, none, none, sender=Dying(sender, point))


@contextmanager
def _dies_at(shop: Workshop, point: str) -> Any:
    """Before one of its commits."""
    commits = COMMITS.get(point)
    seen = 0

    def before_commit(_connection: object) -> None:
        nonlocal seen
        seen += 1
        if seen == commits:
            die()

    if commits is not None:
        event.listen(shop.engine, "commit", before_commit)
    yield


def _count(database_url: str, known: Vendor, tally: Tally) -> None:
    engine = make_engine(database_url)
    with transaction(engine, writes=False) as session:
        contacts = session.scalars(select(Contact)).all()
        tally.unfinished = _unfinished(session)
        made = len(session.scalars(select(Event.id).where(Event.name == "contact:made")).all())
    engine.dispose()
    keys = Counter(asked["OutId"] for asked in known.taken)
    mobiles = {asked["OutId"]: asked["PhoneNumbers"] for asked in known.taken}
    ours = {contact.message_key for contact in contacts if contact.result == "sent"}
    tally.taken = len(known.taken)
    tally.lost = tally.asked - len(ours & keys.keys())
    tally.twice = sum(count - 1 for count in keys.values())
    tally.strangers = len(keys.keys() - ours) + len(mobiles) - len(set(mobiles.values()))
    tally.unfinished += abs(tally.asked - made)


def _unfinished(session: Session) -> int:
    states: Sequence[str] = session.scalars(select(OutboxItem.state)).all()
    return sum(state != "done" for state in states)
