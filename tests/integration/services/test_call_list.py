"""Whom to call next: what is promised first, what the guard refuses passed over, and never two callers for one borrower."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.domain.call_choices import Shown
from portal.domain.claims import LEASE
from portal.domain.contact_wishes import Channel, ContactHours, ContactWishes
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.holds import HoldKind
from portal.domain.loans import Stage
from portal.models import (
    Call,
    CallItem,
    Event,
    Loan,
    LoanStanding,
    StaffMember,
    StaffRelation,
)
from portal.queries.call_list import CallFilter, call_page
from portal.queries.standings import LoanRange
from portal.services.absences import mark_away
from portal.services.call_list import (
    count_listed,
    find_leased,
    give_all_back,
    give_back,
    list_for_calls,
    lock_borrower,
    renew_lease,
)
from portal.services.calls import Attempt
from portal.services.contact_wishes import replace_wish
from portal.services.holds import start_hold
from tests.callers import AT_TEN, Caller, actor_of, fill_list, item_of
from tests.databases import Database
from tests.people import TODAY, Cast, add_borrower, add_cast, add_loan
from tests.told_events import told


@pytest.fixture
def loan(session: Session, cast: Cast) -> Loan:
    """李娜's, 42 days late, on the list."""
    found = add_loan(session, cast.li_na)
    fill_list(session)
    return found


@pytest.fixture
def lin_yue(session: Session, cast: Cast) -> Caller:
    return Caller(session, cast.lin_yue)


def second_caller(session: Session, cast: Cast) -> Caller:
    cast.chen_chen.roles = ["caller"]
    session.flush()
    return Caller(session, cast.chen_chen)


def opened(attempt: Attempt) -> Call:
    assert attempt.call is not None
    return attempt.call


def events(session: Session, name: str) -> list[dict[str, Any]]:
    return [
        dict(each)
        for each in session.scalars(select(Event.fields).where(Event.name == name).order_by(Event.id))
    ]


def listed(session: Session, cast: Cast, **choices: Any) -> list[int]:
    wanted = CallFilter(staff_id=cast.lin_yue.id, is_agencys=False, **{"now": AT_TEN, **choices})
    return [row.loan_id for row in call_page(session, wanted).rows]


def test_the_internal_teams_late_loans_are_listed_and_no_others(session: Session, cast: Cast) -> None:
    ours = add_loan(session, cast.li_na, ref="OURS")
    add_loan(session, cast.li_na, ref="AGENCY", stage=Stage.AGENCY, late_days=80)
    add_loan(session, cast.li_na, ref="EARLY", stage=Stage.REMINDER, late_days=5)
    add_loan(session, cast.li_na, ref="PAID", paid=12)
    add_loan(session, cast.li_na, ref="OLD", late_days=1500, paid=3)
    fill_list(session)
    assert listed(session, cast) == [ours.id]
    item = item_of(session, ours)
    assert (item.late_since, item.currency) == (TODAY - timedelta(days=42), "CNY")
    assert item.amount_minor > 0


def test_days_late_are_reckoned_from_the_day_of_the_count(session: Session, cast: Cast) -> None:
    """The list of another day than the count's: five days on, nothing happened to the loan."""
    found = add_loan(session, cast.li_na)
    fill_list(session)
    session.get_one(LoanStanding, found.id).counted_on = TODAY
    session.flush()
    list_for_calls(session, LoanRange(0, found.id), on=TODAY + timedelta(days=5))
    assert item_of(session, found).late_since == TODAY - timedelta(days=42)


def test_what_is_no_longer_the_teams_leaves_and_keeps_its_address(
    session: Session, cast: Cast, loan: Loan
) -> None:
    address = item_of(session, loan).public_id
    loan.collection_stage = Stage.AGENCY.value
    session.flush()
    fill_list(session)
    assert listed(session, cast) == []
    loan.collection_stage = Stage.INTERNAL.value
    session.flush()
    fill_list(session)
    assert (listed(session, cast), item_of(session, loan).public_id) == ([loan.id], address)


