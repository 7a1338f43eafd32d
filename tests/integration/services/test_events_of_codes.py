"""The published size of the record tells nobody whose numbers are known: an order of a code leaves as many events for any, and as soon."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from portal.db import transaction
from portal.domain.one_time_codes import CodePurpose
from portal.domain.permissions import SYSTEM, Actor, ActorKind
from portal.models import Contact, Event
from portal.services.one_time_codes import CodeDoor, CodeOrder, send_code
from portal.services.outbox import MAX_ATTEMPTS
from portal.services.ports import MessageNotSentError
from portal.services.receipts import Receipt, note_receipt
from tests.databases import Database
from tests.integration.services.test_sending import KEY, Scene, make_scene

DOOR = CodeDoor(key=KEY, hash_key=KEY, address="203.0.113.9")
NEW = "+8613700137002"
NOBODY = "+8613900139009"
PURPOSES = (CodePurpose.SIGN_IN, CodePurpose.NEW_NUMBER)


def dead() -> None:
    raise MessageNotSentError("down", is_certain=False)


def refused() -> None:
    raise MessageNotSentError("no", is_certain=True, is_final=True)


@dataclass
class Counted:
    """How many events there are after the order, while the provider is asked, after the first turn of the worker, and at the end."""

    scene: Scene
    purpose: CodePurpose
    is_known: bool

    def seen(self, behaves: Callable[[], None], *, has_arrived: bool | None = None) -> list[int]:
        counts = [self._order()]
        asked: list[int] = []

        def behave() -> None:
            asked.append(self._count())
            behaves()

        self.scene.texts.behaves = behave
        self.scene.work()
        counts.append(asked[0] if asked else self._count())
        counts.append(self._count())
        for _ in range(MAX_ATTEMPTS):
            self.scene.work(hours=1)
        self._receive(has_arrived)
        return [*counts, self._count()]

    def _order(self) -> int:
        mobile = self.scene.borrower.mobile if self.is_known else NOBODY
        mobile = mobile if self.purpose is CodePurpose.SIGN_IN else NEW
        order = CodeOrder(
            purpose=self.purpose, target=mobile, mobile=mobile, locale="zh_CN", fits=self.is_known
        )
        actor = Actor(ActorKind.PUBLIC, session_key="a stranger's")
        with transaction(self.scene.database.engine) as session:
            sent = send_code(session, actor, order=order, door=DOOR, now=self.scene.clock.now())
            assert sent.code_id is not None
        return self._count()

    def _receive(self, has_arrived: bool | None) -> None:
        if has_arrived is None:
            return
        with transaction(self.scene.database.engine) as session:
            for key in session.scalars(select(Contact.message_key)).all():
                assert key is not None
                said = Receipt(key=key, has_arrived=has_arrived, error="" if has_arrived else "absent")
                note_receipt(session, SYSTEM, receipt=said, now=self.scene.clock.now())

    def _count(self) -> int:
        with transaction(self.scene.database.engine, writes=False) as session:
            return session.scalar(select(func.count(Event.id))) or 0


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize(
    ("behaves", "has_arrived", "result"),
    [
        (lambda: None, None, "sent"),
        (lambda: None, True, "delivered"),
        (lambda: None, False, "undelivered"),
        (dead, None, "unsure"),
        (dead, True, "delivered"),
        (refused, None, "failed"),
    ],
    ids=["taken", "arrived", "not arrived", "no answer", "no answer and arrived", "refused"],
)
def test_an_order_leaves_as_many_events_whether_somebody_has_the_number(
    database: Database,
    purpose: CodePurpose,
    behaves: Callable[[], None],
    has_arrived: bool | None,
    result: str,
) -> None:
    scene = make_scene(database)
    before = Counted(scene, purpose, is_known=True)._count()
    known = Counted(scene, purpose, is_known=True).seen(behaves, has_arrived=has_arrived)
    scene.clock.move_on(days=1)
    unknown = Counted(scene, purpose, is_known=False).seen(behaves, has_arrived=has_arrived)
    assert [count - before for count in known] == [1, 2, 2, 2]
    assert [count - known[-1] for count in unknown] == [1, 2, 2, 2]
    assert scene.contact().result == result  # the row knows what the record does not say


def test_a_code_to_sign_with_tells_all_of_its_way(database: Database) -> None:
    """Whoever asks for it is signed in: nothing is learnt by it."""
    scene = make_scene(database)
    order = CodeOrder(
        purpose=CodePurpose.SIGNING,
        target="a" * 64,
        mobile=scene.borrower.mobile,
        locale="zh_CN",
        values={"document": "P12345678", "amount_minor": 100, "currency": "CNY"},
        borrower_id=scene.borrower.id,
    )
    actor = Actor(ActorKind.BORROWER, scene.borrower.id, session_key="mine")
    with transaction(database.engine) as session:
        send_code(session, actor, order=order, door=DOOR, now=scene.clock.now())
    scene.work()
    with transaction(database.engine) as session:
        key = session.scalars(select(Contact.message_key)).one()
        assert key is not None
        note_receipt(session, SYSTEM, receipt=Receipt(key=key, has_arrived=True), now=scene.clock.now())
    with transaction(database.engine, writes=False) as session:
        names = session.scalars(select(Event.name).order_by(Event.id)).all()
    assert [name for name in names if name.startswith(("code:", "contact:"))] == [
        "code:requested",
        "contact:made",
        "code:sent",
        "contact:delivered",
    ]
