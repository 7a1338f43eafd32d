"""Check your answers, with change links; then the terms are frozen for reading and signing."""

from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm

from portal.domain.at_once import nearest_at_once
from portal.domain.errors import DomainError
from portal.domain.journey import PERSON, Question
from portal.domain.offers import Offer, choice_of, price_choice
from portal.domain.pay_days import pay_days_of, pay_days_without_plan
from portal.domain.policy import HardshipReason, affordability_of, answer_by
from portal.i18n import current_locale
from portal.messages import text_of
from portal.services.drafts import answer_draft
from portal.services.freezing import freeze_plan
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.leading_on import leads_on
from portal.web.borrower.plans.loading import STEPS, Page, load_journey, missing_answer, missing_budget
from portal.web.freezing import freezing_tools
from portal.web.journeys import Journey
from portal.web.labels import HARDSHIP_REASONS, PLAN_KIND_HINTS
from portal.web.people import BorrowerPerson
from portal.web.plan_cards import WITHOUT_PLAN
from portal.web.plan_names import NOTES, PAY_DAY_KINDS, WHY_A_PERSON, name_of, need_text
from portal.web.plan_pictures import pictures_of

CHOSEN = "chosen"


@blueprint.route("/proposals/<proposal_id>/check", methods=["GET", "POST"])
@borrower_page
@leads_on
def plan_check(person: BorrowerPerson, proposal_id: str) -> Page:
    journey = load_journey(person, proposal_id)
    missing = missing_answer(journey.proposal)
    if missing is not None:
        return redirect(missing, 303)
    try:
        offer = price_choice(journey.kept(Question.CHOICE), journey.situation.standing)
    except DomainError as error:
        flash(text_of(error), "warning")
        return redirect(url_for("borrower.plan_choice", proposal_id=proposal_id), 303)
    missing = missing_budget(journey, offer)
    if missing is not None:
        return redirect(missing, 303)
    form = FlaskForm()
    if form.is_submitted():
        _freeze(person, journey, offer)
        return redirect(url_for("borrower.plan_disclosure", proposal_id=proposal_id), 303)
    return _page(journey, offer, form)


@blueprint.post("/proposals/<proposal_id>/decider")
@borrower_page
@leads_on
def plan_decider(person: BorrowerPerson, proposal_id: str) -> Page:
    """A person instead of the rules, or the rules again after all."""
    journey = load_journey(person, proposal_id)
    missing = missing_answer(journey.proposal)
    if missing is not None:
        return redirect(missing, 303)
    choice = {name: value for name, value in journey.kept(Question.CHOICE).items() if name != "decided_by"}
    wanted = {"decided_by": PERSON} if request.form.get("decided_by") == PERSON else {}
    answer_draft(
        writes.database(),
        person.actor,
        proposal=journey.proposal,
        question=Question.CHOICE,
        answer={**choice, **wanted},
        now=writes.now(),
    )
    return redirect(url_for("borrower.plan_check", proposal_id=proposal_id), 303)


@blueprint.post("/proposals/<proposal_id>/instead")
@borrower_page
@leads_on
def plan_instead(person: BorrowerPerson, proposal_id: str) -> Page:
    """The nearest plan that would be approved at once, as of now, instead of the one that was chosen."""
    journey = load_journey(person, proposal_id)
    missing = missing_answer(journey.proposal)
    if missing is not None:
        return redirect(missing, 303)
    standing = journey.situation.standing
    quicker = nearest_at_once(price_choice(journey.kept(Question.CHOICE), standing), standing)
    if quicker is not None:
        answer_draft(
            writes.database(),
            person.actor,
            proposal=journey.proposal,
            question=Question.CHOICE,
            answer={**choice_of(quicker.plan.request), "source": "own"},
            now=writes.now(),
        )
    return redirect(url_for("borrower.plan_check", proposal_id=proposal_id), 303)


def _page(journey: Journey, offer: Offer, form: FlaskForm) -> str:
    situation = journey.situation
    quicker = nearest_at_once(offer, situation.standing)
    return render_template(
        "borrower/plans/check.html",
        form=form,
        journey=journey,
        offer=offer,
        plan=offer.plan,
        name=name_of(offer.plan),
        quicker=quicker,
        quicker_name=name_of(quicker.plan) if quicker else None,
        pictures=pictures_of(
            {
                CHOSEN: pay_days_of(offer.plan, until=offer.plan.ends_on),
                WITHOUT_PLAN: pay_days_without_plan(offer.instead),
            }
        ),
        pay_day_kinds=PAY_DAY_KINDS,
        reason=HARDSHIP_REASONS[HardshipReason(journey.kept(Question.REASON)["reason"])],
        need=need_text(journey.kept(Question.NEED), journey.loan.currency),
        asked_for_a_person=journey.kept(Question.CHOICE).get("decided_by") == PERSON,
        budget=affordability_of(offer.plan, situation.circumstances, situation.policy),
        is_own=journey.kept(Question.CHOICE).get("source") == "own",
        kind_hint=PLAN_KIND_HINTS[offer.plan.kind],
        notes=[NOTES[code] for code in offer.plan.notes],
        why=[WHY_A_PERSON[reason] for reason in offer.assessment.reasons],
        promised=answer_by(writes.business_now(), situation.policy, situation.calendar),
        steps=STEPS,
        **_change_urls(journey),
    )


def _change_urls(journey: Journey) -> dict[str, str]:
    """Where an answer is changed; what a change of a running plan is, on its one page."""
    if journey.proposal.replaces_id is not None:
        url = url_for("borrower.plan_change", proposal_id=journey.id)
        return {"need_url": url, "choice_url": url}
    is_own = journey.kept(Question.CHOICE).get("source") == "own"
    return {
        "need_url": url_for("borrower.plan_need", proposal_id=journey.id),
        "choice_url": url_for(
            "borrower.plan_own" if is_own else "borrower.plan_choice", proposal_id=journey.id
        ),
    }


def _freeze(person: BorrowerPerson, journey: Journey, offer: Offer) -> None:
    freeze_plan(
        writes.database(),
        person.actor,
        proposal=journey.proposal,
        situation=journey.situation,
        plan=offer.plan,
        tools=freezing_tools(),
        locale=current_locale(),
        now=writes.now(),
    )
