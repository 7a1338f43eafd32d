"""A borrower whose terms are all over: nothing says any more who it was, on either database, and the record is as provable as before."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import JSON, LargeBinary, String, Table, func, select, update
from sqlalchemy.orm import Session

from portal.domain.erasure import COLUMNS_EMPTIED, ROWS_GONE, STAYS, Becomes
from portal.domain.errors import Conflict
from portal.domain.holds import HoldKind
from portal.domain.legal_holds import LegalHoldReason
from portal.domain.loans import LoanStatus
from portal.domain.permissions import SYSTEM, Actor, ActorKind
from portal.domain.proposals import ProposalStatus
from portal.domain.reasons import EraseReason
from portal.domain.record_leaves import leaf_of
from portal.domain.retention import RETENTIONS, DataClass, Stays
from portal.models import (
    Agreement,
    Base,
    Borrower,
    Document,
    Event,
    Loan,
    OutboxItem,
    Payment,
    Proposal,
    RecordLeaf,
    ServiceCase,
)
from portal.models.keyring import SealBrokenError
from portal.queries.record_rows import recorded
from portal.queries.retention import count_kept, what_keeps
from portal.services.documents import keep_sealed
from portal.services.erasure import Today, erase_borrower
from portal.services.holds import start_hold
from portal.services.legal_holds import LegalHoldWish, start_legal_hold
from portal.services.record import record
from portal.services.retention import NotErased, Reached, begin_retention, erase_some
from tests.callers import actor_of
from tests.kept_rows import WORDS, add_kept
from tests.people import NOW, TODAY, Cast, add_loan
from tests.stories import ZONE, Story

PLANTED = "planted-4f1c"
YEARS_LATER = TODAY.replace(year=TODAY.year + 11)
LATER = Today(YEARS_LATER, ZONE, NOW.replace(year=NOW.year + 11))
NEVER_OLD = {DataClass.FILES, DataClass.PERSONS, DataClass.VISITORS, DataClass.TRIES}


def owned_tables() -> set[Table]:
    """All that lead to a borrower, over however many others."""
    owned = {Base.metadata.tables["borrower"]}
    while True:
        more = {
            table
            for table in Base.metadata.sorted_tables
            if any(key.column.table in owned for key in table.foreign_keys)
        } - owned
        if not more:
            return owned
        owned |= more


def may_hold_words(column: Any) -> bool:
    return isinstance(column.type, String | JSON | LargeBinary) and not column.foreign_keys


def test_every_column_that_may_hold_words_goes_or_stays_for_a_reason() -> None:
    named = {f"{table}.{name}" for table, (_, columns) in COLUMNS_EMPTIED.items() for name in columns}
    wanted = {
        f"{table.name}.{column.name}"
        for table in owned_tables()
        if table.name not in ROWS_GONE
        for column in table.columns
        if may_hold_words(column) or type(column.type).__name__ == "Json"
    }
    assert wanted - named - STAYS.keys() == set()
    assert STAYS.keys() - wanted == set()
    assert not named & STAYS.keys()


def test_every_list_names_what_there_is() -> None:
    for name, owner in ROWS_GONE.items():
        assert owner.value in Base.metadata.tables[name].c
    for name, (owner, columns) in COLUMNS_EMPTIED.items():
        assert {owner.value, *columns} <= set(Base.metadata.tables[name].c.keys())


@pytest.fixture
def over(session: Session, cast: Cast) -> Loan:
    """李娜 signed a plan, wrote, was called and looked at; then she paid all, and eleven years went by."""
    story = Story(session, cast.li_na, add_loan(session, cast.li_na))
    story.submit()
    agreement = session.scalars(select(Agreement)).one()
    body = f"%PDF-1.7 {PLANTED}".encode()
    keep_sealed(session, SYSTEM, agreement_id=agreement.id, body=body, now=NOW)
    for data in DataClass:
        if data not in NEVER_OLD | {DataClass.FIGURES}:
            add_kept(session, data, story.loan, at=NOW)
    _plant(session)
    story.proposal.status = ProposalStatus.COMPLETED.value
    session.execute(update(OutboxItem).values(state="done"))
    story.loan.status = LoanStatus.CLOSED.value
    story.loan.as_of = story.loan.closed_since = TODAY
    session.execute(
        update(Payment).where(Payment.loan_id == story.loan.id).values(paid_on=TODAY - timedelta(days=1))
    )
    session.flush()
    return story.loan


def _plant(session: Session) -> None:
    """In each text that is to go, of the tables that have rows."""
    for name, (_, columns) in COLUMNS_EMPTIED.items():
        table = Base.metadata.tables[name]
        for column, becomes in columns.items() if name != "borrower" else ():
            kind = table.c[column].type
            if isinstance(kind, String) and (becomes is Becomes.BLANK or column.endswith("_sealed")):
                most = kind.length or len(PLANTED)
                session.execute(update(table).where(table.c[column] != "").values({column: PLANTED[:most]}))
    session.expire_all()


def everything(session: Session) -> Iterator[str]:
    """Each value of each table as text."""
    for table in Base.metadata.sorted_tables:
        for row in session.execute(select(*table.c)):
            for column, value in zip(table.c, row, strict=True):
                yield f"{table.name}.{column.name}: {_as_text(value)}"


def _as_text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def found(session: Session, *words: str) -> list[str]:
    return [text for text in everything(session) if any(word in text for word in words)]


def erase(session: Session, loan: Loan, today: Today = LATER) -> None:
    erase_borrower(
        session, SYSTEM, borrower_id=loan.borrower_id, reason=EraseReason.RETENTION_OVER, today=today
    )


def test_nothing_is_found_afterwards(session: Session, cast: Cast, over: Loan) -> None:
    ref, public_id = cast.li_na.borrower_ref, cast.li_na.public_id
    planted = (PLANTED, WORDS, "李娜", "+8613800138001", ref, public_id, "L-1001")
    loan_id = over.id
    assert len(found(session, *planted)) > 15
    erase(session, over)
    assert found(session, *planted) == []
    events = select(func.count(Event.id)).where(Event.loan_id == loan_id)
    assert session.scalar(events) == 0
    assert [each.body for each in session.scalars(select(Document))].count(b"") >= 1


def test_somebody_elses_is_as_it_was(session: Session, cast: Cast, over: Loan) -> None:
    other = Story(session, cast.wang_qiang, add_loan(session, cast.wang_qiang, ref="L-2001"))
    other.submit()
    before = found(session, "L-2001", cast.wang_qiang.mobile)
    erase(session, over)
    assert found(session, "L-2001", cast.wang_qiang.mobile) == before


def test_every_event_keeps_its_leaf_and_what_is_left_is_told_of(session: Session, over: Loan) -> None:
    erase(session, over)
    leaves = {leaf.event_id: leaf for leaf in session.scalars(select(RecordLeaf))}
    events = session.scalars(select(Event).order_by(Event.id)).all()
    told = {event.fields["event_id"] for event in events if event.name == "record:erased"}
    for event in events:
        if event.name == "erased":
            assert event.id in told
        elif event.id in leaves:
            leaf = leaves[event.id]
            assert leaf_of(recorded(event), event.salt or b"", leaf.place) == leaf.leaf
    assert events[-1].name in {"borrower:erased", "record:erased"}


def test_twice_is_as_once(session: Session, over: Loan) -> None:
    erase(session, over)
    count = session.scalar(select(func.count(Event.id)))
    erase(session, over)
    assert session.scalar(select(func.count(Event.id))) == count


def leave_open(session: Session, loan: Loan, stands: str) -> None:
    """One thing that is not done with."""
    if stands == "open_case":
        session.execute(update(ServiceCase).values(status="open", closed_at=None))
    elif stands == "open_plan":
        session.execute(update(Proposal).values(status="in_review", ended_at=None))
    else:
        item = {"kind": "message:collection", "dedupe_key": "one", "payload": {"loan_id": loan.id}}
        session.add(OutboxItem(**item, state="open", made_at=NOW, due_at=NOW))
        session.flush()


NOT_DONE = ["open_case", "open_plan", "work_in_hand"]


@pytest.mark.parametrize("stands", ["too_young", "owes", "disputed", "legal_hold", *NOT_DONE])
def test_what_stands_against_it_is_said_and_nothing_goes(
    session: Session, cast: Cast, over: Loan, stands: str
) -> None:
    today = LATER
    if stands == "too_young":
        on = TODAY.replace(year=TODAY.year + 10) - timedelta(days=1)
        today = Today(on, ZONE, LATER.now)
    elif stands == "owes":
        add_loan(session, cast.li_na, ref="L-1002", late_days=0, status="charged_off")
        session.execute(update(Loan).values(as_of=TODAY))
    elif stands == "disputed":
        start_hold(session, SYSTEM, loan_id=over.id, kind=HoldKind.DISPUTE, reason="said so", now=NOW)
    elif stands in NOT_DONE:
        leave_open(session, over, stands)
    else:
        wish = LegalHoldWish(reason=LegalHoldReason.AUTHORITY, note="金监局来函", of_loan=True)
        start_legal_hold(session, actor_of(cast.zhou_min), loan=over, wish=wish, now=NOW)
    before = list(everything(session))
    with pytest.raises(Conflict, match="data_must_be_kept") as refused:
        erase(session, over, today)
    assert stands in str(refused.value.details["because"])
    assert list(everything(session)) == before


@pytest.mark.parametrize("stands", NOT_DONE)
def test_the_nightly_run_waits_for_what_is_not_done(session: Session, over: Loan, stands: str) -> None:
    leave_open(session, over, stands)
    for data in (DataClass.PERSONS, DataClass.CONVERSATIONS):
        counted = count_kept(session, RETENTIONS[data], on=YEARS_LATER, zone=ZONE)
        assert (counted.rows, set(counted.stays) - {Stays.TOO_YOUNG}) == (0, {Stays(stands)})
    assert what_keeps(session, over.borrower_id, on=YEARS_LATER, zone=ZONE) == (Stays(stands),)


def test_what_is_somebody_elses_keeps_nobody(session: Session, cast: Cast, over: Loan) -> None:
    Story(session, cast.wang_qiang, other := add_loan(session, cast.wang_qiang, ref="L-2001")).submit()
    add_kept(session, DataClass.CONVERSATIONS, other, at=NOW, number=2)
    session.execute(
        update(ServiceCase).where(ServiceCase.loan_id == other.id).values(status="open", closed_at=None)
    )
    leave_open(session, other, "work_in_hand")
    assert what_keeps(session, over.borrower_id, on=YEARS_LATER, zone=ZONE) == ()


def test_a_wish_to_be_erased_does_not_stand_against_itself(session: Session, over: Loan) -> None:
    leave_open(session, over, "open_case")
    case_id = session.scalars(select(ServiceCase.id)).one()
    kept = what_keeps(session, over.borrower_id, on=YEARS_LATER, zone=ZONE, apart_from=case_id)
    assert kept == ()


def test_a_run_erases_whoever_is_due(session: Session, over: Loan) -> None:
    run_id = begin_retention(session, on=YEARS_LATER, now=LATER.now).id
    for expected in (1, 0):
        gone = erase_some(
            session, SYSTEM, run_id=run_id, data=DataClass.PERSONS, zone=ZONE, now=LATER.now
        ).rows
        assert gone == expected
    assert session.get_one(Borrower, over.borrower_id).name == ""


def test_whose_name_does_not_open_any_more_is_erased_like_others(session: Session, over: Loan) -> None:
    session.execute(update(Borrower).where(Borrower.id == over.borrower_id).values(public_id="moved"))
    session.expire_all()
    with pytest.raises(SealBrokenError):
        _ = session.get_one(Borrower, over.borrower_id).name
    erase(session, over)
    assert session.get_one(Borrower, over.borrower_id).data_key is None


def test_one_that_cannot_be_erased_is_named_and_the_others_go(
    session: Session, cast: Cast, over: Loan
) -> None:
    """The event of the first that proves a document which somebody else's plan keeps: nothing of the first goes."""
    other = add_loan(session, cast.wang_qiang, ref="L-2001", status="closed", late_days=0)
    session.flush()
    spoil(session, over)
    run_id = begin_retention(session, on=YEARS_LATER, now=LATER.now).id
    failed = list[NotErased]()
    after: Reached | None = Reached()
    while after is not None:
        step = erase_some(
            session, SYSTEM, run_id=run_id, data=DataClass.PERSONS, zone=ZONE, now=LATER.now, after=after
        )
        failed, after = [*failed, *step.failed], step.reached
    assert failed == [NotErased(DataClass.PERSONS, over.borrower_id, "event_proves_document")]
    assert session.get_one(Borrower, over.borrower_id).name == "李娜"
    assert session.get_one(Borrower, other.borrower_id).name == ""


