"""Personal data stands sealed: what was moved, changed or erased reads as nobody else's, and a change of keys loses nothing."""

from collections.abc import Callable
from typing import cast

import pytest
from sqlalchemy import Engine, Table, select, text, update
from sqlalchemy.orm import Session

from portal.db import make_engine, transaction
from portal.domain.contact_wishes import Channel
from portal.models import Borrower, EmailAddress, OneTimeCode, StaffMember
from portal.models.keyring import Keyring, SealBrokenError
from portal.models.sealing import RowKey
from portal.queries.key_uses import SEALED_TABLES, count_stale, key_uses, shut_uses
from portal.services.bulk_rows import add_records
from portal.services.contact_ways import ways_to
from portal.services.key_rotation import rotate_some
from tests.databases import Database
from tests.people import NOW, add_borrower, add_cast

OLD, NEW = b"o" * 32, b"n" * 32
INDEX, NEW_INDEX = ("one", b"i" * 32), ("two", b"j" * 32)
BEFORE = Keyring({"old": OLD}, INDEX)
MEANWHILE = Keyring({"new": NEW, "old": OLD}, NEW_INDEX)
AFTER = Keyring({"new": NEW}, NEW_INDEX)


def under(database: Database, ring: Keyring) -> Engine:
    """The same database, seen by a process that has these keys."""
    return make_engine(database.url, keys=lambda: ring)


def two_people(session: Session) -> tuple[Borrower, Borrower]:
    return (
        add_borrower(session, "李娜", mobile="+8613800138001", id_last4="1024"),
        add_borrower(session, "王强", mobile="+8613800138002", id_last4="203X"),
    )


def test_what_was_written_is_read_and_what_is_kept_says_nothing(session: Session) -> None:
    li_na, _ = two_people(session)
    li_na.email = "li.na@example.cn"
    session.flush()
    session.expire_all()
    assert (li_na.name, li_na.mobile, li_na.id_last4) == ("李娜", "+8613800138001", "1024")
    assert li_na.email == "li.na@example.cn"
    row = session.execute(
        text("SELECT * FROM borrower WHERE borrower_ref = :ref"), {"ref": li_na.borrower_ref}
    )
    said = repr(row.one())
    assert [word for word in ("李娜", "13800138001", "1024", "li.na") if word in said] == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name_sealed", lambda _, other: other.name_sealed),
        ("name_sealed", lambda own, _: own.mobile_sealed),
        ("data_key", lambda _, other: other.data_key),
        ("name_sealed", lambda own, _: _with_one_byte_changed(own.name_sealed)),
        ("name_sealed", lambda *_: "no base64"),
    ],
    ids=["another row's", "another column's", "another row's key", "a changed byte", "nonsense"],
)
def test_what_does_not_stand_where_it_was_written_is_refused_by_place(
    session: Session, column: str, value: Callable[[Borrower, Borrower], object]
) -> None:
    own, other = two_people(session)
    put = value(own, other)
    session.execute(update(Borrower).where(Borrower.id == own.id).values({column: put}))
    session.expire_all()
    with pytest.raises(SealBrokenError, match=f"^borrower:(name|data_key):{own.public_id} "):
        _ = own.name
    assert other.name == "王强"


def test_no_other_rows_text_fits_even_with_its_key(session: Session) -> None:
    own, other = two_people(session)
    both = {"data_key": other.data_key, "name_sealed": other.name_sealed}
    session.execute(update(Borrower).where(Borrower.id == own.id).values(both))
    session.expire_all()
    with pytest.raises(SealBrokenError):
        _ = own.name


def test_no_other_tables_text_fits(session: Session) -> None:
    key = RowKey.fresh("borrower:data_key:x")
    kept = key.seal(("borrower", "mobile", "x"), "+8613800138001")
    assert key.open(("borrower", "mobile", "x"), kept) == b"+8613800138001"
    for place in (("number_change", "mobile", "x"), ("borrower", "mobile", "y"), ("borrower", "name", "x")):
        with pytest.raises(SealBrokenError):
            key.open(place, kept)


def test_a_number_finds_exactly_the_people_who_have_it(session: Session) -> None:
    li_na, wang_qiang = two_people(session)
    partner = add_borrower(session, "李娜", mobile="+8613800138002", id_last4="1111")

    def found(mobile: str) -> list[int]:
        return list(session.scalars(select(Borrower.id).where(Borrower.mobile_index == mobile)))

    assert found("+8613800138001") == [li_na.id]
    assert sorted(found("+8613800138002")) == [wang_qiang.id, partner.id]
    assert found("+861380013800") == found("13800138001") == found("") == []
    li_na.mobile = "+8613700137007"
    session.flush()
    assert found("+8613800138001") == []
    assert found("+8613700137007") == [li_na.id]


def test_another_index_key_makes_another_hash() -> None:
    assert BEFORE.digest("borrower:mobile", "1").startswith("one.")
    assert BEFORE.digest("borrower:mobile", "1") != BEFORE.digest("borrower:name", "1")
    other = Keyring({"old": OLD}, ("one", b"k" * 32))
    assert BEFORE.digest("borrower:mobile", "1") != other.digest("borrower:mobile", "1")


