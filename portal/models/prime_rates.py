"""Figures of the prime rate that operators added to the published ones that the program carries (rule P07)."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base


class PrimeRate(Base):
    """The one-year loan prime rate, percent a year, by the day on which it was published."""

    __tablename__ = "prime_rate"

    published_on: Mapped[date] = mapped_column(primary_key=True)
    pct: Mapped[Decimal]
    source: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime]
