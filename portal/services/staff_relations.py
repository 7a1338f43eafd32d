"""Whom staff declare to be close to, and which borrowers that is: found when it is declared and whenever a book comes (rule P18)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.errors import AccessRefused, DomainError
from portal.domain.permissions import Actor
from portal.domain.staff_relations import (
    MOST_DECLARED,
    Closeness,
    DeclaredBy,
    id_hash_of,
    is_due,
    loan_key,
    parse_id_number,
    parse_loan_number,
    person_key,
)
from portal.models import (
    Borrower,
    CallItem,
    Loan,
    Proposal,
    ReviewItem,
    ServiceCase,
    StaffDeclaration,
    StaffMember,
    StaffRelation,
)
from portal.queries.references import find_reference, tidy_reference
from portal.queries.support_calls import is_related_to
from portal.services.record import record, record_about


@dataclass(frozen=True, slots=True)
class HashKeys:
    """``own`` keys what is kept here, ``lenders`` is what books hash ID numbers with ("" for SHA-256 alone)."""

    own: str
    lenders: str = ""


def declare_person(
    session: Session,
    actor: Actor,
    *,
    member: StaffMember,
    kind: Closeness,
    id_number: str,
    keys: HashKeys,
    now: datetime,
) -> bool:
    """Somebody by their ID number. Whether they owe anything is told to nobody; False where it was declared already.

    Raises ``id_number_missing``, ``id_number_unclear``, ``too_many_declared``.
    """
    id_hash = id_hash_of(parse_id_number(id_number), lenders_key=keys.lenders)
    is_new = _declare(session, actor, member, kind, DeclaredBy.ID_NUMBER, person_key(id_hash, keys.own), now)
    _relate(session, actor, member, borrowers_with(session, id_hash), kind.relation, now)
    return is_new


def declare_loan(
    session: Session,
    actor: Actor,
    *,
    member: StaffMember,
    kind: Closeness,
    number: str,
    keys: HashKeys,
    now: datetime,
) -> bool:
    """Somebody by a loan's or a case's number. Same answer whether there is such a loan or not. Raises ``loan_number_missing``,
    ``too_many_declared``.
    """
    typed = parse_loan_number(number, field="number")
    is_new = _declare(session, actor, member, kind, DeclaredBy.LOAN, loan_key(typed, keys.own), now)
    _relate(session, actor, member, _borrowers_of(session, typed), kind.relation, now)
    return is_new


def confirm_relations(session: Session, actor: Actor, *, member: StaffMember, now: datetime) -> None:
    """That what stands there is all: every year anew. What is not due is nothing."""
    session.refresh(member, with_for_update=True)
    if not is_due(member.relations_confirmed_at, now):
        return
    declared = session.scalar(select(func.count()).where(StaffDeclaration.staff_member_id == member.id)) or 0
    member.relations_confirmed_at = now
    session.flush()
    record(
        session, actor, "staff:relations_confirmed", now=now, staff_number=member.number, declared=declared
    )


def relate(
    session: Session,
    actor: Actor,
    *,
    member: StaffMember,
    borrower_ids: Collection[int],
    kind: str,
    now: datetime,
) -> int:
    """These borrowers' cases are never this member's; what they held of them is free. How many were not known before."""
    return _relate(session, actor, member, borrower_ids, kind, now)


def refuse_close(session: Session, actor: Actor, *, borrower_id: int) -> None:
    """Raises ``AccessRefused("related_case")`` where the borrower is this member of staff or close to them."""
    assert actor.id is not None
    if is_related_to(session, staff_id=actor.id, borrower_id=borrower_id):
        raise AccessRefused("related_case", rule="P18")


def match_borrowers(
    session: Session, actor: Actor, *, id_hashes: Mapping[str, str | None], key: str, now: datetime
) -> int:
    """Borrowers that a book brought, by reference: compared with all that was declared. How many relations came of it."""
    declared = _declared(session)
    wanted = {ref: person_key(known, key) for ref, known in id_hashes.items() if known} if declared else {}
    found = {ref: declared[found_key] for ref, found_key in wanted.items() if found_key in declared}
    ids = _ids(session, Borrower.borrower_ref, Borrower.id, found)
    return sum(
        _relate_all(session, actor, ids[ref], declarations, now) for ref, declarations in found.items()
    )


def match_loans(session: Session, actor: Actor, *, loan_refs: Iterable[str], key: str, now: datetime) -> int:
    """The same for loans."""
    declared = _declared(session)
    wanted = {ref: loan_key(ref, key) for ref in loan_refs} if declared else {}
    found = {ref: declared[found_key] for ref, found_key in wanted.items() if found_key in declared}
    ids = _ids(session, Loan.loan_ref, Loan.borrower_id, found)
    return sum(
        _relate_all(session, actor, ids[ref], declarations, now) for ref, declarations in found.items()
    )


def flag_relations_of(session: Session, member_id: int) -> None:
    """A member came or went: whether their relations' borrowers are somebody's relation now."""
    related = select(StaffRelation.borrower_id).where(StaffRelation.staff_member_id == member_id)
    flag_relations(session, session.scalars(related).all())


def flag_relations(session: Session, borrower_ids: Collection[int]) -> None:
    """``borrower.is_staff_relation``: whether anybody who works here is close to them."""
    here = exists().where(
        StaffRelation.borrower_id == Borrower.id,
        StaffRelation.staff_member_id == StaffMember.id,
        StaffMember.disabled_at.is_(None),
    )
    session.execute(
        update(Borrower)
        .where(Borrower.id.in_(borrower_ids))
        .values(is_staff_relation=here)
        .execution_options(synchronize_session=False)
    )
    for borrower in session.identity_map.values():
        if isinstance(borrower, Borrower) and borrower.id in borrower_ids:
            session.expire(borrower, ["is_staff_relation"])


def borrowers_with(session: Session, id_hash: str) -> Sequence[int]:
    """By the first 16 digits: lenders may cut their hashes, and write them in either case."""
    return session.scalars(
        select(Borrower.id)
        .where(func.lower(func.substr(Borrower.id_hash, 1, 16)) == id_hash[:16].lower())
        .order_by(Borrower.id)
    ).all()


def _borrowers_of(session: Session, typed: str) -> Sequence[int]:
    """Of the loan, the case or the proposal with this number; and whoever else the book has under the same ID hash."""
    owner = session.scalar(select(Loan.borrower_id).where(Loan.loan_ref == typed))
    if owner is None:
        lead = find_reference(session, tidy_reference(typed))
        owner = lead.borrower.id if lead is not None and lead.borrower is not None else None
    if owner is None:
        return ()
    id_hash = session.scalar(select(Borrower.id_hash).where(Borrower.id == owner))
    return sorted({owner, *(borrowers_with(session, id_hash) if id_hash else ())})


def _declare(
    session: Session,
    actor: Actor,
    member: StaffMember,
    kind: Closeness,
    declared_by: DeclaredBy,
    match_key: str,
    now: datetime,
) -> bool:
    standing = session.scalar(select(func.count()).where(StaffDeclaration.staff_member_id == member.id)) or 0
    if standing >= MOST_DECLARED:
        raise DomainError("too_many_declared", field="kind")
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    added = session.scalar(
        insert(StaffDeclaration)
        .values(
            staff_member_id=member.id,
            kind=kind.value,
            declared_by=declared_by.value,
            match_key=match_key,
            made_at=now,
        )
        .on_conflict_do_nothing(index_elements=["staff_member_id", "match_key"])
        .returning(StaffDeclaration.id)
    )
    if added is None:
        return False
    record(
        session,
        actor,
        "staff:declared",
        now=now,
        staff_number=member.number,
        kind=kind.value,
        by=declared_by.value,
    )
    return True


def _declared(session: Session) -> Mapping[str, Sequence[StaffDeclaration]]:
    found: dict[str, list[StaffDeclaration]] = {}
    for each in session.scalars(select(StaffDeclaration).order_by(StaffDeclaration.id)):
        found.setdefault(each.match_key, []).append(each)
    return found


def _ids(session: Session, ref: object, value: object, wanted: Collection[str]) -> Mapping[str, int]:
    if not wanted:
        return {}
    return dict(session.execute(select(ref, value).where(ref.in_(wanted))).all())  # type: ignore[attr-defined,call-overload]


def _relate_all(
    session: Session, actor: Actor, borrower_id: int, declarations: Sequence[StaffDeclaration], now: datetime
) -> int:
    return sum(
        _relate(
            session,
            actor,
            session.get_one(StaffMember, each.staff_member_id),
            [borrower_id],
            Closeness(each.kind).relation,
            now,
        )
        for each in declarations
    )


def _relate(
    session: Session,
    actor: Actor,
    member: StaffMember,
    borrower_ids: Collection[int],
    kind: str,
    now: datetime,
) -> int:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    added = [
        borrower_id
        for borrower_id in borrower_ids
        if session.scalar(
            insert(StaffRelation)
            .values(staff_member_id=member.id, borrower_id=borrower_id, kind=kind, made_at=now)
            .on_conflict_do_nothing(index_elements=["staff_member_id", "borrower_id"])
            .returning(StaffRelation.id)
        )
        is not None
    ]
    for borrower_id in added:
        record(
            session,
            actor,
            "staff:related",
            now=now,
            borrower_id=borrower_id,
            staff_number=member.number,
            kind=kind,
        )
    if added:
        _let_go(session, actor, member, added, now)
        flag_relations(session, added)
    return len(added)


def _let_go(
    session: Session, actor: Actor, member: StaffMember, borrower_ids: Sequence[int], now: datetime
) -> None:
    """What they hold of such a borrower at this moment."""
    theirs = select(Proposal.id).where(Proposal.borrower_id.in_(borrower_ids))
    freed = session.scalars(
        update(ReviewItem)
        .where(ReviewItem.claimed_by == member.id, ReviewItem.proposal_id.in_(theirs))
        .values(claimed_by=None, claimed_until=None)
        .returning(ReviewItem.proposal_id)
        .execution_options(synchronize_session=False)
    ).all()
    for proposal in session.scalars(select(Proposal).where(Proposal.id.in_(freed)).order_by(Proposal.id)):
        record_about(session, actor, proposal, "case:released", now=now, reason="related")
    cases = session.scalars(
        select(ServiceCase).where(
            ServiceCase.owner_id == member.id,
            ServiceCase.status == "open",
            ServiceCase.borrower_id.in_(borrower_ids),
        )
    ).all()
    for case in cases:
        case.owner_id = case.owned_at = None
        record(
            session,
            actor,
            "service:given_back",
            now=now,
            borrower_id=case.borrower_id,
            loan_id=case.loan_id,
            case_id=case.id,
            reason="related",
        )
    for item in session.scalars(
        select(CallItem).where(CallItem.leased_by == member.id, CallItem.borrower_id.in_(borrower_ids))
    ):
        item.leased_by = item.leased_until = None
        record(
            session,
            actor,
            "call:given_back",
            now=now,
            borrower_id=item.borrower_id,
            loan_id=item.loan_id,
            reason="related",
        )
    session.flush()
