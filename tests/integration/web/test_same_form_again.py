"""Test 12 of docs/security.md over all forms: what was sent and taken does nothing more when the very same is sent again, whether one
after the other, because the answer got lost, or fifty at once; and a form's key does not carry other words.

The forms are those that people find on their pages, by the views that take them: a new one that is neither tried here nor excused fails.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.db import transaction
from portal.models import Base, Event
from portal.models.sealing import SealedRow
from tests import checked_client
from tests.checked_client import CheckedClient
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.forms_in_hand import PEOPLE, Forms, InHand, forms_of
from tests.integration.web.test_access import cells
from tests.integration.web.ways_to_forms import WAYS, Scene
from tests.integration.web.worlds import World, build_world, snapshot
from tests.wire import answering, fire_all

pytestmark = pytest.mark.slow
AT_ONCE = 5
NONE: frozenset[str] = frozenset()
OTHER = "另外写的话"
SECRET = frozenset({"code", "proof_code", "password", "current", "new", "again"})
"""Fields whose words no page shows again."""
NOT_READ: Mapping[str, str] = {
    "review.declare_relation.number": "kept as its hash alone, and so that nobody finds out whose it is",
}
"""Fields whose words no page and no row holds, with why; what is left empty where it is not read is not tried either."""
TRACES = frozenset({"event", "rate_count", "web_session"})
"""Tables that keep what was tried and who is there, too: events are counted by their names instead."""
REFUSALS = frozenset(
    {
        "case:claim_refused",
        "case:looked_at",
        "decision:refused",
        "hold:act_refused",
        "message:refused",
        "plan:move_refused",
        "policy:act_refused",
        "refusal:met",
        "service:act_refused",
        "staff:act_refused",
        "support:act_refused",
    }
)
"""That nothing was done is on record each time; a page of one's own case that is shown again is a look at it."""
UNCHANGED: Mapping[str, str] = {
    "borrower.plan_check": "freezes what is frozen",
    "borrower.plan_choose": "the plan that is chosen already",
    "review.support_choose": "the plan that is chosen already",
    "review.next_service_case": "leads on; none waits",
    "public.set_language": "the language that is chosen already",
    "public.set_desk_language": "the language that is chosen already",
}
"""Forms that leave the world as it is when they are sent as they stand, with why."""
RENEWED: Mapping[str, frozenset[str]] = {
    "review.claim": frozenset({"case:claimed"}),
    "review.take_one": frozenset({"call:taken"}),
    "review.renew_invitation": frozenset({"staff:invited"}),
    "review.take_over": frozenset({"case:claimed"}),
    "review.support_number": frozenset({"support:number_given"}),
    "review.reveal": frozenset({"case:revealed"}),
    "review.find_caller": frozenset({"service:searched"}),
    "review.find_cases": frozenset({"case:searched"}),
    "review.reveal_service": frozenset({"service:revealed"}),
    "review.reveal_support_field": frozenset({"support_reveal", "support:revealed"}),
}
"""What a repetition leaves once more, by design: one's own lease is renewed, what is shown or looked for again is told again,
a new link to an invitation ends the one before."""
ANSWERED = frozenset(
    {
        "review.find_caller",
        "review.find_cases",
        "review.renew_invitation",
        "review.send_invitation",
    }
)
"""Forms whose page stands in the answer itself, once."""
CODE = "a code is good once, and orders are counted: test_one_time_codes.py"
EVIDENCE = "changes nothing and answers with a file; each taking out is on record: review/test_evidence.py"
JOIN = "an invitation is used once, with a code: tests/integration/services/test_staff_invitations.py"
PASSWORD = "asks for the password that holds, which is another afterwards: review/test_own_password.py"
SIGNING = "sent fifty times at once, and again: tests/integration/faults/test_same_form.py; borrower/test_plan_signing.py"
READING = "takes its time to read; confirmed once: borrower/test_plan_reading.py"
KEYS = "a security key answers each challenge once: test_own_keys.py"
SCRIPT = "sent by the page itself again and again; renews a lease or keeps what is typed"
EXCUSED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "borrower.sign_in",
            "borrower.sign_in_code",
            "borrower.sign_in_ending",
            "borrower.sign_in_resend",
            "borrower.new_number",
            "borrower.new_number_code",
            "borrower.record_email",
            "borrower.record_email_code",
            "borrower.support_enter",
            "review.sign_in",
        ),
        CODE,
    ),
    "review.send_join": JOIN,
    "review.change_own_password": PASSWORD,
    "borrower.plan_disclosure": READING,
    "borrower.plan_terms": READING,
    "borrower.plan_explain": "shows what a term means, and keeps that it was looked up: borrower/test_plan_reading.py",
    "review.make_evidence": EVIDENCE,
    **dict.fromkeys(
        (
            "borrower.plan_sign",
            "borrower.plan_sign_code",
        ),
        SIGNING,
    ),
    **dict.fromkeys(
        (
            "review.add_own_key",
            "review.ask_own_key",
            "review.remove_own_key",
            "review.ask_key_as_proof",
            "review.ask_key_at_sign_in",
            "review.send_key_at_sign_in",
        ),
        KEYS,
    ),
    "public.check": "reads, and keeps nothing: tests/integration/web/test_check.py",
    "public.message_check": "reads, and keeps nothing: tests/integration/web/test_message_check.py",
    "public.set_view": "keeps a choice in a cookie and nowhere else: tests/integration/web/test_elder_view.py",
    "public.sms_receipts": "no form: a vendor's machine sends it, twice as well: tests/integration/web/test_receipts.py",
    "review.support_only_borrower": "stands on no page and is refused to everybody: tests/integration/web/review/test_support.py",
    **dict.fromkeys(
        (
            "borrower.session_stay",
            "borrower.session_keep",
            "review.heartbeat",
            "review.call_heartbeat",
            "review.reckoned_counter",
        ),
        SCRIPT,
    ),
}
"""Why a form is not tried here."""


