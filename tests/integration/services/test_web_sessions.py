"""So many sessions at once; one's own ended elsewhere, anybody's from the shell."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, ActorKind
from portal.models import Event, WebSession
from portal.queries.web_sessions import IS_PATIENT, IdleTimes, live_sessions
from portal.services.web_sessions import (
    MOST_SESSIONS,
    end_borrowers,
    end_everybodys,
    end_other_sessions,
    end_own_session,
    end_staffs,
    make_room,
    sign_out_here,
)
from tests.databases import Database
from tests.people import NOW, Cast, add_cast

IDLE = IdleTimes(timedelta(minutes=10), timedelta(minutes=20))
KINDS = {"borrower": ActorKind.BORROWER, "staff": ActorKind.STAFF}


def begin(
    session: Session, audience: str, person_id: int | None, token: str, *, ago: int = 0, **data: object
) -> None:
    at = NOW - timedelta(minutes=ago)
    session.add(
        WebSession(
            token_hash=token.ljust(64, "0"),
            audience=audience,
            person_id=person_id,
            data=data,
            created_at=at,
            seen_at=at,
            expires_at=at + timedelta(hours=1),
        )
    )
    session.flush()


def left(session: Session, audience: str) -> list[str]:
    found = session.scalars(
        select(WebSession.token_hash).where(WebSession.audience == audience).order_by(WebSession.id)
    )
    return [token.rstrip("0") for token in found]


def told(session: Session) -> list[dict[str, object]]:
    events = session.scalars(select(Event).where(Event.name == "session:ended")).all()
    return [{**event.fields, "borrower": event.borrower_id} for event in events]


@pytest.mark.parametrize("audience", ["borrower", "staff"])
def test_of_too_many_the_oldest_ends_and_is_on_record(session: Session, cast: Cast, audience: str) -> None:
    most = MOST_SESSIONS[audience]
    me, other = (
        (cast.li_na.id, cast.wang_qiang.id) if audience == "borrower" else (cast.zhou_min.id, cast.wu_yan.id)
    )
    begin(session, audience, me, "idle", ago=21)
    for number in range(most):
        begin(session, audience, me, f"m{number}", ago=most - number)
        begin(session, audience, other, f"o{number}")
    begin(session, "staff" if audience == "borrower" else "borrower", me, "elsewhere")
    actor = Actor(KINDS[audience], me)
    assert make_room(session, actor, now=NOW, idle=IDLE) == 1
    assert [token for token in left(session, audience) if token[0] == "m"] == [
        f"m{number}" for number in range(1, most)
    ]
    assert len([token for token in left(session, audience) if token[0] == "o"]) == most
    assert told(session) == [
        {"audience": audience, "reason": "too_many", "borrower": me if audience == "borrower" else None}
    ]
    assert make_room(session, actor, now=NOW, idle=IDLE) == 0


def test_each_is_live_for_as_long_as_its_own_reader_may_leave_it_alone(session: Session, cast: Cast) -> None:
    """Whoever has the elder view has twice the time, and nobody else."""
    me = cast.li_na.id
    for token, ago, data in (("u9", 9, {}), ("u11", 11, {}), ("e19", 19, {IS_PATIENT: True})):
        begin(session, "borrower", me, token, ago=ago, **data)
    begin(session, "borrower", me, "e21", ago=21, **{IS_PATIENT: True})
    lines = live_sessions(session, "borrower", me, now=NOW, idle=IDLE)
    assert [line.handle.rstrip("0") for line in lines] == ["e19", "u9"]


def test_one_that_ended_by_itself_takes_nobodys_place(session: Session, cast: Cast) -> None:
    for number in range(MOST_SESSIONS["borrower"]):
        begin(session, "borrower", cast.li_na.id, f"m{number}", ago=11 if number == 3 else 1)
    assert make_room(session, Actor(ActorKind.BORROWER, cast.li_na.id), now=NOW, idle=IDLE) == 0


def test_the_session_whose_place_the_new_one_takes_does_not_count(session: Session, cast: Cast) -> None:
    most = MOST_SESSIONS["borrower"]
    for number in range(most):
        begin(session, "borrower", cast.li_na.id, f"m{number}")
    replaced = session.scalars(select(WebSession.id).order_by(WebSession.id.desc()).limit(1)).one()
    actor = Actor(ActorKind.BORROWER, cast.li_na.id)
    assert make_room(session, actor, now=NOW, idle=IDLE, replaced=replaced) == 0
    assert len(left(session, "borrower")) == most


def test_two_who_sign_in_at_once_do_not_both_stay_beyond_the_limit(database: Database) -> None:
    with transaction(database.engine) as session:
        me = add_cast(session).li_na.id
        for number in range(4):
            begin(session, "borrower", me, f"m{number}")

    def enter(number: int) -> None:
        with transaction(database.engine) as session:
            make_room(session, Actor(ActorKind.BORROWER, me), now=NOW, idle=IDLE)
            begin(session, "borrower", me, f"n{number}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(enter, range(6)))
    with transaction(database.engine, writes=False) as session:
        assert len(left(session, "borrower")) == MOST_SESSIONS["borrower"]


def test_a_borrower_ends_their_own_and_nobody_elses(session: Session, cast: Cast) -> None:
    for token, person in (("mine", cast.li_na), ("other", cast.li_na), ("theirs", cast.wang_qiang)):
        begin(session, "borrower", person.id, token)
    me = Actor(ActorKind.BORROWER, cast.li_na.id, session_key="mine".ljust(64, "0"))
    assert not end_own_session(session, me, handle="theirs", now=NOW)
    assert not end_own_session(session, me, handle="", now=NOW)
    assert end_other_sessions(session, me, now=NOW) == 1
    assert left(session, "borrower") == ["mine", "theirs"]
    assert told(session) == [{"audience": "borrower", "reason": "ended_elsewhere", "borrower": cast.li_na.id}]


def test_from_the_shell_one_borrower_s_end_and_stand_in_their_record(session: Session, cast: Cast) -> None:
    for token, person in (("a", cast.li_na), ("b", cast.li_na), ("c", cast.wang_qiang)):
        begin(session, "borrower", person.id, token)
    begin(session, "staff", cast.li_na.id, "d")
    assert end_borrowers(session, borrower_ref=cast.li_na.borrower_ref, now=NOW) == 2
    assert (left(session, "borrower"), left(session, "staff")) == (["c"], ["d"])
    assert told(session) == [{"audience": "borrower", "reason": "ended_by_us", "borrower": cast.li_na.id}] * 2
    with pytest.raises(NotFound):
        end_borrowers(session, borrower_ref="nobody", now=NOW)


def test_from_the_shell_one_of_staff_s_end(session: Session, cast: Cast) -> None:
    begin(session, "staff", cast.zhou_min.id, "a")
    begin(session, "staff", cast.wu_yan.id, "b")
    assert end_staffs(session, login="Zhou.Min ", now=NOW) == 1
    assert left(session, "staff") == ["b"]
    event = session.scalars(select(Event).where(Event.name == "staff:sessions_ended")).one()
    assert event.fields == {"staff_number": cast.zhou_min.number, "sessions": 1}
    with pytest.raises(NotFound):
        end_staffs(session, login="nobody", now=NOW)


def test_from_the_shell_everybody_s_end_with_one_event(session: Session, cast: Cast) -> None:
    for number in range(4):
        begin(session, "borrower", cast.li_na.id, f"a{number}")
    begin(session, "staff", cast.zhou_min.id, "b")
    begin(session, "borrower", None, "somebody who signs in at this moment")
    assert end_everybodys(session, now=NOW) == 5
    assert left(session, "staff") == []
    assert left(session, "borrower") == ["somebody who signs in at this moment"]
    event = session.scalars(select(Event).where(Event.name == "sessions:all_ended")).one()
    assert event.fields == {"sessions": 5}
    assert told(session) == []


@pytest.mark.parametrize("audience", ["borrower", "staff"])
def test_signing_out_ends_the_session_that_asks_and_is_told_once(
    session: Session, cast: Cast, audience: str
) -> None:
    me = cast.li_na.id if audience == "borrower" else cast.zhou_min.id
    for token in ("here", "there"):
        begin(session, audience, me, token)
    actor = Actor(KINDS[audience], me, session_key="here".ljust(64, "0"))
    assert [sign_out_here(session, actor, now=NOW) for _ in range(2)] == [True, False]
    assert left(session, audience) == ["there"]
    assert told(session) == [
        {"audience": audience, "reason": "signed_out", "borrower": me if audience == "borrower" else None}
    ]
