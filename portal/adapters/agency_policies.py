"""Which rows of PostgreSQL the role of agencies' staff has, by placement and by the day: the second wall (decision 0301).

A function of the tables' owner says whose: loans that stand with the agency of ``portal.staff`` at the moment ``portal.at``, their
borrowers, and all loans of those. Policies ask it. They are the role's and not the program's: put up by whoever grants. For everybody
else a policy lets all rows through, which the planner drops.

Written anew in SQL and not made of ``queries.placements``: a mistake there is no mistake here. It asks less, never more.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, text

from portal.domain.loans import LoanStatus, Stage
from portal.domain.stages import Basis

STAFF_SETTING: Final = "portal.staff"
AT_SETTING: Final = "portal.at"
"""A moment in the lender's zone, as ISO has it: its first ten characters are the lender's day."""
NOTED_FOR: Final = timedelta(minutes=15)
"""So long after its outcome was noted a call keeps its loan open to whoever made it: as long as its next steps are offered."""
ROWS: Final = "agency_rows"
"""The function."""
EVERYBODY: Final = "everybody"
"""The policy that lets all rows through."""
_OURS: Final = "agency_window"
"""How the names of the others begin."""
_LOCK_WAIT: Final = "500ms"
"""Less than PostgreSQL waits before it looks for two who wait for each other: who grants gives up, and no page is taken back."""

_ME: Final = f"CAST(nullif(current_setting('{STAFF_SETTING}', true), '') AS bigint)"
_BODY: Final = f"""
DECLARE
    at_text text := nullif(current_setting('{AT_SETTING}', true), '');
    me bigint := {_ME};
    today date := substr(at_text, 1, 10);
    mark text := me || ' ' || at_text || ' ';
    kept text := current_setting('portal.rows_' || what, true);
    found bigint[];
BEGIN
    IF mark IS NULL THEN
        RETURN '{{}}';
    END IF;
    IF starts_with(kept, mark) THEN
        RETURN substr(kept, length(mark) + 1);
    END IF;
    IF what = 'loan' THEN
        SELECT array_agg(placed.id) INTO found FROM (
            SELECT l.id FROM staff_member m
            JOIN agency a ON a.id = m.agency_id
            JOIN creditor c ON c.agency = a.name
            JOIN loan l ON l.creditor = c.name
            JOIN loan_standing s ON s.loan_id = l.id
            WHERE m.id = me AND m.disabled_at IS NULL
            AND a.ended_at IS NULL AND today BETWEEN a.contract_from AND a.contract_to
            AND s.stage = '{Stage.AGENCY.value}' AND l.status = '{LoanStatus.ACTIVE.value}'
            AND (l.collection_stage = '{Stage.AGENCY.value}'
                OR (l.collection_stage IS NULL AND s.stage_basis <> '{Basis.BOOK.value}'))
            AND (l.assigned_on IS NULL OR l.assignment_told_on IS NOT NULL)
            AND s.delinquent_days > 0 AND (s.limitation_ends_on IS NULL OR s.limitation_ends_on >= today)
            UNION SELECT k.loan_id FROM call k WHERE k.staff_id = me
            AND (k.noted_at IS NULL OR k.noted_at > at_text::timestamptz - interval '{int(NOTED_FOR.total_seconds())} seconds')
        ) placed;
    ELSIF what = 'borrower' THEN
        SELECT array_agg(persons.id) INTO found FROM (
            SELECT l.borrower_id AS id FROM loan l WHERE l.id = ANY ({ROWS}('loan'))
            UNION SELECT other.id FROM loan l
            JOIN borrower own ON own.id = l.borrower_id
            JOIN borrower other ON other.mobile_index = own.mobile_index
            WHERE l.id = ANY ({ROWS}('loan'))
        ) persons;
    ELSE
        SELECT array_agg(l.id) INTO found FROM loan l WHERE l.borrower_id = ANY ({ROWS}('borrower'));
    END IF;
    found := coalesce(found, '{{}}');
    PERFORM set_config('portal.rows_' || what, mark || found::text, true);
    RETURN found;
END
"""  # nosec B608  # noqa: S608 - words of this file
"""``loan``: what stands with the agency, and what they called about themselves and have to note, or just did. ``borrower``: who is called,
and who has the same number, for of them, too, the rules of contact ask. ``borrower_loan``: all that these owe. Each is looked up once in a
transaction.
"""


@dataclass(frozen=True, slots=True)
class Walled:
    """Which rows of a table are the role's: ``rows`` of all that it does there, ``added`` and ``changed`` where that is less."""

    rows: str
    added: str = ""
    changed: str = ""


def _among(column: str, what: str) -> str:
    return f"{column} IN (SELECT unnest({ROWS}('{what}')))"


