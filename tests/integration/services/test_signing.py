from functools import partial

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError, NotFound
from portal.domain.holds import HoldKind
from portal.domain.one_time_codes import CodePurpose
from portal.domain.policy import HardshipReason
from portal.domain.proposals import ProposalStatus
from portal.models import (
    Agreement,
    Decision,
    Document,
    Event,
    Hold,
    Installment,
    Loan,
    OutboxItem,
    ProposalVersion,
    ReviewItem,
)
from portal.queries.situations import running_holds
from portal.services import signing
from portal.services.signing_codes import signing_code_order
from tests.people import Cast, add_loan
from tests.stories import CATCH_UP, Story, borrower_actor
from tests.told_events import told


def _count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def _events(session: Session) -> list[str]:
    return list(session.scalars(select(Event.name).order_by(Event.id)))


def test_a_plan_inside_the_policy_is_approved_in_the_transaction_that_signs_it(
    story: Story, session: Session
) -> None:
    assert story.submit() is ProposalStatus.APPROVED
    decision = session.scalars(select(Decision)).one()
    agreement = session.scalars(select(Agreement)).one()
    assert decision.by_policy
    assert decision.content_hash == agreement.content_hash == story.version.content_hash
    assert agreement.seal_state == "sealing"
    assert session.scalars(select(OutboxItem.kind).where(OutboxItem.kind == "agreement:seal")).one()
    assert running_holds(session, story.loan.id) == {HoldKind.PLAN_ACTIVE}
    assert _count(session, ReviewItem) == 0


def test_the_code_that_signs_is_about_this_plan_and_these_terms(story: Story) -> None:
    version = story.start().answer().freeze().version
    order = signing_code_order(
        proposal=story.proposal, version=version, mobile=story.borrower.mobile, locale="zh_CN"
    )
    about = (order.borrower_id, order.loan_id, order.proposal_id)
    assert about == (story.borrower.id, story.loan.id, story.proposal.id)
    assert (order.target, order.purpose) == (version.content_hash, CodePurpose.SIGNING)


def test_every_step_leaves_its_event_in_order(story: Story, session: Session) -> None:
    story.submit()
    names = _events(session)
    wanted = [
        "consent:given",
        "plan:started",
        "consent:given",
        "plan:answered",
        "plan:answered",
        "plan:answered",
        "plan:frozen",
        "plan:previewed",
        "plan:disclosure_shown",
        "plan:disclosure_read",
        "plan:text_shown",
        "plan:terms_acknowledged",
        "plan:submitted",
        "hold:started",
        "limitation:interrupted",
        "plan:approved",
        "agreement:made",
        "hold:ended",
        "hold:started",
    ]
    assert names == wanted


def test_a_sensitive_reason_sends_it_to_a_person_with_a_promised_time(story: Story, session: Session) -> None:
    assert story.submit(reason=HardshipReason.ILLNESS) is ProposalStatus.IN_REVIEW
    item = session.scalars(select(ReviewItem)).one()
    # Monday 2 November, two working days, 18:00 in Shanghai.
    assert item.deadline_at.isoformat() == "2026-11-04T10:00:00+00:00"
    assert item.main_reason == "sensitive_hardship"
    assert story.proposal.referral_reasons == ["sensitive_hardship"]
    assert running_holds(session, story.loan.id) == {HoldKind.PROPOSAL_PENDING}
    assert _count(session, Decision) == _count(session, Agreement) == 0


def test_a_guarantor_is_never_decided_by_policy(session: Session, cast: Cast) -> None:
    story = Story(session, cast.li_na, add_loan(session, cast.li_na, has_guarantor=True))
    assert story.submit() is ProposalStatus.IN_REVIEW
    assert "guarantor" in story.proposal.referral_reasons


def test_nobody_but_the_borrower_signs(story: Story, cast: Cast, session: Session) -> None:
    story.start().answer().freeze().preview().read()
    with pytest.raises(DomainError, match="only_the_borrower_signs"):
        signing.submit_proposal(
            session,
            borrower_actor(cast.wang_qiang),
            proposal=story.proposal,
            version=story.version,
            situation=story.situation(),
            code_id=1,
            evidence={},
            now=story.now,
        )


def test_terms_are_not_signed_before_the_disclosure_was_read(story: Story) -> None:
    story.start().answer().freeze().preview()
    with pytest.raises(Conflict, match="disclosure_not_read"):
        story.sign()


