"""What must hold once everybody is quiet: nothing acknowledged is lost, nothing is there by half, nothing twice."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from benchmarks.serving import served_now
from portal.commands.backup.restoring import prove
from portal.commands.record_keeping import keeper_of
from portal.config import Config
from portal.db import transaction
from portal.models import Agreement, Base, Decision, Document, Event, OutboxItem, Proposal
from tests.databases import Database
from tests.faults.acts import Act, Kind
from tests.journeys.servers import SECRET_KEY

_EVENTS: Final[Mapping[Kind, str]] = {
    Kind.SIGN_AT_ONCE: "plan:submitted",
    Kind.SIGN: "plan:submitted",
    Kind.APPROVE: "plan:approved",
    Kind.DECLINE: "plan:declined",
    Kind.WITHDRAW: "plan:withdrawn",
}
_STANDS: Final[Mapping[Kind, set[str]]] = {
    Kind.SIGN_AT_ONCE: {"active"},
    Kind.SIGN: {"in_review"},
    Kind.APPROVE: {"active"},
    Kind.DECLINE: {"declined"},
    Kind.WITHDRAW: {"withdrawn"},
}
"""Where a proposal is once its act, its minute and its seal are over."""


def faults_left(database: Database, folder: Path, acts: Sequence[Act], quiet: datetime) -> Sequence[str]:
    """In words; nothing is well. ``folder`` is the installation's own, ``quiet`` the moment at which nothing was left to do: what has
    come due since then is no fault.
    """
    with transaction(database.engine, writes=False) as session:
        found = [
            *_lost(session, acts),
            *_odd_agreements(session),
            *_odd_documents(session),
            *_odd_outbox(session, quiet),
        ]
    return [*found, *_odd_whole(database, folder)]


def _lost(session: Session, acts: Sequence[Act]) -> Iterator[str]:
    """Each act that was acknowledged stands once, with its event; those that never got an answer are told."""
    statuses = dict(session.execute(select(Proposal.id, Proposal.status)).tuples().all())
    for kind in Kind:
        mine = [act for act in acts if act.kind is kind]
        counts = _events(session, _EVENTS[kind])
        lost = [act for act in mine if act.is_acknowledged and counts[act.proposal_id] != 1]
        elsewhere = [
            act for act in mine if act.is_acknowledged and statuses[act.proposal_id] not in _STANDS[kind]
        ]
        if lost:
            yield f"acknowledged and not there once: {len(lost)} {kind}"
        if elsewhere:
            yield f"{len(elsewhere)} {kind}, and the proposal is {statuses[elsewhere[0].proposal_id]}"
        if unanswered := [act for act in mine if not act.is_acknowledged and not act.came_too_late]:
            yield f"without an answer: {len(unanswered)} {kind}, last {unanswered[0].answers[-3:]}"


def _events(session: Session, name: str) -> Counter[int]:
    asked = select(Event.proposal_id, func.count()).where(Event.name == name).group_by(Event.proposal_id)
    return Counter({key: count for key, count in session.execute(asked) if key is not None})


def _odd_agreements(session: Session) -> Iterator[str]:
    """Approved by event ⇔ one agreement ⇔ its event ⇔ an order to seal ⇔ sealed by event."""
    agreements = {
        row.proposal_id: row.id for row in session.execute(select(Agreement.proposal_id, Agreement.id))
    }
    for name in ("plan:approved", "agreement:made", "agreement:sealed"):
        counts = _events(session, name)
        if odd := [
            each for each in counts.keys() | agreements if counts[each] != 1 or each not in agreements
        ]:
            yield f"{len(odd)} agreements without {name}, or the reverse, or twice"
    orders = session.scalars(select(OutboxItem.dedupe_key).where(OutboxItem.kind == "agreement:seal")).all()
    if set(orders) != {f"agreement:seal:{each}" for each in agreements.values()}:
        yield "agreements and orders to seal are not the same"
    decided = Counter(
        session.scalars(
            select(Decision.proposal_id).where(Decision.state == "sent", Decision.kind == "approve")
        )
    )
    if decided.keys() != agreements.keys() or set(decided.values()) - {1}:
        yield "approvals and agreements are not the same"


def _odd_documents(session: Session) -> Iterator[str]:
    """None that nothing points to."""
    pointing = [
        select(column).where(column.is_not(None))
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.references(Base.metadata.tables["document"].c.id)
    ]
    if alone := session.scalars(select(Document.id).where(Document.id.not_in(union(*pointing)))).all():
        yield f"{len(alone)} documents of nobody"


def _odd_outbox(session: Session, quiet: datetime) -> Iterator[str]:
    """Done, called off, or put off to an hour in which it may go out."""
    rows = session.execute(
        select(OutboxItem.kind, OutboxItem.state, OutboxItem.due_at, OutboxItem.last_error)
    )
    for kind, state, due_at, error in rows:
        if state not in {"done", "cancelled"} and not (state == "open" and due_at > quiet):
            yield f"{kind} is {state} ({error})"


def _odd_whole(database: Database, folder: Path) -> Iterator[str]:
    """As a restored installation is proved: every document's bytes, every event, every checkpoint, what must hold between rows."""
    config = Config(
        database_url=database.url, secret_key=SECRET_KEY, data_dir=folder, demo=True, secure_cookies=False
    )
    keeper_of(config, database.engine).keep()
    proof = prove(config, database.engine, served_now())
    if not proof.is_whole:
        yield f"changed {proof.changed}, broken {proof.broken}, record {proof.record.verdict}"
