"""The privacy notice, for anybody and before the first entry (rule D01); an earlier one by its version."""

from flask import render_template, request
from flask_babel import gettext

from portal.domain.errors import DomainError, NotFound
from portal.domain.texts import Text
from portal.i18n import LOCALES, current_locale
from portal.web import writes
from portal.web.access import public_page
from portal.web.public.blueprint import blueprint

_NAME = "privacy_notice"


@blueprint.get("/privacy")
@public_page
def privacy() -> str:
    config, notice = writes.portal().config, _notice(request.args.get("version"))
    values = {
        "creditor": gettext("The lender that your contract names"),
        "creditor_phone": config.support_phone,
        "creditor_hours": config.support_hours,
    }
    return render_template(
        "public/privacy.html", notice=notice, sections=notice.sections_for({}, values), in_force=_in_force()
    )


def _in_force() -> Text:
    return writes.portal().texts.load(_NAME, current_locale(), writes.today())


def _notice(version: str | None) -> Text:
    """A version names exact words, and so their language too. Raises ``NotFound``."""
    if version is None:
        return _in_force()
    for locale in LOCALES:
        try:
            return writes.portal().texts.load_version(_NAME, locale, version)
        except DomainError:
            continue
    raise NotFound("not_found")
