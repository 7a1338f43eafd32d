"""What is typed at the desk comes back as it was typed, or is refused with a message: each text field of each of its forms, those that
stand on a page only once something has happened, too; and on no page does any of it become anything but text.

The fields are taken from the pages and have to be those of ``FIELDS``: a new one says there that it is tried.
"""

import re
from collections.abc import Iterator, Mapping

import html5lib
import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.domain.permissions import Role
from portal.models import Base
from portal.models.sealing import Words
from tests import checked_client
from tests.databases import Database
from tests.hostile_words import CORPUS, as_sent
from tests.integration.web.borrower.test_hostile_fields import faults, shown, texts_of
from tests.integration.web.conftest import Writing
from tests.integration.web.forms_in_hand import PEOPLE, Forms, InHand, forms_of
from tests.integration.web.test_access import cells
from tests.integration.web.ways_to_forms import WAYS, Scene
from tests.integration.web.worlds import build_world

pytestmark = pytest.mark.slow
AT_DESK = tuple(each for each in PEOPLE if isinstance(each, Role))
FEW = (Role.AGENT,)
"""Whose forms are tried on PostgreSQL in the short form."""
SHORT = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>{{ 7 * 7 }}=cmd|' /C calc'!A0 𠮷野家 \u202eabc {number}"
"""Taken together where there is no time for each: none of them spoils another."""
FIELDS: Mapping[str, str] = {
    "add_own_key": "name",
    "answer": "body",
    "answer_correction": "words",
    "answer_support_escalation": "answer",
    "ask_exception": "explanation",
    "ask_figure_report": "month",
    "change_own_password": "again code old password",
    "decide_policy": "note",
    "decide_visitor": "words",
    "declare_relation": "id_number number",
    "end_policy_trial": "why",
    "find_caller": "q",
    "find_cases": "q",
    "keep": "name",
    "name_service_staff": "number",
    "name_visitor_staff": "number",
    "propose_incident_silence": "reason",
    "rename": "name",
    "replay_policy_draft": "loans offers",
    "save_policy": (
        "agent_drafted_limit_minor answer_hour answer_working_days bands-catch_up-max_amount_minor "
        "bands-catch_up-max_dpd bands-catch_up-max_terms bands-defer-max_amount_minor "
        "bands-defer-max_dpd bands-defer-max_terms bands-interest_only-max_amount_minor "
        "bands-interest_only-max_dpd bands-interest_only-max_terms bands-pay_by_date-max_amount_minor "
        "bands-pay_by_date-max_dpd bands-pay_by_date-max_terms bands-reschedule-max_amount_minor "
        "bands-reschedule-max_dpd bands-reschedule-max_terms bands-step_up-max_amount_minor "
        "bands-step_up-max_dpd bands-step_up-max_terms broken_plan_months budget-asked_above_minor "
        "budget-income_share_pct budget-living_floor_minor cooling_minutes counter_days "
        "deferral_periods_a_year draft_days lead_working_days max_terms-catch_up max_terms-defer "
        "max_terms-interest_only max_terms-pay_by_date max_terms-reschedule max_terms-settlement "
        "max_terms-step_up min_payment_minor offer_days product_caps-bank product_caps-consumer_finance "
        "product_caps-credit_card product_caps-micro_loan promise_days question_days reading_seconds "
        "second_look-defer_periods second_look-sum_minor second_look-waived_minor settlement_floor_pct "
        "share_pct step_up_top_pct support-borrowers_a_day support-first_hour support-last_hour "
        "support-share_per_mille why"
    ),
    "send_agency": "name phone registration_number",
    "send_approval": "reason_text",
    "send_counter": "defer_periods installments interest_periods letter settle_minor steps upfront_minor",
    "send_decline": "reason_text would_accept",
    "send_disagreement": "reason_text",
    "send_evaluation": "remark",
    "send_incident": (
        "cause_en cause_zh_CN contact_en contact_zh_CN found_time harm_en harm_zh_CN measures_en "
        "measures_zh_CN people self_help_en self_help_zh_CN"
    ),
    "send_incident_change": (
        "cause_en cause_zh_CN contact_en contact_zh_CN found_time harm_en harm_zh_CN measures_en "
        "measures_zh_CN people self_help_en self_help_zh_CN"
    ),
    "send_invitation": "login name number",
    "send_outcome": "amount note speaker_contact speaker_name told",
    "send_plan_end": "words",
    "send_question": "letter",
    "send_reinstatement": "words",
    "send_service_decision": "words",
    "send_support_reading": "remark",
    "send_support_wrap_up": "amount explanation note recording text",
    "send_to_lender": "is_wrong should_be",
    "set_legal_hold": "matter",
    "start_hold": "note",
    "support_need": "monthly upfront",
    "support_own": "installments monthly upfront",
    "support_start": "number",
    "take_down": "speaker_contact speaker_name staff_number text",
    "told_of_assignment": "named proof",
    "write_guide_text": "avoids_en avoids_zh_cn says_en says_zh_cn",
}
"""By the view that takes the form (``review.`` left away): its text fields, ids of things left away."""
KEYS = "a security key's: tests/integration/web/review/test_own_keys.py"
ELSEWHERE: Mapping[str, str] = {
    "sign_in": "visitors' fields: tests/integration/web/test_hostile_forms.py",
    "send_join": "visitors' fields: tests/integration/web/test_hostile_forms.py",
    "heartbeat": "sent by the page itself: tests/integration/web/review/test_claims.py",
    "call_heartbeat": "sent by the page itself: tests/integration/web/review/test_calls.py",
    "reckoned_counter": "the fields of send_counter, sent by the page itself",
    "support_only_borrower": "stands on no page and is refused to everybody",
    **dict.fromkeys(
        ("ask_key_as_proof", "ask_key_at_sign_in", "send_key_at_sign_in", "ask_own_key", "remove_own_key"),
        KEYS,
    ),
}
"""Why the form of a view is not tried here."""
SECRET = frozenset({"change_own_password"})
"""Forms whose words come back nowhere."""
NOT_KEPT: Mapping[str, str] = {
    **dict.fromkeys(
        ("send_counter.defer_periods", "send_counter.interest_periods", "send_counter.steps"),
        "read where the plan is of another kind",
    ),
    "send_counter.settle_minor": "read where the plan is of another kind",
    **dict.fromkeys(("send_outcome.amount", "send_outcome.told"), "read where the call had another outcome"),
    "support_start.number": "looked for, and kept nowhere",
    "send_support_wrap_up.recording": "read where something was agreed aloud",
    "take_down.staff_number": "read where a complaint is about a colleague",
}
"""What a form does not read as it is filled in here."""
CUT: Mapping[str, int] = dict.fromkeys(("find_caller.q", "find_cases.q"), 80)
"""Of what is looked for so many characters are read."""
_ID = re.compile(r"^([0-9A-Z]{9}|[0-9a-f]{32}|view-\d+)-")
_TOLD = re.compile(r'<li><a href="#([^"]+)">')


