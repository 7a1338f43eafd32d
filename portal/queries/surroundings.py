"""What stands around many loans when their stages are looked at."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Final, cast

from sqlalchemy import ColumnElement, CompoundSelect, Table, and_, exists, func, select
from sqlalchemy.orm import Session

from portal.domain.limitation import Cause
from portal.domain.occasions import Occasion
from portal.domain.proposals import RUNNING_STATUSES
from portal.models import Agency, Contact, Creditor, DelinquencyPause, Event, Hold, Loan, Proposal
from portal.queries.agencies import is_under_contract
from portal.queries.assignments import awaits_notice
from portal.queries.holds import runs_on
from portal.queries.limitation_bases import recorded_acts
from portal.queries.standings import Loans

_LOANS: Final = cast("Table", Loan.__table__)
_RUNNING: Final = [status.value for status in RUNNING_STATUSES]


def agencies(session: Session, *, on: date) -> Mapping[str, str]:
    """By the creditor's name, the agency that it has engaged: only one of the register, while its contract runs (rule C20)."""
    rows = session.execute(
        select(Creditor.name, Agency.name)
        .join(Agency, Agency.name == Creditor.agency)
        .where(is_under_contract(on))
    )
    return {creditor: agency for creditor, agency in rows}  # noqa: C416 - rows are no pairs to the type checker


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around the loans of a range, by loan: holds and plans that stop, ends of plans, and what arrived. A loan that was handed
    on untold is ``held`` like one under a hold (rule C21).
    """

    held: Collection[int]
    under_plan: Collection[int]
    plan_ended_on: Mapping[int, date]
    notices: Mapping[int, Sequence[date]]
    demands: Mapping[int, Sequence[date]]

    def stands_around(self, loan_id: int) -> bool:
        """Whether any of it is there."""
        return (
            loan_id in self.held
            or loan_id in self.under_plan
            or loan_id in self.plan_ended_on
            or loan_id in self.notices
            or loan_id in self.demands
        )


def surroundings_of(session: Session, loans: Loans, *, on: date, zone: tzinfo) -> Surroundings:
    demands: defaultdict[int, list[date]] = defaultdict(list)
    for loan_id, acts in recorded_acts(session, loans, zone).items():
        demands[loan_id] += [act.on for act in acts if act.cause is Cause.DEMAND_DELIVERED]
    return Surroundings(
        held=set(session.scalars(_held(loans, on))),
        under_plan=set(
            session.scalars(
                select(Proposal.loan_id).where(Proposal.status.in_(_RUNNING), loans.holds(Proposal.loan_id))
            )
        ),
        plan_ended_on=_plan_ends(session, loans),
        notices=notices_of(session, loans.holds(Contact.loan_id), zone=zone),
        demands=demands,
    )


def _held(loans: Loans, on: date) -> CompoundSelect[int]:
    by_hold = select(Hold.loan_id).where(runs_on(on), loans.holds(Hold.loan_id))
    return by_hold.union_all(select(Loan.id).where(awaits_notice(), loans.holds(_LOANS.c.id)))


def _plan_ends(session: Session, loans: Loans) -> Mapping[int, date]:
    rows = session.execute(
        select(DelinquencyPause.loan_id, func.max(DelinquencyPause.ends_on))
        .where(loans.holds(DelinquencyPause.loan_id), DelinquencyPause.ends_on.is_not(None))
        .group_by(DelinquencyPause.loan_id)
    )
    return {loan_id: ends_on for loan_id, ends_on in rows if ends_on is not None}


def notices_of(
    session: Session, wanted: ColumnElement[bool], *, zone: tzinfo
) -> Mapping[int, Sequence[date]]:
    """The days on which notices of an agency arrived, by loan."""
    found: defaultdict[int, list[date]] = defaultdict(list)
    rows = session.execute(select(Contact.loan_id, Contact.arrived_at).where(is_arrived_notice(), wanted))
    for loan_id, at in rows:
        if loan_id is not None and at is not None:
            found[loan_id].append(at.astimezone(zone).date())
    return found


def is_arrived_notice() -> ColumnElement[bool]:
    """Over ``contact``: a notice of an agency that reached its receiver, as the provider's receipt says (rule L03).

    None that went out before a book handed the loan on, or before its creditor engaged another agency: it named one that does not have it.
    """
    handed_on = exists().where(
        Event.loan_id == Contact.loan_id, Event.name == "loan:assigned", Event.at >= Contact.at
    )
    engaged_later = exists().where(
        Loan.id == Contact.loan_id, Creditor.name == Loan.creditor, Creditor.agency_since >= Contact.at
    )
    return and_(
        Contact.purpose == Occasion.AGENCY_NOTICE.value,
        Contact.arrived_at.is_not(None),
        ~handed_on,
        ~engaged_later,
    )
