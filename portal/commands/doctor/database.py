"""Is the database there, is it ours, and does it keep what it was given?"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from flask_babel import gettext
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from portal.adapters.agency_policies import hidden_tables, is_up
from portal.adapters.database_rights import AGENCY_ROLE, NOT_ALLOWED, has_wall, standing_of
from portal.commands.doctor.findings import Finding, fault, warning
from portal.commands.doctor.patient import Patient
from portal.db import fits_program, newest_migration, transaction
from portal.models import StaffMember

OLDEST_POSTGRESQL: Final = 13
OLDEST_SQLITE: Final = (3, 35)
"""RETURNING."""
MOST_APART: Final = timedelta(seconds=5)
LASTING: Final = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    "synchronous_commit": {"on", "local", "remote_apply", "remote_write"},
}
"""PostgreSQL's settings without which what was acknowledged can be lost."""
GUARDS: Final = {
    "sqlite": {
        f"{table}_no_{verb}" for table in ("event", "record_leaf") for verb in ("update", "delete", "replace")
    },
    "postgresql": {
        f"{table}_{name}" for table in ("event", "record_leaf") for name in ("append_only", "no_truncate")
    },
}
"""Triggers that keep anybody from changing the record."""
_TRIGGERS: Final = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')",
}


def database_reachable(patient: Patient) -> Iterator[Finding]:
    """The other checks of the database are left out where this one finds something.

    A SQLite file that is not there is not asked for: asking makes it.
    """
    file = patient.engine.url.database
    if patient.engine.dialect.name == "sqlite" and file and not Path(file).exists():
        yield fault(gettext("There is no database yet (%(file)s): run portal migrate.", file=file))
        return
    try:
        with transaction(patient.engine, writes=False) as session:
            session.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError) as error:
        why = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        yield fault(gettext("The database cannot be reached: %(why)s", why=why))


