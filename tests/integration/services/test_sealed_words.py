"""What people write stands in no column of any table as it was written, whoever wrote it; read, it is what it was."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.models import (
    Base,
    Call,
    Decision,
    LegalHold,
    Message,
    ServiceCase,
    TypedDraft,
    VisitorComplaint,
)
from portal.models.keyring import SealBrokenError
from portal.models.sealing import SealedRow
from portal.queries.key_uses import SEALED_TABLES
from tests.people import Cast, add_loan
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
