"""What people write stands in no column of any table as it was written, whoever wrote it; read, it is what it was."""

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from portal.models import (
    Base,
    Call,
    Decision,
    LegalHold,
    Message,
    ServiceCase,
    SupportEscalation,
    TypedDraft,
    VisitorComplaint,
)
from portal.models.keyring import SealBrokenError
from portal.models.sealing import SealedRow
from portal.queries.key_uses import SEALED_TABLES, newest_shut
from portal.services.support_supervision import answer_escalation
from tests.callers import actor_of
from tests.people import NOW, Cast, add_loan
from tests.written_words import SAID, in_clear, opened, say_everything, words_of_all


@pytest.fixture
def said(session: Session, cast: Cast) -> None:
    say_everything(session, cast, add_loan(session, cast.li_na))
    session.expire_all()


@pytest.mark.usefixtures("said")
def test_all_that_was_written_reads_as_it_was_and_stands_nowhere_in_clear(session: Session) -> None:
    assert opened(session) == words_of_all()
    assert list(in_clear(session)) == []
    assert session.scalars(select(TypedDraft)).one().fields == {"body": f"{SAID}。"}


def test_every_sealed_table_is_one_whose_keys_are_changed() -> None:
    assert set(SEALED_TABLES) == {
        mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, SealedRow)
    }


@pytest.mark.usefixtures("said")
def test_no_words_are_told_from_some_without_a_key(session: Session) -> None:
    for row in session.scalars(select(Decision)):
        assert (row.reason_text_sealed is None) == (row.reason_text == "")
    complaint = session.scalars(select(VisitorComplaint)).one()
    complaint.answer = ""
    assert (complaint.answer_sealed, complaint.answer) == (None, "")


@pytest.mark.usefixtures("said")
@pytest.mark.parametrize("model", [Message, ServiceCase, Decision, LegalHold, TypedDraft, Call])
def test_no_row_opens_under_anothers_name(session: Session, model: type[SealedRow]) -> None:
    """The words with their key, put where somebody else's stood."""
    row = session.scalars(select(model)).first()
    assert row is not None
    foreign = type("Foreign", (), dict.fromkeys(("public_id", "proposal_id", "borrower_id", "contact_id"), 7))
    for name, value in vars(row).items():
        if not name.startswith("_") and not hasattr(foreign, name):
            setattr(foreign, name, value)
    for name in model.SEALED:
        if getattr(row, f"{name}_sealed") is not None:
            with pytest.raises(SealBrokenError):
                vars(model)[name].of(foreign, model)
            break
    else:
        pytest.fail("nothing is sealed there")


@pytest.mark.usefixtures("said")
def test_whose_key_was_erased_says_nothing(session: Session) -> None:
    for model in SEALED_TABLES:
        session.execute(update(model).values(data_key=None))
    session.expire_all()
    assert opened(session) == set()


@pytest.mark.usefixtures("said")
def test_an_answer_about_somebody_who_was_erased_is_noted_without_its_words(
    session: Session, cast: Cast
) -> None:
    gone = {"data_key": None, "answer_sealed": None, "answered_at": None, "answered_by": None}
    session.execute(update(SupportEscalation).values(**gone))
    session.expire_all()
    waiting = session.scalars(select(SupportEscalation)).one()
    answer_escalation(session, actor_of(cast.wu_yan), escalation=waiting, answer=SAID, now=NOW)
    session.expire_all()
    assert (waiting.answered_by, waiting.answer, waiting.answer_sealed) == (cast.wu_yan.id, "", None)


@pytest.mark.usefixtures("said")
def test_a_text_that_was_spoilt_is_no_matter_of_keys(session: Session) -> None:
    """Of a table with one row as well: nothing would start because of it."""
    session.execute(update(LegalHold).values(note_sealed="spoilt"))
    session.expire_all()
    assert newest_shut(session) is None


@pytest.mark.usefixtures("said")
def test_a_row_without_words_tells_of_a_key_that_is_not_here(session: Session) -> None:
    session.execute(text("UPDATE legal_hold SET note_sealed = NULL, data_key = 'other.AAAA'"))
    session.expire_all()
    found = newest_shut(session)
    assert found is not None
    assert (found.table, found.name) == ("legal_hold", "other")
