"""Is this document genuine? Anybody may ask, with the file or with its check code. Nothing is kept, nobody is named (rule S09)."""

from datetime import timedelta

from flask import render_template, request
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import FileField, StringField

from portal import check_words
from portal.adapters.document_check import LARGEST_MEGABYTES, check_code, check_document
from portal.adapters.seal_trust import seal_trust
from portal.domain.document_checks import CheckResult
from portal.domain.errors import DomainError
from portal.queries.sealed_documents import SealedDocuments
from portal.services.rate_limits import Full, Limit, bucket_of, count_tries
from portal.services.shared_limits import CHECKS, shared
from portal.web import writes
from portal.web.access import public_check
from portal.web.damages import tell_damaged
from portal.web.doors import code_door
from portal.web.form_errors import put_on_form
from portal.web.public.blueprint import blueprint
from portal.web.typed import shown_again
from portal.web.waiting import come_back_page

Page = str | tuple[str, int]
_HOUR = timedelta(hours=1)


class CheckForm(FlaskForm):
    """A file or a code; where both are given, the file says more."""

    file = FileField(
        lazy_gettext("The PDF file"),
        description=lazy_gettext("It is read for this check only and not kept."),
    )
    code = StringField(
        lazy_gettext("Check code"),
        description=lazy_gettext("17 letters and digits, on the first page and at the foot of each page."),
        filters=[shown_again],
    )


@blueprint.route("/check", methods=["GET", "POST"])
@public_check
def check() -> Page:
    """``?code=`` (the QR code) is answered at once."""
    form = CheckForm(code=request.args.get("code", ""))
    if form.is_submitted() or "code" in request.args:
        full = _count()
        if full is not None:
            return come_back_page(full.again_at)
        try:
            result = _result(form)
            return render_template("public/check_result.html", result=result, words=_words(result))
        except DomainError as error:
            put_on_form(form, error)
    body = render_template("public/check.html", form=form, megabytes=LARGEST_MEGABYTES)
    return body, 422 if form.errors else 200


def _count() -> Full | None:
    """The count is kept before anything is looked at: who writes does not wait. Wide for an address: a court may stand behind one."""
    door = code_door()
    limits = (
        Limit(f"check:address:{bucket_of(door.address, door.hash_key)}", 300, _HOUR),
        *shared(CHECKS, door.address, door.hash_key),
    )
    writes.open_for_writing()
    full = count_tries(writes.database(), limits, now=writes.now())
    writes.keep()
    writes.only_read()
    return full


def _words(result: CheckResult) -> dict[str, object]:
    zone = writes.portal().clock.zone
    return {
        "headline": check_words.headline(result),
        "changed": check_words.changed(result),
        "checked": check_words.checked(result, zone),
        "unchecked": check_words.unchecked(result),
    }


def _result(form: CheckForm) -> CheckResult:
    on_record = SealedDocuments(writes.database(), tell_damaged)
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        return check_document(upload.stream.read(), on_record, seal_trust(writes.portal().config))
    if (form.code.data or "").strip():
        return check_code(form.code.data, on_record)
    raise DomainError("check_nothing_given", field="file")
