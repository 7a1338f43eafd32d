"""Every event about a borrower is sorted for their own record, or left out for a reason that stands beside it."""

import pytest

from portal.domain.events import EVENT_FIELDS
from portal.domain.own_record import NOT_SHOWN, OF_KIND, RecordKind, kind_of
from portal.domain.permissions import ActorKind
from portal.web.borrower.record.words import KINDS, LINES

ABOUT_NOBODY = {
    "book:imported", "account:added", "account:ended", "creditor:described", "creditor:renamed", "creditor:assigned", "rate:added",
    "staff:sign_in_refused", "access:refused",
    "number:wished", "staff:proven", "staff:password_changed", "staff:key_added", "staff:key_removed",
    "complaint:received", "complaint:answered", "complaint:looked_at", "complaint:taken", "complaint:given_back",
    "complaint:staff_named", "complaint:act_refused", "staff:added", "staff:disabled", "staff:away", "staff:back", "staff:enabled",
    "staff:invited", "staff:invitation_used", "staff:invitation_withdrawn", "staff:invitation_refused", "staff:change_asked",
    "staff:change_ended", "staff:roles_changed", "staff:second_factor_reset", "staff:sessions_ended", "staff:declared",
    "staff:relations_confirmed", "staff:act_refused", "agency:registered", "agency:evaluated", "agency:renewed", "agency:ended",
    "incident:recorded", "incident:changed", "incident:notice_drafted", "incident:notice_answered", "incident:closed", "view:kept",
    "view:renamed", "view:deleted", "view:default_set",
    "policy:published", "calendar:published", "demo:seeded", "record:erased", "record:key_changed",
    "policy:drafted", "policy:written", "policy:withdrawn", "policy:proposed", "policy:taken_back", "policy:replay_asked",
    "policy:replayed", "policy:replay_failed", "policy:approved", "policy:refused", "policy:trial_end_asked",
    "policy:trial_end_refused", "policy:trial_ended", "policy:act_refused",
    "spending:near", "spending:reached",
    "day:finished", "guide:written", "support:ceiling_reached", "retention:contacts_erased", "retention:erased", "retention:finished",
    "borrower:erased",
    "figures:exported", "figures:report_asked", "figures:report_made", "figures:report_opened",
    "backup:made", "backup:restored", "sessions:all_ended", "portal:made_read_only", "portal:opened_again",
}  # fmt: skip
SORTED = sorted(name for names in OF_KIND.values() for name in names)


def test_each_event_has_one_place() -> None:
    assert len(SORTED) == len(set(SORTED))
    assert not set(SORTED) & NOT_SHOWN.keys()
    assert set(SORTED) | NOT_SHOWN.keys() | ABOUT_NOBODY == EVENT_FIELDS.keys()


def test_each_line_has_its_words() -> None:
    assert LINES.keys() == set(SORTED)
    assert KINDS.keys() == set(RecordKind)


@pytest.mark.parametrize("name", SORTED)
def test_what_staff_download_is_a_look(name: str) -> None:
    mine, theirs = kind_of(name, ActorKind.BORROWER), kind_of(name, ActorKind.STAFF)
    assert theirs is (RecordKind.LOOK if mine is RecordKind.DOWNLOAD else mine)


def test_an_event_that_nobody_sorted_is_told_all_the_same() -> None:
    assert kind_of("plan:invented", ActorKind.SYSTEM) is RecordKind.REQUEST