def test_call_backs_and_broken_promises_come_first_then_the_longest_late(
    session: Session, cast: Cast
) -> None:
    loans = [add_loan(session, cast.li_na, ref=f"L{days}", late_days=days) for days in (31, 45, 60, 75)]
    fill_list(session)
    for loan, minutes, kind in (
        (loans[0], -5, "call_back"),
        (loans[1], -600, "promise"),
        (loans[2], 5, "call_back"),
    ):
        session.execute(
            update(CallItem)
            .where(CallItem.loan_id == loan.id)
            .values(promised_at=AT_TEN + timedelta(minutes=minutes), promised_kind=kind)
        )
    assert listed(session, cast) == [loans[1].id, loans[0].id, loans[3].id]
    later = AT_TEN + timedelta(minutes=5)
    assert listed(session, cast, now=later) == [loans[1].id, loans[0].id, loans[2].id, loans[3].id]


def test_what_rests_or_is_held_shows_only_where_it_is_asked_for(
    session: Session, cast: Cast, loan: Loan
) -> None:
    start_hold(session, actor_of(cast.wu_yan), loan_id=loan.id, kind=HoldKind.ILLNESS, reason="x", now=AT_TEN)
    assert (listed(session, cast), listed(session, cast, shown=Shown.ALL)) == ([], [loan.id])


def test_what_was_handed_on_untold_shows_only_where_it_is_asked_for_and_is_not_tried(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller
) -> None:
    """A creditor that sells thousands: the list asks the guard of none of them (rule C21)."""
    loan.former_creditor, loan.former_until, loan.assigned_on = "A", TODAY, TODAY
    session.flush()
    assert (listed(session, cast), listed(session, cast, shown=Shown.ALL)) == ([], [loan.id])
    taken = lin_yue.next()
    assert (taken.item, taken.refused) == (None, None)
    loan.assignment_told_on = TODAY
    session.flush()
    assert lin_yue.next().item == item_of(session, loan)


def test_the_next_is_leased_and_asked_for_again_it_is_the_same(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller
) -> None:
    other = second_caller(session, cast)
    assert lin_yue.next().item == lin_yue.next().item == item_of(session, loan)
    assert other.next().item is None
    other.now += LEASE
    assert other.next().item == item_of(session, loan)
    assert [fields["until"] for fields in events(session, "call:taken")] == [
        (AT_TEN + LEASE).isoformat(),
        (AT_TEN + 2 * LEASE).isoformat(),
    ]


def test_a_borrower_with_two_loans_is_called_by_one(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller
) -> None:
    second = add_loan(session, cast.li_na, ref="L-2", late_days=50)
    fill_list(session)
    lin_yue.take(loan)
    other = second_caller(session, cast)
    assert other.next().item is None
    with pytest.raises(Conflict, match="borrower_on_call"):
        other.take(second)
    with pytest.raises(Conflict, match="lease_held") as held:
        other.take(loan)
    assert held.value.details["by"] == "1007"
    with pytest.raises(Conflict, match="lease_of_other_loan"):
        lin_yue.take(second)


def test_what_the_guard_refuses_is_passed_over_and_rests(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller
) -> None:
    replace_wish(
        session,
        actor_of(cast.wu_yan),
        borrower_id=cast.li_na.id,
        wishes=ContactWishes(ContactHours(18, 20), frozenset(Channel)),
        now=AT_TEN,
    )
    behind = add_loan(session, cast.wang_qiang, ref="L-2", late_days=33)
    fill_list(session)
    assert lin_yue.next().item == item_of(session, behind)
    assert item_of(session, loan).rests_until == AT_TEN.replace(hour=18)


def test_in_quiet_hours_nobody_can_be_called_and_the_rule_is_named(
    session: Session, loan: Loan, lin_yue: Caller
) -> None:
    lin_yue.now = AT_TEN.replace(hour=22)
    taken = lin_yue.next()
    assert taken.item is None
    assert taken.refused is not None
    assert taken.refused.rule == "C01"
    assert taken.refused.opens_at == (AT_TEN + timedelta(days=1)).replace(hour=8)


def test_nobody_calls_somebody_close(session: Session, cast: Cast, loan: Loan, lin_yue: Caller) -> None:
    session.add(
        StaffRelation(
            staff_member_id=cast.lin_yue.id, borrower_id=cast.li_na.id, kind="close", made_at=AT_TEN
        )
    )
    session.flush()
    assert lin_yue.next().item is None
    with pytest.raises(AccessRefused, match="related_case"):
        lin_yue.take(loan)


@pytest.mark.parametrize("who", ["chen_chen", "zhou_min", "wu_yan", "zheng_hao", "sun_hao"])
def test_who_is_no_caller_takes_and_opens_nothing(session: Session, cast: Cast, loan: Loan, who: str) -> None:
    other = Caller(session, getattr(cast, who))
    for act in (other.next, lambda: other.take(loan), lambda: other.open(loan)):
        with pytest.raises(AccessRefused):
            act()


