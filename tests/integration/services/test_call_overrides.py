"""Exceptions: only what the pack lists, a reason, two people, one call, half an hour."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.call_outcomes import CallOutcome
from portal.domain.claims import LEASE
from portal.domain.contact_overrides import OverrideReason
from portal.domain.contact_wishes import USUAL_HOURS, Channel, ContactHours, ContactWishes
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.holds import HoldKind
from portal.models import CallOverride, Contact, Event, Loan, StaffMember, StaffRelation
from portal.services.call_overrides import answer_override, ask_for_override
from portal.services.contact_wishes import replace_wish
from portal.services.holds import start_hold
from tests.callers import AT_TEN, Caller, actor_of, fill_list, item_of
from tests.integration.web.conftest import SECRET_KEY
from tests.people import Cast, add_loan

NOT_BY_PHONE = ContactWishes(USUAL_HOURS, frozenset({Channel.SMS}))
EVENINGS = ContactWishes(ContactHours(18, 20), frozenset(Channel))


@pytest.fixture
def loan(session: Session, cast: Cast) -> Loan:
    found = add_loan(session, cast.li_na)
    fill_list(session)
    wish(session, cast, NOT_BY_PHONE)
    return found


@pytest.fixture
def lin_yue(session: Session, cast: Cast, loan: Loan) -> Caller:
    caller = Caller(session, cast.lin_yue)
    caller.take(loan)
    return caller


def wish(session: Session, cast: Cast, wishes: ContactWishes) -> None:
    replace_wish(session, actor_of(cast.wu_yan), borrower_id=cast.li_na.id, wishes=wishes, now=AT_TEN)


def ask(caller: Caller, loan: Loan, explanation: str = "昨天来信，请今天上午打电话") -> CallOverride:
    return ask_for_override(
        caller.session,
        caller.actor,
        item=item_of(caller.session, loan),
        reason=OverrideReason.ASKED_IN_WRITING,
        explanation=explanation,
        key=SECRET_KEY,
        now=caller.now,
    )


def answer(caller: Caller, member: StaffMember, override: CallOverride, *, is_agreed: bool = True) -> None:
    answer_override(caller.session, actor_of(member), override=override, is_agreed=is_agreed, now=caller.now)


def events(session: Session) -> list[str]:
    return list(
        session.scalars(select(Event.name).where(Event.name.like("call:override%")).order_by(Event.id))
    )


def test_two_people_set_a_wish_aside_for_one_call(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller
) -> None:
    assert lin_yue.open(loan).verdict.rule == "C02"
    override = ask(lin_yue, loan)
    assert lin_yue.open(loan).call is None
    answer(lin_yue, cast.wu_yan, override)
    call = lin_yue.open(loan).call
    assert call is not None
    session.refresh(override)
    assert (override.state, override.used_call_id) == ("used", call.id)
    assert session.get_one(Contact, call.contact_id).rule_decision == (
        "let through: channel_not_wanted set aside by two people (CN-2026-01)"
    )
    lin_yue.note(call, CallOutcome.NO_ANSWER)
    lin_yue.take(loan)
    assert lin_yue.open(loan).call is None
    assert events(session) == ["call:override_asked", "call:override_answered"]
    opened = session.scalars(select(Event.fields).where(Event.name == "call:opened")).one()
    assert opened["override_id"] == override.id


def test_nobody_is_their_own_second_person(session: Session, cast: Cast, loan: Loan, lin_yue: Caller) -> None:
    override = ask(lin_yue, loan)
    cast.lin_yue.roles = ["caller", "supervisor"]
    with pytest.raises(AccessRefused, match="override_by_oneself"):
        answer(lin_yue, cast.lin_yue, override)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(CallOverride).values(state="approved", second_id=cast.lin_yue.id))


@pytest.mark.parametrize("who", ["chen_chen", "zhou_min", "zheng_hao", "sun_hao", "he_jing"])
def test_only_who_has_the_permission_answers(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller, who: str
) -> None:
    override = ask(lin_yue, loan)
    with pytest.raises(AccessRefused, match="permission_missing"):
        answer(lin_yue, getattr(cast, who), override)


def test_a_second_person_close_to_the_borrower_stays_out(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller
) -> None:
    override = ask(lin_yue, loan)
    session.add(
        StaffRelation(staff_member_id=cast.wu_yan.id, borrower_id=cast.li_na.id, kind="close", made_at=AT_TEN)
    )
    session.flush()
    with pytest.raises(AccessRefused, match="related_case"):
        answer(lin_yue, cast.wu_yan, override)


def test_it_is_answered_once_and_a_no_stays_a_no(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller
) -> None:
    override = ask(lin_yue, loan)
    answer(lin_yue, cast.wu_yan, override, is_agreed=False)
    with pytest.raises(Conflict, match="override_answered"):
        answer(lin_yue, cast.wu_yan, override)
    assert lin_yue.open(loan).call is None


def test_asked_and_agreed_each_lasts_half_an_hour(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller
) -> None:
    override = ask(lin_yue, loan)
    lin_yue.now += timedelta(minutes=30)
    with pytest.raises(Conflict, match="override_over"):
        answer(lin_yue, cast.wu_yan, override)
    lin_yue.take(loan)
    again = ask(lin_yue, loan)
    assert again.id != override.id
    answer(lin_yue, cast.wu_yan, again)
    lin_yue.now += timedelta(minutes=30)
    lin_yue.take(loan)
    assert lin_yue.open(loan).call is None


def test_asked_twice_it_is_one(session: Session, cast: Cast, loan: Loan, lin_yue: Caller) -> None:
    assert ask(lin_yue, loan).id == ask(lin_yue, loan).id


@pytest.mark.parametrize("words", ["", "  "])
def test_it_takes_a_reason_in_words(loan: Loan, lin_yue: Caller, words: str) -> None:
    with pytest.raises(DomainError, match="override_reason_missing"):
        ask(lin_yue, loan, words)


def test_where_narrower_hours_are_set_aside_the_countrys_hold(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller
) -> None:
    wish(session, cast, EVENINGS)
    answer(lin_yue, cast.wu_yan, ask(lin_yue, loan))
    lin_yue.now = AT_TEN.replace(hour=21, minute=50)
    session.execute(update(CallOverride).values(expires_at=AT_TEN.replace(hour=23)))
    session.expire_all()
    lin_yue.take(loan)
    late = lin_yue.now
    lin_yue.now = AT_TEN.replace(hour=22)
    assert lin_yue.open(loan).verdict.rule == "C01"
    lin_yue.now = late
    assert lin_yue.open(loan).call is not None


@pytest.mark.parametrize(
    "what", ["quiet", "dispute", "deceased", "minor", "statutory_moratorium", "daily", "both"]
)
def test_what_law_forbids_is_set_aside_by_nobody(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller, what: str
) -> None:
    if what != "both":
        wish(session, cast, ContactWishes(USUAL_HOURS, frozenset(Channel)))
    if what in {"quiet", "both"}:
        lin_yue.now = AT_TEN.replace(hour=22)
        lin_yue.take(loan)
    elif what == "daily":
        for _ in range(3):
            lin_yue.call(loan, CallOutcome.REFUSED_TO_TALK)
        lin_yue.take(loan)
    else:
        start_hold(
            session, actor_of(cast.wu_yan), loan_id=loan.id, kind=HoldKind(what), reason="x", now=AT_TEN
        )
    with pytest.raises(Conflict, match="override_not_possible"):
        ask(lin_yue, loan)


def test_only_who_holds_the_loan_asks(session: Session, cast: Cast, loan: Loan, lin_yue: Caller) -> None:
    """Somebody else's lease, and one's own once it is over."""
    cast.chen_chen.roles = ["caller"]
    session.flush()
    other = Caller(session, cast.chen_chen)
    with pytest.raises(Conflict, match=r"^lease_needed$"):
        ask(other, loan)
    lin_yue.now += LEASE
    with pytest.raises(Conflict, match=r"^lease_needed$"):
        ask(lin_yue, loan)
    assert session.scalars(select(CallOverride)).all() == []
