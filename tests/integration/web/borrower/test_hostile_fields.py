"""Each hostile string in each text field of borrowers and visitors: refused with a message, or shown true where it is read.

The fields are taken from the forms themselves: one that nobody tries here fails the first test.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import html5lib
import pytest
from flask import Flask
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.test import TestResponse
from wtforms import FileField, HiddenField, StringField
from wtforms.fields.core import UnboundField

from portal.domain.free_text import visible
from portal.domain.offers import choice_of
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.policy import HardshipReason
from portal.domain.proposals import ProposalStatus
from portal.models import Agreement, VisitorComplaint
from tests.checked_client import CheckedClient
from tests.codes import code_sent_to
from tests.databases import Database
from tests.desk import Approver
from tests.hostile_words import CORPUS, NUMBERS, WORDS, as_sent
from tests.integration.web.conftest import SECRET_KEY, Writing
from tests.integration.web.worlds import form_token, visit
from tests.people import NOW, Cast, add_loan
from tests.stories import Story, send_out

CHOICE = choice_of(PlanRequest(PlanKind.CATCH_UP, installments=6, day_of_month=20))
SUMS = "benefits children family food health housing other_income other_loans other_spending phone transport utilities wages"


@dataclass(frozen=True, slots=True)
class Place:
    """Where fields of a form are tried: its page, and what else the form needs."""

    path: str
    fields: str
    rest: Mapping[str, str] = field(default_factory=dict)
    is_search: bool = False


OWN_WORDS: Mapping[str, Place] = {
    "TalkForm": Place("/loans/{loan}/talk", "body", {"topic": "other"}),
    "WrittenForm": Place("/loans/{loan}/dispute", "body", {"topic": "other"}),
    "ComplaintForm": Place("/complain", "body", {"topic": "other"}),
    "MessageForm": Place("/proposals/{asked}/messages", "body"),
    "ReplyForm": Place("/proposals/{asked}", "reply"),
    "RepresentativeForm": Place(
        "/record/representative", "name contact", {"kind": "helper", "name": "王芳", "contact": "021"}
    ),
}
"""By form. What is written is shown again, as it was written."""

PARSED: Mapping[str, Place] = {
    "ChangeForm": Place("/proposals/{running}/change", "monthly", {"wish": "amount"}),
    "ChangeForm.on": Place("/proposals/{promised}/change", "on", {"wish": "date"}),
    "EarlyForm": Place("/agreements/{agreement}/early", "on", is_search=True),
    "AnotherSumForm": Place("/loans/{loan}/pay", "sum", is_search=True),
    "BudgetForm": Place("/proposals/{draft}/budget", SUMS),
    "NeedForm": Place(
        "/proposals/{draft}/need",
        "monthly upfront upfront_on",
        {"need": "monthly", "monthly": "700", "upfront": "100"},
    ),
    "NeedForm.pay_on": Place("/proposals/{draft}/need", "pay_on", {"need": "by_date"}),
    "OwnForm": Place(
        "/proposals/{draft}/own",
        "monthly installments first_on upfront upfront_on",
        {"kind": "catch_up", "installments": "6", "upfront": "100", "every": "1 month"},
    ),
    "sign.CodeForm": Place("/proposals/{read}/sign", "code"),
    "ComplaintForm.staff_number": Place("/complain", "staff_number", {"topic": "other", "body": "x"}),
    "NumberForm": Place("/support-call", "number"),
    "EmailForm": Place("/record/email", "email"),
    "EmailCodeForm": Place("/record/email/code", "code"),
}
VISITORS: Mapping[str, Place] = {
    "code.CodeForm": Place("/sign-in/code", "code"),
    "EndingForm": Place("/sign-in/ending", "ending"),
    "MobileForm": Place("/sign-in", "mobile"),
    "NumbersForm": Place(
        "/new-number", "old ending new", {"old": "13800138001", "ending": "1024", "new": "13900139000"}
    ),
    "CheckForm": Place("/check", "code"),
    "message_check.MessageForm": Place("/message-check", "message"),
    "VisitorComplaintForm": Place("/complaint", "body reply_to", {"topic": "other", "body": "x"}),
}
BORROWERS_FORMS = (
    "portal.web.borrower.",
    "portal.web.public.",
    "portal.web.need_form",
    "portal.web.own_form",
)
TRIED = {**OWN_WORDS, **PARSED, **VISITORS}
SECRETS = {"code", "ending"}
SHORT = ("<b>1</b>", "NaN")


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def things(cast: Cast, writing: Writing) -> Mapping[str, str]:
    """李娜's loans at the points at which something can be typed, by the names in the paths."""
    with writing() as session:
        loans = [add_loan(session, cast.li_na, ref=f"L-{1000 + number}") for number in range(6)]
        draft = Story(session, cast.li_na, loans[1]).start().answer(CHOICE)
        read = Story(session, cast.li_na, loans[2]).start().answer(CHOICE).freeze().preview().read()
        asked = Story(session, cast.li_na, loans[3])
        asked.submit(CHOICE, reason=HardshipReason.ILLNESS)
        asked.proposal.status = ProposalStatus.INFO_REQUESTED.value
        asked.proposal.closes_at = NOW + timedelta(days=14)
        running, promised = Story(session, cast.li_na, loans[4]), Story(session, cast.li_na, loans[5])
        running.submit(CHOICE)
        promised.submit({"kind": "pay_by_date", "first_on": "2026-11-16"})
        stories = {"draft": draft, "read": read, "asked": asked, "running": running, "promised": promised}
        agreement = session.scalars(
            select(Agreement).where(Agreement.proposal_id == running.proposal.id)
        ).one()
        return {
            "loan": loans[0].public_id,
            "agreement": agreement.public_id,
            **{name: story.proposal.public_id for name, story in stories.items()},
        }


