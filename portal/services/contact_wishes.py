"""Keeping when and how somebody wants to be contacted: a new wish ends the one before, both stay on record (rule C02)."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.contact_wishes import ContactWishes
from portal.domain.permissions import Actor
from portal.models import Borrower, ContactWish
from portal.queries.wishes import wishes_of
from portal.services.drafts import give_consent
from portal.services.record import record

CONSENT = "contact_hours"


def set_wishes(
    session: Session, actor: Actor, *, wishes: ContactWishes, consent_version: str, now: datetime
) -> bool:
    """False where nothing changes. Hours that are quiet otherwise are kept with the consent to them."""
    assert actor.id is not None
    session.execute(select(Borrower.id).where(Borrower.id == actor.id).with_for_update(key_share=True))
    if wishes == wishes_of(session, actor.id):
        return False
    if wishes.hours.needs_consent:
        give_consent(session, actor, kind=CONSENT, text_version=consent_version, now=now)
    replace_wish(session, actor, borrower_id=actor.id, wishes=wishes, now=now)
    return True


def replace_wish(
    session: Session, actor: Actor, *, borrower_id: int, wishes: ContactWishes, now: datetime
) -> None:
    session.execute(
        update(ContactWish)
        .where(ContactWish.borrower_id == borrower_id, ContactWish.ended_at.is_(None))
        .values(ended_at=now)
    )
    channels = sorted(wishes.channels)
    session.add(
        ContactWish(
            borrower_id=borrower_id,
            first_hour=wishes.hours.first,
            last_hour=wishes.hours.last,
            channels=channels,
            made_at=now,
        )
    )
    session.flush()
    record(
        session,
        actor,
        "wishes:set",
        now=now,
        borrower_id=borrower_id,
        first_hour=wishes.hours.first,
        last_hour=wishes.hours.last,
        channels=channels,
    )
