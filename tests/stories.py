"""A borrower's way through the verbs, for tests that begin further on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.wording import BabelWording
from portal.domain.decisions import DISPATCH_AFTER, DecisionState
from portal.domain.journey import Question
from portal.domain.offers import price_choice
from portal.domain.permissions import SYSTEM, Actor, ActorKind
from portal.domain.policy import HardshipReason
from portal.domain.proposals import ProposalStatus
from portal.domain.reading import Reading
from portal.models import Borrower, Decision, Loan, Proposal, ProposalVersion
from portal.queries.situations import Situation, situation_for, situation_of
from portal.services import documents, drafts, signing
from portal.services.dispatches import dispatch_decision
from portal.services.freezing import FreezingTools, freeze_plan
from tests.people import NOW, TODAY

ZONE = ZoneInfo("Asia/Shanghai")
TOOLS = FreezingTools(
    texts=PackagedTexts(), wording=BabelWording(), support_phone="400-000-0000", support_hours="08:30-20:30"
)
CATCH_UP: Mapping[str, Any] = {"kind": "catch_up", "installments": 6, "day_of_month": 20}


def send_out(session: Session, *, now: datetime) -> int:
    """As the worker does a minute after ``now``: what is held takes effect. How many decisions that were."""
    held = session.scalars(select(Decision.id).where(Decision.state == DecisionState.HELD.value)).all()
    later = (now + DISPATCH_AFTER).astimezone(ZONE)
    return sum(dispatch_decision(session, SYSTEM, decision_id=each, now=later) for each in held)


def borrower_actor(borrower: Borrower) -> Actor:
    return Actor(ActorKind.BORROWER, borrower.id, request_id="test", session_key="s" * 64)


@dataclass
class Story:
    """One borrower with one loan, as far as the story has gone."""

    session: Session
    borrower: Borrower
    loan: Loan
    now: datetime = NOW
    today: date = TODAY

    @property
    def actor(self) -> Actor:
        return borrower_actor(self.borrower)

    @property
    def proposal(self) -> Proposal:
        return self._proposal

    @property
    def version(self) -> ProposalVersion:
        return self._version

    def situation(self) -> Situation:
        if not hasattr(self, "_proposal"):
            return situation_of(self.session, self.loan, on=self.today, answers={})
        return situation_for(self.session, self._proposal, on=self.today)

    def start(self) -> "Story":
        self._proposal = drafts.start_draft(
            self.session,
            self.actor,
            loan=self.loan,
            arrears_total=self.situation().arrears.total,
            privacy_version="2026-01-01",
            keep_days=30,
            now=self.now,
        )
        return self

    def answer(
        self, choice: Mapping[str, Any] = CATCH_UP, *, reason: HardshipReason = HardshipReason.INCOME_FELL
    ) -> "Story":
        drafts.answer_reason(
            self.session,
            self.actor,
            proposal=self.proposal,
            reason=reason,
            consents=True,
            consent_version="2026-01-01",
            now=self.now,
        )
        need = {"need": "monthly", "day": 20, "monthly_minor": 100_000}
        for question, answer in ((Question.NEED, need), (Question.CHOICE, dict(choice))):
            drafts.answer_draft(
                self.session,
                self.actor,
                proposal=self.proposal,
                question=question,
                answer=answer,
                now=self.now,
            )
        return self

    def freeze(self) -> "Story":
        situation = self.situation()
        offer = price_choice(self.proposal.answers["choice"], situation.standing)
        self._version = freeze_plan(
            self.session,
            self.actor,
            proposal=self.proposal,
            situation=situation,
            plan=offer.plan,
            tools=TOOLS,
            locale="zh_CN",
            now=self.now,
        )
        return self

    def preview(self, body: bytes = b"%PDF-1.7 a preview") -> "Story":
        """As the worker would keep it, without drawing."""
        mark = f"{body.decode()} {self.version.content_hash}".encode()
        documents.keep_preview(self.session, SYSTEM, version_id=self.version.id, body=mark, now=self.now)
        self.session.refresh(self.version)
        return self

    def read(self, seconds: int = 20) -> "Story":
        signing.show_disclosure(
            self.session, self.actor, proposal=self.proposal, version=self.version, now=self.now
        )
        self.now += timedelta(seconds=seconds)
        signing.confirm_disclosure(
            self.session,
            self.actor,
            proposal=self.proposal,
            version=self.version,
            reading=Reading(since=self.version.disclosure_shown_at),
            reading_seconds=15,
            now=self.now,
        )
        signing.show_text(
            self.session, self.actor, proposal=self.proposal, version=self.version, now=self.now
        )
        self.now += timedelta(seconds=seconds)
        codes = [term["code"] for term in self.version.content["key_terms"]]
        signing.acknowledge_terms(
            self.session,
            self.actor,
            proposal=self.proposal,
            version=self.version,
            ticked=codes,
            now=self.now,
        )
        return self

    def sign(self) -> ProposalStatus:
        return signing.submit_proposal(
            self.session,
            self.actor,
            proposal=self.proposal,
            version=self.version,
            situation=self.situation(),
            code_id=1,
            evidence={"channel": "web", "signed_in_at": self.now.isoformat()},
            now=self.now.astimezone(ZONE),
        )

    def submit(
        self, choice: Mapping[str, Any] = CATCH_UP, *, reason: HardshipReason = HardshipReason.INCOME_FELL
    ) -> ProposalStatus:
        """From nothing to the answer."""
        self.start().answer(choice, reason=reason).freeze().preview().read()
        return self.sign()
