"""Security keys of staff (WebAuthn): what is kept of each is public."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, primary_key


class StaffKey(Base):
    """One key, or one telephone that serves as one. Removing it is a date, so that the record's events keep what they name."""

    __tablename__ = "staff_key"

    id: Mapped[int] = primary_key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    staff_member_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), index=True)
    handle: Mapped[bytes] = mapped_column(LargeBinary(64))
    """What the key knows its owner by: random, the same on all keys of one person."""
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(60))
    """What its owner calls it."""
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