@pytest.fixture
def forms(
    app: Flask, writing: Writing, database: Database, monkeypatch: pytest.MonkeyPatch, is_long: bool
) -> Iterator[Forms]:
    # Each of these pages is looked at by other tests.
    monkeypatch.setattr(checked_client, "_check", lambda *_: None)
    people = AT_DESK if is_long or database.kind == "sqlite" else FEW
    with forms_of(Scene(app, build_world(writing), writing), database, people) as forms:
        yield forms


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


def read(writing: Writing) -> str:
    """All that the rows of all tables have, as the program reads it."""
    kept: list[str] = []
    with writing() as session:
        for mapper in Base.registry.mappers:
            named = [*mapper.all_orm_descriptors, *_sealed(mapper.class_)]
            names = [each.key if hasattr(each, "key") else each for each in named]
            for row in session.scalars(select(mapper.class_)):
                kept += [shown(text) for name in names for text in texts(getattr(row, name, None))]
    return "\n".join(kept)


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


def tried(forms: Forms, hand: InHand, endpoint: str, words: str) -> Iterator[str]:
    """Faults of a form that has these words in each of its fields; then in those that were not refused, until it is taken."""
    typed = {name: as_sent(words).replace("{number}", str(n)) for n, name in enumerate(hand.form.written)}
    while typed:
        answer = hand.send(**typed)
        told = f"{endpoint} {words[:20]!r} in {' '.join(typed)}"
        yield from (f"{told} became {each}" for each in became_something(answer.text))
        if answer.status_code != 422:
            yield from _taken(forms, hand, endpoint, typed, answer)
            return
        if endpoint not in SECRET:
            for name, said in typed.items():
                yield from faults(endpoint, name, said, answer)
        refused = typed.keys() & set(_TOLD.findall(answer.text))
        if not refused and len(typed) > 1 and endpoint not in SECRET:
            yield f"{told} is refused, and none of them is named"
        if not refused:
            return
        for name in refused:
            del typed[name]


def _taken(
    forms: Forms, hand: InHand, endpoint: str, typed: Mapping[str, str], answer: TestResponse
) -> Iterator[str]:
    pages = [answer]
    if answer.status_code == 303:
        pages = [hand.client.get(path or "") for path in dict.fromkeys((answer.location, hand.form.page))]
    elif answer.status_code != 200:
        yield from (each for name, said in typed.items() for each in faults(endpoint, name, said, answer))
        return
    kept = "\n".join([read(forms.scene.writing), *([texts_of(answer)] if answer.status_code == 200 else [])])
    for name, said in typed.items():
        place = f"{endpoint}.{plain(name)}"
        if place not in NOT_KEPT and shown(said[: CUT.get(place)]) not in kept:
            yield f"{place} {said[:20]!r} is not kept as it was typed"
    for page in pages:
        yield from (
            f"{endpoint} {min(typed.values())[:20]!r} became {each}" for each in became_something(page.text)
        )


def plain(name: str) -> str:
    return _ID.sub("", name)


def test_what_is_typed_at_the_desk_comes_back_true_or_is_refused_in_words(
    forms: Forms, is_long: bool
) -> None:
    """In the short form on PostgreSQL those of a few people."""
    acts = [cell.endpoint for cell in cells(forms.scene.app, forms.scene.world) if cell.method == "POST"]
    found: list[str] = []
    fields: dict[str, str] = {}
    is_whole = is_long or forms.database.kind == "sqlite"
    for act in sorted(each for each in acts if each.startswith("review.")):
        endpoint = act.removeprefix("review.")
        if endpoint in ELSEWHERE or (not is_whole and (act in WAYS or act not in forms.found)):
            continue
        if act not in forms.found and act not in WAYS:
            found.append(f"{endpoint} stands on no page")
            continue
        if act not in WAYS and not forms.found[act].written:
            continue
        for words in (SHORT, *CORPUS) if is_long else (SHORT,):
            try:
                hand = forms.ready(act)
            except AssertionError as error:
                found.append(f"{endpoint} is not reached: {error}")
                break
            if not hand.form.written:
                break
            fields[endpoint] = " ".join(sorted({plain(name) for name in hand.form.written}))
            found += tried(forms, hand, endpoint, words)
    assert not found, "\n".join(found)
    assert fields == (FIELDS if is_whole else {each: FIELDS.get(each) for each in fields})
    assert len(fields) > 10