def database_version(patient: Patient) -> Iterator[Finding]:
    if patient.config.is_sqlite:
        found = str(_ask(patient, "SELECT sqlite_version()"))
        if tuple(int(part) for part in found.split(".")[:2]) < OLDEST_SQLITE:
            yield fault(gettext("SQLite %(version)s is too old.", version=found))
    elif (number := int(_ask(patient, "SHOW server_version_num"))) < OLDEST_POSTGRESQL * 10_000:
        yield fault(gettext("PostgreSQL %(version)s is too old.", version=number // 10_000))


def migrations(patient: Patient) -> Iterator[Finding]:
    """Tables and program are of one version. The other checks that read tables are left out "
    "where they are not.
    """
    wanted = newest_migration()
    try:
        found = _ask(patient, "SELECT version_num FROM alembic_version")
    except SQLAlchemyError as error:
        if getattr(getattr(error, "orig", None), "sqlstate", None) == NOT_ALLOWED:
            yield fault(
                gettext(
                    "The portal's account may not read the tables: call %(command)s with the account that owns them.",
                    command=_GRANT,
                )
            )
        else:
            yield fault(gettext("The database has no tables yet: run portal migrate first."))
        return
    if str(found) < wanted:
        yield fault(
            gettext(
                "The database stands at %(found)s and the program at %(wanted)s: run portal migrate.",
                found=found,
                wanted=wanted,
            )
        )
    elif found != wanted:
        with transaction(patient.engine, writes=False) as session:
            told = warning if fits_program(session) else fault
        yield told(
            gettext(
                "The database (%(found)s) is newer than the program (%(wanted)s): start the newer program.",
                found=found,
                wanted=wanted,
            )
        )


def database_encoding(patient: Patient) -> Iterator[Finding]:
    asked = "PRAGMA encoding" if patient.config.is_sqlite else "SHOW server_encoding"
    found = str(_ask(patient, asked))
    if found.replace("-", "") != "UTF8":
        yield fault(gettext("The database keeps text in %(encoding)s and not in UTF-8.", encoding=found))


def time_zone(patient: Patient) -> Iterator[Finding]:
    """Database and program mean the same by the lender's zone."""
    if patient.config.is_sqlite:
        return
    if not means_the_same(patient, patient.config.timezone):
        yield fault(
            gettext(
                "The database means another time by %(zone)s than the program.", zone=patient.config.timezone
            )
        )


def means_the_same(patient: Patient, zone: str) -> bool:
    """Whether PostgreSQL's time in a zone is the program's in the lender's."""
    at = patient.clock.now().astimezone(patient.zone)
    try:
        theirs = _ask(patient, "SELECT CAST(:at AS timestamptz) AT TIME ZONE :zone", at=at, zone=zone)
    except SQLAlchemyError:
        return False
    return bool(theirs == at.replace(tzinfo=None))


def clock(patient: Patient) -> Iterator[Finding]:
    """Deadlines are counted by the clock of whichever machine looks."""
    if patient.config.is_sqlite:
        return
    here = patient.clock.now()
    theirs: datetime = _ask(patient, "SELECT clock_timestamp()")
    apart = abs(theirs - here)
    if apart > MOST_APART:
        yield fault(
            gettext(
                "The clocks of this machine and of the database are %(seconds)s seconds apart: set up NTP.",
                seconds=round(apart.total_seconds()),
            )
        )


def connections(patient: Patient) -> Iterator[Finding]:
    """Each web process opens its pool, a worker four at most."""
    if patient.config.is_sqlite:
        return
    most = int(_ask(patient, "SHOW max_connections")) - int(
        _ask(patient, "SHOW superuser_reserved_connections")
    )
    wanted = 3 * patient.config.pool_size + 3 * 4
    if wanted > most:
        yield warning(
            gettext(
                "Three web processes and three workers may open %(wanted)s connections, and PostgreSQL "
                "takes %(most)s: raise max_connections or lower PORTAL_POOL_SIZE.",
                wanted=wanted,
                most=most,
            )
        )


def durability(patient: Patient) -> Iterator[Finding]:
    """What was acknowledged outlives a power cut."""
    if patient.config.is_sqlite:
        if str(_ask(patient, "PRAGMA journal_mode")).lower() != "wal":
            yield fault(gettext("The SQLite file is not in WAL mode: nobody can read while somebody writes."))
        return
    for name, good in LASTING.items():
        found = str(_ask(patient, f"SHOW {name}"))
        if found not in good:
            yield fault(
                gettext(
                    "PostgreSQL runs with %(name)s = %(value)s: what was acknowledged can be lost.",
                    name=name,
                    value=found,
                )
            )


def record_guards(patient: Patient) -> Iterator[Finding]:
    """The triggers that refuse to change or delete what is recorded."""
    kind = patient.engine.dialect.name
    with transaction(patient.engine, writes=False) as session:
        found = set(session.scalars(text(_TRIGGERS[kind])))
    if missing := GUARDS[kind] - found:
        yield fault(
            gettext(
                "Triggers that protect the record are missing or switched off (%(names)s): put them back "
                "as the migrations make them, then run %(command)s.",
                names=", ".join(sorted(missing)),
                command="portal record verify",
            )
        )


def row_security(patient: Patient) -> Iterator[Finding]:
    """The role that the portal connects as, and tables whose rows are kept from it."""
    if patient.config.is_sqlite:
        return
    if bool(_ask(patient, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
        yield warning(
            gettext(
                "The portal connects to PostgreSQL as a superuser, to whom no trigger and no row security "
                "applies: give it a role of its own."
            )
        )
    with transaction(patient.engine, writes=False) as session:
        rows = session.execute(text(_ROW_SECURITY)).all()
        hidden = hidden_tables(session.connection())
    without = sorted(str(name) for name, is_on, policies in rows if policies and not is_on)
    shut = sorted(str(name) for name, is_on, policies in rows if is_on and not policies)
    if without:
        yield fault(
            gettext(
                "Row-level security is off for tables that have policies: %(tables)s.",
                tables=", ".join(without),
            )
        )
    if shut:
        yield fault(
            gettext(
                "Row-level security is on for tables that have no policy, so that they look empty: "
                "%(tables)s.",
                tables=", ".join(shut),
            )
        )
    if closed := [name for name in hidden if name not in shut]:
        yield fault(
            gettext(
                "Policies of PostgreSQL's may keep rows from the portal, and no backup is made like that (%(tables)s): call %(command)s"
                " with the account that owns the tables.",
                tables=", ".join(closed[:5]),
                command=_GRANT,
            )
        )


def account(patient: Patient) -> Iterator[Finding]:
    """Whether who asks here, as pages and workers do, may do what they need and no more. Of a superuser ``row_security`` speaks."""
    if patient.config.is_sqlite:
        return
    with patient.engine.connect() as connection:
        found = standing_of(connection)
    if found.is_superuser:
        return
    if found.owned:
        yield warning(
            gettext(
                "The account that pages and workers run under owns the tables: it may change them and drop what protects the record. Give "
                "them an account of their own (%(command)s).",
                command=_GRANT,
            )
        )
        return
    if found.missing:
        yield fault(
            gettext(
                "The portal's account may not do what it has to (%(rights)s): call %(command)s with the account that owns the tables.",
                rights=", ".join(found.missing[:5]),
                command=_GRANT,
            )
        )
    if found.beyond or found.may_create:
        beyond = [*found.beyond[:5], *(["schema: CREATE"] if found.may_create else [])]
        yield warning(
            gettext(
                "The portal's account may do what it does not need (%(rights)s): call %(command)s with the account that owns the tables.",
                rights=", ".join(beyond),
                command=_GRANT,
            )
        )


def agencies(patient: Patient) -> Iterator[Finding]:
    """Whether the database, too, keeps agencies' staff to their own loans, where there are any."""
    if patient.config.is_sqlite:
        return
    working = select(StaffMember.id).where(
        StaffMember.agency_id.is_not(None), StaffMember.disabled_at.is_(None)
    )
    with transaction(patient.engine, writes=False) as session:
        if session.scalar(working.limit(1)) is None:
            return
        connection = session.connection()
        is_there, is_whole = has_wall(connection), is_up(connection, AGENCY_ROLE)
    if is_there and is_whole:
        return
    if is_there:
        yield warning(
            gettext(
                "Staff of agencies are kept to their own loans by the program alone: policies of PostgreSQL's are missing, or are those of"
                " another version. Call %(command)s with the account that owns the tables.",
                command=_GRANT,
            )
        )
        return
    yield warning(
        gettext(
            "Staff of agencies are kept to their own loans by the program alone: PostgreSQL has no role %(role)s for them. See"
            " %(command)s.",
            role=AGENCY_ROLE,
            command="portal database grant --help",
        )
    )


_GRANT: Final = "portal database grant --to ROLE"
_ROW_SECURITY: Final = """
SELECT c.relname, c.relrowsecurity, (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname = current_schema()
"""


def _ask(patient: Patient, question: str, **values: Any) -> Any:
    with transaction(patient.engine, writes=False) as session:
        return session.scalar(text(question), values)
