"""A backup that is made while people sign and workers seal and keep the record, put back elsewhere."""

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.clock import Clock
from portal.commands.backup.making import make_backup
from portal.commands.backup.manifest import Manifest
from portal.commands.backup.restoring import Proof, prove, refuse_target, restore, verify_files
from portal.commands.record_keeping import keeper_of
from portal.config import Config
from portal.db import make_engine, transaction
from portal.domain.permissions import SYSTEM
from portal.models import Agreement, Attachment, Borrower, Event
from portal.services.attachments import SentFile, add_attachment
from portal.services.documents import keep_sealed
from portal.services.record import record
from tests.clean_files import clean_photo
from tests.people import NOW, add_cast, add_loan
from tests.stories import Story

_numbers = itertools.count(1)
KEY: Final = "a secret key for tests, long enough"


@dataclass
class Load:
    """Writers that note what was acknowledged, in its order."""

    config: Config
    engine: Engine
    acknowledged: list[str] = field(default_factory=list)
    """Public ids of agreements, SHA-256 of files, and numbers of lines in the record."""
    failures: list[BaseException] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _moved: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def going_on(self, *, signers: int = 2, recorders: int = 2) -> Iterator["Load"]:
        """The first borrower signs; where nobody is there, the cast comes first."""
        with transaction(self.engine) as session:
            found = session.scalar(select(func.min(Borrower.id)))
            borrower_id = add_cast(session).li_na.id if found is None else found
        tasks = [lambda: self._sign(borrower_id)] * signers + [self._record] * recorders + [self._keep]
        threads = [threading.Thread(target=self._until_stopped, args=(task,)) for task in tasks]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def wait_for(self, count: int) -> list[str]:
        """What was acknowledged once there is so much of it, a sealed agreement among it: on a busy machine lines in the record are
        many before anybody has signed.
        """
        with self._moved:
            self._moved.wait_for(lambda: self._is_enough(count) or bool(self.failures), timeout=240)
            return list(self.acknowledged)

    def _is_enough(self, count: int) -> bool:
        has_agreement = any(each.startswith("agreement ") for each in self.acknowledged)
        return has_agreement and len(self.acknowledged) >= count

    def _until_stopped(self, task: Callable[[], None]) -> None:
        while not self._stop.is_set():
            try:
                task()
            except BaseException as error:  # noqa: BLE001 - told at the end
                self.failures.append(error)
                return

    def _acknowledge(self, what: str) -> None:
        with self._moved:
            self.acknowledged.append(what)
            self._moved.notify_all()

    def _sign(self, borrower_id: int) -> None:
        with transaction(self.engine) as session:
            story = _story(session, borrower_id)
            story.submit()
            agreement = session.scalars(
                select(Agreement).where(Agreement.proposal_id == story.proposal.id)
            ).one()
            agreement_id, public_id = agreement.id, agreement.public_id
            digest = _attach(session, story, public_id)
        self._acknowledge(f"file {digest}")
        with transaction(self.engine) as session:
            body = f"%PDF-1.7 {public_id} ".encode() + sha256(public_id.encode()).digest() * 500
            keep_sealed(session, SYSTEM, agreement_id=agreement_id, body=body, now=NOW)
        self._acknowledge(f"agreement {public_id}")

    def _record(self) -> None:
        with transaction(self.engine) as session:
            number = f"{threading.get_ident()}-{len(self.acknowledged)}"
            record(session, SYSTEM, "calendar:published", now=NOW, calendar_version=number)
        self._acknowledge(f"event {number}")
        self._stop.wait(0.01)

    def _keep(self) -> None:
        keeper = keeper_of(self.config, self.engine)
        while not self._stop.wait(0.05):
            keeper.keep()


def _story(session: Session, borrower_id: int) -> Story:
    borrower = session.get_one(Borrower, borrower_id)
    return Story(session, borrower, add_loan(session, borrower, ref=f"L-{next(_numbers)}"))


def _attach(session: Session, story: Story, public_id: str) -> str:
    """The SHA-256 of a file of its own."""
    number = sha256(public_id.encode())
    sent = SentFile(
        file=clean_photo(number.digest() * 500), name="收据.jpg", consents=True, consent_version="1"
    )
    add_attachment(
        session,
        story.actor,
        about=story.proposal,
        form_key=number.hexdigest()[:32],
        body="",
        sent=sent,
        now=NOW,
    )
    return sent.file.sha256


@dataclass(frozen=True, slots=True)
class Restored:
    """``lost`` were acknowledged before the backup began and are not in what was restored."""

    manifest: Manifest
    proof: Proof
    before: int
    during: int
    lost: tuple[str, ...]
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BackedUp:
    """``before`` is what was acknowledged before the backup began, ``during`` how much more while it was made."""

    manifest: Manifest
    before: Sequence[str]
    during: int
    failures: tuple[str, ...]


def make_backup_under_load(config: Config, folder: Path, *, count: int) -> BackedUp:
    """``count`` acknowledged writes come before the backup; the database is migrated."""
    engine = make_engine(config.database_url, pool_size=8)
    load = Load(config, engine)
    clock = Clock(ZoneInfo(config.timezone))
    with load.going_on():
        before = load.wait_for(count)
        manifest = make_backup(config, engine, clock, folder, with_keys=False)
        during = len(load.acknowledged) - len(before)
        load.wait_for(len(load.acknowledged) + 10)
    engine.dispose()
    return BackedUp(manifest, before, during, tuple(map(repr, load.failures)))


def back_up_under_load(config: Config, elsewhere: Config, folder: Path, *, count: int) -> Restored:
    """Both databases are there, the one empty of people and the other of tables; ``count`` acknowledged writes come before the backup."""
    made = make_backup_under_load(config, folder, count=count)
    there = make_engine(elsewhere.database_url)
    verify_files(folder)
    refuse_target(elsewhere, there, made.manifest)
    there.dispose()
    restore(elsewhere, folder, made.manifest)
    proof = prove(elsewhere, there, Clock(ZoneInfo(elsewhere.timezone)).now())
    lost = lost_in(there, made.before)
    there.dispose()
    return Restored(made.manifest, proof, len(made.before), made.during, lost, made.failures)


def lost_in(engine: Engine, acknowledged: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(set(acknowledged) - acknowledged_in(engine)))


def acknowledged_in(engine: Engine) -> set[str]:
    with transaction(engine, writes=False) as session:
        sealed = session.scalars(select(Agreement.public_id).where(Agreement.seal_state == "sealed"))
        recorded = session.scalars(select(Event.fields).where(Event.name == "calendar:published"))
        return {
            *(f"agreement {each}" for each in sealed),
            *(f"file {each}" for each in session.scalars(select(Attachment.sha256))),
            *(f"event {each['calendar_version']}" for each in recorded),
        }
