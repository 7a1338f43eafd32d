"""What the account that pages, workers and commands run under may do with each table of PostgreSQL, and giving it just that.

The account that migrates owns the tables. The other one reads and adds everywhere, changes and deletes where the code does, and changes
no table, trigger or function (decision 0285).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.adapters.agency_policies import AT_SETTING, STAFF_SETTING, put_up
from portal.domain.erasure import ROWS_GONE
from portal.models import (
    AgencyEvaluation,
    BackupMade,
    Base,
    Borrower,
    CalendarVersion,
    DemoMessage,
    Event,
    GuideVersion,
    OutboxItem,
    RecordLeaf,
    SavedView,
    WorkerBeat,
)
from portal.queries.retention import ROWS

NOT_ALLOWED: Final = "42501"
"""PostgreSQL: insufficient privilege."""
_MADE_MEANWHILE: Final = frozenset({"23505", "42710"})
"""PostgreSQL: a row of its catalogue, or a role, is there already: roles are the server's, and another database grants at once."""
VERSION: Final = "alembic_version"
_INHERITS_BY_GRANT: Final = 160_000
"""From this version of PostgreSQL on a grant says whether rights are inherited, and before it the account."""
_TURN: Final = 56_0285
"""PostgreSQL's advisory lock of whoever grants: two at once would meet in its catalogue."""


class Verb(StrEnum):
    """What an account may be let do with a table."""

    SELECT = "SELECT"
    INSERT = "INSERT"
    UPDATE = "UPDATE"
    """Also what locks a row."""
    DELETE = "DELETE"


NEVER_CHANGED: Final = frozenset(
    model.__tablename__ for model in (AgencyEvaluation, BackupMade, CalendarVersion, GuideVersion, RecordLeaf)
)
"""Rows are added, and stay as they are."""
_EMPTIED_BY_HAND: Final = frozenset({Event, Borrower})
"""Classes of what is kept whose rows stay: an event is emptied, a borrower erased column by column."""
_DELETED_BY_THE_WAY: Final = frozenset(
    model.__tablename__ for model in (DemoMessage, OutboxItem, SavedView, WorkerBeat)
)
"""What erasing a borrower finds by number, views that somebody saved, and workers that are gone."""
_DELETED_BY_TIME: Final = frozenset(
    rows.model.__tablename__
    for of_a_class in ROWS.values()
    for rows in of_a_class
    if not rows.emptied and rows.model not in _EMPTIED_BY_HAND
)
DELETED_FROM: Final = frozenset(ROWS_GONE) | _DELETED_BY_TIME | _DELETED_BY_THE_WAY
"""Tables whose rows go: with a person, with their time, or because somebody takes back what is theirs. All others only grow."""


def account_rights() -> Mapping[str, frozenset[Verb]]:
    """By table: what the account needs, and no more."""
    rights = {VERSION: frozenset({Verb.SELECT})}
    for name in Base.metadata.tables:
        verbs = {Verb.SELECT, Verb.INSERT}
        if name not in NEVER_CHANGED:
            verbs.add(Verb.UPDATE)
        if name in DELETED_FROM:
            verbs.add(Verb.DELETE)
        rights[name] = frozenset(verbs)
    return rights


AGENCY_ROLE: Final = "portal_agency"
"""A role that nobody signs in as: requests of an agency's staff take it on for each of their transactions (decision 0286)."""
AGENCY_READS_OF_EVENTS: Final = ("id", "name", "at", "loan_id", "fields")
"""Of the record: the number of what was just written, and what restarts a limitation period or hands a loan on."""
AGENCY_RIGHTS: Final[Mapping[str, str]] = {
    "staff_member": "SELECT, UPDATE",
    "staff_declaration": "SELECT, INSERT",
    "staff_key": "SELECT, INSERT, UPDATE",
    "web_session": "SELECT, INSERT, UPDATE, DELETE",
    "rate_count": "SELECT, INSERT, UPDATE",
    "agency": "SELECT",
    "read_only_spell": "SELECT",
    # What happened is written down; of the record only the number of what was just written is read.
    "event": f"INSERT, SELECT ({', '.join(AGENCY_READS_OF_EVENTS)})",
    # Which loans stand with the agency, and what a call needs of one.
    "call_item": "SELECT, UPDATE",
    "loan": "SELECT",
    "loan_standing": "SELECT",
    # It is locked for the length of a call's opening.
    "borrower": "SELECT, UPDATE",
    "creditor": "SELECT",
    "installment": "SELECT",
    "payment": "SELECT",
    "delinquency_pause": "SELECT",
    "verified_account": "SELECT (currency)",
    "staff_relation": "SELECT",
    "staff_absence": "SELECT",
    "guide_version": "SELECT",
    # What the contact guard asks.
    "contact_wish": "SELECT",
    "proposal": "SELECT",
    "proposal_version": "SELECT",
    "agreement": "SELECT",
    "policy_version": "SELECT",
    "calendar_version": "SELECT",
    "call_override": "SELECT",
    # What is written down of a call, and what follows from it.
    "call": "SELECT, INSERT, UPDATE",
    "call_refusal": "SELECT, INSERT",
    "call_task": "SELECT, INSERT, UPDATE",
    "contact": "SELECT, INSERT, UPDATE",
    "hold": "SELECT, INSERT, UPDATE",
    "service_case": "SELECT, INSERT",
    "representative": "SELECT, INSERT",
    "stopped_number": "SELECT, INSERT",
    "known_device": "SELECT, DELETE",
}
"""What pages of one's own account and calls about loans need. Of which loans: ``agency_policies``."""


