"""What every template may use."""

from typing import Any

from flask import Flask, url_for
from flask_login import current_user

from portal.domain.permissions import Permission
from portal.i18n import current_locale
from portal.web import writes
from portal.web.people import BorrowerPerson, StaffPerson


def init_context(app: Flask) -> None:
    @app.context_processor
    def _shared() -> dict[str, Any]:
        config = writes.portal().config
        person = current_user._get_current_object() if current_user else None  # noqa: SLF001
        return {
            "lang": "en" if current_locale() == "en" else "zh-CN",
            "support_phone": config.support_phone,
            "support_hours": config.support_hours,
            "is_demo": config.demo,
            "product_creditor": None,
            "check_url": _url(app, "public.check"),
            **_urls(app, person),
        }


def _urls(app: Flask, person: object) -> dict[str, Any]:
    if isinstance(person, StaffPerson):
        return {
            "person": person,
            "home_url": _url(
                app, "review.queue" if person.actor.may(Permission.QUEUE_SEE) else "review.account"
            ),
            "complaint_url": None,
            "sign_out_url": _url(app, "review.sign_out"),
        }
    is_borrower = isinstance(person, BorrowerPerson)
    return {
        "person": person if is_borrower else None,
        "home_url": _url(app, "borrower.home") or "/",
        "complaint_url": _url(app, "borrower.complain") if is_borrower else None,
        "sign_out_url": _url(app, "borrower.sign_out") if is_borrower else None,
    }


def _url(app: Flask, endpoint: str) -> str | None:
    return url_for(endpoint) if endpoint in app.view_functions else None
