"""The lender's other offer on a proposal's page: as a difference from what was signed, then accepted or not."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from portal.domain.plan_differences import plan_difference
from portal.domain.proposals import Act, ProposalStatus, Who, is_possible
from portal.models import Proposal
from portal.queries.plans import plan_of
from portal.queries.proposals import find_open_counter, get_proposal_of, get_signed_version
from portal.queries.situations import situation_for
from portal.services.counters import refuse_counter
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.leading_on import leads_on
from portal.web.borrower.plans.loading import Page
from portal.web.people import BorrowerPerson
from portal.web.plan_differences import figure_lines, payment_lines
from portal.web.plan_names import name_of


def counter_values(session: Session, found: Proposal) -> dict[str, Any]:
    """What the page of a countered proposal shows besides; for any other no offer."""
    version = find_open_counter(session, found)
    if version is None:
        return {"offered": None}
    own, offered = plan_of(get_signed_version(session, found)), plan_of(version)
    difference = plan_difference(own, offered)
    return {
        "offered": offered,
        "offered_name": name_of(offered),
        "figure_changes": figure_lines(difference, offered.currency),
        "payment_changes": payment_lines(difference, offered.currency),
    }


@blueprint.route("/proposals/<proposal_id>/offer/no", methods=["GET", "POST"])
@borrower_page
@leads_on
def counter_refuse(person: BorrowerPerson, proposal_id: str) -> Page:
    """Asked once, with what happens then."""
    session = writes.database()
    found = get_proposal_of(session, person.id, proposal_id)
    form = FlaskForm()
    if form.is_submitted():
        _refuse(person, found)
        flash(gettext("We have it. A person now decides on your own plan."), "success")
        return redirect(url_for("borrower.proposal", proposal_id=proposal_id), 303)
    if not is_possible(ProposalStatus(found.status), Act.REFUSE_COUNTER, Who.BORROWER):
        return redirect(url_for("borrower.proposal", proposal_id=proposal_id), 303)
    return render_template("borrower/refuse_counter.html", form=form, proposal=found)


def _refuse(person: BorrowerPerson, found: Proposal) -> None:
    session = writes.database()
    refuse_counter(
        session,
        person.actor,
        proposal=found,
        situation=situation_for(session, found, on=writes.today(), zone=writes.clock().zone),
        now=writes.business_now(),
    )
