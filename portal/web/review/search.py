"""Finding a case while somebody is on the telephone. What is typed is sent, never put in the address: a name and a number have no business
in a history or a log; and each borrower whose case shows can read that it was looked for.
"""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.masking import mask_mobile, mask_name
from portal.domain.permissions import Permission
from portal.queries.case_search import SHOWN, By, Found, search_cases
from portal.services.looks import record_search
from portal.web import writes
from portal.web.access import staff_page
from portal.web.labels import PLAN_KINDS
from portal.web.people import StaffPerson
from portal.web.review import labels
from portal.web.review.blueprint import blueprint


@blueprint.get("/search")
@staff_page(Permission.CASE_SEE)
def search(person: StaffPerson) -> str:
    del person
    return render_template("review/search.html", typed="", found=None)


@blueprint.post("/search")
@staff_page(Permission.CASE_SEE)
def find_cases(person: StaffPerson) -> str | Response:
    typed = request.form.get("q", "")[:80].strip()
    found = search_cases(writes.database(), person.id, typed)
    if found is not None:
        borrowers = list(dict.fromkeys(case.borrower_id for case in found.cases))
        record_search(
            writes.database(), person.actor, by=found.by.value, borrower_ids=borrowers, now=writes.now()
        )
    if _is_the_one(found):
        assert found is not None
        return redirect(url_for("review.case", public_id=found.cases[0].public_id), 303)
    return render_template(
        "review/search.html",
        typed=typed,
        found=found,
        shown=SHOWN,
        mask_name=mask_name,
        mask_mobile=mask_mobile,
        plan_kinds=PLAN_KINDS,
        statuses=labels.STATUSES,
    )


def _is_the_one(found: Found | None) -> bool:
    return found is not None and found.by is By.REFERENCE and len(found.cases) == 1
