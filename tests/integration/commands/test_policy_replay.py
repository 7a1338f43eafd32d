"""A replay's table equals what comes of deciding each offer by itself, the way borrowers are answered; on both databases."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.signed_offers import copy_offers
from portal.clock import Clock
from portal.commands.policy_replays import Replay
from portal.db import transaction
from portal.domain.errors import DomainError
from portal.domain.legal_limits import refuse_beyond_law
from portal.domain.offers import judge, price_choice
from portal.domain.plans import Plan
from portal.domain.policy import DEFAULT_POLICY, HardshipReason, Policy
from portal.domain.policy_versions import policy_digest
from portal.models import PolicyReplay, PolicyVersion, Proposal, ProposalVersion
from portal.queries.plans import plan_of
from portal.queries.policies import policy_named
from portal.queries.situations import Situation, situation_for
from tests.databases import Database
from tests.integration.commands.conftest import Portal
from tests.people import TODAY, Cast, add_borrower, add_cast, add_loan
from tests.policies import Change
from tests.stories import Story

CLOCK: Final = Clock(ZoneInfo("Asia/Shanghai"), TODAY)
CHOICES: Final[Sequence[Mapping[str, Any]]] = (
    {"kind": "catch_up", "installments": 6, "day_of_month": 20},
    {"kind": "catch_up", "installments": 18, "day_of_month": 1},
    {"kind": "catch_up", "installments": 24, "every": "1 week"},
    {"kind": "reschedule", "installments": 12, "day_of_month": 20},
    {"kind": "reschedule", "installments": 30, "day_of_month": 5},
    {"kind": "step_up", "installments": 12, "steps": 2, "day_of_month": 20},
    {"kind": "interest_only", "interest_periods": 2},
    {"kind": "defer", "defer_periods": 2},
    {"kind": "pay_by_date"},
)


def changed(**changes: Any) -> dict[str, Any]:
    """The first policy with other limits; what stands in a group is changed, not replaced."""
    body = deepcopy(dict(DEFAULT_POLICY))
    for name, value in changes.items():
        body[name] = {**body[name], **value} if isinstance(value, Mapping) else value
    return body


TIGHTER: Final = changed(
    bands={
        "catch_up": {"max_amount_minor": 300_000, "max_dpd": 45, "max_terms": 6},
        "reschedule": {"max_amount_minor": 5_000_000, "max_dpd": 60, "max_terms": 36},
    },
    min_payment_minor=5_000,
    deferral_periods_a_year=1,
    product_caps={"consumer_finance": "14"},
)
DEARER: Final = changed(arrears_treatment="capitalised", step_up_top_pct=300, lead_working_days=8)
NARROWER: Final = changed(max_terms={"defer": 1}, broken_plan_months=0, agent_drafted_limit_minor=0)
del NARROWER["max_terms"]["interest_only"], NARROWER["bands"]["interest_only"]
DRAFTS: Final = {"tighter": TIGHTER, "dearer": DEARER, "narrower": NARROWER}


def sign_offers(session: Session) -> Cast:
    """Offers of every kind, of loans early and late, large and small, at once and not."""
    cast = add_cast(session)
    for number, (choice, loan, reason) in enumerate(cases()):
        borrower = add_borrower(
            session, f"借款人{number}", mobile=f"+86139{number:08}", id_last4=f"{1000 + number}"
        )
        borrower.birth_year = None if number % 7 == 0 else 1950 + number
        borrower.is_vulnerable = number % 11 == 3
        story = Story(session, borrower, add_loan(session, borrower, ref=f"L-{number}", **loan))
        story.start()
        if number % 13 == 5:
            story.proposal.drafted_by_staff_id = cast.chen_chen.id
        story.answer(choice, reason=reason)
        try:
            story.freeze()
        except DomainError:
            continue
        story.preview().read().sign()
    return cast


def cases() -> Iterator[tuple[Mapping[str, Any], dict[str, Any], HardshipReason]]:
    loans: Sequence[dict[str, Any]] = (
        {"late_days": 12},
        {"late_days": 55, "principal": 3_000_000, "annual_rate_pct": Decimal(18)},
        {"late_days": 95, "principal": 9_000_000, "penalty_rate_pct": Decimal(18)},
        {"late_days": 42, "has_guarantor": True, "annual_rate_pct": Decimal(6)},
    )
    for number, choice in enumerate(CHOICES):
        for at, loan in enumerate(loans):
            reason = HardshipReason.ILLNESS if (number + at) % 9 == 4 else HardshipReason.INCOME_FELL
            yield choice, dict(loan), reason


def replayed(
    database: Database, body: Mapping[str, Any], *, last: int = 10_000, loans: int = 0
) -> dict[str, Any]:
    with transaction(database.engine, writes=False) as session:
        against = policy_named(session, "2026-01")
    run = Replay(database.engine, CLOCK, Policy.from_data("draft", body), against, last, loans)
    return run.run(lambda _count: None)


def decided(situation: Situation, plan: Plan) -> str:
    """As the sitting would answer now."""
    try:
        refuse_beyond_law(plan, situation.facts, situation.rules)
    except DomainError:
        return "over_law"
    return "at_once" if judge(plan, situation.standing).is_at_once else "person"


def one_by_one(session: Session, *, reprices: bool) -> list[str]:
    """What becomes of each signed offer under the policy in force, its situation read anew."""
    signed = (
        select(Proposal, ProposalVersion)
        .join(ProposalVersion, ProposalVersion.proposal_id == Proposal.id)
        .where(Proposal.submitted_at.is_not(None))
        .order_by(Proposal.id)
    )
    outcomes = []
    for proposal, version in session.execute(signed.execution_options(yield_per=500)):
        situation = situation_for(session, proposal, on=TODAY)
        try:
            plan = plan_of(version)
            if reprices:
                plan = price_choice(proposal.answers["choice"], situation.standing).plan
        except DomainError as error:
            outcomes.append("over_law" if error.rule else "not_offered")
            continue
        outcomes.append(decided(situation, plan))
    return outcomes


@pytest.mark.parametrize("name", DRAFTS)
def test_its_table_equals_deciding_each_offer_by_itself(database: Database, name: str, is_long: bool) -> None:
    """The long form over 100,000: the same offers, copied by the database and decided one by one all the same."""
    with transaction(database.engine) as session:
        sign_offers(session)
        if is_long:
            copy_offers(session, 100_000)
    said = replayed(database, DRAFTS[name], last=200_000)["offers"]
    with transaction(database.engine) as session:
        before = one_by_one(session, reprices=False)
        session.add(
            PolicyVersion(version="draft", effective_on=TODAY, body=DRAFTS[name], made_at=CLOCK.now())
        )
        session.flush()
        after = one_by_one(session, reprices=True)
        session.rollback()
    expected = Counter(zip(before, after, strict=True))
    found = Counter({(move["before"], move["after"]): move["count"] for move in said["moves"]})
    assert found == expected
    assert sum(expected.values()) == said["replayed"] == said["read"]
    assert any(one != other for one, other in expected), "the draft changes nothing: this proves nothing"
    assert said["answered_otherwise"] == 0


def test_the_command_tells_what_would_change_and_keeps_it_with_the_draft(
    database: Database, portal: Portal
) -> None:
    with transaction(database.engine) as session:
        cast = sign_offers(session)
        change = Change(session, cast.wu_yan, bands__catch_up__max_amount_minor=100_000).write()
        name = change.row.version
    told = portal("policy", "replay", "--draft", name, "--last", "1000", "--loans", "2")
    assert told.exit_code == 0, told.output
    assert "Signed offers: 31 of 31 read, 31 replayed" in told.output
    assert "At once → To a person" in told.output
    with transaction(database.engine, writes=False) as session:
        kept = session.scalars(select(PolicyReplay)).one()
        assert (kept.state, kept.body_digest) == ("done", policy_digest(change.row.body))
        assert kept.result
        assert kept.result["offers"]["replayed"] == 31
    offers = kept.result["offers"]
    whole = portal("policy", "replay", "--version", name, "--last", "1000", "--loans", "0", "--json")
    assert json.loads(whole.stdout)["offers"] == offers
    wrong = portal("policy", "replay", "--draft", "2026-01")
    assert (wrong.exit_code, "no draft" in wrong.output) == (2, True)


def test_the_commands_list_show_and_compare_versions(database: Database, portal: Portal) -> None:
    with transaction(database.engine) as session:
        cast = add_cast(session)
        name = Change(session, cast.wu_yan, draft_days=9).write().row.version
    listed = portal("policy", "list").output
    assert "in force" in listed.split("2026-01 ", 1)[1]
    assert name in listed
    assert "Days that a draft is kept: 9 days" in portal("policy", "show", name).output
    told = portal("policy", "diff", "2026-01", name).output
    assert told == "Days that a draft is kept changes from 30 days to 9 days\n"
    assert portal("policy", "show", "nothing").exit_code == 1
