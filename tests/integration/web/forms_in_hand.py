"""The forms of a world, each before somebody who may send it and filled in so that it is taken, with what has to have happened before."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from portal.domain.call_outcomes import NEXT_CALLS, Statement
from portal.domain.permissions import Role
from portal.domain.support_wrap_ups import Follow
from tests.checked_client import CheckedClient
from tests.databases import Database
from tests.integration.web.filled_forms import FoundForm, form_on, found_forms
from tests.integration.web.kept_worlds import KeptWorld
from tests.integration.web.test_access import client_of
from tests.integration.web.ways_to_forms import BUYER, DEVICE, WAYS, Scene, Way
from tests.integration.web.worlds import form_token
from tests.wire import Shot

TYPED = "12"
COOKIES = ("__Host-portal", "__Host-desk", DEVICE)
PEOPLE: Sequence[str] = (
    "owner",
    Role.AGENT,
    Role.SUPERVISOR,
    Role.APPROVER,
    Role.CALLER,
    Role.ADMINISTRATOR,
    Role.AUDITOR,
    "nobody",
)
GIVEN: Mapping[str, Mapping[str, Any]] = {
    "borrower.complain": {"staff_number": ""},
    "borrower.plan_own": {"monthly": "", "first_on": "2026-12-10", "upfront": "", "upfront_on": ""},
    "review.act_on_policy": {"act": "withdraw"},
    "borrower.plan_change": {"wish": "amount", "monthly": "700"},
    "review.decide_policy": {"act": "refuse"},
    "review.end_policy_trial": {"end": "stop"},
    "review.send_outcome": {
        "outcome": "represented",
        **dict.fromkeys(("amount", "due_on", "call_back_at", "call_back_time", "told"), ""),
    },
    "review.name_service_staff": {"number": "1003"},
    "review.set_next_day": {"days": str(NEXT_CALLS[-1])},
    "review.rename": {"view-1-name": "另一名称"},
    "review.start_hold": {"kind": "minor", "evidence": "told_by_borrower", "ends_on": ""},
    "review.said": {"statements": list(Statement)},
    "review.support_said": {"statements": list(Statement)},
    "review.send_support_wrap_up": {
        "outcome": "promise",
        "follows": [Follow.CASE, Follow.ESCALATE],
        "about": "question:other",
        "amount": "100",
        "due_on": "2026-11-05",
        **dict.fromkeys(("call_back_at", "call_back_time", "recording"), ""),
    },
    "review.told_of_assignment": {"told_on": "2026-11-02", "named": BUYER, "proof": "RR-1234"},
    "review.support_own": {"monthly": "", "first_on": "2026-12-10", "upfront": "", "upfront_on": ""},
    "review.answer_support_escalation": {},
    "review.declare_relation": {"id_number": "11010519491231002X", "number": ""},
    "review.name_visitor_staff": {"number": "1003"},
    "review.renew_agency": {"contract_to": "2027-12-31"},
    "review.send_agency": {"contract_from": "2026-11-01"},
    "review.send_evaluation": {"evaluated_on": "2026-10-30"},
    "review.send_incident": {"happened_on": "2026-11-01", "found_on": "2026-11-01", "found_time": "09:00"},
    "review.send_invitation": {"agency": "", "number": "3002", "login": "new.two"},
    "review.send_plan_end": {"reason": "asked_for", "words": ""},
    "review.take_down": {"about": "represented:helper", "staff_number": ""},
    "review.send_decline": {"reason": "term_too_long", "reason_text": ""},
    "review.send_counter": {
        **dict.fromkeys(("first_on", "upfront_minor", "upfront_on", "settle_minor"), ""),
        "installments": "12",
        "reason": "smaller_payments",
        "letter": "您好，我们把每期调低了一些。",
    },
}
"""What a form needs besides the first of each choice and a short text, to be taken."""


@dataclass(frozen=True, slots=True)
class InHand:
    """A form before somebody, filled in."""

    form: FoundForm
    client: CheckedClient
    fields: dict[str, str]

    def send(self, **others: str) -> TestResponse:
        return self.client.post(self.form.path, data={**self.fields, **others})

    def shot(self, port: int) -> Shot:
        kept = {name: self.client.get_cookie(name) for name in COOKIES}
        cookies = "; ".join(f"{name}={cookie.value}" for name, cookie in kept.items() if cookie)
        return Shot(port, self.form.path, cookies, self.fields)


@dataclass(frozen=True, slots=True)
class Forms:
    """All that are found, and the world as it stood then."""

    scene: Scene
    database: Database
    kept: KeptWorld
    found: Mapping[str, FoundForm]

    def ready(self, endpoint: str) -> InHand:
        """The form as it stands in the world as it was."""
        self.kept.put_back()
        return self._in_hand(endpoint, self.scene)[0]

    def _in_hand(
        self, endpoint: str, scene: Scene, given: Mapping[str, Any] | None = None
    ) -> tuple[InHand, Scene]:
        """With the world in which it stands."""
        way = WAYS.get(endpoint)
        if way is None:
            form = self.found[endpoint]
            client = client_of(scene.app, scene.world, form.who)
        else:
            form, client, scene = self._on_the_way(endpoint, way, scene)
        fields = form.filled(TYPED, {**GIVEN.get(endpoint, {}), **(given or {})})
        return InHand(form, client, {**fields, "csrf_token": form_token(client, form.path)}), scene

    def _on_the_way(self, endpoint: str, way: Way, scene: Scene) -> tuple[FoundForm, CheckedClient, Scene]:
        scene = scene.staged(way.prepared(scene))
        who = way.who
        if way.after:
            first, scene = self._in_hand(way.after, scene, way.given)
            answer = first.send()
            assert answer.status_code == 303, f"{way.after} before {endpoint}: {answer.status_code}"
            who = who or first.form.who
            client = first.client if who == first.form.who else client_of(scene.app, scene.world, who)
        elif way.visitor:
            client = way.visitor(scene)
        else:
            client = client_of(scene.app, scene.world, who)
        query = way.query.format(**scene.world.things)
        return form_on(scene.app, scene.world, client, who, way.page, endpoint, query), client, scene


@contextmanager
def forms_of(scene: Scene, database: Database, people: Sequence[str]) -> Iterator[Forms]:
    """Those that these people find; the world is kept as it stands now."""
    found = found_forms(scene.app, scene.world, people)
    kept = KeptWorld(database)
    yield Forms(scene, database, kept, found)
    kept.drop()
