"""Ending a trial of the policy, or going on for all: one asks, another agrees or does not."""

from flask import flash, redirect, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.errors import Conflict, DomainError, NotFound
from portal.domain.permissions import Permission
from portal.domain.policy_versions import TrialEnd
from portal.messages import text_of
from portal.models import PolicyTrial
from portal.queries.policy_versions import get_policy_version, trial_of
from portal.services.policies import record_policy_refusal
from portal.services.policy_trials import answer_trial_end, ask_trial_end
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.policy.forms import TrialEndForm
from portal.web.review.policy.moved import policy_moved_on
from portal.web.review.policy.pages import version_page
from portal.web.unsent import typed_in

Page = str | Response | tuple[str, int]


@blueprint.post("/policy/<version>/trial/end")
@staff_page(Permission.POLICY_DRAFT, proven=True)
def end_policy_trial(person: StaffPerson, version: str) -> Page:
    form, trial = TrialEndForm(), _trial(version)
    try:
        with writes.attempt():
            ask_trial_end(
                writes.database(),
                person.actor,
                trial_id=trial.id,
                end=_end(form),
                why=form.why.data or "",
                now=writes.now(),
            )
    except DomainError as error:
        return _refused(person, version, form, "ask_trial_end", error)
    flash(gettext("Asked. Somebody else has to agree."), "success")
    return redirect(url_for("review.policy_version", version=version), 303)


@blueprint.post("/policy/<version>/trial/answer")
@staff_page(Permission.POLICY_APPROVE, proven=True)
def answer_policy_trial(person: StaffPerson, version: str) -> Page:
    form, trial = TrialEndForm(), _trial(version)
    try:
        with writes.attempt():
            answer_trial_end(
                writes.database(),
                person.actor,
                trial_id=trial.id,
                seen=_end(form),
                agrees=form.answer.data == "yes",
                today=writes.today(),
                now=writes.now(),
            )
    except DomainError as error:
        return _refused(person, version, form, "answer_trial_end", error)
    flash(
        gettext("Done.") if form.answer.data == "yes" else gettext("Not agreed. The trial goes on."),
        "success",
    )
    return redirect(url_for("review.policy_version", version=version), 303)


def _trial(version: str) -> PolicyTrial:
    trial = trial_of(writes.database(), get_policy_version(writes.database(), version).row.id)
    if trial is None:
        raise NotFound("not_found")
    return trial


def _end(form: TrialEndForm) -> TrialEnd:
    try:
        return TrialEnd(form.end.data or "")
    except ValueError:
        raise Conflict("policy_trial_end_not_asked") from None


def _refused(person: StaffPerson, version: str, form: TrialEndForm, act: str, error: DomainError) -> Page:
    record_policy_refusal(
        writes.database(), person.actor, policy_version=version, act=act, error=error, now=writes.now()
    )
    if isinstance(error, Conflict) and (typed := typed_in(form)):
        return policy_moved_on(version, error, typed)
    if error.field == "why":
        form.why.errors = [*form.why.errors, text_of(error)]
    else:
        form.form_errors.append(text_of(error))
    line = get_policy_version(writes.database(), version)
    return version_page(person, line, end_form=form), error.status
