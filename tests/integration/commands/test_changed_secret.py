"""The deployment's secret is changed as the guide says: what stands in the database is still read, found and heeded."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from portal import create_app
from portal.adapters.business_texts import PackagedTexts
from portal.adapters.data_keys import keyring_of
from portal.adapters.message_words import MessageWriter
from portal.adapters.wording import BabelWording
from portal.commands.doctor import keys
from portal.commands.doctor.patient import patient_of
from portal.commands.key_check import refuse_other_keys
from portal.commands.work import HANDLERS, Workshop, run_until_empty
from portal.config import Config, ConfigError, from_environment
from portal.db import make_engine, transaction
from portal.domain.cases import CaseKind, CaseTopic
from portal.domain.contact_wishes import Channel
from portal.domain.occasions import Occasion
from portal.domain.permissions import SYSTEM
from portal.i18n import use_locale
from portal.models import Borrower, OutboxItem, StaffRelation, StoppedNumber
from portal.services.attachments import SentFile, add_attachment
from portal.services.cases import CaseForm, open_case
from portal.services.collection_messages import AskedMessage, ask_for_messages
from portal.services.staff_relations import match_borrowers
from portal.services.threads import WrittenMessage, post_message
from tests.checked_client import CheckedClient
from tests.clean_files import PHOTO, clean_photo
from tests.clocks import HandClock
from tests.codes import code_sent_to
from tests.databases import Database
from tests.integration.commands.conftest import Portal
from tests.integration.services.test_sending import Provider
from tests.integration.web.conftest import COMPILED
from tests.integration.web.worlds import visit
from tests.people import NOW, TODAY, Cast, add_cast, add_loan
from tests.staff_ids import ANOTHER_ID, ID_NUMBER, id_hash
from tests.stories import ZONE, borrower_actor

NEW_SECRET = "another secret, drawn because the first was seen"
KEY = "a" * 32
DESK, OWN = "__Host-desk", "__Host-portal"


@dataclass
class Deployment:
    """Pages and a worker under the settings of one moment."""

    config: Config
    engine: Engine
    app: Flask
    clock: HandClock
    texts: Provider

    def client(self) -> CheckedClient:
        client = self.app.test_client()
        assert isinstance(client, CheckedClient)
        return client

    def code_for(self, borrower: Borrower) -> str:
        with transaction(self.engine, writes=False) as session:
            return code_sent_to(session, borrower.mobile, self.config.secret_key)

    def prove_number(self, borrower: Borrower) -> CheckedClient:
        client = self.client()
        client.submit("/sign-in", {"mobile": borrower.mobile})
        client.submit("/sign-in/code", {"code": self.code_for(borrower)})
        return client

    def remind(self, borrower: Borrower, loan_id: int) -> None:
        with transaction(self.engine) as session:
            on = self.clock.now().astimezone(self.clock.zone).date()
            asked = AskedMessage(
                loan_id=loan_id, borrower_id=borrower.id, occasion=Occasion.OVERDUE_REMINDER, on=on, fields={}
            )
            ask_for_messages(session, SYSTEM, [asked], now=self.clock.now().astimezone(self.clock.zone))
        none = cast("Any", None)
        shop = Workshop(self.config, self.engine, self.clock, none, none, sender=self.texts, mailer=None)
        run_until_empty(shop, HANDLERS)

    @property
    def reminded(self) -> list[str]:
        """The numbers that a reminder went to."""
        return [mobile for mobile, template, _ in self.texts.taken if template == "overdue_reminder"]

    def doctor(self) -> list[str]:
        with use_locale("en"):
            return [each.sentence for each in keys.number_hashes(patient_of(self.config, self.engine))]


@contextmanager
def started(environment: dict[str, str], clock: HandClock) -> Iterator[Deployment]:
    config = replace(from_environment(environment), testing=True)
    refuse_other_keys(config)
    engine = make_engine(config.database_url, keys=lambda: keyring_of(config))
    app = create_app(config, engine=engine, clock=clock)
    app.jinja_env.bytecode_cache = COMPILED
    app.test_client_class = CheckedClient
    texts = Provider(MessageWriter(PackagedTexts(), BabelWording(), clock, Channel.SMS))
    yield Deployment(config, engine, app, clock, texts)
    engine.dispose()


@dataclass(frozen=True)
class Before:
    """What people did before the change."""

    cast: Cast
    loan_of_wang_qiang: int
    attachment_id: str
    at_desk: str


def live_a_little(here: Deployment) -> Before:
    """李娜 sends a photo, 王强's number is stopped by its holder, 周敏 says whom she is close to."""
    with transaction(here.engine) as session:
        cast = add_cast(session)
        li_na = borrower_actor(cast.li_na)
        form = CaseForm(form_key="ab" * 16, kind=CaseKind.TALK, topic=CaseTopic.PLAN_HELP, body="我想谈谈")
        case = open_case(session, li_na, form=form, today=TODAY, zone=ZONE, now=NOW)
        sent = SentFile(file=clean_photo(), name="收据.jpg", consents=True, consent_version="1")
        attachment_id = add_attachment(
            session, li_na, about=case, form_key=KEY, body="", sent=sent, now=NOW
        ).public_id
        written = WrittenMessage(form_key=KEY, body="看附件")
        post_message(session, li_na, about=case, written=written, now=NOW)
        loan_id = add_loan(session, cast.wang_qiang, ref="L-2").id
    here.remind(cast.wang_qiang, loan_id)
    assert here.reminded == [cast.wang_qiang.mobile]
    assert here.prove_number(cast.wang_qiang).submit("/not-me").location == "/not-me/done"
    zhou_min = visit(here.app, staff=cast.zhou_min.id)
    declare(zhou_min, ID_NUMBER)
    at_desk = zhou_min.get_cookie(DESK)
    assert at_desk is not None
    return Before(cast, loan_id, attachment_id, at_desk.value)