def wall_off(session: Session, staff_id: int, *, at: datetime) -> bool:
    """From here to the end of the transaction it has an agency's rights, over the rows of this member of its staff; False where the
    database has no such role for us. ``at`` in the lender's zone.
    """
    if session.get_bind().dialect.name == "sqlite":
        return False
    whose = {"staff": str(staff_id), "at": at.isoformat()}
    # nosemgrep: avoid-sqlalchemy-text - words and names written in this file
    asked = text(
        f"SELECT set_config('{STAFF_SETTING}', :staff, true), set_config('{AT_SETTING}', :at, true),"
        f" set_config('role', rolname, true) {_THERE}"
    )
    return session.execute(asked, {**whose, **_ROLE}).one_or_none() is not None


def has_wall(connection: Connection) -> bool:
    """Whether ``wall_off`` would do it."""
    # nosemgrep: avoid-sqlalchemy-text - words and names written in this file
    return connection.scalar(text(f"SELECT rolname {_THERE}"), _ROLE) is not None


_ROLE: Final = {"role": AGENCY_ROLE}
_THERE: Final = (
    "FROM pg_roles WHERE rolname = :role AND pg_has_role(oid, 'MEMBER')"
    " AND has_table_privilege(oid, 'staff_member', 'SELECT')"
)


