"""What workers do: claim a piece of work from the outbox, do it outside of any transaction, keep the result.

A piece is leased for two minutes; a worker that dies leaves it to the next. Each handler may be run twice and does its thing once.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.clock import Clock
from portal.commands.heartbeats import Heart
from portal.commands.policy_replays import REPLAY, give_up_replay, replay_policy
from portal.commands.record_watch import RecordWatch
from portal.commands.report_drawing import draw_report
from portal.commands.sealing import seal_document
from portal.commands.sending import MESSAGES, give_up_message, send_message
from portal.config import Config
from portal.db import transaction
from portal.domain.errors import DomainError
from portal.domain.permissions import SYSTEM
from portal.domain.queue_choices import Alarm
from portal.failpoints import Point, reached
from portal.models import OutboxItem
from portal.queries.operations import is_read_only
from portal.services import (
    calls,
    dispatches,
    documents,
    expiry,
    figure_reports,
    outbox,
    promises,
    support_calls,
)
from portal.services.ports import DocumentRenderer, MessageSender, SigningAuthority, TimeStamper

log = structlog.get_logger()
IDLE_SECONDS = 0.25
EXPIRE_EVERY = timedelta(seconds=20)
"""How often a worker looks for what has run out; ``portal expire`` does the same once."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What handlers work with."""

    config: Config
    engine: Engine
    clock: Clock
    renderer: DocumentRenderer
    sealer: SigningAuthority
    sender: MessageSender
    """Of text messages."""
    mailer: MessageSender | None = None
    """Of e-mail, where the deployment has any."""
    watch: RecordWatch | None = None
    borrowers: SigningAuthority | None = None
    """Signs the borrower's own field (level L3); the default is L1, where the evidence page tells of the borrower's act."""
    stamper: TimeStamper | None = None
    counted: Callable[[str, str, float], None] = lambda _kind, _outcome, _seconds: None
    """Hears of each piece of work its kind, ``done`` or ``failed``, and how many seconds it took."""


@dataclass(frozen=True, slots=True)
class Job:
    """One claimed piece of work."""

    id: int
    kind: str
    payload: Mapping[str, Any]
    attempts: int


Handler = Callable[[Workshop, Job], None]


def run_once(shop: Workshop, handlers: Mapping[str, Handler]) -> bool:
    """Do one piece of work; False where nothing was due. A failure is put off and told, never lost."""
    job = _claim(shop)
    if job is None:
        return False
    reached(Point.CLAIMED)
    began = time.perf_counter()
    try:
        handlers[job.kind](shop, job)
    except Exception as error:  # noqa: BLE001 - whatever a handler meets, the piece of work must survive it
        shop.counted(job.kind, "failed", time.perf_counter() - began)
        _put_off(shop, job, error)
    else:
        shop.counted(job.kind, "done", time.perf_counter() - began)
        reached(Point.WORKED)
        with transaction(shop.engine) as session:
            outbox.mark_done(session, job.id, now=shop.clock.now())
    return True


def run_until_empty(shop: Workshop, handlers: Mapping[str, Handler], *, most: int = 10_000) -> int:
    """Do what is due now; how many pieces were done. For tests, the seed and ``portal worker --once``."""
    done = 0
    while done < most and run_once(shop, handlers):
        done += 1
    return done


def run_for_ever(
    shop: Workshop,
    handlers: Mapping[str, Handler],
    *,
    stop: threading.Event,
    beats_every: timedelta = EXPIRE_EVERY,
) -> None:
    looked_at = shop.clock.now() - EXPIRE_EVERY
    heart = Heart(shop.engine, shop.clock, every=beats_every)
    while not stop.is_set():
        try:
            with heart.beating():
                worked = run_once(shop, handlers)
            heart.jobs += worked
            if shop.clock.now() - looked_at >= EXPIRE_EVERY:
                looked_at = shop.clock.now()
                heart.beat()
                if not _is_read_only(shop):
                    expire_due(shop)
                    warn_of_promises(shop)
                    end_calls(shop)
                    end_support_calls(shop)
            if shop.watch is not None:
                shop.watch.turn(shop.clock.now())
        except Exception as error:
            log.exception("worker_waits", error=type(error).__name__)
            stop.wait(2)
            continue
        if not worked:
            stop.wait(IDLE_SECONDS)
    heart.stop()


def _is_read_only(shop: Workshop) -> bool:
    """Nothing is ended or warned of while nothing may be changed; the record is kept all the same."""
    with transaction(shop.engine, writes=False) as session:
        return is_read_only(session)


def start_thread(shop: Workshop, handlers: Mapping[str, Handler]) -> threading.Event:
    """A worker in this process (the demo, one small installation); the event stops it."""
    stop = threading.Event()
    threading.Thread(
        target=run_for_ever, args=(shop, handlers), kwargs={"stop": stop}, name="worker", daemon=True
    ).start()
    return stop


def expire_due(shop: Workshop) -> int:
    """End what stood open past its time; how many. Looked at first without the write lock."""
    ended, now = 0, shop.clock.now()
    with transaction(shop.engine, writes=False) as session:
        if not expiry.has_expired(session, now=now):
            return 0
    while True:
        with transaction(shop.engine) as session:
            some = expiry.expire_proposals(session, SYSTEM, now=now)
        ended += some
        if some == 0:
            return ended


