"""What somebody asks for about their own data (rule D02): a case with its deadline; deletion restricts at once (rule C19)."""

from datetime import date, datetime, tzinfo

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.cases import CaseTopic
from portal.domain.permissions import Actor
from portal.models import DataRestriction, ServiceCase
from portal.queries.legal_holds import is_borrower_held
from portal.services.budgets import forget_budget
from portal.services.cases import CaseForm, open_case
from portal.services.consents import WITHDRAWABLE, withdraw_consent
from portal.services.record import record


def ask_about_data(
    session: Session, actor: Actor, *, form: CaseForm, today: date, zone: tzinfo, now: datetime
) -> ServiceCase:
    """The case of a form; raises what ``open_case`` does.

    Deletion: what the law or the contract makes us keep is locked away, and everything that rests on consent ends with it;
    figures that were kept for convenience alone are deleted, unless a legal hold runs: after it they go with their term.
    """
    case = open_case(session, actor, form=form, today=today, zone=zone, now=now)
    if case.topic == CaseTopic.DELETE_DATA:
        _restrict(session, actor, case, now)
    return case


def _restrict(session: Session, actor: Actor, case: ServiceCase, now: datetime) -> None:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    restriction_id = session.scalar(
        insert(DataRestriction)
        .values(borrower_id=case.borrower_id, case_id=case.id, started_at=now)
        .on_conflict_do_nothing(
            index_elements=["borrower_id"], index_where=DataRestriction.ended_at.is_(None)
        )
        .returning(DataRestriction.id)
    )
    if restriction_id is None:
        return
    record(session, actor, "data:restricted", now=now, borrower_id=case.borrower_id, case_id=case.id)
    for kind in WITHDRAWABLE:
        withdraw_consent(session, actor, kind=kind, now=now)
    if not is_borrower_held(session, case.borrower_id):
        forget_budget(session, actor, now=now)
