"""The evidence of a case for somebody outside: the auditor says why, gets a bundle, and that stands on the record."""

from flask import render_template
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.validators import InputRequired

from portal.adapters.evidence.bundles import Bundle, evidence_bundle
from portal.adapters.record_standing import current_standing
from portal.domain.permissions import Permission
from portal.domain.reasons import EvidenceReason
from portal.models import Proposal
from portal.queries.evidence import CaseEvidence, case_evidence
from portal.queries.review_cases import get_submitted_proposal
from portal.services.evidence_bundles import record_evidence, refuse_evidence
from portal.web import writes
from portal.web.access import staff_page
from portal.web.damages import tell_damaged
from portal.web.downloads import stranger_file_response
from portal.web.labels import EVIDENCE_REASONS
from portal.web.people import StaffPerson
from portal.web.review import labels
from portal.web.review.blueprint import blueprint

Page = str | Response | tuple[str, int]


class EvidenceForm(FlaskForm):
    """Whom it is for."""

    reason = SelectField(
        lazy_gettext("What is the evidence for?"),
        [InputRequired(lazy_gettext("Choose a reason."))],
        choices=[
            ("", lazy_gettext("Choose…")),
            *((reason.value, text) for reason, text in EVIDENCE_REASONS.items()),
        ],
    )


@blueprint.get("/cases/<public_id>/evidence")
@staff_page(Permission.EVIDENCE_MAKE)
def evidence(person: StaffPerson, public_id: str) -> str:
    """What will be in it, before it is made."""
    proposal = get_submitted_proposal(writes.database(), public_id)
    refuse_evidence(writes.database(), person.actor, proposal=proposal)
    return _page(proposal, EvidenceForm())


@blueprint.post("/cases/<public_id>/evidence")
@staff_page(Permission.EVIDENCE_MAKE, reads=True)
def make_evidence(person: StaffPerson, public_id: str) -> Page:
    """Put together while others write; the act itself is recorded before the file leaves."""
    form, proposal = EvidenceForm(), get_submitted_proposal(writes.database(), public_id)
    refuse_evidence(writes.database(), person.actor, proposal=proposal)
    if not form.validate():
        return _page(proposal, form), 422
    reason = EvidenceReason(form.reason.data)
    evidence = _evidence(proposal)
    bundle = _made(evidence, reason)
    writes.open_for_writing()
    with writes.attempt():
        record_evidence(
            writes.database(),
            person.actor,
            proposal=get_submitted_proposal(writes.database(), public_id),
            reason=reason,
            sha256=bundle.sha256,
            events=bundle.events,
            documents=evidence.document_count,
            now=writes.now(),
        )
    return stranger_file_response(bundle.body, "application/zip", f"evidence-{evidence.reference}.zip")


def _evidence(proposal: Proposal) -> CaseEvidence:
    found = case_evidence(writes.database(), proposal)
    if found.damage is not None:
        tell_damaged(found.damage)
    return found


def _made(evidence: CaseEvidence, reason: EvidenceReason) -> Bundle:
    page = render_template("review/evidence_events.html", evidence=evidence, labels=labels)
    return evidence_bundle(
        writes.database(),
        writes.portal().config,
        evidence,
        page=page.encode(),
        reason=reason.value,
        now=writes.now(),
    )


def _page(proposal: Proposal, form: EvidenceForm) -> str:
    evidence = _evidence(proposal)
    covered = current_standing(writes.database(), writes.portal().config, writes.now()).covered
    uncovered = len(evidence.waiting) + sum(1 for each in evidence.events if each.place >= covered)
    return render_template(
        "review/evidence.html", proposal=proposal, evidence=evidence, uncovered=uncovered, form=form
    )