def test_an_erased_key_leaves_a_person_without_name_or_ways(session: Session) -> None:
    li_na, wang_qiang = two_people(session)
    session.execute(update(Borrower).where(Borrower.id == li_na.id).values(data_key=None))
    session.expire_all()
    assert (li_na.name, li_na.mobile, li_na.id_last4, li_na.email) == ("", "", "", None)
    assert ways_to(session, li_na) == []
    assert [way.channel for way in ways_to(session, wang_qiang)] == [Channel.SMS]
    with pytest.raises(SealBrokenError, match="erased"):
        li_na.name = "李娜"


def test_keys_are_changed_in_the_middle_of_use_and_after_a_stop(database: Database) -> None:
    """Half of it is done, then the process dies; people go on writing under either key; the rest is done; the old key goes."""
    old, both, new = (under(database, ring) for ring in (BEFORE, MEANWHILE, AFTER))
    with transaction(old) as session:
        cast = add_cast(session)
        session.add(
            EmailAddress(
                borrower_id=cast.li_na.id, address="li@example.cn", address_hash="a" * 64, given_at=NOW
            )
        )
        session.add(
            OneTimeCode(
                purpose="sign_in", target="t", mobile="+8613800138001", session_key="s", asked_by="public",
                seed="5eed", made_at=NOW, expires_at=NOW, tries=0,
            )
        )  # fmt: skip
    with transaction(both) as session:
        waiting = count_stale(session)
        assert waiting == 2 + 1 + 1 + 7
        assert rotate_some(session, Borrower, at_once=1) == 1
    with pytest.raises(RuntimeError, match="killed"):
        _rotate_and_die(both)
    with transaction(old) as session:
        late = add_borrower(session, "迟到", mobile="+8613900000009", id_last4="9999").id
    with transaction(both) as session:
        early = add_borrower(session, "新来", mobile="+8613900000008", id_last4="8888").id
        session.get_one(Borrower, cast.li_na.id).mobile = "+8613900000007"
        assert count_stale(session) == waiting - 1 + 1
    for model in SEALED_TABLES:
        with transaction(both) as session:
            while rotate_some(session, model, at_once=2):
                pass
    with transaction(new) as session:
        people = {each.id: each for each in session.scalars(select(Borrower))}
        assert people[late].name == "迟到"
        assert people[early].name == "新来"
        assert people[cast.wang_qiang.id].mobile == "+8613800138002"
        for mobile, person in (("+8613900000007", cast.li_na.id), ("+8613800138002", cast.wang_qiang.id)):
            assert session.scalars(select(Borrower.id).where(Borrower.mobile_index == mobile)).all() == [
                person
            ]
        assert session.scalars(select(EmailAddress)).one().address == "li@example.cn"
        assert session.scalars(select(OneTimeCode)).one().mobile == "+8613800138001"
        assert all(member.totp_secret for member in session.scalars(select(StaffMember)))
        assert (count_stale(session), shut_uses(session)) == (0, [])
        assert {use.name for use in key_uses(session)} == {"new"}
    for engine in (old, both, new):
        engine.dispose()


def test_whoever_lacks_the_key_is_told_which_one(database: Database) -> None:
    with transaction(under(database, BEFORE)) as session:
        two_people(session)
    with transaction(under(database, AFTER), writes=False) as session:
        person = session.scalars(select(Borrower)).first()
        assert person is not None
        with pytest.raises(SealBrokenError, match="'old'"):
            _ = person.name
        assert [(use.table, use.name, use.rows) for use in shut_uses(session)] == [("borrower", "old", 2)]
    impostor = Keyring({"old": NEW}, INDEX)
    with transaction(under(database, impostor), writes=False) as session:
        assert [use.name for use in shut_uses(session)] == ["old"]


def test_a_key_that_was_added_to_the_file_since_is_found(database: Database) -> None:
    with transaction(under(database, MEANWHILE)) as session:
        two_people(session)
    reading = Keyring({"old": OLD}, INDEX, read_again=lambda: MEANWHILE)
    with transaction(under(database, reading), writes=False) as session:
        assert {each.name for each in session.scalars(select(Borrower))} == {"李娜", "王强"}


def _rotate_and_die(engine: Engine) -> None:
    with transaction(engine) as session:
        rotate_some(session, StaffMember)
        raise RuntimeError("killed")


def _with_one_byte_changed(kept: str | None) -> str:
    assert kept
    return kept[:20] + ("A" if kept[20] != "A" else "B") + kept[21:]


def test_a_row_for_a_bulk_insert_is_what_a_made_one_holds(session: Session) -> None:
    """But for its key and nonces, which are drawn."""
    said = {
        "public_id": "p" * 32,
        "borrower_ref": "B1",
        "name": "李 娜",
        "mobile": "+8613800138001",
        "email": None,
    }
    made = Borrower(**said)
    row = Borrower.insertable(said)
    held = {name: value for name, value in vars(made).items() if not name.startswith("_")}
    drawn = {"data_key", "name_sealed", "mobile_sealed"}
    assert row.keys() == held.keys()
    assert {name: row[name] for name in row.keys() - drawn} == {
        name: held[name] for name in held.keys() - drawn
    }
    add_records(
        session,
        cast("Table", Borrower.__table__),
        [{**row, "locale": "en", "is_staff_relation": False, "is_vulnerable": False}],
    )
    found = session.scalars(select(Borrower).where(Borrower.mobile_index == said["mobile"])).one()
    assert (found.name, found.mobile, found.email, found.id_last4) == ("李 娜", "+8613800138001", None, "")