def _placed(column: str) -> str:
    return _among(column, "loan")


def _person(column: str) -> str:
    return _among(column, "borrower")


def _persons_loan(column: str) -> str:
    return _among(column, "borrower_loan")


WALLED: Final = {
    # Of the loan alone.
    "loan_standing": Walled(_placed("loan_standing.loan_id")),
    "installment": Walled(_placed("installment.loan_id")),
    "payment": Walled(_placed("payment.loan_id")),
    "delinquency_pause": Walled(_placed("delinquency_pause.loan_id")),
    "proposal": Walled(_placed("proposal.loan_id")),
    "proposal_version": Walled(
        "EXISTS (SELECT FROM proposal about WHERE about.id = proposal_version.proposal_id)"  # as its policy says
    ),
    "agreement": Walled(_placed("agreement.loan_id")),
    "call_override": Walled(_placed("call_override.loan_id")),
    "call_refusal": Walled(_placed("call_refusal.loan_id"), added=f"call_refusal.staff_id = {_ME}"),
    "call_task": Walled(_placed("call_task.loan_id")),
    # Of the person: whether they may be called hangs on all their loans, and on whoever shares their number.
    "borrower": Walled(_person("borrower.id")),
    "loan": Walled(_person("loan.borrower_id")),
    "call_item": Walled(_person("call_item.borrower_id"), changed=_placed("call_item.loan_id")),
    "call": Walled(
        _person("call.borrower_id"),
        added=f"call.staff_id = {_ME} AND {_placed('call.loan_id')}",
        changed=_persons_loan("call.loan_id"),
    ),
    "contact": Walled(
        _person("contact.borrower_id"),
        added=_placed("contact.loan_id"),
        changed=_persons_loan("contact.loan_id"),
    ),
    "contact_wish": Walled(_person("contact_wish.borrower_id")),
    "hold": Walled(_persons_loan("hold.loan_id")),
    "service_case": Walled(_person("service_case.borrower_id")),
    "representative": Walled(_person("representative.borrower_id")),
    "known_device": Walled(_person("known_device.borrower_id")),
    "staff_relation": Walled(f"staff_relation.staff_member_id = {_ME}"),
    "event": Walled(
        f"(event.borrower_id IS NULL OR {_person('event.borrower_id')})"
        f" AND (event.loan_id IS NULL OR {_persons_loan('event.loan_id')})"
    ),
}
"""By table. What is about no loan and no borrower is not kept apart."""


def put_up(connection: Connection, role: str) -> None:
    """The wall as this program wants it, for a role that is there; one that stands so is left alone, for it takes the tables from everybody
    for a moment. Raises SQLAlchemy's ``OperationalError`` where they are in use.
    """
    if not is_up(connection, role):
        tables = ", ".join(_quoted(connection, table) for table in WALLED)
        _run(
            connection,
            f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'",
            f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE",
        )
        take_down(connection)
        _run(
            connection,
            _function(connection),
            f"REVOKE ALL ON FUNCTION {ROWS} FROM PUBLIC",
            *_statements(connection, role),
            f"COMMENT ON FUNCTION {ROWS} IS '{_mark(connection, role)}'",
            "SET LOCAL lock_timeout TO DEFAULT",
        )
    _run(connection, f"GRANT EXECUTE ON FUNCTION {ROWS} TO {_quoted(connection, role)}")


def take_down(connection: Connection, *, whole: bool = False) -> None:
    """No row is kept from the role any more; ``whole``: and every table is as it is without a wall."""
    _drop_policies(connection, f"{_OURS}%")
    _run(connection, f"DROP FUNCTION IF EXISTS {ROWS}")
    if whole:
        for table in _drop_policies(connection, EVERYBODY):
            _run(connection, f"ALTER TABLE {_quoted(connection, table)} DISABLE ROW LEVEL SECURITY")


def _drop_policies(connection: Connection, named: str) -> Sequence[str]:
    found = connection.execute(_POLICIES, {"named": named}).all()
    for table, name in found:
        _run(connection, f"DROP POLICY {_quoted(connection, name)} ON {_quoted(connection, table)}")
    return [table for table, _ in found]


def is_up(connection: Connection, role: str) -> bool:
    """Whether it stands as this program would put it up."""
    # nosemgrep: avoid-sqlalchemy-text - words of this file
    if connection.scalar(text(f"SELECT obj_description(to_regproc('{ROWS}'), 'pg_proc')")) != _mark(
        connection, role
    ):
        return False
    wanted = {
        (table, name) for table in WALLED for name in (EVERYBODY, *(name for name, _ in _policies(table)))
    }
    return wanted <= {(table, name) for table, name in connection.execute(_STANDING, {"role": role})}


