"""Signing as most applications of this kind are written: ORM entities, Flask-Login's user, Flask-WTF's form with its token; the proposal
changed, an event and a message beside it, in one commit. On tables of its own.
"""

from datetime import UTC, datetime

from flask import Flask, redirect
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf
from sqlalchemy import JSON, DateTime, ForeignKey, String, create_engine, insert, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
    scoped_session,
    sessionmaker,
)
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired, Length


class Entity(DeclarativeBase):
    pass


class Person(UserMixin, Entity):  # carries no types
    __tablename__ = "idiomatic_person"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))


class Plan(Entity):
    __tablename__ = "idiomatic_plan"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("idiomatic_person.id"), index=True)
    status: Mapped[str] = mapped_column(String(16), default="draft")
    code: Mapped[str] = mapped_column(String(6))
    signed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    row_version: Mapped[int] = mapped_column(default=1)
    person: Mapped[Person] = relationship()
    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - the library's own name


class PlanEvent(Entity):
    __tablename__ = "idiomatic_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("idiomatic_plan.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    fields: Mapped[dict[str, str]] = mapped_column(JSON)


class PlanMessage(Entity):
    __tablename__ = "idiomatic_message"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("idiomatic_plan.id"), index=True)
    topic: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, str]] = mapped_column(JSON)


class CodeForm(FlaskForm):
    code = StringField("Code", [InputRequired(), Length(6, 6)])


def add_proposals(session: Session, count: int) -> None:
    """The tables, one person, and so many drafts whose ids are their numbers."""
    Entity.metadata.create_all(session.connection())
    session.execute(insert(Person), [{"id": 1, "name": "李娜"}])
    session.execute(
        insert(Plan),
        [
            {"public_id": str(number), "person_id": 1, "code": "123456", "status": "draft", "row_version": 1}
            for number in range(count)
        ],
    )


def idiomatic_signing(url: str) -> Flask:
    """``/sign-in`` signs in and gives the form's token; ``POST /proposals/ID/sign`` signs."""
    app = Flask("idiomatic")
    app.config.update(SECRET_KEY="of a reference")
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    database = scoped_session(sessionmaker(engine))
    app.teardown_appcontext(lambda _error: database.remove())
    logins = LoginManager(app)
    logins.user_loader(lambda known: database.get(Person, int(known)))

    def sign_in() -> str:
        login_user(database.get_one(Person, 1))
        return str(generate_csrf())

    def sign(proposal_id: str) -> Response | tuple[str, int]:
        form = CodeForm()
        found = select(Plan).where(Plan.public_id == proposal_id, Plan.person_id == current_user.id)
        plan = database.scalars(found.with_for_update()).one()
        if not form.validate_on_submit() or form.code.data != plan.code or plan.status != "draft":
            return "", 422
        _submit(database(), plan)
        return redirect(f"/proposals/{proposal_id}", 303)

    app.add_url_rule("/sign-in", "sign_in", sign_in)
    app.add_url_rule("/proposals/<proposal_id>/sign", "sign", login_required(sign), methods=["POST"])
    return app


def _submit(session: Session, plan: Plan) -> None:
    now = datetime.now(UTC)
    plan.status, plan.signed_at = "submitted", now
    fields = {"by": plan.person.name, "code": plan.code}
    session.add(PlanEvent(plan_id=plan.id, name="plan:submitted", at=now, fields=fields))
    session.add(PlanMessage(plan_id=plan.id, topic="plan:submitted", payload={"to": plan.person.name}))
    session.commit()
