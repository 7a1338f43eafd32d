"""Small rules that turn on a moment or a day: the last at which they say one thing, and the first at which they say another."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.domain.absences import LONGEST, absence_of
from portal.domain.case_handling import SECOND_LOOK_WITHIN, Outcome, refuse_second_look
from portal.domain.contact_overrides import OverrideState, refuse_second
from portal.domain.cooling import Cooling, refuse_cooling, signable_from
from portal.domain.day_runs import Part, days_between_runs, refuse_day
from portal.domain.document_checks import SignatureFinding, Stamp
from portal.domain.errors import DomainError
from portal.domain.incidents import DataKind, IncidentFacts, Item, missing_items, refuse_facts
from portal.domain.policy_versions import PolicyAct, PolicyState, is_tried_on, refuse_policy_act
from portal.domain.record_standing import RecordState, record_standing
from portal.domain.staff_invitations import InvitationState, new_token, state_of, token_hash
from portal.domain.staff_relations import CONFIRM_EVERY, is_due
from portal.domain.support_wrap_ups import EscalationReason, escalation_deadline

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
ZONE = ZoneInfo("Asia/Shanghai")


def refused(act: Callable[[], object]) -> str | None:
    try:
        act()
    except DomainError as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (TODAY, TODAY - DAY, "absence_over"),
        (TODAY, TODAY, None),
        (TODAY + DAY, TODAY, "absence_reversed"),
        (TODAY, TODAY + LONGEST, None),
        (TODAY, TODAY + LONGEST + DAY, "absence_too_long"),
        (TODAY + LONGEST, TODAY + 2 * LONGEST, None),
        (TODAY + LONGEST + DAY, TODAY + 2 * LONGEST + DAY, "absence_too_long"),
    ],
)
def test_an_absence_ends_from_today_on_and_within_a_year(first: date, last: date, code: str | None) -> None:
    assert refused(lambda: absence_of(first, last, today=TODAY, zone=ZONE, now=NOW)) == code


def test_an_absence_begins_now_or_with_its_first_day_and_ends_with_its_last() -> None:
    def span(first: date) -> tuple[datetime, datetime]:
        return absence_of(first, TODAY + 2 * DAY, today=TODAY, zone=ZONE, now=NOW)

    ends = datetime(2026, 3, 7, tzinfo=ZONE)
    assert span(TODAY - DAY) == span(TODAY) == (NOW, ends)
    assert span(TODAY + DAY) == (datetime(2026, 3, 5, tzinfo=ZONE), ends)


@pytest.mark.parametrize(
    ("cooling", "code"),
    [
        (None, None),
        (Cooling(None, None, is_on_call=False), "draft_not_handed_over"),
        (Cooling(NOW - DAY, NOW + SECOND, is_on_call=False), "draft_cooling"),
        (Cooling(NOW - DAY, NOW, is_on_call=False), None),
        (Cooling(NOW - DAY, NOW, is_on_call=True), "signing_on_call"),
    ],
)
def test_a_handed_over_draft_is_signed_once_it_cooled_and_nobody_talks(
    cooling: Cooling | None, code: str | None
) -> None:
    assert refused(lambda: refuse_cooling(cooling, now=NOW)) == code
    assert signable_from(NOW, 5) == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, None),
        ({"expires_at": NOW}, "override_over"),
        ({"staff_id": 1}, "override_by_oneself"),
        ({"state": OverrideState.APPROVED}, "override_answered"),
    ],
)
def test_an_override_is_answered_once_by_another_and_in_time(
    change: dict[str, Any], code: str | None
) -> None:
    asked = {"asked_by": 1, "staff_id": 2, "state": "asked", "expires_at": NOW + SECOND, "now": NOW}
    assert refused(lambda: refuse_second(**{**asked, **change})) == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, None),
        ({"found_at": NOW + SECOND}, "incident_found_later"),
        ({"happened_on": TODAY + DAY}, "incident_happened_later"),
        ({"kinds": ()}, "incident_kinds_missing"),
        ({"people": 0}, None),
        ({"people": -1}, "incident_people_unclear"),
        ({"people": 2_000_000_000}, None),
        ({"people": 2_000_000_001}, "incident_people_unclear"),
    ],
)
def test_an_incident_happened_and_was_found_by_now(change: dict[str, Any], code: str | None) -> None:
    usual = {"found_at": NOW, "happened_on": TODAY, "kinds": (DataKind.LOAN,), "people": 3, "texts": {}}
    facts = IncidentFacts(**{**usual, **change})
    assert refused(lambda: refuse_facts(facts, now=NOW, today=TODAY)) == code


def test_a_notice_lacks_what_is_blank_in_its_language_and_kinds_come_last() -> None:
    texts = {"zh_CN": {item.value: " " if item is Item.HARM else "a" for item in Item}}
    facts = IncidentFacts(found_at=NOW, happened_on=TODAY, kinds=(), people=1, texts=texts)
    assert missing_items(facts, "zh_CN") == [Item.HARM, Item.KINDS]
    assert len(missing_items(facts, "en")) == len(Item)


@pytest.mark.parametrize(
    ("on", "last", "code"),
    [
        (TODAY, None, None),
        (TODAY, TODAY, None),
        (TODAY - DAY, TODAY, "day_is_over"),
        (TODAY + DAY, None, "day_to_come"),
    ],
)
def test_a_day_is_run_up_to_today_and_not_before_the_last(
    on: date, last: date | None, code: str | None
) -> None:
    assert refused(lambda: refuse_day(on, today=TODAY, last=last)) == code


def test_a_day_that_cannot_be_run_is_named_beside_the_one_that_bounds_it() -> None:
    for on, last, details in (
        (TODAY + DAY, None, {"on": "2026-03-05", "today": "2026-03-04"}),
        (TODAY - DAY, TODAY, {"on": "2026-03-03", "last": "2026-03-04"}),
    ):
        with pytest.raises(DomainError) as refusal:
            refuse_day(on, today=TODAY, last=last)
        assert refusal.value.details == details


def test_days_that_nobody_ran_are_caught_up_on_and_parts_follow_one_another() -> None:
    assert days_between_runs(None, TODAY) == days_between_runs(TODAY - DAY, TODAY) == ()
    assert days_between_runs(TODAY - 3 * DAY, TODAY) == (TODAY - 2 * DAY, TODAY - DAY)
    assert (Part.EXPIRY.following, Part.CONTACTS.following, Part.DONE.following) == (
        Part.PLANS,
        Part.DONE,
        Part.DONE,
    )


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, InvitationState.OPEN),
        ({"is_agreed": False}, InvitationState.WAITING),
        ({"expires_at": NOW}, InvitationState.EXPIRED),
        ({"expires_at": NOW, "withdrawn_at": NOW}, InvitationState.WITHDRAWN),
        ({"used_at": NOW, "withdrawn_at": NOW}, InvitationState.USED),
    ],
)
def test_an_invitation_is_open_until_the_moment_it_ends(
    change: dict[str, Any], state: InvitationState
) -> None:
    usual = {"is_agreed": True, "used_at": None, "withdrawn_at": None, "expires_at": NOW + SECOND, "now": NOW}
    assert state_of(**{**usual, **change}) is state


def test_of_an_invitations_link_a_hash_is_kept_and_each_is_another() -> None:
    """SHA-256 of "abc" is the example of FIPS 180-4. A link holds 32 random bytes, 43 characters."""
    assert token_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert len({new_token() for _ in range(3)}) == 3
    assert len(new_token()) == 43


def test_relations_are_confirmed_once_a_year() -> None:
    assert [is_due(at, NOW) for at in (None, NOW - CONFIRM_EVERY, NOW - CONFIRM_EVERY + SECOND)] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("outcome", "review_round", "after", "code"),
    [
        (Outcome.REFUSED, 1, SECOND_LOOK_WITHIN, None),
        (Outcome.REFUSED, 1, SECOND_LOOK_WITHIN + SECOND, "second_look_too_late"),
        (Outcome.REFUSED, 2, SECOND, "second_look_asked"),
        (Outcome.UPHELD, 1, SECOND, "second_look_not_needed"),
    ],
)
def test_a_second_look_is_asked_for_once_and_in_time(
    outcome: Outcome, review_round: int, after: timedelta, code: str | None
) -> None:
    assert refused(lambda: refuse_second_look(outcome.value, review_round, NOW, NOW + after)) == code


@pytest.mark.parametrize(
    ("change", "state", "is_alarming"),
    [
        ({}, RecordState.KEPT, False),
        ({"seconds": 61}, RecordState.LATE, True),
        ({"covered": None}, RecordState.UNSIGNED, False),
        ({"covered": None, "seconds": 61}, RecordState.LATE, True),
        ({"seconds": 61, "is_broken": True}, RecordState.BROKEN, True),
    ],
)
def test_the_worst_that_is_true_of_the_record_is_told(
    change: dict[str, Any], state: RecordState, is_alarming: bool
) -> None:
    usual = {"covered": 7, "uncovered": 2, "seconds": 60, "most": 60, "is_broken": False}
    standing = record_standing(**{**usual, **change})
    assert (standing.state, standing.is_alarming, standing.uncovered) == (state, is_alarming, 2)
    assert standing.covered == (0 if "covered" in change else 7)


@pytest.mark.parametrize(
    ("stamped", "compromised", "stamp", "holds"),
    [
        (None, None, Stamp.NONE, True),
        (NOW - SECOND, NOW, Stamp.HOLDS, True),
        (NOW, NOW, Stamp.HOLDS, False),
        (None, NOW, Stamp.NONE, False),
        (None, None, Stamp.BROKEN, False),
    ],
)
def test_a_signature_holds_if_it_was_stamped_before_its_key_was_lost(
    stamped: datetime | None, compromised: datetime | None, stamp: Stamp, holds: bool
) -> None:
    finding = SignatureFinding(
        field="a",
        signer="b",
        certificate_sha256="c",
        is_intact=True,
        is_trusted=True,
        covers_all=True,
        is_kept=True,
        stamp=stamp,
        stamped_at=stamped,
        compromised_at=compromised,
    )
    assert finding.holds is holds


@pytest.mark.parametrize(
    ("reason", "hours"),
    [
        (EscalationReason.AT_RISK, 1),
        (EscalationReason.ABUSE, 4),
        (EscalationReason.IDENTITY_DOUBT, 4),
        (EscalationReason.SETTLEMENT, 24),
    ],
)
def test_a_supervisor_answers_the_sooner_the_more_is_at_stake(reason: EscalationReason, hours: int) -> None:
    assert escalation_deadline(reason, NOW) == NOW + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("act", "state", "actor", "code"),
    [
        (PolicyAct.WRITE, PolicyState.DRAFT, 1, None),
        (PolicyAct.WRITE, PolicyState.DRAFT, 2, "policy_drafted_by_another"),
        (PolicyAct.WRITE, PolicyState.PROPOSED, 1, "policy_moved_on"),
        (PolicyAct.APPROVE, PolicyState.PROPOSED, 2, None),
        (PolicyAct.APPROVE, PolicyState.PROPOSED, 1, "policy_drafted_by_oneself"),
        (PolicyAct.REFUSE, PolicyState.PROPOSED, 1, "policy_drafted_by_oneself"),
        (PolicyAct.TAKE_BACK, PolicyState.PROPOSED, 1, None),
        (PolicyAct.TAKE_BACK, PolicyState.DRAFT, 1, "policy_moved_on"),
    ],
)
def test_who_drafts_a_policy_writes_and_another_decides(
    act: PolicyAct, state: PolicyState, actor: int, code: str | None
) -> None:
    assert refused(lambda: refuse_policy_act(act, state=state, drafter=1, actor=actor)) == code


def test_a_share_of_the_loans_tries_a_version() -> None:
    loans = [str(number) for number in range(400)]
    tried = [sum(is_tried_on(loan, "v2", share) for loan in loans) for share in (0, 25, 50, 100)]
    assert (tried[0], tried[3]) == (0, 400)
    assert 70 < tried[1] < 130
    assert 160 < tried[2] < 240
