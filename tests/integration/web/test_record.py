"""The record's checkpoint at its address: what was signed, as it was signed."""

from portal.adapters.record_keys import is_signed_by
from portal.commands.record_keeping import keeper_of
from portal.config import Config
from portal.domain.checkpoints import Checkpoint
from portal.domain.signed_notes import NoteKey, SignedNote
from tests.checked_client import CheckedClient
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.people import Cast, add_loan
from tests.stories import Story


def test_before_the_first_checkpoint_there_is_none(client: CheckedClient) -> None:
    assert client.get("/record/checkpoint").status_code == 404
    assert client.get("/record/keys").status_code == 404


def test_anybody_can_fetch_and_check_the_newest(
    client: CheckedClient, config: Config, database: Database, writing: Writing, cast: Cast
) -> None:
    keeper = keeper_of(config, database.engine)
    with writing() as session:
        Story(session, cast.li_na, add_loan(session, cast.li_na)).start()
    first = keeper.keep()
    with writing() as session:
        Story(session, cast.li_na, add_loan(session, cast.li_na, ref="L-2")).start()
    assert keeper.keep().size > first.size
    answer = client.get("/record/checkpoint")
    assert answer.mimetype == "text/plain"
    note = SignedNote.parse(answer.get_data(as_text=True))
    (key,) = map(NoteKey.parse, client.get("/record/keys").get_data(as_text=True).splitlines())
    assert note.signers([key], is_signed_by) == [key]
    assert Checkpoint.parse(note.text).size > first.size
