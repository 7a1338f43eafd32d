"""What an operator does to the installation: read-only and back, prime rates, a policy and a calendar."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError
from portal.domain.permissions import SYSTEM
from portal.domain.rate_caps import know_prime_rates, known_prime_rates
from portal.models import CalendarVersion, PolicyVersion, PrimeRate
from portal.services.prime_rates import add_prime_rate
from portal.services.publishing import publish_calendar, publish_policy
from portal.services.read_only import LONGEST_REASON, make_read_only, open_again
from tests.people import NOW, TODAY, Cast
from tests.told_events import told

LATER = NOW + timedelta(hours=2)
DAY = date(2026, 10, 20)


def test_the_portal_is_made_read_only_and_opened_again(session: Session) -> None:
    with pytest.raises(Conflict, match=r"^portal_is_not_read_only$"):
        open_again(session, SYSTEM, now=NOW)
    spell = make_read_only(session, SYSTEM, reason="  搬迁  ", now=NOW)
    assert (spell.reason, spell.began_at, spell.ended_at) == ("搬迁", NOW, None)
    with pytest.raises(Conflict, match=r"^portal_is_read_only$"):
        make_read_only(session, SYSTEM, reason="搬迁", now=LATER)
    assert open_again(session, SYSTEM, now=LATER).id == spell.id
    session.refresh(spell)
    assert spell.ended_at == LATER
    assert told(session, "portal:made_read_only") == [(None, {"spell_id": spell.id})]
    assert told(session, "portal:opened_again") == [(None, {"spell_id": spell.id})]
    assert make_read_only(session, SYSTEM, reason="字" * LONGEST_REASON, now=LATER).id != spell.id


@pytest.mark.parametrize(
    ("reason", "code"),
    [(" ", "read_only_reason_missing"), ("字" * (LONGEST_REASON + 1), "read_only_reason_too_long")],
)
def test_a_reason_that_does_not_do(session: Session, reason: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        make_read_only(session, SYSTEM, reason=reason, now=NOW)
    assert refused.value.code == code
    assert set(refused.value.details.values()) <= {LONGEST_REASON}


def _rate(session: Session, pct: str, *, replaces: bool = False, source: str = " chinamoney.com.cn ") -> bool:
    return add_prime_rate(
        session,
        SYSTEM,
        published_on=DAY,
        pct=Decimal(pct),
        source=source,
        replaces=replaces,
        today=TODAY,
        now=NOW,
    )


def test_a_rate_is_added_once_and_never_over_another_in_silence(session: Session) -> None:
    try:
        assert _rate(session, "3.00")
        assert not _rate(session, "3.00")
        with pytest.raises(Conflict) as refused:
            _rate(session, "2.95")
        assert (refused.value.code, refused.value.details) == ("rate_differs", {"before": "3.00"})
        assert _rate(session, "2.95", replaces=True, source="gov.cn")
        kept = session.scalars(select(PrimeRate)).one()
        assert (kept.published_on, kept.pct, kept.source, kept.made_at) == (
            DAY,
            Decimal("2.95"),
            "gov.cn",
            NOW,
        )
        said = {"published_on": DAY.isoformat(), "pct": "3.00", "before": ""}
        assert told(session, "rate:added") == [
            (None, said),
            (None, {**said, "pct": "2.95", "before": "3.00"}),
        ]
        assert known_prime_rates().further == {DAY: Decimal("2.95")}
    finally:
        know_prime_rates({})


def test_where_a_rate_was_read_is_said(session: Session) -> None:
    for source, code in (("", "value_missing"), ("长" * 201, "text_longer_than")):
        with pytest.raises(DomainError) as refused:
            _rate(session, "3.00", source=source)
        assert (refused.value.code, refused.value.field) == (code, "source")


def test_a_policy_is_published_once(session: Session, cast: Cast) -> None:
    body = dict(session.scalars(select(PolicyVersion.body)).first() or {})
    publish: dict[str, Any] = {
        "version": "2027-01",
        "effective_on": date(2027, 1, 1),
        "body": body,
        "now": NOW,
    }
    assert publish_policy(session, SYSTEM, **publish)
    assert not publish_policy(session, SYSTEM, **publish)
    kept = session.scalars(select(PolicyVersion).where(PolicyVersion.version == "2027-01")).one()
    assert (kept.effective_on, kept.body, kept.made_by, kept.made_at) == (date(2027, 1, 1), body, None, NOW)
    assert told(session, "policy:published") == [(None, {"policy_version": "2027-01"})]
    with pytest.raises((ValueError, KeyError)):
        publish_policy(session, SYSTEM, **{**publish, "version": "2027-02", "body": {}})


def test_a_calendar_is_published_once(session: Session) -> None:
    publish: dict[str, Any] = {
        "version": "CN-2027",
        "first_on": date(2027, 1, 1),
        "last_on": date(2027, 12, 31),
        "days_off": [date(2027, 1, 1)],
        "working_days": [date(2027, 2, 20)],
        "source": "gov.cn",
        "now": NOW,
    }
    assert publish_calendar(session, SYSTEM, **publish)
    assert not publish_calendar(session, SYSTEM, **publish)
    kept = session.scalars(select(CalendarVersion)).one()
    assert (kept.version, kept.first_on, kept.last_on) == ("CN-2027", date(2027, 1, 1), date(2027, 12, 31))
    assert (kept.days_off, kept.working_days) == (["2027-01-01"], ["2027-02-20"])
    assert (kept.source, kept.made_at) == ("gov.cn", NOW)
    assert told(session, "calendar:published") == [(None, {"calendar_version": "CN-2027"})]
