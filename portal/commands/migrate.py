"""``portal migrate``."""

from datetime import date
from zoneinfo import ZoneInfo

import click
from flask_babel import gettext
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from portal import db
from portal.adapters.database_rights import NOT_ALLOWED
from portal.adapters.published_calendar import published_days
from portal.clock import Clock
from portal.commands.database_accounts import grant_to, renew_grants
from portal.commands.json_lines import locale_of_shell
from portal.config import Config, from_environment
from portal.domain.permissions import SYSTEM
from portal.domain.policy import DEFAULT_POLICY
from portal.i18n import format_count, use_locale
from portal.services.publishing import publish_calendar, publish_policy

FIRST_POLICY = "2024-01"


@click.command()
@click.option("--to", "revision", default="head", help="A revision to stop at; the newest by default.")
@click.option(
    "--grant-to",
    "role",
    metavar="ROLE",
    help="Afterwards as `portal database grant --to ROLE`. Accounts that were given rights before get them anew without it.",
)
def migrate(revision: str, role: str | None) -> None:
    """Bring the database to the newest schema, with a first policy and the published calendar.

    Running it again changes nothing. On PostgreSQL PORTAL_DATABASE_URL has to name the account that owns the tables.
    """
    config = from_environment()
    if role and (config.is_sqlite or revision != "head"):
        raise click.UsageError("--grant-to is for the newest schema on PostgreSQL.")
    if revision != "head":
        bring_to(config, revision)
        return
    bring_to_newest(config)
    if role:
        engine = db.make_engine(config.database_url)
        with use_locale(locale_of_shell()):
            grant_to(engine, role)
        engine.dispose()


def bring_to_newest(config: Config) -> None:
    bring_to(config, "head")
    engine = db.make_engine(config.database_url)
    with db.transaction(engine) as session:
        publish_first(session, Clock(ZoneInfo(config.timezone), config.business_date))
    with use_locale(locale_of_shell()):
        renew_grants(engine)
    engine.dispose()


def bring_to(config: Config, revision: str, *, turn_seconds: int = db.TURN_SECONDS) -> None:
    """As ``db.migrate``; that it waits, and that it waited in vain, is said in words."""
    try:
        db.migrate(config.database_url, revision, turn_seconds=turn_seconds, tell=_tell_of_waiting)
    except db.StillMigratingError as error:
        with use_locale(locale_of_shell()):
            raise click.ClickException(
                gettext(
                    "Another program has been migrating this database for %(minutes)s minutes. This one stopped waiting: run it again"
                    " once that one is done.",
                    minutes=format_count(error.seconds // 60),
                )
            ) from error
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != NOT_ALLOWED:
            raise
        with use_locale(locale_of_shell()):
            raise click.ClickException(
                gettext(
                    "The account in PORTAL_DATABASE_URL may not change tables: name the one that owns them. %(why)s",
                    why=str(error.orig).strip(),
                )
            ) from error


def _tell_of_waiting(seconds: int) -> None:
    with use_locale(locale_of_shell()):
        click.echo(
            gettext(
                "Another program is migrating this database. This one waits for its turn, %(minutes)s minutes at most.",
                minutes=format_count(seconds // 60),
            ),
            err=True,
        )


def publish_first(session: Session, clock: Clock) -> None:
    """The first policy and the calendar, where they are not there yet."""
    now = clock.now()
    days = published_days()
    publish_policy(
        session, SYSTEM, version=FIRST_POLICY, effective_on=date(2024, 1, 1), body=DEFAULT_POLICY, now=now
    )
    publish_calendar(
        session,
        SYSTEM,
        version=days.version,
        first_on=days.first_on,
        last_on=days.last_on,
        days_off=days.days_off,
        working_days=days.working_days,
        source=days.source,
        now=now,
    )
