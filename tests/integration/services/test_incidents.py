"""Incidents: a notice says all that article 57 wants, two people issue it, and every version stays (rule D05)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.adapters.business_texts import PackagedTexts
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.incidents import TEXTS, Audience
from portal.domain.permissions import Actor, ActorKind, Role
from portal.models import Event, Incident, IncidentNotice, StaffMember
from portal.services.incidents import (
    answer_notice,
    change_incident,
    close_incident,
    draft_notice,
    propose_silence,
    record_incident,
)
from tests.incidents import NOTICE_VALUES, WRITTEN, incident_facts
from tests.people import NOW, TODAY, Cast


def actor(member: StaffMember) -> Actor:
    return Actor(ActorKind.STAFF, member.id, frozenset(Role(role) for role in member.roles))


@pytest.fixture
def incident(session: Session, cast: Cast) -> Incident:
    return record_incident(session, actor(cast.wu_yan), facts=incident_facts(), today=TODAY, now=NOW)


def draft(session: Session, by: StaffMember, incident: Incident, **said: Any) -> IncidentNotice:
    return draft_notice(
        session,
        actor(by),
        incident=incident,
        audience=said.get("audience", Audience.PEOPLE),
        text=PackagedTexts().load("breach_notice", said.get("locale", "zh_CN"), TODAY),
        values=NOTICE_VALUES,
        now=NOW,
    )


def answer(
    session: Session, by: StaffMember, incident: Incident, notice: IncidentNotice, *, yes: bool = True
) -> bool:
    return answer_notice(session, actor(by), incident=incident, notice=notice, is_agreed=yes, now=NOW)


def test_what_is_sent_twice_is_recorded_drafted_and_proposed_once(
    session: Session, cast: Cast, incident: Incident
) -> None:
    wu_yan = actor(cast.wu_yan)
    again = record_incident(session, wu_yan, facts=incident_facts(), today=TODAY, now=NOW)
    assert again.id == incident.id
    notice = draft(session, cast.wu_yan, incident)
    change_incident(session, wu_yan, incident=incident, facts=incident_facts(), today=TODAY, now=NOW)
    assert notice.of_version == incident.row_version
    assert draft(session, cast.wu_yan, incident).id == notice.id
    for _ in range(2):
        propose_silence(session, wu_yan, incident=incident, reason="已收回", locale="zh_CN", now=NOW)
    names = session.scalars(select(Event.name).where(Event.name.startswith("incident:"))).all()
    assert sorted(names) == ["incident:notice_drafted", "incident:notice_drafted", "incident:recorded"]


def test_somebody_elses_words_or_others_are_another(session: Session, cast: Cast, incident: Incident) -> None:
    told = record_incident(session, actor(cast.sun_hao), facts=incident_facts(), today=TODAY, now=NOW)
    assert told.id != incident.id
    first = draft(session, cast.wu_yan, incident)
    assert draft(session, cast.sun_hao, incident).id != first.id
    assert draft(session, cast.wu_yan, incident, audience=Audience.AUTHORITY).id != first.id


@pytest.mark.parametrize("audience", [Audience.PEOPLE, Audience.AUTHORITY])
def test_a_notice_says_all_that_the_law_wants(
    session: Session, cast: Cast, incident: Incident, audience: Audience
) -> None:
    notice = draft(session, cast.wu_yan, incident, audience=audience)
    said = str(notice.body)
    for written in (
        *WRITTEN.values(),
        NOTICE_VALUES["kinds"],
        NOTICE_VALUES["people"],
        NOTICE_VALUES["happened_on"],
    ):
        assert written in said
    assert "{" not in said.replace("{'", "")
    assert len(notice.body["sections"]) == 6


@pytest.mark.parametrize("item", [item.value for item in TEXTS])
def test_with_an_item_missing_none_is_drafted(session: Session, cast: Cast, item: str) -> None:
    texts = {"zh_CN": {**WRITTEN, item: "  "}, "en": {}}
    incident = record_incident(
        session, actor(cast.wu_yan), facts=incident_facts(texts=texts), today=TODAY, now=NOW
    )
    with pytest.raises(DomainError, match="notice_incomplete") as refused:
        draft(session, cast.wu_yan, incident)
    assert refused.value.field == f"{item}_zh_CN"


def test_each_language_has_its_own_words(session: Session, cast: Cast, incident: Incident) -> None:
    with pytest.raises(DomainError, match="notice_incomplete"):
        draft(session, cast.wu_yan, incident, locale="en")
    english = {name: f"English {name}" for name in WRITTEN}
    facts = incident_facts(texts={"zh_CN": WRITTEN, "en": english})
    change_incident(session, actor(cast.wu_yan), incident=incident, facts=facts, today=TODAY, now=NOW)
    assert "English harm" in str(draft(session, cast.wu_yan, incident, locale="en").body)


def test_a_second_person_issues_it_once(session: Session, cast: Cast, incident: Incident) -> None:
    notice = draft(session, cast.wu_yan, incident)
    with pytest.raises(AccessRefused, match="notice_by_oneself"):
        answer(session, cast.wu_yan, incident, notice)
    with pytest.raises(AccessRefused, match="permission_missing"):
        answer(session, cast.zheng_hao, incident, notice)
    assert answer(session, cast.sun_hao, incident, notice)
    assert not answer(session, cast.sun_hao, incident, notice)
    with pytest.raises(Conflict, match="notice_answered"):
        answer(session, cast.sun_hao, incident, notice, yes=False)
    events = session.scalars(select(Event.name).where(Event.name.like("incident:%")).order_by(Event.id)).all()
    assert events == ["incident:recorded", "incident:notice_drafted", "incident:notice_answered"]


def test_what_was_drafted_before_more_was_known_is_not_issued(
    session: Session, cast: Cast, incident: Incident
) -> None:
    before = draft(session, cast.wu_yan, incident)
    facts = incident_facts(people=500)
    change_incident(session, actor(cast.wu_yan), incident=incident, facts=facts, today=TODAY, now=NOW)
    with pytest.raises(Conflict, match="notice_overtaken"):
        answer(session, cast.sun_hao, incident, before)
    again = draft(session, cast.wu_yan, incident)
    assert (before.version, again.version) == (1, 2)
    assert answer(session, cast.sun_hao, incident, again)


def test_it_is_closed_once_all_were_told_or_it_stands_why_not(
    session: Session, cast: Cast, incident: Incident
) -> None:
    def close() -> bool:
        return close_incident(session, actor(cast.wu_yan), incident=incident, now=NOW)

    with pytest.raises(DomainError, match="incident_unfinished"):
        close()
    with pytest.raises(DomainError, match="silence_reason_missing"):
        propose_silence(session, actor(cast.wu_yan), incident=incident, reason=" ", locale="zh_CN", now=NOW)
    silence = propose_silence(
        session, actor(cast.wu_yan), incident=incident, reason="文件已加密。", locale="zh_CN", now=NOW
    )
    answer(session, cast.sun_hao, incident, silence)
    with pytest.raises(DomainError, match="incident_unfinished"):
        close()
    answer(
        session, cast.sun_hao, incident, draft(session, cast.wu_yan, incident, audience=Audience.AUTHORITY)
    )
    assert close()
    assert not close()
    with pytest.raises(Conflict, match="incident_closed"):
        draft(session, cast.wu_yan, incident)


@pytest.mark.parametrize(
    ("known", "code"),
    [
        ({"found_at": NOW + timedelta(minutes=1)}, "incident_found_later"),
        ({"happened_on": TODAY + timedelta(days=1)}, "incident_happened_later"),
        ({"kinds": set()}, "incident_kinds_missing"),
        ({"people": -1}, "incident_people_unclear"),
    ],
)
def test_what_cannot_be_is_refused(session: Session, cast: Cast, known: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError, match=code):
        record_incident(session, actor(cast.wu_yan), facts=incident_facts(**known), today=TODAY, now=NOW)


def test_the_database_lets_nobody_issue_their_own(session: Session, cast: Cast, incident: Incident) -> None:
    row = {
        "public_id": "e" * 32, "incident_id": incident.id, "audience": "people", "locale": "zh_CN", "version": 9, "of_version": 1,
        "text_version": "", "body": {}, "state": "issued", "made_by": cast.wu_yan.id, "made_at": NOW, "answered_by": cast.wu_yan.id,
        "answered_at": NOW,
    }  # fmt: skip
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(insert(IncidentNotice).values(row))
