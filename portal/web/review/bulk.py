"""Approve several cases together: choose, read them side by side, approve; each is decided by itself, and what has moved is left out."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext, ngettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField

from portal.domain.bulk import MOST
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.permissions import Permission
from portal.domain.proposals import Act
from portal.domain.reasons import ApproveReason
from portal.messages import text_of
from portal.models import Proposal
from portal.queries.bulk import bulk_rows, proposals_named
from portal.services.bulk_approvals import BulkCase, approve_in_bulk, bulk_case
from portal.services.deciding import Seen, record_decision_refusal
from portal.services.looks import look_at_case
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.labels import PLAN_KINDS, REFERRALS
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.labels import APPROVE_REASONS

Page = str | Response | tuple[str, int]


class BulkForm(FlaskForm):
    """One reason for all; what stands on the page goes along with each case."""

    reason = RadioField(
        lazy_gettext("Why are these plans good?"),
        choices=[
            (reason.value, text)
            for reason, text in APPROVE_REASONS.items()
            if reason is not ApproveReason.OTHER
        ],
        validate_choice=False,
    )


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A case that was chosen and is not approved with the others, and why."""

    reference: str
    public_id: str
    why: str
    may_look: bool = True


@blueprint.get("/review/bulk")
@staff_page(Permission.PROPOSAL_DECIDE)
def bulk(person: StaffPerson) -> Page:
    rows = bulk_rows(writes.database(), person.id, now=writes.now())
    return render_template(
        "review/bulk.html",
        rows=rows,
        are_chosen="all" in request.args,
        most=MOST,
        plan_kinds=PLAN_KINDS,
        referrals=REFERRALS,
    )


@blueprint.get("/review/bulk/preview")
@staff_page(Permission.PROPOSAL_DECIDE, looks=True)
def bulk_preview(person: StaffPerson) -> Page:
    """What was chosen, side by side: for each case a look that is on the record."""
    return _preview(person, request.args.getlist("case"), BulkForm())


@blueprint.post("/review/bulk")
@staff_page(Permission.PROPOSAL_DECIDE)
def approve_bulk(person: StaffPerson) -> Page:
    form, chosen = BulkForm(), [_Chosen.parse(text) for text in request.form.getlist("case")[:MOST]]
    if not form.validate() or form.reason.data not in set(ApproveReason) - {ApproveReason.OTHER}:
        put_on_form(form, DomainError("reason_missing", field="reason"))
        return _preview(person, [each.public_id for each in chosen], form)
    proposals = {found.public_id: found for found in _named([each.public_id for each in chosen])}
    approved, left_out = [], []
    for each in chosen:
        if (proposal := proposals.get(each.public_id)) is None:
            continue
        refused = _approve(person, proposal, each, ApproveReason(form.reason.data))
        approved += [] if refused else [proposal.reference]
        left_out += [refused] if refused else []
    _say(approved, left_out)
    return redirect(url_for("review.bulk"), 303)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A case as the page showed it."""

    public_id: str
    row_version: int
    content_hash: str

    @classmethod
    def parse(cls, text: str) -> "_Chosen":
        public_id, _, rest = text.partition(":")
        version, _, content_hash = rest.partition(":")
        is_number = version.isascii() and version.isdigit() and len(version) < 9
        return cls(public_id, int(version) if is_number else 0, content_hash)


def _approve(
    person: StaffPerson, proposal: Proposal, chosen: _Chosen, reason: ApproveReason
) -> LeftOut | None:
    session = writes.database()
    seen = Seen(proposal_id=proposal.id, row_version=chosen.row_version, content_hash=chosen.content_hash)
    try:
        with writes.attempt():
            approve_in_bulk(
                session, person.actor, seen=seen, reason=reason, today=writes.today(), now=writes.now()
            )
    except DomainError as error:
        _record(person, proposal, error)
        return _left_out(proposal, error)
    return None


def _record(person: StaffPerson, proposal: Proposal, error: DomainError) -> None:
    record_decision_refusal(
        writes.database(), person.actor, proposal=proposal, act=Act.APPROVE, error=error, now=writes.now()
    )


def _preview(person: StaffPerson, public_ids: Sequence[str], form: BulkForm) -> Page:
    cases: list[BulkCase] = []
    left_out: list[LeftOut] = []
    for proposal in _named(public_ids):
        try:
            look_at_case(
                writes.database(), person.actor, proposal=proposal, reason="bulk_page", now=writes.now()
            )
            cases.append(bulk_case(writes.database(), proposal, today=writes.today()))
        except (AccessRefused, Conflict) as error:
            _record(person, proposal, error)
            left_out.append(_left_out(proposal, error))
    body = render_template(
        "review/bulk_preview.html",
        cases=cases,
        left_out=left_out,
        form=form if cases else None,
        sums=_sums(cases),
        plan_kinds=PLAN_KINDS,
        referrals=REFERRALS,
    )
    return body, 422 if cases and form.errors else 200


def _named(public_ids: Sequence[str]) -> Sequence[Proposal]:
    return proposals_named(writes.database(), list(public_ids)[:MOST])


def _left_out(proposal: Proposal, error: DomainError) -> LeftOut:
    return LeftOut(
        proposal.reference, proposal.public_id, text_of(error), error.status != AccessRefused.status
    )


def _sums(cases: Sequence[BulkCase]) -> dict[str, int]:
    """What the plans are about in all, in minor units by currency."""
    found: dict[str, int] = {}
    for case in cases:
        found[case.plan.currency] = found.get(case.plan.currency, 0) + case.plan.advance
    return found


def _say(approved: Sequence[str], left_out: Sequence[LeftOut]) -> None:
    if approved:
        text = ngettext(
            "Approved: %(num)s case (%(references)s). The agreement is in force.",
            "Approved: %(num)s cases (%(references)s). The agreements are in force.",
            len(approved),
            references=gettext(", ").join(approved),
        )
        flash(text, "success")
    for each in left_out:
        flash(gettext("Left out: %(reference)s. %(why)s", reference=each.reference, why=each.why), "warning")