def test_skipping_gives_the_loan_back_for_later(session: Session, loan: Loan, lin_yue: Caller) -> None:
    item = lin_yue.take(loan)
    assert give_back(session, lin_yue.actor, item=item, reason="skipped", now=AT_TEN)
    assert not give_back(session, lin_yue.actor, item=item, reason="skipped", now=AT_TEN)
    assert lin_yue.next().item is None
    lin_yue.now += timedelta(minutes=30)
    assert lin_yue.next().item is not None


@contextmanager
def two_callers(database: Database, loans: int) -> Iterator[tuple[StaffMember, StaffMember]]:
    with transaction(database.engine) as session:
        cast = add_cast(session)
        cast.chen_chen.roles = ["caller"]
        for number in range(loans):
            borrower = add_borrower(session, f"债{number}", mobile=f"+86139{number:08}", id_last4="1234")
            add_loan(session, borrower, ref=f"L-{number}", late_days=40 + number)
        fill_list(session)
    yield cast.lin_yue, cast.chen_chen


def test_two_who_reach_at_once_never_get_the_same(database: Database) -> None:
    with two_callers(database, 8) as callers:
        start = threading.Barrier(2)

        def take(member: StaffMember) -> list[int | None]:
            got: list[int | None] = []
            for _ in range(4):
                start.wait()
                with transaction(database.engine) as session:
                    item = Caller(session, member).next().item
                    got.append(item.loan_id if item else None)
                with transaction(database.engine) as session:
                    # Out of the way: the next click asks for another one.
                    session.execute(
                        update(CallItem)
                        .where(CallItem.leased_by == member.id)
                        .values(is_listed=False, leased_by=None, leased_until=None)
                    )
            return got

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(take, callers)
    assert sorted(each for each in (*first, *second) if each) == list(range(1, 9))


def test_of_two_who_take_one_loan_at_once_one_gets_it(database: Database) -> None:
    with two_callers(database, 1) as callers:
        start = threading.Barrier(2)

        def take(member: StaffMember) -> str:
            start.wait()
            try:
                with transaction(database.engine) as session:
                    Caller(session, member).take(session.scalars(select(Loan)).one())
            except Conflict as error:
                return error.code
            return "taken"

        for _ in range(3):
            with ThreadPoolExecutor(2) as pool:
                assert sorted(pool.map(take, callers)) == ["lease_held", "taken"]
            with transaction(database.engine) as session:
                session.execute(update(CallItem).values(leased_by=None, leased_until=None))


@pytest.mark.postgresql
def test_of_those_passed_over_no_household_stays_locked(postgresql_database: Database) -> None:
    """Two who looked in different orders would wait for one another: whoever is leased is the only one that is held."""
    engine = postgresql_database.engine
    with transaction(engine) as session:
        cast = add_cast(session)
        for borrower, days in ((cast.li_na, 42), (cast.wang_qiang, 33)):
            add_loan(session, borrower, ref=f"L-{days}", late_days=days)
        replace_wish(
            session,
            actor_of(cast.wu_yan),
            borrower_id=cast.li_na.id,
            wishes=ContactWishes(ContactHours(18, 20), frozenset(Channel)),
            now=AT_TEN,
        )
        fill_list(session)
    with transaction(engine) as looking:
        item = Caller(looking, cast.lin_yue).next().item
        assert item is not None
        assert item.borrower_id == cast.wang_qiang.id
        with transaction(engine) as other:
            other.execute(text("SET LOCAL lock_timeout = '1s'"))
            lock_borrower(other, cast.li_na.id)
            with pytest.raises(OperationalError, match="lock timeout"), other.begin_nested():
                lock_borrower(other, cast.wang_qiang.id)
    with transaction(engine) as session:
        rests = session.scalars(
            select(CallItem.rests_until).where(CallItem.borrower_id == cast.li_na.id)
        ).one()
        assert rests == AT_TEN.replace(hour=18)