class CannotGrantError(Exception):
    """Why an account gets nothing: ``unknown``, ``superuser``, ``owner`` (it owns tables, or is a member of whoever does) or
    ``not_ours`` (whoever grants does not own the tables).
    """

    def __init__(self, code: str, role: str, owner: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.role = role
        self.owner = owner


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account is beside its rights: an owner may do everything whatever was granted, a superuser even past triggers."""

    is_superuser: bool
    owned: Sequence[str]
    may_create: bool
    """Tables and functions in the schema."""
    missing: Sequence[str]
    """``table: VERB`` that it needs and does not have."""
    beyond: Sequence[str]
    """``table: VERB`` that it has and does not need; of an owner none are named."""


def grant_account(connection: Connection, role: str) -> None:
    """Give ``role`` its rights and take all others away; twice is as once. Within the caller's transaction, as the tables' owner.

    Raises ``CannotGrantError``.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
    _refuse(connection, role)
    name, schema = _quoted(connection, role), _quoted(connection, _schema(connection))
    database = _quoted(connection, str(connection.scalar(text("SELECT current_database()"))))
    statements = [
        f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {name}",
        f"REVOKE CREATE ON SCHEMA {schema} FROM {name}, PUBLIC",
        f"GRANT USAGE ON SCHEMA {schema} TO {name}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {name}",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {name}",
        # A copy of the database reads where they stand.
        f"GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {name}",
    ]
    statements += [
        f"GRANT {', '.join(sorted(verbs))} ON {_quoted(connection, table)} TO {name}"
        for table in _tables(connection)
        if (verbs := account_rights().get(table))
    ]
    for statement in statements:
        # nosemgrep: sqlalchemy-execute-raw-query - names are quoted by the dialect
        connection.exec_driver_sql(statement.replace("%", "%%"))
    grant_agency(connection, role)


def grant_agency(connection: Connection, account: str) -> None:
    """The role of agencies' staff with what it needs, and with its rows, for ``account`` to take on. Where it may not be made or handed out
    by whoever is connected, that stays undone: see ``account_has_wall``.
    """
    role = _quoted(connection, AGENCY_ROLE)
    if not _has_role(connection, AGENCY_ROLE) and not _tried(connection, f"CREATE ROLE {role} NOLOGIN"):
        return
    schema = _quoted(connection, _schema(connection))
    for statement in (
        f"GRANT USAGE ON SCHEMA {schema} TO {role}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
        *(
            f"GRANT {verbs} ON {_quoted(connection, table)} TO {role}"
            for table, verbs in AGENCY_RIGHTS.items()
        ),
    ):
        # nosemgrep: sqlalchemy-execute-raw-query - names are quoted by the dialect
        connection.exec_driver_sql(statement.replace("%", "%%"))
    put_up(connection, AGENCY_ROLE)
    if not account_has_wall(connection, account):
        _tried(connection, f"GRANT {role} TO {_quoted(connection, account)}")
    if account_inherits(connection, account):
        _tried(connection, set_apart(connection, account))


def set_apart(connection: Connection, account: str) -> str:
    """The statement by which an account has nothing of the role before it takes it on: of nobody else it is asked then whose a row is."""
    name, role = _quoted(connection, account), _quoted(connection, AGENCY_ROLE)
    version = int(str(connection.scalar(text("SHOW server_version_num"))))
    return (
        f"GRANT {role} TO {name} WITH INHERIT FALSE"
        if version >= _INHERITS_BY_GRANT
        else f"ALTER ROLE {name} NOINHERIT"
    )


def account_inherits(connection: Connection, account: str) -> bool:
    """Whether it has the role's rights without taking it on: then it is asked of each row who they are at the moment, and sees all."""
    if not _has_role(connection, AGENCY_ROLE):
        return False
    asked = text("SELECT pg_has_role(CAST(:account AS name), CAST(:role AS name), 'USAGE')")
    return bool(connection.scalar(asked, {"account": account, **_ROLE}))


def account_has_wall(connection: Connection, account: str) -> bool:
    """Whether it may take on the role of agencies' staff."""
    if not _has_role(connection, AGENCY_ROLE):
        return False
    asked = text("SELECT pg_has_role(CAST(:account AS name), CAST(:role AS name), 'MEMBER')")
    return bool(connection.scalar(asked, {"account": account, **_ROLE}))


def _has_role(connection: Connection, role: str) -> bool:
    asked = text("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = :role)")
    return bool(connection.scalar(asked, {"role": role}))


def _tried(connection: Connection, statement: str) -> bool:
    """Whether whoever is connected might do it, or somebody else just did; all else stays as it was."""
    try:
        with connection.begin_nested():
            # nosemgrep: sqlalchemy-execute-raw-query - names are quoted by the dialect
            connection.exec_driver_sql(statement.replace("%", "%%"))
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state in _MADE_MEANWHILE:
            return True
        if state != NOT_ALLOWED:
            raise
        return False
    return True


def granted_accounts(connection: Connection) -> Sequence[str]:
    """Accounts that were given rights before: those that may add to the record and do not own it, the role of agencies' staff apart."""
    found = connection.execute(
        text(
            "SELECT DISTINCT pg_get_userbyid(given.grantee) FROM pg_class c, aclexplode(c.relacl) given"
            " WHERE c.oid = to_regclass('event') AND given.privilege_type = 'INSERT'"
            " AND given.grantee NOT IN (0, c.relowner) AND pg_get_userbyid(given.grantee) <> :role ORDER BY 1"
        ),
        _ROLE,
    )
    return [str(name) for name in found.scalars()]


def owns_tables(connection: Connection) -> bool:
    """Whether all of them are the connected account's, or its to change."""
    me = str(connection.scalar(text("SELECT current_user")))
    return set(_tables(connection)) <= set(_owned_by(connection, me))


def standing_of(connection: Connection) -> Standing:
    """Of the account that is connected."""
    is_superuser = bool(connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")))
    owned = _owned_by(connection, str(connection.scalar(text("SELECT current_user"))))
    may_create = bool(
        connection.scalar(text("SELECT has_schema_privilege(current_user, current_schema(), 'CREATE')"))
    )
    missing, beyond = [], []
    wanted = account_rights()
    for table in _tables(connection):
        if table not in wanted:
            continue
        has = _has(connection, table)
        missing += [f"{table}: {verb}" for verb in sorted({*wanted[table]} - has)]
        beyond += [f"{table}: {verb}" for verb in sorted(has - {*wanted[table]})]
    return Standing(is_superuser, owned, may_create, missing, [] if owned else beyond)


def _refuse(connection: Connection, role: str) -> None:
    is_superuser = connection.scalar(
        text("SELECT rolsuper FROM pg_roles WHERE rolname = :role"), {"role": role}
    )
    if is_superuser is None:
        raise CannotGrantError("unknown", role)
    if is_superuser:
        raise CannotGrantError("superuser", role)
    if not owns_tables(connection):
        raise CannotGrantError("not_ours", role, str(connection.scalar(text("SELECT current_user"))))
    if _owned_by(connection, role):
        raise CannotGrantError("owner", role)


def _owned_by(connection: Connection, role: str) -> Sequence[str]:
    """Tables that a role owns, by itself or as a member of whoever does. A superuser is a member of everybody."""
    found = connection.execute(
        text(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'p') AND n.nspname = current_schema()"
            " AND pg_has_role(CAST(:role AS name), c.relowner, 'MEMBER') ORDER BY 1"
        ),
        {"role": role},
    )
    return [str(name) for name in found.scalars()]


def _has(connection: Connection, table: str) -> set[str]:
    verbs = [*(each.value for each in Verb), "TRUNCATE", "REFERENCES", "TRIGGER"]
    columns = ", ".join(
        f"has_table_privilege(current_user, CAST(:shown AS regclass), '{verb}')" for verb in verbs
    )
    # nosemgrep: avoid-sqlalchemy-text - words and names written in this file
    found = connection.execute(text(f"SELECT {columns}"), {"shown": _quoted(connection, table)}).one()
    return {verb for verb, is_so in zip(verbs, found, strict=True) if is_so}


def _tables(connection: Connection) -> Sequence[str]:
    found: Any = connection.execute(
        text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1")
    )
    return [str(name) for name in found.scalars()]


def _schema(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT current_schema()")))


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)
