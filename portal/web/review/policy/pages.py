"""The versions of the policy, one with all that belongs to it, and what two differ in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template
from flask_babel import gettext

from portal.domain.permissions import Permission
from portal.domain.policy_limits import LIMITS, Section, differences, values_of
from portal.domain.policy_trials import compare_sides
from portal.domain.policy_versions import PolicyAct, PolicyState, TrialEnd, policy_digest
from portal.models import PolicyReplay, PolicyVersion, StaffMember
from portal.policy_words import (
    LIMIT_HINTS,
    POLICY_STATES,
    SECTIONS,
    SIDE_SHARES,
    change_words,
    limit_name,
    value_words,
)
from portal.queries.policy_trials import ArmFigures, compare_arms
from portal.queries.policy_versions import (
    VersionLine,
    get_policy_version,
    in_force_on,
    newest_approved,
    newest_replay,
    policy_versions,
    replay_of_body,
    running_trial,
    trial_of,
)
from portal.services.policy_replays import MOST_LOANS, MOST_OFFERS
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.policy.forms import ActForm, ReplayForm, TrialEndForm
from portal.web.review.policy.replay_view import ReplayPart, replay_part

USUAL_OFFERS, USUAL_LOANS = 1_000, 50


@dataclass(frozen=True, slots=True)
class ShownReplay:
    """A replay with its tables; ``is_of_this`` where it is of what the version says now, beside the newest approved one."""

    row: PolicyReplay
    is_of_this: bool
    parts: tuple[ReplayPart, ...]


@blueprint.get("/policy")
@staff_page(Permission.POLICY_SEE)
def policy(_person: StaffPerson) -> str:
    session = writes.database()
    return render_template(
        "review/policy/list.html",
        lines=policy_versions(session),
        in_force=in_force_on(session, writes.today()),
        trial=running_trial(session),
        states=POLICY_STATES,
        state=PolicyState,
    )


@blueprint.get("/policy/<version>")
@staff_page(Permission.POLICY_SEE)
def policy_version(person: StaffPerson, version: str) -> str:
    return version_page(person, get_policy_version(writes.database(), version))


@blueprint.get("/policy/<before>/to/<after>")
@staff_page(Permission.POLICY_SEE)
def policy_difference(_person: StaffPerson, before: str, after: str) -> str:
    session = writes.database()
    old, new = get_policy_version(session, before), get_policy_version(session, after)
    return render_template(
        "review/policy/difference.html",
        before=old.row,
        after=new.row,
        changes=[change_words(change) for change in differences(old.row.body, new.row.body)],
        versions=[line.row.version for line in policy_versions(session)],
    )


def version_page(
    person: StaffPerson,
    line: VersionLine,
    *,
    form: Any = None,
    replay_form: ReplayForm | None = None,
    end_form: TrialEndForm | None = None,
) -> str:
    """``form`` and the others are what was sent and refused, with their faults."""
    session, row = writes.database(), line.row
    newest = newest_approved(session)
    beside = session.get_one(PolicyVersion, row.follows_id) if row.follows_id else None
    trial = trial_of(session, row.id)
    arms = () if trial is None else compare_arms(session, trial)
    is_open = row.state in {PolicyState.DRAFT.value, PolicyState.PROPOSED.value}
    refused = next((each for each in (form, replay_form, end_form) if each is not None), None)
    return render_template(
        "review/policy/version.html",
        line=line,
        policy=row,
        state=PolicyState(row.state),
        states=POLICY_STATES,
        in_force=in_force_on(session, writes.today()),
        digest=policy_digest(row.body),
        beside=beside,
        is_out_of_date=is_open and row.follows_id != newest.id,
        changes=_changes(beside, row),
        sections=_sections(row.body, None if beside is None else beside.body),
        is_mine=row.drafted_by == person.actor.id,
        act=PolicyAct,
        written=form or ActForm(formdata=None, data={"seen": str(row.row_version)}),
        replay=_shown_replay(row, newest, is_open=is_open),
        replay_sizes=replay_form or _usual_sizes(),
        most={"offers": MOST_OFFERS, "loans": MOST_LOANS},
        trial=trial,
        trial_asker=_number(trial.asked_by if trial else None),
        trial_answerer=_number(trial.answered_by if trial else None),
        arms=_arms(arms),
        side_gaps=compare_sides(*(arm.counts for arm in arms)) if arms else (),
        side_shares=SIDE_SHARES,
        end=TrialEnd,
        end_written=end_form or TrialEndForm(formdata=None),
        **({"form": refused} if refused is not None else {}),
    )


def _usual_sizes() -> ReplayForm:
    return ReplayForm(formdata=None, data={"offers": str(USUAL_OFFERS), "loans": str(USUAL_LOANS)})


def _changes(beside: PolicyVersion | None, row: PolicyVersion) -> list[str]:
    return [] if beside is None else [change_words(each) for each in differences(beside.body, row.body)]


def _sections(
    body: Mapping[str, Any], beside: Mapping[str, Any] | None
) -> list[tuple[str, list[tuple[str, str, str, str]]]]:
    """By section: name, hint, value, and the value of the version beside where that is another one."""
    values = values_of(body)
    others = values if beside is None else values_of(beside)
    rows: dict[Section, list[tuple[str, str, str, str]]] = {section: [] for section in Section}
    for limit in LIMITS:
        value, other = values[limit.name], others[limit.name]
        said = value_words(limit, other) if other != value else ""
        rows[limit.section].append(
            (limit_name(limit), str(LIMIT_HINTS[limit.topic]), value_words(limit, value), said)
        )
    return [(str(SECTIONS[section]), lines) for section, lines in rows.items()]


def _shown_replay(row: PolicyVersion, newest: PolicyVersion, *, is_open: bool) -> ShownReplay | None:
    """Of an open one the newest replay, whatever it is of; of a decided one that on which it was decided."""
    session = writes.database()
    against = newest.version
    if not is_open and row.follows_id is not None:
        against = session.get_one(PolicyVersion, row.follows_id).version
    found = replay_of_body(session, row, against=against)
    last = newest_replay(session, row)
    if is_open and last is not None and (found is None or last.id > found.id):
        found = last
    if found is None:
        return None
    is_of_this = found.body_digest == policy_digest(row.body) and found.against == against
    result = found.result
    parts = () if not result else tuple(replay_part(key, result[key]) for key in ("offers", "book"))
    return ShownReplay(found, is_of_this, parts)


def _arms(arms: Sequence[ArmFigures]) -> list[tuple[str, ArmFigures]]:
    return list(zip((gettext("Tries it"), gettext("The others")), arms, strict=False))


def _number(staff_id: int | None) -> str:
    return "" if staff_id is None else writes.database().get_one(StaffMember, staff_id).number