def test_the_disclosure_wants_its_time_and_says_what_remains(story: Story) -> None:
    story.start().answer().freeze()
    with pytest.raises(DomainError, match="disclosure_too_quick") as refused:
        story.read(seconds=4)
    assert refused.value.details["remaining"] == 11


def test_terms_are_not_signed_while_a_key_term_is_not_acknowledged(story: Story, session: Session) -> None:
    story.start().answer().freeze().preview().read()
    story.version.terms_acknowledged = story.version.terms_acknowledged[1:]
    session.flush()
    with pytest.raises(DomainError, match="terms_not_acknowledged"):
        story.sign()


def test_terms_are_not_signed_before_their_document_can_be_read(story: Story) -> None:
    story.start().answer().freeze().read()
    with pytest.raises(Conflict, match="preview_not_ready"):
        story.sign()


def test_terms_are_not_signed_when_the_loan_has_changed_since(story: Story, session: Session) -> None:
    story.start().answer().freeze().preview().read()
    late = session.scalars(
        select(Installment).where(Installment.loan_id == story.loan.id, Installment.principal_paid_minor == 0)
    ).first()
    assert late is not None
    late.principal_paid_minor = 100
    story.loan.facts_version += 1
    session.flush()
    with pytest.raises(Conflict, match="facts_moved"):
        story.sign()


def test_the_same_terms_again_are_the_same_version(story: Story, session: Session) -> None:
    first = story.start().answer().freeze().version.id
    assert story.freeze().version.id == first
    assert _count(session, ProposalVersion) == 1


def test_changed_terms_are_a_new_version_with_another_hash(story: Story, session: Session) -> None:
    before = story.start().answer().freeze().version
    after = story.answer({**CATCH_UP, "installments": 5}).freeze().version
    assert (before.number, after.number) == (1, 2)
    assert before.content_hash != after.content_hash


def test_signing_twice_is_refused_and_makes_one_agreement(story: Story, session: Session) -> None:
    story.submit()
    with pytest.raises(Conflict):
        story.sign()
    assert _count(session, Agreement) == 1
    assert _count(session, Hold) == 2


def test_the_database_lets_nobody_be_drafter_and_approver(story: Story, cast: Cast, session: Session) -> None:
    story.submit(reason=HardshipReason.ILLNESS)
    session.add(
        Decision(
            proposal_id=story.proposal.id,
            review_round=1,
            version_number=1,
            content_hash=story.version.content_hash,
            kind="approve",
            policy_version="2026-01",
            maker_borrower_id=cast.li_na.id,
            drafter_staff_id=cast.zhou_min.id,
            first_staff_id=cast.zhou_min.id,
            reason_code="affordable",
            decided_at=story.now,
        )
    )
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


def test_a_closed_loan_has_no_plan(session: Session, cast: Cast) -> None:
    loan = add_loan(session, cast.li_na)
    session.execute(update(Loan).values(status="closed"))
    session.refresh(loan)
    with pytest.raises(DomainError, match="loan_closed"):
        Story(session, cast.li_na, loan).start()


def test_a_loan_with_nothing_overdue_has_no_plan(session: Session, cast: Cast) -> None:
    with pytest.raises(DomainError, match="nothing_overdue"):
        Story(session, cast.li_na, add_loan(session, cast.li_na, late_days=-5)).start()


def test_what_was_asked_about_and_taken_along_before_signing_is_on_record(
    story: Story, session: Session
) -> None:
    version = story.start().answer().freeze().preview().read().version
    term = version.content["key_terms"][0]["code"]
    explain = partial(
        signing.explain_term, session, story.actor, proposal=story.proposal, version=version, now=story.now
    )
    for _ in range(2):
        explain(term=term)
    with pytest.raises(NotFound, match=r"^not_found$"):
        explain(term="nothing_like_it")
    signing.record_preview_download(
        session, story.actor, proposal=story.proposal, version=version, now=story.now
    )
    [first, second] = told(session, "plan:term_explained")
    said = {"version_number": version.number, "term": term, "text_version": first[1]["text_version"]}
    assert first == second == (story.borrower.id, said)
    sha256 = session.scalars(select(Document.sha256)).one()
    digest = {"version_number": version.number, "document_hash": sha256}
    assert told(session, "plan:preview_downloaded") == [(story.borrower.id, digest)]
    story.sign()
    with pytest.raises(Conflict):
        explain(term=term)
