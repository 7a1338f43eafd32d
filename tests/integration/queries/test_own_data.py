"""What a borrower takes along is all that leads to them, but for what is left out for a reason; what was not told yet is not told here."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from portal.domain.own_data import HANDED_OUT, NOT_HANDED_OUT
from portal.domain.policy import HardshipReason
from portal.models import (
    Attachment,
    Base,
    Borrower,
    Contact,
    Message,
    NumberChange,
    SupportCall,
    Thread,
)
from portal.models.sealing import SealedRow
from portal.queries.own_data import own_data
from tests.desk import LETTER, Approver
from tests.filled_tables import fill
from tests.people import NOW, Cast, add_cast, add_loan
from tests.stories import Story, send_out


def owned_tables() -> set[Table]:
    """All that lead to a borrower, over however many others."""
    owned = {Base.metadata.tables["borrower"]}
    while more := {
        table
        for table in Base.metadata.sorted_tables
        if table not in owned and any(key.column.table in owned for key in table.foreign_keys)
    }:
        owned |= more
    return owned


def written() -> set[str]:
    """What stands sealed in tables that lead to a borrower: words and files, as ``table.name``."""
    names = {table.name for table in owned_tables()} - {"borrower"}
    models = [mapper.class_ for mapper in Base.registry.mappers]
    return {
        f"{model.__tablename__}.{name}"
        for model in models
        if model.__tablename__ in names and issubclass(model, SealedRow)
        for name in model.SEALED
    }


def cast_of(session: Session) -> tuple[Cast, Story]:
    cast = add_cast(session)
    return cast, Story(session, cast.li_na, add_loan(session, cast.li_na))


def test_every_table_that_leads_to_a_borrower_is_handed_out_or_left_out_for_a_reason() -> None:
    handed = {each.table for each in HANDED_OUT.values()}
    left_out = {name for name in NOT_HANDED_OUT if "." not in name}
    assert handed & left_out == set()
    assert handed | left_out == {table.name for table in owned_tables()} - {"borrower"}


def test_all_that_people_wrote_is_handed_out_or_left_out_for_a_reason() -> None:
    left_out = {name for name in NOT_HANDED_OUT if "." not in name}
    wanted = {name for name in written() if name.split(".")[0] not in left_out}
    handed = {f"{each.table}.{name}" for each in HANDED_OUT.values() for name in each.columns.split()}
    of_a_reason = {name for name in NOT_HANDED_OUT if "." in name}
    assert wanted - handed == of_a_reason


def test_of_a_row_in_every_table_each_is_in_its_owners_copy_and_the_copy_is_json(session: Session) -> None:
    fill(session)
    for model in (Contact, NumberChange):
        session.execute(update(model).values(borrower_id=1))
    session.execute(update(Message).values(number=1, sent_at=NOW))
    session.execute(update(SupportCall).values(borrower_id=1, entered_at=NOW))
    copies = [own_data(session, borrower_id) for borrower_id in session.scalars(select(Borrower.id))]
    missing = {name for name in HANDED_OUT if not any(copy[name] for copy in copies)}
    assert missing == set()
    for copy in copies:
        json.dumps(copy, allow_nan=False)


def test_nothing_of_it_is_in_anybody_elses_copy(session: Session) -> None:
    cast, story = cast_of(session)
    story.submit()
    empty = own_data(session, cast.wang_qiang.id)
    assert {name for name, found in empty.items() if found} == {"person"}
    assert own_data(session, cast.li_na.id)["plans"]


def counters(copy: Mapping[str, Any]) -> list[Any]:
    return [plan["number"] for plan in copy["plans"] if plan["made_by_lender"]]


def test_a_counter_offer_stands_in_it_once_it_went_out_and_not_before(session: Session) -> None:
    cast, story = cast_of(session)
    story.submit(reason=HardshipReason.ILLNESS)
    Approver(session, cast.zhou_min, story).take().counter()
    before = own_data(session, cast.li_na.id)
    assert (before["decisions"], counters(before)) == ([], [])
    send_out(session, now=story.now)
    session.expire_all()
    after = own_data(session, cast.li_na.id)
    assert [(each["kind"], each["reason_text"]) for each in after["decisions"]] == [("counter", LETTER)]
    assert len(counters(after)) == 1


def test_the_note_of_an_approval_stays_with_colleagues(session: Session) -> None:
    cast, story = cast_of(session)
    story.submit(reason=HardshipReason.ILLNESS)
    decision = Approver(session, cast.zhou_min, story).take().approve()
    decision.reason_text = "只给同事看"
    session.flush()
    copy = json.dumps(own_data(session, cast.li_na.id), ensure_ascii=False)
    assert '"kind": "approve"' in copy
    assert "只给同事看" not in copy


def test_a_file_that_staff_have_not_sent_yet_is_not_in_it(session: Session) -> None:
    cast, story = cast_of(session)
    story.submit()
    thread = Thread(public_id="t" * 32, borrower_id=cast.li_na.id, proposal_id=story.proposal.id, made_at=NOW)
    session.add(thread)
    session.flush()
    staff: dict[str, Any] = {"staff_id": cast.chen_chen.id, "staff_role": "agent"}
    for number, author in ((None, "staff"), (None, "borrower"), (1, "staff")):
        message = Message(
            public_id=f"{author}{number}", thread_id=thread.id, number=number, author=author, kind="message", body="",
            written_at=NOW, sent_at=NOW if number else None, **staff if author == "staff" else {},
        )  # fmt: skip
        session.add(message)
        session.flush()
        session.add(
            Attachment(
                public_id=f"a{author}{number}", message_id=message.id, media_type="image/jpeg", name=f"{author} {number}",
                size=1, sha256="0" * 64, body=b"x", added_at=NOW + timedelta(minutes=1),
            )
        )  # fmt: skip
    session.flush()
    found = [each["name"] for each in own_data(session, cast.li_na.id)["attachments"]]
    assert found == ["borrower None", "staff 1"]
