"""Many waiting proposals on PostgreSQL: one is made through the verbs, the others are copied from its rows by the database.

Of the first ``WHOLE`` copies everything is copied, so that their pages open; of the others what the queue and its indexes hold, with a
version whose content is empty.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Table, text
from sqlalchemy.orm import Session

from benchmarks.sealed_people import Person, seal_people
from portal.db import transaction
from portal.domain.policy import HardshipReason
from portal.models import (
    Base,
    Borrower,
    Hold,
    Installment,
    Loan,
    Payment,
    Proposal,
    ProposalVersion,
    ReviewItem,
)
from tests.databases import Database
from tests.people import Cast, add_cast, add_loan
from tests.stories import Story

WHOLE: Final = 100
PEOPLE: Final = 5
"""Loans a borrower."""
_NAMES: Final = ("张伟", "王芳", "李强", "刘洋", "陈静", "杨光")


def fill(database: Database, count: int) -> Cast:
    """So many cases wait, the template's besides; numbers follow the template's from 2 on."""
    with transaction(database.engine) as session:
        cast = add_cast(session)
        story = Story(session, cast.li_na, add_loan(session, cast.li_na))
        story.submit(reason=HardshipReason.ILLNESS)
        if story.proposal.id != 1 or story.loan.id != 1:
            raise RuntimeError("the template is to be number 1")
        _copy_all(session, cast, story, count)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return cast


def _copy_all(session: Session, cast: Cast, story: Story, count: int) -> None:
    session.flush()
    # Keys of copies that the database makes itself are sound; looking each of them up would take most of the time.
    session.execute(text("SET LOCAL session_replication_role = replica"))
    people = max(1, count // PEOPLE)
    base = 1000
    copied(
        session, Borrower, cast.li_na.id, people,
        id=f"{base} + n", public_id="lpad(n::text, 32, 'b')", borrower_ref="'BB' || n",
    )  # fmt: skip
    seal_people(
        session,
        (
            Person(base + n, f"{n}".rjust(32, "b"), f"{_NAMES[n % len(_NAMES)]}{n}", f"+86139{n:08}")
            for n in range(1, people + 1)
        ),
    )
    whose = f"{base} + 1 + (n - 1) % {people}"
    copied(
        session, Loan, story.loan.id, count,
        id="n + 1", public_id="md5('l' || n)", loan_ref="'LL' || n", borrower_id=whose,
    )  # fmt: skip
    copied(
        session, Proposal, story.proposal.id, count,
        id="n + 1", public_id="md5('p' || n)", reference="'Q' || lpad(n::text, 8, '0')", loan_id="n + 1",
        borrower_id=whose,
    )  # fmt: skip
    copied(
        session, ProposalVersion, story.version.id, count,
        id="n + 1", proposal_id="n + 1", content_sealed=f"CASE WHEN n <= {WHOLE} THEN t.content_sealed END",
        preview_document_id="NULL",
    )  # fmt: skip
    copied(session, ReviewItem, story.proposal.id, count, key="proposal_id", **_waiting(cast, count))
    for model, key in ((Installment, None), (Payment, "payment_ref"), (Hold, None)):
        _copy_parts(session, model, min(count, WHOLE), key)


def _waiting(cast: Cast, count: int) -> Mapping[str, str]:
    """Promised over three days, one hour of which is past; kinds, reasons, sums and days past due in turn."""
    return {
        "proposal_id": "n + 1",
        "deadline_at": f"t.queued_at + interval '1 hour' * (n * 72.0 / {count} - 1)",
        "queued_at": "t.queued_at - interval '1 day'",
        "kind": "(array['catch_up','reschedule','defer'])[1 + n % 3]",
        "main_reason": "(array['sensitive_hardship','guarantor','amount_above_band','term_above_band'])[1 + n % 4]",
        "amount_minor": "100000 + (n::bigint * 7919) % 5000000",
        "dpd": "1 + n % 120",
        "drafted_by": f"CASE WHEN n % 50 = 0 THEN {cast.chen_chen.id} END",
    }


def copied(
    session: Session, model: type[Base], template: int, count: int, key: str = "id", **changed: str
) -> None:
    """The template's row so many times over, with other values (SQL; ``n`` from 1, ``t`` the template) in some columns."""
    table = model.__table__
    assert isinstance(table, Table)
    names = [column.name for column in table.columns]
    values = [changed.get(name, f"t.{name}") for name in names]
    session.execute(
        text(
            f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(values)}"
            f" FROM {table.name} t, generate_series(1, :count) n WHERE t.{key} = :template"
        ),
        {"count": count, "template": template},
    )


def _copy_parts(session: Session, model: type[Base], count: int, key: str | None) -> None:
    """Everything of the template's loan, for the first copies."""
    table: Any = model.__table__
    changed = {"loan_id": "n + 1", **({key: f"t.{key} || '-' || n"} if key else {})}
    names = [column.name for column in table.columns if column.name != "id"]
    values = [changed.get(name, f"t.{name}") for name in names]
    session.execute(
        text(
            f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(values)}"
            f" FROM {table.name} t, generate_series(1, :count) n WHERE t.loan_id = 1"
        ),
        {"count": count},
    )