def test_who_is_away_gets_no_loan_to_call(session: Session, cast: Cast, loan: Loan, lin_yue: Caller) -> None:
    """Away from ten on: at nine it was still to come."""
    mark_away(
        session,
        lin_yue.actor,
        member=cast.lin_yue,
        from_at=AT_TEN,
        until_at=AT_TEN + timedelta(days=1),
        now=AT_TEN - timedelta(hours=1),
    )
    for act in (lin_yue.next, lambda: lin_yue.take(loan)):
        with pytest.raises(DomainError, match=r"^staff_away$"):
            act()
    assert item_of(session, loan).leased_by is None
    lin_yue.now = AT_TEN - timedelta(minutes=30)
    assert lin_yue.next().item == item_of(session, loan)


def test_a_loan_that_left_the_list_is_not_taken(session: Session, loan: Loan, lin_yue: Caller) -> None:
    loan.collection_stage = Stage.AGENCY.value
    session.flush()
    fill_list(session)
    with pytest.raises(Conflict, match=r"^not_on_list$"):
        lin_yue.take(loan)


def test_nothing_is_given_back_while_a_call_is_open(session: Session, loan: Loan, lin_yue: Caller) -> None:
    item = lin_yue.take(loan)
    opened(lin_yue.open(loan))
    with pytest.raises(Conflict, match=r"^call_unfinished$"):
        give_back(session, lin_yue.actor, item=item, reason="skipped", now=AT_TEN)
    assert item_of(session, loan).leased_by == lin_yue.member.id


def test_signing_out_gives_back_ones_own_lease_and_nobody_elses(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller
) -> None:
    theirs = add_loan(session, cast.wang_qiang, ref="L-2", late_days=33)
    fill_list(session)
    other = second_caller(session, cast)
    lin_yue.take(loan)
    other.take(theirs)
    give_all_back(session, lin_yue.actor, now=AT_TEN)
    item = item_of(session, loan)
    assert (item.leased_by, item.leased_until) == (None, None)
    assert item.rests_until < AT_TEN, "nothing rests that was not skipped"
    assert item_of(session, theirs).leased_by == other.member.id
    assert told(session, "call:given_back") == [(cast.li_na.id, {"reason": "signed_out"})]


def test_signing_out_leaves_a_call_that_goes_on(session: Session, loan: Loan, lin_yue: Caller) -> None:
    lin_yue.take(loan)
    opened(lin_yue.open(loan))
    give_all_back(session, lin_yue.actor, now=AT_TEN)
    assert item_of(session, loan).leased_by == lin_yue.member.id
    assert events(session, "call:given_back") == []


def test_so_many_of_some_loans_are_listed(session: Session, cast: Cast, loan: Loan) -> None:
    second = add_loan(session, cast.wang_qiang, ref="L-2", late_days=33)
    add_loan(session, cast.wang_qiang, ref="EARLY", stage=Stage.REMINDER, late_days=5)
    fill_list(session)
    counted = [
        count_listed(session, LoanRange(*some))
        for some in ((0, second.id + 1), (loan.id, second.id), (second.id, second.id + 1))
    ]
    assert counted == [2, 1, 0]


def test_a_lease_that_ran_out_is_nobody_s(session: Session, loan: Loan, lin_yue: Caller) -> None:
    """To the instant: who held it holds nothing, renews nothing, and takes it anew as anybody may."""
    lin_yue.take(loan)
    me, item = lin_yue.member.id, item_of(session, loan)
    last = AT_TEN + LEASE - timedelta(seconds=1)
    held = find_leased(session, me, now=last)
    assert held is not None
    assert held.loan_id == loan.id
    assert find_leased(session, me, now=AT_TEN + LEASE) is None
    assert renew_lease(session, lin_yue.actor, item=item, now=AT_TEN + LEASE) is None
    assert renew_lease(session, lin_yue.actor, item=item, now=last) == last + LEASE


def test_of_two_leases_the_later_is_what_somebody_holds(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller
) -> None:
    """One ran out in the hands of who took another."""
    second = add_loan(session, cast.wang_qiang, ref="L-2", late_days=33)
    fill_list(session)
    for each, minutes in ((loan, 5), (second, 9)):
        item = item_of(session, each)
        item.leased_by, item.leased_until = lin_yue.member.id, AT_TEN + timedelta(minutes=minutes)
    session.flush()
    held = find_leased(session, lin_yue.member.id, now=AT_TEN)
    assert held is not None
    assert held.loan_id == second.id


def test_signing_out_gives_back_also_what_ran_out(session: Session, loan: Loan, lin_yue: Caller) -> None:
    lin_yue.take(loan)
    give_all_back(session, lin_yue.actor, now=AT_TEN + 2 * LEASE)
    assert item_of(session, loan).leased_by is None
