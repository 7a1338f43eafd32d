"""What is done with a version: drafted, replayed, proposed, taken back, withdrawn, approved, refused."""

from flask import flash, redirect, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.errors import Conflict, DomainError
from portal.domain.permissions import Permission
from portal.domain.policy_versions import PolicyAct
from portal.messages import text_of
from portal.models import PolicyVersion
from portal.queries.policy_versions import get_policy_version
from portal.services.policies import (
    approve_policy,
    draft_to_write_on,
    propose_policy,
    record_policy_refusal,
    refuse_policy,
    take_policy_back,
    withdraw_policy,
)
from portal.services.policy_replays import ask_replay
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.policy.forms import ActForm, ReplayForm, seen_version
from portal.web.review.policy.moved import policy_moved_on
from portal.web.review.policy.pages import version_page
from portal.web.unsent import typed_in

Page = str | Response | tuple[str, int]


@blueprint.post("/policy")
@staff_page(Permission.POLICY_DRAFT)
def begin_policy(person: StaffPerson) -> Response:
    """A draft that nobody has written on is gone on with: a click makes no second one."""
    draft = draft_to_write_on(writes.database(), person.actor, today=writes.today(), now=writes.now())
    return redirect(url_for("review.write_policy", version=draft.version), 303)


@blueprint.post("/policy/<version>/replay")
@staff_page(Permission.POLICY_DRAFT)
def replay_policy_draft(person: StaffPerson, version: str) -> Page:
    form, line = ReplayForm(), get_policy_version(writes.database(), version)
    try:
        with writes.attempt():
            offers, loans = form.sizes()
            ask_replay(
                writes.database(), person.actor, policy=line.row, offers=offers, loans=loans, now=writes.now()
            )
    except DomainError as error:
        _put(form, error)
        return version_page(person, line, replay_form=form), error.status
    flash(gettext("The replay is on its way. Look again in a moment."), "success")
    return _back(version)


@blueprint.post("/policy/<version>/act")
@staff_page(Permission.POLICY_DRAFT, proven=True)
def act_on_policy(person: StaffPerson, version: str) -> Page:
    """What the drafter does."""
    form, line = ActForm(), get_policy_version(writes.database(), version)
    try:
        with writes.attempt():
            flash(_drafters_act(person, line.row, form), "success")
    except DomainError as error:
        return _refused(person, version, form, error)
    return _back(version)


def _drafters_act(person: StaffPerson, row: PolicyVersion, form: ActForm) -> str:
    session, now, seen = writes.database(), writes.now(), seen_version(form)
    match form.act.data:
        case PolicyAct.PROPOSE.value:
            propose_policy(session, person.actor, policy_id=row.id, seen=seen, today=writes.today(), now=now)
            return str(gettext("Proposed. Somebody else decides now."))
        case PolicyAct.TAKE_BACK.value:
            take_policy_back(session, person.actor, policy_id=row.id, seen=seen, now=now)
            return str(gettext("Taken back. You can write on."))
        case PolicyAct.WITHDRAW.value:
            withdraw_policy(session, person.actor, policy_id=row.id, seen=seen, now=now)
            return str(gettext("Withdrawn. It stays here to be read."))
        case _:
            raise Conflict("policy_moved_on")


@blueprint.post("/policy/<version>/decide")
@staff_page(Permission.POLICY_APPROVE, proven=True)
def decide_policy(person: StaffPerson, version: str) -> Page:
    """What somebody else does."""
    form, line = ActForm(), get_policy_version(writes.database(), version)
    try:
        with writes.attempt():
            flash(_decided(person, line.row, form), "success")
    except DomainError as error:
        return _refused(person, version, form, error)
    return _back(version)


def _decided(person: StaffPerson, row: PolicyVersion, form: ActForm) -> str:
    session, now, seen, note = writes.database(), writes.now(), seen_version(form), form.note.data or ""
    match form.act.data:
        case PolicyAct.APPROVE.value:
            approve_policy(
                session,
                person.actor,
                policy_id=row.id,
                seen=seen,
                note=note,
                today=writes.today(),
                now=now,
            )
            return str(gettext("Approved."))
        case PolicyAct.REFUSE.value:
            refuse_policy(session, person.actor, policy_id=row.id, seen=seen, note=note, now=now)
            return str(gettext("Refused. The drafter can read why."))
        case _:
            raise Conflict("policy_moved_on")


def _refused(person: StaffPerson, version: str, form: ActForm, error: DomainError) -> Page:
    """In words on the version's page as it stands now; the refusal is on record."""
    line = get_policy_version(writes.database(), version)
    writes.database().refresh(line.row)
    act = form.act.data if form.act.data in set(PolicyAct) else "unknown"
    record_policy_refusal(
        writes.database(),
        person.actor,
        policy_version=version,
        act=str(act),
        error=error,
        now=writes.now(),
    )
    if isinstance(error, Conflict) and (typed := typed_in(form)):
        return policy_moved_on(version, error, typed)
    _put(form, error)
    form.seen.data = str(line.row.row_version)
    return version_page(person, line, form=form), error.status


def _put(form: ActForm | ReplayForm, error: DomainError) -> None:
    field = getattr(form, error.field, None) if error.field else None
    if field is not None and hasattr(field, "errors"):
        field.errors = [*field.errors, text_of(error)]
    else:
        form.form_errors.append(text_of(error))


def _back(version: str) -> Response:
    return redirect(url_for("review.policy_version", version=version), 303)
