"""Security keys of staff: added, shown, taken away; a copy of one and a stranger's open nothing. What a key signs is its adapter's."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError, NotFound
from portal.models import RateCount, StaffKey
from portal.services.ports import AskedKey, KeyOwner, KeySite, NewKey, ShownKey
from portal.services.staff_keys import (
    MOST_KEYS,
    Answer,
    add_key,
    ask_new_key,
    prove_by_key,
    remove_key,
    sign_in_by_key,
)
from portal.services.staff_sign_in import MOST_OF_ADDRESS, SignInRefusal
from tests.people import NOW, Cast
from tests.service_cases import staff_actor
from tests.told_events import told

SITE = KeySite("localhost", ["https://localhost"])
LATER = NOW + timedelta(hours=1)
HANDLE = b"h" * 32


@dataclass
class Keys:
    """An answer is ``id:handle:count``; a count of 0 is a bad one."""

    asked: list[tuple[KeySite, KeyOwner, list[bytes]]] = field(default_factory=list)

    def ask_new(self, site: KeySite, owner: KeyOwner, known: Sequence[bytes]) -> AskedKey:
        self.asked.append((site, owner, list(known)))
        return AskedKey(b"c", "{}")

    def accept_new(self, site: KeySite, challenge: bytes, answer: str) -> NewKey:
        assert (site, challenge) == (SITE, b"c")
        return NewKey(answer.encode(), b"public of " + answer.encode(), 1)

    def ask_shown(self, site: KeySite) -> AskedKey:
        raise NotImplementedError

    def named_in(self, answer: str) -> ShownKey | None:
        name, _, rest = answer.partition(":")
        return ShownKey(name.encode(), rest.partition(":")[0].encode() or None) if name else None

    def count_if_good(
        self, site: KeySite, challenge: bytes, answer: str, *, public_key: bytes, sign_count: int
    ) -> int | None:
        assert (site, challenge) == (SITE, b"c")
        name, _, count = answer.split(":")
        is_good = public_key == b"public of " + name.encode() and int(count) > sign_count
        return int(count) if is_good else None


def _answer(body: str) -> Answer:
    return Answer(SITE, b"c", body)


def _add(session: Session, cast: Cast, body: str = "k1", name: str = " 蓝色  钥匙 ") -> StaffKey:
    actor = staff_actor(cast.zhou_min)
    return add_key(session, actor, keys=Keys(), answer=_answer(body), handle=HANDLE, name=name, now=NOW)


def _enter(session: Session, cast: Cast, body: str) -> int | SignInRefusal:
    actor = staff_actor(cast.sun_hao)
    return sign_in_by_key(session, actor, keys=Keys(), answer=_answer(body), address_key="there", now=LATER)


def _refused(session: Session) -> list[object]:
    return [fields["reason"] for _, fields in told(session, "staff:sign_in_refused")]


def test_a_key_is_added_under_its_name(session: Session, cast: Cast) -> None:
    key = _add(session, cast)
    session.refresh(key)
    assert (key.staff_member_id, key.handle, key.credential_id) == (cast.zhou_min.id, HANDLE, b"k1")
    assert (key.public_key, key.sign_count, key.name, key.made_at) == (b"public of k1", 1, "蓝色 钥匙", NOW)
    assert (key.removed_at, key.used_at, len(key.public_id)) == (None, None, 32)
    assert told(session, "staff:key_added") == [(None, {"staff_number": "1002", "key_id": key.id})]
    assert len(_add(session, cast, "k2", "长" * 70).name) == 60


def test_all_keys_of_one_know_them_by_the_same_handle(session: Session, cast: Cast) -> None:
    keys, actor = Keys(), staff_actor(cast.zhou_min)
    _, first = ask_new_key(session, actor, keys=keys, site=SITE)
    assert len(first) == 32
    assert first != HANDLE
    _add(session, cast)
    _, second = ask_new_key(session, actor, keys=keys, site=SITE)
    assert second == HANDLE
    owner = KeyOwner(HANDLE, "zhou.min", "周敏")
    assert keys.asked == [(SITE, KeyOwner(first, "zhou.min", "周敏"), []), (SITE, owner, [b"k1"])]


def test_what_is_no_key_is_not_added(session: Session, cast: Cast) -> None:
    actor = staff_actor(cast.zhou_min)
    with pytest.raises(DomainError) as refused:
        _add(session, cast, name="  ")
    assert (refused.value.code, refused.value.field) == ("key_name_missing", "name")
    with pytest.raises(DomainError, match=r"^key_not_accepted$"):
        add_key(session, actor, keys=Keys(), answer=None, handle=HANDLE, name="x", now=NOW)
    _add(session, cast)
    with pytest.raises(DomainError, match=r"^key_known$"):
        _add(session, cast)


def test_there_are_so_many_keys_and_no_more(session: Session, cast: Cast) -> None:
    for number in range(MOST_KEYS):
        ask_new_key(session, staff_actor(cast.zhou_min), keys=Keys(), site=SITE)
        _add(session, cast, f"k{number}")
    with pytest.raises(Conflict) as refused:
        _add(session, cast, "one more")
    assert (refused.value.code, refused.value.details) == ("keys_too_many", {"most": MOST_KEYS})
    with pytest.raises(Conflict) as refused:
        ask_new_key(session, staff_actor(cast.zhou_min), keys=Keys(), site=SITE)
    assert (refused.value.code, refused.value.details) == ("keys_too_many", {"most": MOST_KEYS})


def test_a_good_answer_opens_the_desk_and_moves_the_count(session: Session, cast: Cast) -> None:
    key = _add(session, cast)
    for count, handle in ((2, HANDLE.decode()), (3, "")):
        assert _enter(session, cast, f"k1:{handle}:{count}") == cast.zhou_min.id
        assert (key.sign_count, key.used_at) == (count, LATER)
    assert _refused(session) == []
    tries = select(RateCount.count).where(RateCount.bucket == "staff:address:there")
    assert session.scalar(tries) in {None, 0}


@pytest.mark.parametrize("body", ["", "k9::2", "k1:somebody else:2", "k1::1", "k1::0"])
def test_an_answer_that_is_not_good_opens_nothing(session: Session, cast: Cast, body: str) -> None:
    key = _add(session, cast)
    assert _enter(session, cast, body) is SignInRefusal.KEY
    assert (key.sign_count, key.used_at) == (1, None)
    assert _refused(session) == ["key"]


def test_a_key_of_a_closed_account_opens_nothing(session: Session, cast: Cast) -> None:
    _add(session, cast)
    cast.zhou_min.disabled_at = NOW
    assert _enter(session, cast, "k1::2") is SignInRefusal.DISABLED
    assert _refused(session) == ["disabled"]


def test_an_address_may_try_so_often(session: Session, cast: Cast) -> None:
    _add(session, cast)
    answers = [_enter(session, cast, "k9::2") for _ in range(MOST_OF_ADDRESS)]
    assert set(answers) == {SignInRefusal.KEY}
    assert _enter(session, cast, "k1::2") is SignInRefusal.TOO_MANY
    assert _enter(session, cast, "k1::2") is SignInRefusal.TOO_MANY
    assert _refused(session)[MOST_OF_ADDRESS:] == ["too_many"]


def test_one_proves_who_one_is_by_ones_own_key_alone(session: Session, cast: Cast) -> None:
    _add(session, cast)
    mine, other = staff_actor(cast.zhou_min), staff_actor(cast.wu_yan)
    answer = _answer("k1::2")
    assert prove_by_key(session, other, keys=Keys(), answer=answer, now=LATER) is SignInRefusal.KEY
    assert told(session, "staff:proven") == []
    assert prove_by_key(session, mine, keys=Keys(), answer=_answer("k1::3"), now=LATER) is None
    assert told(session, "staff:proven") == [(None, {"way": "key"})]
    assert prove_by_key(session, mine, keys=Keys(), answer=_answer("k1::3"), now=LATER) is SignInRefusal.KEY
    assert _refused(session) == ["key", "key"]


def test_what_was_taken_away_opens_nothing(session: Session, cast: Cast) -> None:
    key = _add(session, cast)
    with pytest.raises(NotFound):
        remove_key(session, staff_actor(cast.wu_yan), public_id=key.public_id, now=LATER)
    remove_key(session, staff_actor(cast.zhou_min), public_id=key.public_id, now=LATER)
    session.flush()
    assert key.removed_at == LATER
    assert told(session, "staff:key_removed") == [(None, {"staff_number": "1002", "key_id": key.id})]
    assert _enter(session, cast, "k1::2") is SignInRefusal.KEY
