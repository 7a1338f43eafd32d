"""A caller reads out a number: what it leads to. The look is on the record; nothing of the person but the lender's own number shows."""

from flask import render_template, request

from portal.domain.permissions import Permission
from portal.messages import ERROR_TEXTS
from portal.queries.references import Lead, find_reference, tidy_reference
from portal.services.record import record
from portal.services.staff_relations import refuse_close
from portal.web import writes
from portal.web.access import staff_page
from portal.web.labels import CASE_TOPICS
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.labels import LEADS, LOCK_REASONS, STATUSES


@blueprint.get("/reference")
@staff_page(Permission.REFERENCE_FIND, looks=True)
def reference(person: StaffPerson) -> str:
    typed = tidy_reference(request.args.get("number", ""))
    found = find_reference(writes.database(), typed) if typed else None
    if found is not None and found.borrower is not None:
        refuse_close(writes.database(), person.actor, borrower_id=found.borrower.id)
    if typed:
        record(
            writes.database(),
            person.actor,
            "reference:looked_up",
            now=writes.now(),
            borrower_id=found.borrower.id if found and found.borrower else None,
            reference=typed,
            found=found.kind if found else "",
        )
    return render_template(
        "review/reference.html",
        typed=typed,
        found=found,
        kind=LEADS[found.kind] if found else None,
        words=_words(found) if found else None,
    )


def _words(lead: Lead) -> str:
    """What stands behind the code, in colleagues' language; texts with figures of their own stand without them."""
    names = {"case": CASE_TOPICS, "proposal": STATUSES, "refusal": {**ERROR_TEXTS, **LOCK_REASONS}}
    text = names.get(lead.kind, {}).get(lead.code)  # type: ignore[attr-defined]
    return str(text) if text is not None else lead.code
