"""A database of real size: the real book of 30,000 loans, landed by ``portal import``, and people with proposals beside it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from benchmarks.borrowers import add_borrowers_of_one_loan
from portal.db import transaction
from portal.domain.permissions import SYSTEM
from portal.domain.policy import HardshipReason
from portal.models import Agreement, Event, Installment, Loan, OutboxItem, Payment, Proposal
from portal.services.documents import keep_sealed
from tests.databases import Database
from tests.journeys.servers import SECRET_KEY
from tests.people import NOW, TODAY
from tests.real_books import BOOK
from tests.stories import Story

FIRST: Final = 500_000
"""Numbers of these people go on from here; whoever adds others counts from 1,000."""
_AT_ONCE: Final = 50
"""Stories a transaction."""
_COUNTED: Final = (Loan, Installment, Payment, Proposal, Agreement, Event)


def fill(database: Database, folder: Path, stories: int, told: Callable[[str], None] = lambda _: None) -> str:
    """Over a migrated, empty database; says what there is. Each second story was signed, approved by policy and sealed (nothing is drawn),
    the others wait for a person. Nothing is left for the workers.
    """
    with transaction(database.engine) as session:
        add_borrowers_of_one_loan(session, 1)
    _import(database, folder)
    told("the book is there")
    for first in range(0, stories, _AT_ONCE):
        with transaction(database.engine) as session:
            _tell_stories(session, FIRST + first, min(_AT_ONCE, stories - first))
        told(f"{min(first + _AT_ONCE, stories)} stories")
    with transaction(database.engine) as session:
        session.execute(update(OutboxItem).values(state="done"))
        counts = list(_counts(session))
    if database.kind == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    return ", ".join(counts)


def _import(database: Database, folder: Path) -> None:
    settings = {
        "PORTAL_DEMO": "1",
        "PORTAL_DATABASE_URL": database.url,
        "PORTAL_DATA_DIR": str(folder),
        "PORTAL_SECRET_KEY": SECRET_KEY,
        "BUSINESS_DATE": TODAY.isoformat(),
    }
    command = [sys.executable, "-P", "-m", "portal", "import", str(BOOK)]
    subprocess.run(command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL, check=True)


def _tell_stories(session: Session, first: int, count: int) -> None:
    for place, (borrower, loan) in enumerate(add_borrowers_of_one_loan(session, count, first=first)):
        story = Story(session, borrower, loan)
        if place % 2:
            story.submit(reason=HardshipReason.ILLNESS)
            continue
        story.submit()
        made = select(Agreement).where(Agreement.proposal_id == story.proposal.id)
        agreement = session.scalars(made).one()
        body = f"%PDF-1.7 {agreement.public_id} ".encode() * 1000
        keep_sealed(session, SYSTEM, agreement_id=agreement.id, body=body, now=NOW)


def _counts(session: Session) -> Iterator[str]:
    for model in _COUNTED:
        count = session.scalar(select(func.count()).select_from(model))
        yield f"{count:,} rows of {model.__tablename__}"