def end_calls(shop: Workshop) -> int:
    """End calls whose page was closed without an outcome; how many. Looked at first without the write lock."""
    now = shop.clock.now()
    with transaction(shop.engine, writes=False) as session:
        if not calls.has_lapsed_calls(session, now=now):
            return 0
    with transaction(shop.engine) as session:
        return calls.end_lapsed_calls(session, now=now)


def end_support_calls(shop: Workshop) -> int:
    """End support calls whose time is over; how many. Looked at first without the write lock."""
    now = shop.clock.now()
    with transaction(shop.engine, writes=False) as session:
        if not support_calls.has_lapsed_support_calls(session, now=now):
            return 0
    with transaction(shop.engine) as session:
        return support_calls.end_lapsed_support_calls(session, now=now)


def warn_of_promises(shop: Workshop) -> int:
    """Warn of promised times that are about to pass or have passed; how many. What was missed is also told to whoever reads the logs."""
    now = shop.clock.now()
    with transaction(shop.engine, writes=False) as session:
        if not promises.has_alarms(session, now=now):
            return 0
    warned = 0
    while True:
        with transaction(shop.engine) as session:
            alarms = promises.raise_alarms(session, SYSTEM, now=now)
        if missed := sum(alarm is Alarm.MISSED for alarm in alarms):
            log.warning("promises_missed", count=missed)
        warned += len(alarms)
        if not alarms:
            return warned


def _claim(shop: Workshop) -> Job | None:
    # Looked at first without the write lock: an idle worker must not make SQLite's writers wait four times a second.
    with transaction(shop.engine, writes=False) as session:
        if not outbox.has_due(session, now=shop.clock.now()) or is_read_only(session):
            return None
    with transaction(shop.engine) as session:
        item = outbox.claim_due(
            session, now=shop.clock.now(), give_up=lambda dead: _give_up(session, shop, _job(dead))
        )
        return None if item is None else _job(item)


def _job(item: OutboxItem) -> Job:
    return Job(item.id, item.kind, dict(item.payload), item.attempts)


def _give_up(session: Session, shop: Workshop, job: Job) -> None:
    if job.kind in MESSAGES:
        give_up_message(session, shop, job)
    if job.kind == REPLAY:
        give_up_replay(session, shop, job)


def _put_off(shop: Workshop, job: Job, error: Exception) -> None:
    log.error(
        "work_failed",
        kind=job.kind,
        job=job.id,
        attempts=job.attempts,
        error=type(error).__name__,
        exc_info=error,
    )
    code = error.code if isinstance(error, DomainError) else type(error).__name__
    with transaction(shop.engine) as session:
        is_over = outbox.mark_failed(session, job.id, attempts=job.attempts, error=code, now=shop.clock.now())
        if is_over:
            _give_up(session, shop, job)
        if job.kind == "agreement:seal":
            documents.record_seal_failure(
                session,
                SYSTEM,
                agreement_id=int(job.payload["agreement_id"]),
                code=code,
                attempts=job.attempts,
                now=shop.clock.now(),
            )


def make_preview(shop: Workshop, job: Job) -> None:
    """``plan:preview``: the unsealed document. What can never be rendered is kept as the version's refusal."""
    version_id = int(job.payload["version_id"])
    with transaction(shop.engine, writes=False) as session:
        work = documents.find_preview_work(session, version_id)
    if work is None:
        return
    try:
        body = shop.renderer.render_preview(work.content)
    except DomainError as error:
        with transaction(shop.engine) as session:
            documents.fail_preview(session, SYSTEM, version_id=version_id, error=error, now=shop.clock.now())
        return
    reached(Point.RENDERED)
    with transaction(shop.engine) as session:
        documents.keep_preview(session, SYSTEM, version_id=version_id, body=body, now=shop.clock.now())


def seal_agreement(shop: Workshop, job: Job) -> None:
    """``agreement:seal``: render, sign, seal, keep."""
    agreement_id = int(job.payload["agreement_id"])
    with transaction(shop.engine, writes=False) as session:
        work = documents.find_seal_work(
            session, agreement_id, seal=shop.sealer.description, zone=shop.clock.zone
        )
    if work is None:
        return
    sealed = seal_document(shop, work)
    reached(Point.RENDERED)
    with transaction(shop.engine) as session:
        documents.keep_sealed(session, SYSTEM, agreement_id=agreement_id, body=sealed, now=shop.clock.now())


def dispatch_decision(shop: Workshop, job: Job) -> None:
    """``decision:dispatch``: what was decided a minute ago takes effect, unless it was undone or overtaken."""
    now = shop.clock.now().astimezone(shop.clock.zone)
    with transaction(shop.engine) as session:
        dispatches.dispatch_decision(session, SYSTEM, decision_id=int(job.payload["decision_id"]), now=now)


def draw_figures(shop: Workshop, job: Job) -> None:
    """``figures:report``: count, draw, keep."""
    report_id = int(job.payload["report_id"])
    with transaction(shop.engine, writes=False) as session:
        work = figure_reports.find_report_work(session, report_id)
    if work is None:
        return
    now = shop.clock.now()
    body = draw_report(shop.engine, work, zone=shop.clock.zone, now=now)
    with transaction(shop.engine) as session:
        figure_reports.keep_report(session, SYSTEM, report_id=report_id, body=body, now=now)


HANDLERS: dict[str, Handler] = {
    "plan:preview": make_preview,
    "agreement:seal": seal_agreement,
    **dict.fromkeys(MESSAGES, send_message),
    "decision:dispatch": dispatch_decision,
    REPLAY: replay_policy,
    "figures:report": draw_figures,
}