def forms(kind: type[FlaskForm] = FlaskForm) -> Iterator[type[FlaskForm]]:
    subclasses: list[type[FlaskForm]] = kind.__subclasses__()
    for form in subclasses:
        yield form
        yield from forms(form)


def text_fields(form: type[FlaskForm]) -> set[str]:
    own = {name: getattr(form, name) for name in dir(form) if isinstance(getattr(form, name), UnboundField)}
    kinds = {name: unbound.field_class for name, unbound in own.items()}
    return {
        name
        for name, kind in kinds.items()
        if issubclass(kind, StringField) and not issubclass(kind, HiddenField | FileField)
    }


def form_in(key: str) -> str:
    return next(part for part in key.split(".") if part.endswith("Form"))


def test_every_text_field_is_tried_here(app: Flask) -> None:
    found = {
        f"{form.__name__}.{name}"
        for form in forms()
        if form.__module__.startswith(BORROWERS_FORMS)
        for name in text_fields(form)
    }
    tried = {f"{form_in(key)}.{name}" for key, place in TRIED.items() for name in place.fields.split()}
    assert found == tried


def sent(
    client: CheckedClient, place: Place, things: Mapping[str, str], name: str, words: str
) -> TestResponse:
    """What the page answers to these words in that field, the rest as it should be."""
    path = place.path.format(**things)
    return client.submit(path, {**place.rest, name: words})


def shown(words: str) -> str:
    """As a page may show it: what cannot be seen is left out, blanks are evened out."""
    return " ".join(visible(words).split())


def texts_of(answer: TestResponse) -> str:
    """Everything that a reader sees, what stands in boxes included."""
    page = html5lib.parse(answer.get_data(as_text=True), namespaceHTMLElements=False)
    boxes = [box.get("value", "") for box in page.iter("input")]
    return " ".join(" ".join([*page.itertext(), *boxes]).split())


def faults(key: str, name: str, words: str, answer: TestResponse) -> list[str]:
    """Refused in silence, or what was typed comes back as something else; a code is not shown again."""
    told = f"{key}.{name} {words[:20]!r}: {answer.status_code}"
    match answer.status_code:
        case 422:
            text = texts_of(answer)
            is_told = 'id="error-summary"' in answer.get_data(as_text=True)
            comes_back = name in SECRETS or not shown(words) or shown(words) in text
            return [] if is_told and comes_back else [told]
        case 400 if "\0" in words:
            return []  # no browser sends it, and a page says that the request was broken
        case 200 | 303 | 429:
            return []
        case _:
            return [told]


def together(size: int = 7) -> Iterator[str]:
    """What is no number is refused for that alone: several at a time come back as well as one."""
    for place in range(0, len(WORDS), size):
        yield " ".join(WORDS[place : place + size])


