"""``portal worker``."""

import os
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy import Engine

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.known_rates import know_rates_of
from portal.adapters.logs import configure_logs
from portal.adapters.mail import mail_sender
from portal.adapters.pdf.first_use import RendererAtFirstUse
from portal.adapters.seal import KeyFileSealer
from portal.adapters.seal_keys import SealKey, load_seal_key, open_seal_key, seal_key_path
from portal.adapters.signing_authority.configured import signing_authority
from portal.adapters.sms import message_sender
from portal.adapters.time_stamps.configured import time_stamper
from portal.adapters.wording import BabelWording
from portal.clock import Clock
from portal.commands.key_check import refuse_other_keys
from portal.commands.record_keeping import keeper_of
from portal.commands.record_stamping import stamping_of
from portal.commands.record_watch import RecordWatch
from portal.commands.work import HANDLERS, Workshop, run_for_ever, run_until_empty
from portal.config import Config, from_environment
from portal.db import make_engine
from portal.failpoints import arm


def build_workshop(config: Config, *, engine: Engine | None = None, clock: Clock | None = None) -> Workshop:
    """Everything that a worker works with. Fonts, style and key are read once here.

    Raises ``ConfigError``, where no ``engine`` is given also under other keys than people stand under.
    """
    arm(config.failpoints)
    if engine is None:
        refuse_other_keys(config)
        engine = make_engine(config.database_url, pool_size=2)
    know_rates_of(engine)
    clock = clock or Clock(ZoneInfo(config.timezone), config.business_date)
    texts, wording = PackagedTexts(), BabelWording()
    stamper = time_stamper(config, clock)
    return Workshop(
        config=config,
        engine=engine,
        clock=clock,
        renderer=RendererAtFirstUse(texts, wording),
        sealer=KeyFileSealer(_seal_key(config, clock), stamper),
        sender=message_sender(config, engine, texts, wording, clock),
        mailer=mail_sender(config, engine, texts, wording, clock),
        watch=_watch(config, engine, clock),
        borrowers=signing_authority(config, stamper),
        stamper=stamper,
        **_counting(config, engine),
    )


def _counting(config: Config, engine: Engine) -> dict[str, Any]:
    """Where monitoring is set up."""
    if not config.metrics_token:
        return {}
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from portal.adapters.ended_counts import fold_ended_counts  # noqa: PLC0415 - see portal.web.metrics

        fold_ended_counts(Path(folder))
    from portal.adapters import metrics  # noqa: PLC0415 - see portal.web.metrics

    def counted(kind: str, outcome: str, seconds: float) -> None:
        metrics.JOBS.labels(kind, outcome).inc()
        metrics.JOB_SECONDS.labels(kind).observe(seconds)

    metrics.count_events(engine)
    return {"counted": counted}


def _watch(config: Config, engine: Engine, clock: Clock) -> RecordWatch:
    keeper = keeper_of(config, engine)
    return RecordWatch(keeper, engine, config, stamping=stamping_of(config, clock, keeper.store))


def _seal_key(config: Config, clock: Clock) -> SealKey:
    """Demo and test make a key where there is none; elsewhere a missing key stops the worker."""
    path = seal_key_path(config)
    if config.demo or config.testing:
        return open_seal_key(path, now=clock.now())
    return load_seal_key(path)


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now and stop.")
def worker(*, once: bool) -> None:
    """Do what the outbox asks: text messages, documents, seals. Any number of workers may run on PostgreSQL."""
    config = from_environment()
    configure_logs()
    shop = build_workshop(config)
    if once:
        click.echo(f"{run_until_empty(shop, HANDLERS)} done")
        return
    stop = threading.Event()

    def _stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    run_for_ever(shop, HANDLERS, stop=stop)
