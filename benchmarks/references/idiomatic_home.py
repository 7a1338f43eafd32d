"""The first page as most applications of this kind are written: ORM entities with their relationships, Flask-Login's user, Flask-WTF's
form, Flask-Babel's words, Babel's numbers and days. The sums are ours, so that the figures are the same.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from babel.dates import format_date
from babel.numbers import format_decimal
from flask import Flask, render_template
from flask_babel import Babel, get_locale
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_wtf import FlaskForm
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Session, relationship, scoped_session, sessionmaker
from wtforms import HiddenField, SubmitField

from portal.domain.arrears import Arrears, arrears_of
from portal.domain.loans import Components, InstallmentFacts, LenderType, LoanFacts, LoanStatus, Pause
from portal.i18n import TRANSLATIONS
from portal.models import (
    Base,
    Borrower,
    Creditor,
    DelinquencyPause,
    Hold,
    Installment,
    Loan,
    LoanStanding,
    Payment,
    Proposal,
)
from tests.people import NOW, TODAY
from tests.stories import ZONE

_PARTS: Final = ("principal", "interest", "fee", "penalty")


class Entity(DeclarativeBase):
    """Our tables, mapped anew."""

    metadata = Base.metadata


class InstallmentRow(Entity):
    __table__ = Installment.__table__


class PaymentRow(Entity):
    __table__ = Payment.__table__


class PauseRow(Entity):
    __table__ = DelinquencyPause.__table__


class HoldRow(Entity):
    __table__ = Hold.__table__


class ProposalRow(Entity):
    __table__ = Proposal.__table__


class StandingRow(Entity):
    __table__ = LoanStanding.__table__


class CreditorRow(Entity):
    __table__ = Creditor.__table__


class LoanRow(Entity):
    __table__ = Loan.__table__
    installments = relationship(
        InstallmentRow, order_by=InstallmentRow.__table__.c.number, viewonly=True, lazy="selectin"
    )
    payments = relationship(PaymentRow, viewonly=True, lazy="selectin")
    pauses = relationship(PauseRow, viewonly=True, lazy="selectin")
    holds = relationship(HoldRow, viewonly=True, lazy="selectin")
    proposals = relationship(ProposalRow, viewonly=True, lazy="selectin")
    standing = relationship(StandingRow, viewonly=True, lazy="selectin", uselist=False)


class BorrowerRow(UserMixin, Entity):  # carries no types
    __table__ = Borrower.__table__
    __mapper_args__ = {"exclude_properties": ["data_key"]}  # noqa: RUF012 - SQLAlchemy's own name; such applications seal nothing
    loans = relationship(
        LoanRow, viewonly=True, order_by=[Loan.__table__.c.disbursed_on, Loan.__table__.c.id]
    )


class SwitchForm(FlaskForm):
    """The language and the larger view; as in our header."""

    next = HiddenField()
    view = SubmitField("关怀版")
    language = SubmitField("English")


class Card:
    """One loan for the template."""

    def __init__(self, loan: Any, creditor: Any) -> None:
        self.loan, self.creditor = loan, creditor
        self.facts = _facts(loan)
        self.arrears: Arrears = arrears_of(self.facts, on=TODAY)

    @property
    def remaining(self) -> int:
        return sum(row.outstanding.total for row in self.facts.installments) + self.arrears.accrued_penalty

    @property
    def next_row(self) -> InstallmentFacts | None:
        late = {row.number for row in self.arrears.installments}
        rows = (row for row in self.facts.installments if not row.is_met and row.number not in late)
        return next(rows, None)


def idiomatic_home(url: str, folder: Path) -> Flask:
    """``/sign-in/ID`` signs in, ``/`` is the page. ``folder`` holds our catalogue under the name by which Flask-Babel looks for it."""
    named = folder / "zh_Hans_CN"
    if not named.exists():
        named.symlink_to(TRANSLATIONS / "zh_CN")
    app = Flask("idiomatic", template_folder=str(Path(__file__).parent / "templates"))
    app.config.update(
        SECRET_KEY="of a reference", BABEL_TRANSLATION_DIRECTORIES=str(folder), BABEL_DEFAULT_LOCALE="zh_CN"
    )
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    database = scoped_session(sessionmaker(engine))
    app.teardown_appcontext(lambda _error: database.remove())
    Babel(app, locale_selector=lambda: "zh_CN")
    logins = LoginManager(app)
    logins.user_loader(lambda known: database.get(BorrowerRow, int(known)))
    app.add_template_filter(_money, "money")
    app.add_template_filter(_day, "day")
    _add_views(app, database)
    return app


def _add_views(app: Flask, database: "scoped_session[Session]") -> None:
    @app.get("/sign-in/<int:borrower_id>")
    def sign_in(borrower_id: int) -> str:
        login_user(database.get_one(BorrowerRow, borrower_id))
        return ""

    def home() -> str:
        cards = _cards(database(), current_user)
        return render_template("home.html", cards=cards, form=SwitchForm(next="/"), now=NOW.astimezone(ZONE))

    app.add_url_rule("/", "home", login_required(home))


def _cards(session: Session, person: Any) -> Sequence[Card]:
    names = {loan.creditor for loan in person.loans}
    rows: Sequence[Any] = session.scalars(select(CreditorRow).where(Creditor.name.in_(names))).all()
    creditors = {row.name: row for row in rows}
    cards = [Card(loan, creditors.get(loan.creditor)) for loan in person.loans]
    return sorted(cards, key=lambda card: not card.arrears.is_overdue)


def _facts(loan: Any) -> LoanFacts:
    return LoanFacts(
        loan_ref=loan.loan_ref,
        currency=loan.currency,
        creditor=loan.creditor,
        product=loan.product,
        lender_type=LenderType(loan.lender_type),
        status=LoanStatus(loan.status),
        disbursed_on=loan.disbursed_on,
        principal=loan.principal_minor,
        annual_rate_pct=loan.annual_rate_pct,
        penalty_rate_pct=loan.penalty_rate_pct,
        amortisation=loan.amortisation,
        interest_method=loan.interest_method,
        day_count=loan.day_count,
        rounding=loan.rounding,
        every=loan.every,
        multiple=loan.multiple,
        has_guarantor=loan.has_guarantor,
        as_of=loan.as_of,
        installments=tuple(
            InstallmentFacts(row.number, row.due_on, _sums(row, "due"), _sums(row, "paid"))
            for row in loan.installments
        ),
        pauses=tuple(Pause(pause.starts_on, pause.ends_on) for pause in loan.pauses),
        payments=tuple(
            (payment.payment_ref, payment.paid_on, payment.amount_minor)
            for payment in loan.payments
            if not payment.is_reversed
        ),
    )


def _sums(row: Any, side: str) -> Components:
    return Components(*(getattr(row, f"{part}_{side}_minor") for part in _PARTS))


def _money(minor: int) -> str:
    return f"{format_decimal(Decimal(minor) / 100, '#,##0.00', locale=get_locale())} 元"


def _day(day: date | datetime) -> str:
    return str(format_date(day, "y年M月d日", locale=get_locale()))
