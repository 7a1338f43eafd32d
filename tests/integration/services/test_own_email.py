"""An address of e-mail is given, proven by a code from there, and taken away."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.one_time_codes import CodePurpose, keyed_hash
from portal.models import EmailAddress, OneTimeCode, OutboxItem
from portal.queries.email_addresses import find_confirmed_email, find_email, find_given_address
from portal.services.email_addresses import confirm_email, give_email, remove_email
from portal.services.one_time_codes import CodeDoor, CodeSending
from tests.people import NOW, Cast
from tests.stories import borrower_actor
from tests.told_events import told

KEY = "a secret key for tests, long enough"
HASH_KEY = "another key, for hashes, long enough"
DOOR = CodeDoor(key=KEY, hash_key=HASH_KEY, address="203.0.113.9")
LIFETIME = timedelta(minutes=30)
LATER = NOW + timedelta(hours=1)


def _give(session: Session, cast: Cast, address: str, *, minutes: int = 0) -> CodeSending:
    return give_email(
        session,
        borrower_actor(cast.li_na),
        address=address,
        locale="en",
        lifetime=LIFETIME,
        door=DOOR,
        now=NOW + timedelta(minutes=minutes),
    )


def _kept(session: Session) -> list[tuple[str, bool]]:
    kept = session.scalars(select(EmailAddress).order_by(EmailAddress.id))
    return [(email.address, email.ended_at is None) for email in kept]


def test_it_is_kept_unconfirmed_and_a_code_goes_there(session: Session, cast: Cast) -> None:
    sent = _give(session, cast, "a@example.cn")
    assert sent.code_id is not None
    code = session.get_one(OneTimeCode, sent.code_id)
    assert (code.purpose, code.mobile) == (CodePurpose.NEW_EMAIL, cast.li_na.mobile)
    assert code.expires_at - code.made_at == LIFETIME
    item = session.scalars(select(OutboxItem)).one()
    assert (item.payload["locale"], item.payload["borrower_id"]) == ("en", cast.li_na.id)
    email = find_email(session, cast.li_na.id)
    assert email is not None
    assert (email.borrower_id, email.given_at, email.confirmed_at) == (cast.li_na.id, NOW, None)
    assert find_given_address(session, keyed_hash("a@example.cn", HASH_KEY, purpose="number")) is email
    assert find_confirmed_email(session, cast.li_na.id) is None
    assert told(session, "email:given") == [(cast.li_na.id, {"email_id": email.id})]


def test_the_same_one_is_kept_once_and_another_takes_its_place(session: Session, cast: Cast) -> None:
    _give(session, cast, "a@example.cn")
    assert _give(session, cast, "a@example.cn", minutes=2).code_id is not None
    assert _kept(session) == [("a@example.cn", True)]
    _give(session, cast, "b@example.cn", minutes=4)
    assert _kept(session) == [("a@example.cn", False), ("b@example.cn", True)]
    assert len(told(session, "email:given")) == 2


def test_where_no_code_goes_out_nothing_changes(session: Session, cast: Cast) -> None:
    _give(session, cast, "a@example.cn")
    assert _give(session, cast, "b@example.cn").code_id is None
    assert _kept(session) == [("a@example.cn", True)]


def test_it_is_confirmed_once_and_given_again_must_be_proven_again(session: Session, cast: Cast) -> None:
    _give(session, cast, "a@example.cn")
    email = find_email(session, cast.li_na.id)
    assert email is not None
    for now in (LATER, LATER + LIFETIME):
        confirm_email(session, borrower_actor(cast.li_na), email=email, now=now)
    assert find_confirmed_email(session, cast.li_na.id) is email
    assert email.confirmed_at == LATER
    assert told(session, "email:confirmed") == [(cast.li_na.id, {"email_id": email.id})]
    _give(session, cast, "a@example.cn", minutes=90)
    assert _kept(session) == [("a@example.cn", False), ("a@example.cn", True)]


def test_it_is_taken_away_once_and_nobody_elses(session: Session, cast: Cast) -> None:
    _give(session, cast, "a@example.cn")
    email = find_email(session, cast.li_na.id)
    assert email is not None
    assert not remove_email(session, borrower_actor(cast.wang_qiang), now=LATER)
    assert remove_email(session, borrower_actor(cast.li_na), now=LATER)
    session.refresh(email)
    assert email.ended_at == LATER
    assert not remove_email(session, borrower_actor(cast.li_na), now=LATER)
    assert told(session, "email:removed") == [(cast.li_na.id, {"email_id": email.id})]