@pytest.fixture
def world(writing: Writing) -> World:
    return build_world(writing)


@pytest.fixture
def forms(
    app: Flask, world: World, writing: Writing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Forms]:
    # Each of these pages is looked at by other tests.
    monkeypatch.setattr(checked_client, "_check", lambda *_: None)
    with forms_of(Scene(app, world, writing), database, PEOPLE) as forms:
        yield forms


def left(database: Database) -> Counter[str]:
    """How many rows each table has, and how many events of each name there are that are no refusals."""
    with transaction(database.engine, writes=False) as session:
        counts = Counter(
            {
                table.name: session.scalar(select(func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables
                if table.name not in TRACES
            }
        )
        names = select(Event.name, func.count()).where(Event.name.not_in(REFUSALS)).group_by(Event.name)
        counts.update({name: count for name, count in session.execute(names)})  # noqa: C416 - rows are no pairs to the type checker
    return counts


def all_words(database: Database) -> str:
    """All that any row holds, sealed texts opened."""
    with transaction(database.engine, writes=False) as session:
        return "".join(
            repr([*vars(row).values(), *(row.texts().values() if isinstance(row, SealedRow) else ())])
            for mapper in Base.registry.mappers
            for row in session.scalars(select(mapper.class_))
        )


def more(after: Counter[str], before: Counter[str], *, but: frozenset[str] = NONE) -> dict[str, int]:
    return {
        name: after[name] - before[name]
        for name in after | before
        if after[name] != before[name] and name not in but
    }


def standing(database: Database) -> tuple[Counter[str], dict[str, list[str]]]:
    return left(database), snapshot(database.engine, but=TRACES)


def sent_again(forms: Forms, endpoint: str) -> Iterator[str]:
    """Faults of a form that is sent once, then again, then with other words in each of its fields."""
    hand = forms.ready(endpoint)
    before = standing(forms.database)
    taken = hand.send()
    if standing(forms.database) == before and endpoint not in UNCHANGED:
        yield f"{endpoint} does nothing ({taken.status_code})"
    if taken.status_code != (200 if endpoint in ANSWERED else 303):
        yield f"{endpoint} is not taken: {taken.status_code}"
        return
    once = left(forms.database)
    again = hand.send()
    doubled = more(left(forms.database), once, but=RENEWED.get(endpoint, NONE))
    if again.status_code >= 500 or doubled:
        yield f"{endpoint} sent again ({again.status_code}) leaves {doubled}"
    if not leads_on(hand.client, again):
        yield f"{endpoint} sent again ({again.status_code}) leads nowhere"
    yield from lost_words(forms, hand, once)


def leads_on(client: CheckedClient, answer: TestResponse) -> bool:
    """To a page, or it is one with a way on."""
    for _ in range(4):
        if answer.status_code != 303:
            break
        answer = client.get(answer.location or "")
    main = answer.text.partition("<main")[2]
    return answer.status_code == 200 or (answer.status_code < 500 and ("<a " in main or "<form" in main))


def lost_words(forms: Forms, hand: InHand, once: Counter[str]) -> Iterator[str]:
    """What is written otherwise the second time is kept, or stands on the page that is answered; with the same key it is not kept."""
    endpoint = hand.form.endpoint
    for number, name in enumerate(hand.form.written):
        is_read = bool(hand.fields.get(name)) and f"{endpoint}.{name}" not in NOT_READ
        if name.rpartition("-")[2] in SECRET or not is_read:
            continue
        words = f"{OTHER} {number}"
        answer = hand.send(**{name: words})
        is_there = words in answer.text or words in all_words(forms.database)
        if answer.status_code >= 500 or not is_there:
            yield f"{endpoint}.{name} is lost ({answer.status_code})"
        if "form_key" in hand.fields and more(left(forms.database), once):
            yield f"{endpoint}.{name} with other words under the same key does more: {more(left(forms.database), once)}"


def sent_at_once(forms: Forms, endpoint: str, port: int) -> Iterator[str]:
    """Faults of a form that many browsers send at the same moment: together they leave what one leaves."""
    renewed = RENEWED.get(endpoint, NONE)
    shot = forms.ready(endpoint).shot(port)
    before = left(forms.database)
    shot.fire()
    by_one = more(left(forms.database), before, but=renewed)
    shot = forms.ready(endpoint).shot(port)
    before = left(forms.database)
    answers = Counter(status for status, _ in fire_all([shot] * AT_ONCE))
    by_many = more(left(forms.database), before, but=renewed)
    if by_many != by_one or max(answers) >= 500:
        yield f"{endpoint} {AT_ONCE} at once ({dict(answers)}) leaves {by_many}, one {by_one}"


def test_each_form_does_nothing_more_when_it_is_sent_again_and_no_word_of_it_is_lost(
    forms: Forms, is_long: bool
) -> None:
    """All that take anything: a new one is tried here, or says why it is not. On PostgreSQL each fourth in the short form."""
    acts, tried = acts_of(forms), tried_of(forms)
    assert {"untried": acts - tried - EXCUSED.keys(), "gone": (EXCUSED.keys() | WAYS.keys()) - acts} == {
        "untried": set(),
        "gone": set(),
    }
    faults: list[str] = []
    with answering(forms.scene.app) as port:
        for endpoint in sorted(tried)[:: 1 if is_long or forms.database.kind == "sqlite" else 4]:
            try:
                faults += sent_again(forms, endpoint)
                if is_long:
                    faults += sent_at_once(forms, endpoint, port)
            except AssertionError as error:
                faults.append(f"{endpoint} is not reached: {error}")
    assert not faults, "\n".join(faults)


def acts_of(forms: Forms) -> set[str]:
    return {cell.endpoint for cell in cells(forms.scene.app, forms.scene.world) if cell.method == "POST"}


def tried_of(forms: Forms) -> set[str]:
    return acts_of(forms) & (forms.found.keys() | WAYS.keys()) - EXCUSED.keys()
