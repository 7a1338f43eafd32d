"""Complain without signing in: the answer tells a number and a date, and nothing about anybody."""

from datetime import timedelta

from flask import redirect, render_template, request, url_for
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField, StringField, TextAreaField

from portal.domain.cases import TOPICS, CaseKind
from portal.domain.errors import DomainError
from portal.queries.visitor_complaints import find_visitor_complaint
from portal.services.rate_limits import Limit, bucket_of, count_tries
from portal.services.references import new_public_id
from portal.services.shared_limits import COMPLAINTS, shared
from portal.services.visitor_complaints import VisitorForm, complain_as_visitor
from portal.web import writes
from portal.web.access import public_page
from portal.web.doors import code_door
from portal.web.form_errors import put_on_form
from portal.web.labels import CASE_TOPICS
from portal.web.public.blueprint import blueprint
from portal.web.safe_path import local_path
from portal.web.signed_in import visitor
from portal.web.typed import shown_again
from portal.web.waiting import come_back_page

Page = str | tuple[str, int] | Response
_DAY = timedelta(hours=24)


class VisitorComplaintForm(FlaskForm):
    """``page`` is where it was begun."""

    form_key = HiddenField(filters=[shown_again])
    page = HiddenField(filters=[shown_again])
    topic = RadioField(
        lazy_gettext("What is it about?"),
        choices=[(topic.value, CASE_TOPICS[topic]) for topic in TOPICS[CaseKind.COMPLAINT]],
        validate_choice=False,
    )
    body = TextAreaField(lazy_gettext("Tell us in your own words"), filters=[shown_again])
    reply_to = StringField(lazy_gettext("Where shall we answer?"), filters=[shown_again])


@blueprint.route("/complaint", methods=["GET", "POST"])
@public_page
def complain() -> Page:
    form = VisitorComplaintForm()
    if not form.is_submitted():
        form.form_key.data = new_public_id()
        form.page.data = local_path(request.args.get("page"), default="")
    else:
        full = count_tries(writes.database(), _limits(), now=writes.now())
        if full is not None:
            return come_back_page(full.again_at)
        try:
            with writes.attempt():
                return _keep(form)
        except DomainError as error:
            put_on_form(form, error)
    return render_template("public/complain.html", form=form), 422 if form.errors else 200


@blueprint.get("/complaint/received")
@public_page
def complaint_received() -> Page:
    """Who has the address sent it: it shows the number and the date, and none of the words."""
    found = find_visitor_complaint(writes.database(), request.args.get("of", ""))
    if found is None:
        return redirect(url_for("public.complain"), 303)
    return render_template("public/complaint_received.html", complaint=found)


def _keep(form: VisitorComplaintForm) -> Response:
    sent = VisitorForm(
        form_key=form.form_key.data or "",
        topic=form.topic.data or "",
        body=form.body.data or "",
        reply_to=form.reply_to.data or "",
        page=local_path(form.page.data, default=""),
    )
    kept = complain_as_visitor(
        writes.database(),
        visitor(),
        form=sent,
        today=writes.today(),
        zone=writes.clock().zone,
        now=writes.now(),
    )
    return redirect(url_for("public.complaint_received", of=kept.public_id), 303)


def _limits() -> tuple[Limit, ...]:
    """Wide for an address: carriers put thousands behind one."""
    door = code_door()
    return (
        Limit(f"complaint:address:{bucket_of(door.address, door.hash_key)}", 100, _DAY),
        *shared(COMPLAINTS, door.address, door.hash_key),
    )
