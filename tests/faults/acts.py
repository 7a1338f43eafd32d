"""What people do while processes die: forms that are sent until they are answered, and what has to stand afterwards."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from time import monotonic
from typing import Any, Final

from sqlalchemy.orm import Session

from benchmarks.borrowers import add_borrowers_of_one_loan
from benchmarks.serving import served_now
from benchmarks.worlds import World, token_of
from portal.db import transaction
from portal.domain.one_time_codes import CodePurpose
from portal.domain.permissions import Actor, ActorKind, Role
from portal.domain.policy import HardshipReason
from portal.domain.reasons import ApproveReason
from portal.models import Borrower, Loan, StaffMember
from portal.services.claims import claim_case
from portal.services.one_time_codes import CodeDoor, send_code
from portal.services.signing_codes import signing_code_order
from portal.web.sessions import token_hash
from tests.checked_client import form_of
from tests.codes import code_sent_to
from tests.journeys.servers import SECRET_KEY
from tests.people import add_staff
from tests.stories import CATCH_UP, ZONE, Story

_CHOICE: Final = {**CATCH_UP, "defer_periods": 0, "every": "1 month", "first_on": None}


class Kind(StrEnum):
    SIGN_AT_ONCE = "signed, and approved by policy"
    SIGN = "signed, for a person to decide"
    APPROVE = "approved"
    DECLINE = "declined"
    WITHDRAW = "withdrawn"


@dataclass
class Act:
    """One form; ``answers`` are the statuses that it got, 0 where the line broke, -1 where nobody was there. The last is
    another once it is over.
    """

    kind: Kind
    proposal_id: int
    path: str
    cookie: str
    fields: dict[str, str]
    answers: list[int] = field(default_factory=list)
    begun: float = field(default_factory=monotonic)
    came_too_late: bool = False
    """It waited so long for a server that its code, its session or its claim was over: refused, and nothing was done."""

    @property
    def is_acknowledged(self) -> bool:
        """303: it is done. 409: somebody was told that it was done before, and nobody but this one does it."""
        return bool(self.answers) and self.answers[-1] in {303, 409}


class Cast:
    """Makes acts whenever they are wanted: borrowers and cases of their own, each with a session that has just begun."""

    def __init__(self, made: World, choice: Mapping[str, Any] = _CHOICE) -> None:
        self._made = made
        self._choice = choice
        self._members: Sequence[int] = ()
        self._numbers = itertools.count()

    def acts(self, count: int) -> Iterator[Act]:
        """So many of each kind, mixed."""
        now = served_now()
        self._made.clock.move_on(seconds=(now - self._made.clock.now()).total_seconds())
        first = next(self._numbers) * 1000
        with transaction(self._made.database.engine) as session:
            people = [
                (borrower.id, loan.id)
                for borrower, loan in add_borrowers_of_one_loan(session, count * len(Kind), first=first)
            ]
        if not self._members:
            self._members = self._approvers()
        desk = [(member, *self._sitting(member, now)) for member in self._members]
        for place, (borrower_id, loan_id) in enumerate(people):
            kind = list(Kind)[place % len(Kind)]
            yield self._act(kind, borrower_id, loan_id, desk[place % len(desk)], now)

    def _approvers(self) -> Sequence[int]:
        with transaction(self._made.database.engine) as session:
            return [
                add_staff(session, f"5{place:03}", f"killed.{place}", f"审批{place}", Role.APPROVER).id
                for place in range(3)
            ]

    def _sitting(self, staff_id: int, now: datetime) -> tuple[str, dict[str, str]]:
        browser = self._made.browser("staff", staff_id, now=now)
        _, fields = form_of(browser.get("/desk/me").body.decode(), "/desk/sign-out")
        return browser.cookie, fields

    def _act(
        self,
        kind: Kind,
        borrower_id: int,
        loan_id: int,
        desk: tuple[int, str, dict[str, str]],
        now: datetime,
    ) -> Act:
        browser = self._made.browser("borrower", borrower_id, now=now)
        _, token = form_of(browser.get("/").body.decode(), "/sign-out")
        with transaction(self._made.database.engine) as session:
            borrower, loan = session.get_one(Borrower, borrower_id), session.get_one(Loan, loan_id)
            story = Story(session, borrower, loan, now=now, today=now.astimezone(ZONE).date())
            if kind in {Kind.SIGN, Kind.SIGN_AT_ONCE}:
                story.start().answer(self._choice, reason=_reason_of(kind))
                code = _code_in_hand(session, story, browser.cookie, browser.address, now)
                path = f"/proposals/{story.proposal.public_id}/sign"
                return Act(kind, story.proposal.id, path, browser.cookie, {**token, "code": code})
            story.submit(self._choice, reason=HardshipReason.ILLNESS)
            if kind is Kind.WITHDRAW:
                path = f"/proposals/{story.proposal.public_id}/withdraw"
                return Act(kind, story.proposal.id, path, browser.cookie, token)
            return _at_the_desk(session, story, kind, desk, now)


def _reason_of(kind: Kind) -> HardshipReason:
    return HardshipReason.INCOME_FELL if kind is Kind.SIGN_AT_ONCE else HardshipReason.ILLNESS


def _code_in_hand(session: Session, story: Story, cookie: str, address: str, now: datetime) -> str:
    """Answered, then read and ticked, and the code has come."""
    story.freeze().preview().read()
    key, borrower = token_hash(token_of(cookie)), story.borrower
    actor = Actor(ActorKind.BORROWER, borrower.id, request_id="faults", session_key=key)
    order = signing_code_order(
        proposal=story.proposal, version=story.version, mobile=borrower.mobile, locale=borrower.locale
    )
    send_code(
        session,
        actor,
        order=order,
        door=CodeDoor(key=SECRET_KEY, hash_key=SECRET_KEY, address=address),
        now=now,
    )
    return code_sent_to(session, borrower.mobile, SECRET_KEY, CodePurpose.SIGNING)


def _at_the_desk(
    session: Session, story: Story, kind: Kind, desk: tuple[int, str, dict[str, str]], now: datetime
) -> Act:
    staff_id, cookie, token = desk
    member = session.get_one(StaffMember, staff_id)
    actor = Actor(ActorKind.STAFF, member.id, frozenset(map(Role, member.roles)))
    claim_case(session, actor, proposal=story.proposal, now=now)
    session.refresh(story.proposal)
    seen = {"row_version": str(story.proposal.row_version), "content_hash": story.version.content_hash}
    path = f"/desk/cases/{story.proposal.public_id}"
    if kind is Kind.APPROVE:
        said = {"reason": next(iter(ApproveReason)).value}
        return Act(kind, story.proposal.id, f"{path}/approve", cookie, {**token, **seen, **said})
    said = {"reason": "term_too_long", "would_accept": "分 12 期"}
    return Act(kind, story.proposal.id, f"{path}/decline", cookie, {**token, **seen, **said})
