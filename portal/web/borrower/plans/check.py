"""Check your answers, with change links; then the terms are frozen for reading and signing."""

from flask import redirect, render_template, url_for
from flask_wtf import FlaskForm

from portal.adapters.wording import BabelWording
from portal.domain.offers import Offer, price_choice
from portal.domain.policy import HardshipReason, answer_by
from portal.i18n import current_locale
from portal.services.freezing import FreezingTools, freeze_plan
from portal.services.signing import show_disclosure
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.loading import STEPS, Journey, Page, load_journey, missing_answer
from portal.web.labels import HARDSHIP_REASONS
from portal.web.people import BorrowerPerson


@blueprint.route("/proposals/<proposal_id>/check", methods=["GET", "POST"])
@borrower_page
def plan_check(person: BorrowerPerson, proposal_id: str) -> Page:
    journey = load_journey(person, proposal_id)
    missing = missing_answer(journey.proposal)
    if missing is not None:
        return redirect(missing, 303)
    offer = price_choice(journey.proposal.answers["choice"], journey.situation.standing)
    form = FlaskForm()
    if form.is_submitted():
        _freeze(person, journey, offer)
        return redirect(url_for("borrower.plan_disclosure", proposal_id=proposal_id), 303)
    answers = journey.proposal.answers
    return render_template(
        "borrower/plans/check.html",
        form=form,
        journey=journey,
        offer=offer,
        reason=HARDSHIP_REASONS[HardshipReason(answers["reason"]["reason"])],
        need=answers["need"],
        promised=answer_by(writes.business_now(), journey.situation.policy, journey.situation.calendar),
        steps=STEPS,
    )


def _freeze(person: BorrowerPerson, journey: Journey, offer: Offer) -> None:
    session, config = writes.database(), writes.portal().config
    version = freeze_plan(
        session,
        person.actor,
        proposal=journey.proposal,
        situation=journey.situation,
        plan=offer.plan,
        tools=FreezingTools(
            texts=writes.portal().texts,
            wording=BabelWording(),
            support_phone=config.support_phone,
            support_hours=config.support_hours,
        ),
        locale=current_locale(),
        now=writes.now(),
    )
    show_disclosure(session, person.actor, proposal=journey.proposal, version=version, now=writes.now())