def hidden_tables(connection: Connection) -> Sequence[str]:
    """Tables of which a policy may keep rows from the connected account: nothing that it reads there is known to be all."""
    found = connection.execute(_HIDDEN, {"everybody": EVERYBODY, "ours": f"{_OURS}%"})
    return [str(name) for name in found.scalars()]


def has_policies(connection: Connection) -> bool:
    """Whether row-level security speaks to the connected account of any table."""
    # nosemgrep: avoid-sqlalchemy-text - words of this file
    asked = text(f"SELECT EXISTS (SELECT {_TABLES} AND row_security_active(c.oid))")
    return bool(connection.scalar(asked))


def is_of_wall(line: str) -> bool:
    """Whether a line of ``pg_restore --list`` names a part of a wall: ``3; 0 0 POLICY public loan agency_window portal``."""
    return re.search(rf"^\d+; \d+ \d+ (POLICY|ROW SECURITY|.*\bFUNCTION (\S+ )?{ROWS}\() ?", line) is not None


_TABLES: Final = (
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p') AND n.nspname = current_schema()"
)
_POLICIES: Final = text(
    "SELECT c.relname, p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND p.polname LIKE :named"
)
_STANDING: Final = text(
    "SELECT c.relname, p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relrowsecurity"
    " AND CASE WHEN p.polpermissive THEN p.polroles = '{0}' AND pg_get_expr(p.polqual, p.polrelid) = 'true'"
    " ELSE p.polroles = ARRAY(SELECT oid FROM pg_roles WHERE rolname = :role) END"
)
# nosemgrep: avoid-sqlalchemy-text - words of this file
_HIDDEN: Final = text(
    "SELECT c.relname "  # nosec B608  # noqa: S608 - words of this file
    + _TABLES  # nosec B608
    + " AND row_security_active(c.oid) AND (NOT EXISTS (SELECT FROM pg_policy p"
    " WHERE p.polrelid = c.oid AND p.polname = :everybody AND p.polpermissive AND p.polcmd = '*' AND p.polroles = '{0}'"
    " AND pg_get_expr(p.polqual, p.polrelid) = 'true') OR EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid"
    " AND NOT p.polpermissive AND p.polname NOT LIKE :ours)) ORDER BY 1"
)


def _policies(table: str) -> Sequence[tuple[str, str]]:
    """Name, and what comes after the role, with the condition's place."""
    walled = WALLED[table]
    made = [(_OURS, f"FOR ALL TO {{role}} USING ({{let}} {walled.rows}) WITH CHECK ({{let}} {walled.rows})")]
    if walled.added:
        made.append((f"{_OURS}_added", f"FOR INSERT TO {{role}} WITH CHECK ({{let}} {walled.added})"))
    if walled.changed:
        made.append(
            (
                f"{_OURS}_changed",
                f"FOR UPDATE TO {{role}} USING ({{let}} {walled.changed}) WITH CHECK ({{let}} {walled.changed})",
            )
        )
    return made


def _function(connection: Connection) -> str:
    schema = _quoted(connection, str(connection.scalar(text("SELECT current_schema()"))))
    return (
        f"CREATE FUNCTION {ROWS}(what text) RETURNS bigint[] LANGUAGE plpgsql STABLE SECURITY DEFINER"
        f" SET search_path = {schema}, pg_temp AS $body${_BODY}$body$"
    )


def _statements(connection: Connection, role: str) -> Sequence[str]:
    """A policy is also of whoever inherits the role: it asks who they are at the moment, so that nobody else misses a row."""
    name, let = _quoted(connection, role), f"current_user <> '{role}' OR"
    made = []
    for table in WALLED:
        on = _quoted(connection, table)
        made += [
            f"DROP POLICY IF EXISTS {EVERYBODY} ON {on}",
            f"CREATE POLICY {EVERYBODY} ON {on} TO PUBLIC USING (true) WITH CHECK (true)",
            *(
                f"CREATE POLICY {policy} ON {on} AS RESTRICTIVE {rule.format(role=name, let=let)}"
                for policy, rule in _policies(table)
            ),
            f"ALTER TABLE {on} ENABLE ROW LEVEL SECURITY",
        ]
    return made


def _mark(connection: Connection, role: str) -> str:
    """Of all its words: another wall has another."""
    words = [_function(connection), *_statements(connection, role)]
    asked = text("SELECT encode(sha256(convert_to(:words, 'UTF8')), 'hex')")
    return str(connection.scalar(asked, {"words": "\n".join(words)}))


def _run(connection: Connection, *statements: str) -> None:
    for statement in statements:
        # nosemgrep: sqlalchemy-execute-raw-query - words of this file, names quoted by the dialect
        connection.exec_driver_sql(statement.replace("%", "%%"))


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)
