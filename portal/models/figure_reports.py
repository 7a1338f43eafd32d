"""Reports of figures that were asked for at the desk and are drawn by a worker."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.figure_reports import ReportKind
from portal.models.base import Base, primary_key
from portal.models.sealing import SealedBytes, SealedRow

_KINDS = ", ".join(f"'{kind.value}'" for kind in ReportKind)
_WAITS = text("made_at IS NULL")


class FigureReport(SealedRow, Base):
    """One report of one period in one language. Sums only; ``body`` is its PDF once it is made. One that waits is asked for once."""

    __tablename__ = "figure_report"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_KINDS})", name="kind"),
        CheckConstraint("first_on <= last_on", name="days"),
        CheckConstraint(
            "(made_at IS NULL) = (body_sealed IS NULL) AND (made_at IS NULL) = (sha256 IS NULL)", name="made"
        ),
        Index(
            "uq_figure_report_waiting",
            "kind",
            "first_on",
            "last_on",
            "locale",
            unique=True,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
    )

    id: Mapped[int] = primary_key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[str] = mapped_column(String(5))
    first_on: Mapped[date]
    last_on: Mapped[date]
    locale: Mapped[str] = mapped_column(String(10))
    asked_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    asked_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    body = SealedBytes()
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
