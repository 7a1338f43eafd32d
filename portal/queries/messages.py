"""Messages that went out."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import DemoMessage


def latest_demo_messages(session: Session, *, limit: int = 50) -> Sequence[DemoMessage]:
    return session.scalars(select(DemoMessage).order_by(DemoMessage.id.desc()).limit(limit)).all()
