"""Putting the demo into an empty database."""

from dataclasses import replace

from sqlalchemy import Engine

from portal.adapters.business_texts import PackagedTexts
from portal.clock import Clock
from portal.commands.demo_accounts import demo_accounts
from portal.commands.demo_cast import engage_agency, hire, introduce_lender
from portal.commands.demo_clock import DemoClock
from portal.commands.demo_days import DemoDays
from portal.commands.demo_loans import LenderBook
from portal.commands.demo_oversight import oversee
from portal.commands.demo_press import InTurn, processes_beside
from portal.commands.demo_programme import BOOKS_DAYS_AGO, programme
from portal.commands.demo_scene import Scene, play
from portal.commands.worker import build_workshop
from portal.config import Config
from portal.db import transaction
from portal.domain.permissions import SYSTEM
from portal.queries.demo import count_demo
from portal.queries.policies import business_calendar, policy_on
from portal.services.ports import DocumentRenderer
from portal.services.record import record

_DAYS_BEFORE_THE_FIRST_BOOK = 2


def seed_demo(
    config: Config, engine: Engine, clock: Clock, *, renderer: DocumentRenderer | None = None
) -> dict[str, int]:
    """Everybody and everything that happened to them up to now; how much of it there is.

    Raises ``business_text_missing``, before anything is written, where the past would begin before the first words were in effect.

    ``renderer`` replaces the one that draws documents: drawing takes four fifths of the time.
    """
    days = _days(engine, clock)
    past = DemoClock(clock.zone, days.at(BOOKS_DAYS_AGO[0] + _DAYS_BEFORE_THE_FIRST_BOOK, 9))
    PackagedTexts().load("messages", config.locale, past.today())
    shop = build_workshop(config, engine=engine, clock=past)
    if renderer is not None:
        _live(Scene(replace(shop, renderer=renderer), past, days, _book(days), PackagedTexts(), InTurn()))
    else:
        engine.dispose()
        with processes_beside(config) as press:
            _live(Scene(shop, past, days, _book(days), PackagedTexts(), press))
    with transaction(engine) as session:
        counts = count_demo(session)
        record(session, SYSTEM, "demo:seeded", now=clock.now(), **counts)
    return counts


def _live(scene: Scene) -> None:
    with scene.writing() as session:
        introduce_lender(session)
        engage_agency(session, today=scene.days.today, now=scene.clock.now())
    hire(scene)
    play(scene, programme(scene))
    oversee(scene)


def _book(days: DemoDays) -> LenderBook:
    return LenderBook(demo_accounts(), days.today)


def _days(engine: Engine, clock: Clock) -> DemoDays:
    with transaction(engine, writes=False) as session:
        calendar, policy = business_calendar(session), policy_on(session, clock.today())
    return DemoDays(clock.now().astimezone(clock.zone), clock.zone, calendar, policy)