def test_what_is_read_as_a_sum_a_day_or_a_code_is_refused_in_words_and_comes_back_as_typed(
    app: Flask, cast: Cast, things: Mapping[str, str]
) -> None:
    """In all fields of a form at once, since all come back; and some in each field alone, since the first fault is told."""
    client, found = visit(app, borrower=cast.li_na.id), []
    client.submit("/record/email", {"email": "li.na@example.cn"})
    for key, place in PARSED.items():
        names = place.fields.split()
        token = {} if place.is_search else {"csrf_token": form_token(client, "/")}
        for typed in [
            *(dict.fromkeys(names, as_sent(words)) for words in (*NUMBERS, *together())),
            *({name: words} for name in names if len(names) > 1 for words in SHORT),
        ]:
            path, data = place.path.format(**things), {**place.rest, **token, **typed}
            answer = client.get(path, query_string=data) if place.is_search else client.post(path, data=data)
            found += [fault for name, words in typed.items() for fault in faults(key, name, words, answer)][
                :1
            ]
    assert found == []


def test_visitors_fields_take_nothing_amiss(app: Flask, cast: Cast, writing: Writing) -> None:
    found = []
    for key, place in VISITORS.items():
        for name in place.fields.split():
            client = on_the_way_in(app, cast, writing, place.path)
            token = {"csrf_token": form_token(client, place.path)}
            for words in map(as_sent, CORPUS):
                answer = client.post(place.path, data={**place.rest, **token, name: words})
                found += faults(key, name, words, answer)
    assert found == []
    with writing() as session:
        kept = [each.body for each in session.scalars(select(VisitorComplaint))]
    assert {shown(words) for words in kept} <= {shown(as_sent(words)) for words in (*CORPUS, "x")}
    assert shown(CORPUS[0]) in map(shown, kept)


def on_the_way_in(app: Flask, cast: Cast, writing: Writing, path: str) -> CheckedClient:
    """Somebody as far as the page of signing in."""
    client = visit(app)
    if path == "/sign-in/code":
        client.submit("/sign-in", {"mobile": cast.li_na.mobile})
    if path == "/sign-in/ending":
        client.submit("/sign-in", {"mobile": cast.wang_qiang.mobile})
        with writing() as session:
            code = code_sent_to(session, cast.wang_qiang.mobile, SECRET_KEY)
        client.submit("/sign-in/code", {"code": code})
    return client


@pytest.mark.parametrize("key", ["TalkForm", "WrittenForm", "ComplaintForm", "MessageForm"])
def test_own_words_are_shown_as_they_were_written(
    app: Flask, cast: Cast, things: Mapping[str, str], key: str
) -> None:
    """On the page of what they brought about: the case's, or the thread's."""
    client, place, found = visit(app, borrower=cast.li_na.id), OWN_WORDS[key], []
    for words in map(as_sent, CORPUS):
        answer = sent(client, place, things, "body", words)
        found += faults(key, "body", words, answer)
        if answer.status_code == 303 and shown(words) not in texts_of(client.get(answer.location)):
            found.append(f"{key} {words[:20]!r} is not shown")
    assert found == []


@pytest.mark.parametrize("name", ["name", "contact"])
def test_who_speaks_for_somebody_may_have_any_name(
    app: Flask, cast: Cast, things: Mapping[str, str], name: str
) -> None:
    client, place, found = visit(app, borrower=cast.li_na.id), OWN_WORDS["RepresentativeForm"], []
    for words in map(as_sent, CORPUS):
        answer = sent(client, place, things, name, words)
        found += faults("RepresentativeForm", name, words, answer)
        if answer.status_code == 303:
            if shown(words) not in texts_of(client.get(answer.location)):
                found.append(f"{name} {words[:20]!r} is not shown")
            client.submit(place.path, action="/record/representative/remove")
    assert found == []


def test_an_answer_to_a_question_is_shown_in_the_thread(app: Flask, cast: Cast, writing: Writing) -> None:
    with writing() as session:
        story = Story(session, cast.li_na, add_loan(session, cast.li_na))
        story.submit(CHOICE, reason=HardshipReason.ILLNESS)
        Approver(session, session.merge(cast.zhou_min), story).take().ask()
        send_out(session, now=story.now)
        path = f"/proposals/{story.proposal.public_id}"
    client, taken = (
        visit(app, borrower=cast.li_na.id),
        [as_sent(words) for words in CORPUS if len(words) < 100 and "\0" not in words],
    )
    too_long = client.submit(path, {"reply": CORPUS[-1]}, action=f"{path}/answer")
    assert faults("ReplyForm", "reply", CORPUS[-1], too_long) == []
    assert too_long.status_code == 422
    assert client.submit(path, {"reply": "\n".join(taken)}, action=f"{path}/answer").status_code == 303
    text = texts_of(client.get(f"{path}/messages"))
    assert [words for words in taken if shown(words) not in text] == []
