"""Writing a draft of the policy: every limit with what it does, what is in force beside it, nothing lost where something cannot stand."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.domain.policy_limits import LIMITS, Limit, PolicyFaultsError, Section, Unit, values_of
from portal.domain.policy_versions import PolicyAct, PolicyState, refuse_policy_act
from portal.messages import text_of
from portal.policy_words import LIMIT_HINTS, LIMIT_NAMES, SECTIONS, subject_name, value_words
from portal.queries.policy_versions import VersionLine, get_policy_version, newest_approved
from portal.services.policies import write_draft
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.policy.forms import (
    PolicyForm,
    field_name,
    filled_form,
    put_faults,
    seen_version,
    written_policy,
)

Page = str | Response | tuple[str, int]


@blueprint.get("/policy/<version>/write")
@staff_page(Permission.POLICY_DRAFT)
def write_policy(person: StaffPerson, version: str) -> Page:
    """For the drafter while it is a draft; others are led to the version's page."""
    line = get_policy_version(writes.database(), version)
    try:
        refuse_policy_act(
            PolicyAct.WRITE,
            state=PolicyState(line.row.state),
            drafter=line.row.drafted_by,
            actor=person.actor.id or 0,
        )
    except DomainError as error:
        flash(text_of(error), "warning")
        return redirect(url_for("review.policy_version", version=version), 303)
    return _page(line, filled_form(line.row, values_of(line.row.body)))


@blueprint.post("/policy/<version>/write")
@staff_page(Permission.POLICY_DRAFT)
def save_policy(person: StaffPerson, version: str) -> Page:
    form, line = PolicyForm(), get_policy_version(writes.database(), version)
    try:
        with writes.attempt():
            write_draft(
                writes.database(),
                person.actor,
                policy_id=line.row.id,
                seen=seen_version(form),
                written=written_policy(form, values_of(line.row.body)),
                today=writes.today(),
                now=writes.now(),
            )
    except PolicyFaultsError as error:
        put_faults(form, error)
        return _page(line, form, is_refused=True), 422
    except DomainError as error:
        if error.code == "policy_changed_meanwhile":
            return _moved(line, form)
        field = getattr(form, error.field, None) if error.field else None
        if field is None:
            form.form_errors.append(text_of(error))
        else:
            field.errors = [*field.errors, text_of(error)]
        return _page(line, form, is_refused=True), error.status
    flash(gettext("Saved. Replay it before you propose it."), "success")
    return redirect(url_for("review.policy_version", version=version), 303)


def _moved(line: VersionLine, form: Any) -> Page:
    """The drafter alone writes, so it was in another window: what is typed here stays, and saving it again says that it holds."""
    writes.database().refresh(line.row)
    form.seen.data = str(line.row.row_version)
    form.form_errors.append(
        gettext(
            "This draft was saved in another window meanwhile. What you typed here is below; save it again to put it in the place of that."
        )
    )
    return _page(line, form, is_refused=True), 409


def _page(line: VersionLine, form: Any, *, is_refused: bool = False) -> str:
    newest = newest_approved(writes.database())
    values = values_of(newest.body)
    in_force = {limit.name: value_words(limit, values[limit.name]) for limit in LIMITS}
    return render_template(
        "review/policy/write.html",
        line=line,
        newest=newest,
        written=form,
        sections=[(SECTIONS[section], _groups(section)) for section in Section],
        shared_hints={section: _shared_hints(section) for section in Section},
        section=list(Section),
        field_of={limit.name: field_name(limit) for limit in LIMITS},
        in_force=in_force,
        hints=LIMIT_HINTS,
        names=LIMIT_NAMES,
        unit=Unit,
        **({"form": form} if is_refused else {}),
    )


def _groups(section: Section) -> list[tuple[str, list[Limit]]]:
    """The limits of a kind of plan or lender together; the others under no name."""
    groups: dict[str, list[Limit]] = {}
    for limit in LIMITS:
        if limit.section is section:
            is_band = limit.path[0] == "bands"
            groups.setdefault(subject_name(limit) if is_band else "", []).append(limit)
    return list(groups.items())


def _shared_hints(section: Section) -> list[tuple[str, str]]:
    """What is said once for limits that many kinds have."""
    topics = dict.fromkeys(
        limit.topic for limit in LIMITS if limit.section is section and limit.subject is not None
    )
    return [(str(LIMIT_NAMES[topic]), str(LIMIT_HINTS[topic])) for topic in topics]
