"""Walks through the plan journey as a borrower does: page after page, each by its own form."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import html5lib
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.commands.work import HANDLERS, Workshop, run_until_empty
from portal.domain.one_time_codes import CodePurpose
from portal.domain.permissions import SYSTEM
from portal.models import Borrower, Loan, Proposal
from portal.queries.proposals import get_newest_version
from portal.services import documents
from tests.checked_client import CheckedClient, form_of
from tests.clocks import HandClock
from tests.codes import code_sent_to

MONTHLY = {"need": "monthly", "monthly": "2000", "day": "15"}
PAUSE = {"need": "pause"}
MONTH = {"people": "2", "wages": "12000", "housing": "2500", "food": "2000"}


def page_of(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def shown_text(answer: TestResponse) -> str:
    """What a page says in its main part, blanks evened out."""
    main = html5lib.parse(page_of(answer), namespaceHTMLElements=False).find(".//main")
    assert main is not None
    return " ".join("".join(main.itertext()).split())


@dataclass
class Walk:
    """One borrower's walk. The steps return the answer to what was sent; ``to_…`` walks there from the start."""

    client: CheckedClient
    borrower: Borrower
    loan: Loan
    clock: HandClock
    shop: Callable[[], Workshop]
    writing: Callable[[], AbstractContextManager[Session]]
    secret_key: str
    sign_in: Callable[[], CheckedClient]
    id: str = field(default="")

    def wait(self, **time: float) -> None:
        """Time passes, and the borrower signs in again."""
        self.clock.move_on(**time)
        self.client = self.sign_in()

    def url(self, step: str = "") -> str:
        return f"/proposals/{self.id}/{step}".rstrip("/")

    def start(self) -> str:
        answer = self.client.submit(f"/loans/{self.loan.public_id}/plan")
        assert answer.status_code == 303, page_of(answer)
        self.id = answer.location.split("/")[2]
        return answer.location

    def say_reason(self, reason: str = "not_said", **more: Any) -> TestResponse:
        return self.client.submit(self.url("reason"), {"reason": reason, **more})

    def say_need(self, answer: Mapping[str, Any] = MONTHLY) -> TestResponse:
        return self.client.submit(self.url("need"), answer)

    def choose(self, plan: str) -> TestResponse:
        return self.client.submit(self.url("plans"), {"plan": plan})

    def own(self, **numbers: Any) -> TestResponse:
        return self.client.submit(self.url("own"), {"day": "15", **numbers})

    def freeze(self) -> TestResponse:
        return self.client.submit(self.url("check"), action=self.url("check"))

    def read_disclosure(self, seconds: float = 20) -> TestResponse:
        page = self.client.get(self.url("disclosure"))
        self.clock.move_on(seconds=seconds)
        return self.send_reading(page)

    def send_reading(self, page: TestResponse, **act: str) -> TestResponse:
        """Send the form of a disclosure that is open since; ``act`` pauses and goes on."""
        _, fields = form_of(page_of(page), "")
        return self.client.post(self.url("disclosure"), data={**fields, **act})

    def work(self) -> int:
        """What the workers do meanwhile: previews, messages, seals. Draws real documents, which takes seconds."""
        return run_until_empty(self.shop(), HANDLERS)

    def preview(self) -> None:
        """The document as the worker would keep it, without drawing it."""
        with self.writing() as session:
            proposal = session.scalars(select(Proposal).where(Proposal.public_id == self.id)).one()
            version = get_newest_version(session, proposal.id)
            body = f"%PDF-1.7 {version.content_hash}".encode()
            documents.keep_preview(session, SYSTEM, version_id=version.id, body=body, now=self.clock.now())

    def tick(self, leave_out: int = 0) -> TestResponse:
        page = html5lib.parse(page_of(self.client.get(self.url("terms"))), namespaceHTMLElements=False)
        codes = [box.get("value") for box in page.iter("input") if box.get("name") == "terms"]
        return self.client.submit(self.url("terms"), {"terms": codes[leave_out:]})

    @property
    def code(self) -> str:
        with self.writing() as session:
            return code_sent_to(session, self.borrower.mobile, self.secret_key, CodePurpose.SIGNING)

    def sign(self, code: str | None = None, **more: Any) -> TestResponse:
        return self.client.submit(
            self.url("sign"), {"code": code or self.code, **more}, action=self.url("sign")
        )

    def to_check(self, *, need: Mapping[str, Any] = MONTHLY, own: Mapping[str, Any] | None = None) -> None:
        """From the start to the check page, with the first ready plan or one's own numbers."""
        self.start()
        self.say_reason()
        self.say_need(need)
        answer = self.own(**own) if own else self.choose_first()
        assert answer.location == self.url("check"), page_of(answer)
        if self.client.get(self.url("check")).location == self.url("budget"):
            assert self.say_month().location == self.url("check")

    def say_month(self, figures: Mapping[str, Any] = MONTH) -> TestResponse:
        """The budget, which policy asks for where a plan goes beyond its band."""
        return self.client.submit(self.url("budget"), figures)

    def choose_first(self) -> TestResponse:
        page = html5lib.parse(page_of(self.client.get(self.url("plans"))), namespaceHTMLElements=False)
        keys = [button.get("value", "") for button in page.iter("button") if button.get("name") == "plan"]
        assert keys, "no ready plan on the page"
        return self.choose(keys[0])

    def to_terms(self, **how: Any) -> None:
        self.to_check(**how)
        assert self.freeze().location == self.url("disclosure")
        assert self.read_disclosure().location == self.url("terms")
        self.preview()

    def to_sign(self, **how: Any) -> None:
        self.to_terms(**how)
        assert self.tick().location == self.url("sign")

    def to_sent(self, **how: Any) -> None:
        self.to_sign(**how)
        answer = self.sign()
        assert answer.location == self.url(), page_of(answer)

    @property
    def status(self) -> str:
        with self.writing() as session:
            return session.scalars(select(Proposal.status).where(Proposal.public_id == self.id)).one()