def declare(at_desk: CheckedClient, number: str) -> None:
    page = "/desk/me/relations"
    assert at_desk.submit(page, {"kind": "spouse", "id_number": number}, action=page).status_code == 303


def begin_to_sign_in(here: Deployment, borrower: Borrower) -> tuple[str, str]:
    """As far as the page for the code: the session's cookie, and the code."""
    client = here.client()
    client.submit("/sign-in", {"mobile": borrower.mobile})
    cookie = client.get_cookie(OWN)
    assert cookie is not None
    return cookie.value, here.code_for(borrower)


@pytest.fixture
def file(environment: dict[str, str], database: Database, tmp_path: Path) -> Path:
    """Not there yet: everything stands under the secret alone."""
    environment["PORTAL_DATA_KEYS"] = ""
    return tmp_path / "data.keys"


def go_to_a_file(portal: Portal, environment: dict[str, str], file: Path) -> None:
    file.write_text("".join(portal("keys", "new", name).stdout for name in ("2027", "index:2027")))
    file.chmod(0o600)
    environment["PORTAL_DATA_KEYS"] = str(file)
    assert portal("keys", "rotate").exit_code == 0
    said = portal("keys", "status")
    assert (said.exit_code, "secret-" in said.output) == (0, False)


def test_everything_that_is_kept_is_read_found_and_heeded_under_a_new_secret(
    environment: dict[str, str], portal: Portal, file: Path
) -> None:
    clock = HandClock()
    with started(environment, clock) as here:
        before = live_a_little(here)
    go_to_a_file(portal, environment, file)
    cast = before.cast
    with started(environment, clock) as here:
        session_of_typing, code = begin_to_sign_in(here, cast.li_na)
    environment["PORTAL_HASH_KEY"] = environment["PORTAL_SECRET_KEY"]
    environment["PORTAL_SECRET_KEY"] = NEW_SECRET
    clock.move_on(minutes=2)
    with started(environment, clock) as here:
        assert here.config.secret_key == NEW_SECRET
        # Whoever was signed in still is; a code that was under way is asked for again.
        at_desk = here.client()
        at_desk.set_cookie(DESK, before.at_desk)
        declare(at_desk, ANOTHER_ID)
        typing = here.client()
        typing.set_cookie(OWN, session_of_typing)
        assert typing.submit("/sign-in/code", {"code": code}).status_code == 422
        typing.submit("/sign-in", {"mobile": cast.li_na.mobile})
        answer = typing.submit("/sign-in/code", {"code": here.code_for(cast.li_na)})
        assert answer.location == "/sign-in/ending"
        assert typing.submit("/sign-in/ending", {"ending": cast.li_na.id_last4}).status_code == 303
        assert typing.get(f"/attachments/{before.attachment_id}").data == PHOTO
        # Names are read, the stop is heeded, declarations of before and after are found with the next book.
        clock.move_on(days=1)
        here.remind(cast.wang_qiang, before.loan_of_wang_qiang)
        assert here.reminded == []
        with transaction(here.engine) as session:
            people = session.scalars(select(Borrower)).all()
            assert {each.name for each in people} == {cast.li_na.name, cast.wang_qiang.name}
            assert (
                session.scalars(select(OutboxItem.last_error).order_by(OutboxItem.id.desc())).first() == "C11"
            )
            known = {
                cast.wang_qiang.borrower_ref: id_hash(ID_NUMBER),
                cast.li_na.borrower_ref: id_hash(ANOTHER_ID),
            }
            match_borrowers(session, SYSTEM, id_hashes=known, key=here.config.hash_key, now=clock.now())
            related = session.scalars(select(StaffRelation.borrower_id)).all()
            assert set(related) == {cast.wang_qiang.id, cast.li_na.id}
        # Signing in with it fully lifts the stop: it is the same row that is found.
        holder = here.prove_number(cast.wang_qiang)
        assert holder.submit("/sign-in/ending", {"ending": cast.wang_qiang.id_last4}).status_code == 303
        with transaction(here.engine, writes=False) as session:
            assert session.scalars(select(StoppedNumber.lifted_at)).one() is not None
        assert here.doctor() == []


def test_without_the_key_of_the_hashes_nothing_starts_that_would_write_to_stopped_numbers(
    environment: dict[str, str], portal: Portal, file: Path
) -> None:
    clock = HandClock()
    with started(environment, clock) as here:
        before = live_a_little(here)
        assert here.doctor() == []
    go_to_a_file(portal, environment, file)
    environment["PORTAL_HASH_KEY"] = environment["PORTAL_SECRET_KEY"]
    environment["PORTAL_SECRET_KEY"] = NEW_SECRET
    clock.move_on(days=1)
    with (
        pytest.raises(ConfigError, match="PORTAL_HASH_KEY"),
        started({**environment, "PORTAL_HASH_KEY": ""}, clock),
    ):
        pass
    with started(environment, clock) as here:
        here.remind(before.cast.wang_qiang, before.loan_of_wang_qiang)
        assert (here.reminded, here.doctor()) == ([], [])
    # Lost for good: who names another key has chosen so, and is told of it.
    environment["PORTAL_HASH_KEY"] = "drawn anew, for that one is nowhere any more"
    with started(environment, clock) as here:
        assert ["PORTAL_HASH_KEY" in said for said in here.doctor()] == [True]
