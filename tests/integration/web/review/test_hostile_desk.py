"""What is typed at the desk comes back as it was typed, or is refused with a message: each text field of each of its forms that stand on
a page of a small world, and on no page does any of it become anything but text.
"""

from collections.abc import Iterator, Mapping

import html5lib
import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain.permissions import Role
from portal.models import Base
from portal.models.sealing import Words
from tests import checked_client
from tests.databases import Database
from tests.hostile_words import CORPUS, as_sent
from tests.integration.web.borrower.test_hostile_fields import SECRETS, faults, shown
from tests.integration.web.conftest import Writing
from tests.integration.web.filled_forms import FoundForm, found_forms
from tests.integration.web.kept_worlds import KeptWorld
from tests.integration.web.test_access import client_of
from tests.integration.web.test_same_form_again import GIVEN
from tests.integration.web.worlds import World, build_world, form_token

pytestmark = pytest.mark.slow
AT_DESK = (Role.SUPERVISOR, Role.APPROVER, Role.AGENT, Role.CALLER, Role.ADMINISTRATOR, Role.AUDITOR)
SHORT = (
    "<script>alert(1)</script>\"><img src=x onerror=alert(1)>{{ 7 * 7 }}=cmd|' /C calc'!A0 𠮷野家 \u202eabc",
)
"""Taken together where there is no time for each: none of them spoils another."""
NOT_KEPT: Mapping[str, str] = {
    "send_support_wrap_up.recording": "read where something was agreed aloud",
    "take_down.staff_number": "read where a complaint is about a colleague",
}
"""What a form does not read as it is filled in here."""


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def world(writing: Writing) -> World:
    return build_world(writing)


BUSY = frozenset({"review.support_start"})
"""The agent of this world is on a call: another cannot be begun."""


def desk_forms(app: Flask, world: World) -> Iterator[FoundForm]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checked_client, "_check", lambda *_: None)  # other tests look at these
        found = found_forms(app, world, AT_DESK)
    for endpoint, form in sorted(found.items()):
        if (
            endpoint.startswith("review.")
            and not endpoint.endswith("sign_in")
            and endpoint not in BUSY
            and form.written
        ):
            yield form


def became_something(page: str) -> list[str]:
    """Elements and attributes that no page of ours has and that what was typed would make."""
    parsed = html5lib.parse(page, namespaceHTMLElements=False)
    return [
        f"{element.tag} {name}"
        for element in parsed.iter()
        for name, value in {**element.attrib, "": ""}.items()
        if name.startswith("on")
        or (
            name in {"href", "src", "action"} and str(value).lstrip().lower().startswith(("javascript:", "x"))
        )
        or (element.tag == "script" and "alert" in "".join(element.itertext()))
    ]


def is_kept(writing: Writing, words: str) -> bool:
    """Whether some row of any table has it, as the program reads it."""
    with writing() as session:
        for mapper in Base.registry.mappers:
            kept = [*mapper.all_orm_descriptors, *_sealed(mapper.class_)]
            names = [each.key if hasattr(each, "key") else each for each in kept]
            for row in session.scalars(select(mapper.class_)):
                if any(words in shown(text) for name in names for text in texts(getattr(row, name, None))):
                    return True
    return False


def _sealed(model: type) -> Iterator[str]:
    """What stands sealed is read by a property."""
    for each in model.__mro__:
        yield from (name for name, value in vars(each).items() if isinstance(value, Words))


def texts(value: object) -> Iterator[str]:
    """Of a column, whatever it holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from texts(each)


def test_what_is_typed_at_the_desk_comes_back_true_or_is_refused_in_words(
    app: Flask, world: World, database: Database, writing: Writing, is_long: bool
) -> None:
    found, tried, refused, kept_true = [], 0, 0, 0
    forms, corpus = list(desk_forms(app, world)), (*SHORT, *CORPUS) if is_long else SHORT
    kept = KeptWorld(database)
    for form in forms:
        for name in form.written:
            for words in map(as_sent, corpus):
                kept.put_back()
                client = client_of(app, world, form.who)
                fields = form.filled("12", GIVEN.get(form.endpoint))
                typed = {**fields, name: words, "csrf_token": form_token(client, form.path)}
                answer = client.post(form.path, data=typed)
                tried += 1
                refused += answer.status_code == 422
                place = f"{form.endpoint.removeprefix('review.')}.{name.rpartition('-')[2]}"
                told = f"{place} {words[:20]!r}"
                found += [f"{told} became {each}" for each in became_something(answer.text)]
                if answer.status_code != 303:
                    is_secret = name in SECRETS or form.endpoint == "review.change_own_password"
                    found += [] if is_secret else faults(form.endpoint, name, words, answer)
                    continue
                for path in dict.fromkeys((answer.location, form.page)):
                    found += [f"{told} became {each}" for each in became_something(client.get(path).text)]
                if place not in NOT_KEPT:
                    kept_true += 1
                    found += [] if is_kept(writing, shown(words)) else [f"{told} is not kept as it was typed"]
    assert not found, "\n".join(found)
    assert tried > 40
    assert refused > 10
    assert kept_true > 20
