"""What we sent to my number: the words with codes hidden, when, and from which number."""

from flask import render_template, request, url_for

from portal.domain.masking import mask_mobile
from portal.domain.one_time_codes import keyed_hash
from portal.queries.id_pages import Place
from portal.queries.messages import messages_to
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.people import BorrowerPerson


@blueprint.get("/record/messages")
@borrower_page
def record_messages(person: BorrowerPerson) -> str:
    page = messages_to(
        writes.database(),
        borrower_id=person.id,
        number_hash=keyed_hash(person.mobile, writes.portal().config.hash_key, purpose="number"),
        place=Place.parse(before=request.args.get("before"), after=request.args.get("after")),
    )
    return render_template(
        "borrower/record/messages.html",
        messages=page.rows,
        mobile=mask_mobile(person.mobile),
        older_url=url_for("borrower.record_messages", before=page.before) if page.before else None,
        newer_url=url_for("borrower.record_messages", after=page.after) if page.after else None,
    )