def spoil(session: Session, loan: Loan) -> None:
    """One event says that it proves a document which is not this borrower's."""
    session.add(Document(sha256="ab" * 32, body=b"%PDF", made_at=NOW))
    record(
        session,
        SYSTEM,
        "agreement:sealed",
        now=NOW,
        borrower_id=loan.borrower_id,
        loan_id=loan.id,
        proposal_id=1,
        agreement_id=1,
        document_hash="ab" * 32,
    )
    session.flush()


def test_what_a_borrower_did_is_emptied_and_what_others_of_the_same_number_did_is_not(
    session: Session, cast: Cast, over: Loan
) -> None:
    """An act that is about nothing names who did it all the same: a member of staff has numbers of their own."""
    borrower_id = cast.li_na.id
    for kind, actor_id in (
        (ActorKind.BORROWER, borrower_id),
        (ActorKind.STAFF, borrower_id),
        (ActorKind.BORROWER, cast.wang_qiang.id),
    ):
        actor = Actor(kind, actor_id, request_id="test")
        record(session, actor, "session:started", now=NOW, audience=kind.value, device_known=False)
    session.flush()
    kept = select(Event.actor_kind, Event.actor_id).where(Event.name == "session:started").order_by(Event.id)
    assert len(session.execute(kept).all()) == 3
    erase(session, over)
    assert [tuple(row) for row in session.execute(kept)] == [
        ("staff", borrower_id),
        ("borrower", cast.wang_qiang.id),
    ]
    assert found(session, f"event.actor_id: {borrower_id}") == [f"event.actor_id: {borrower_id}"]
