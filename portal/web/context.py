"""What every template may use."""

from typing import Any

from flask import Flask, g, request, url_for
from flask_login import current_user

from portal.i18n import current_locale
from portal.web import sessions, writes
from portal.web.addresses import address_of
from portal.web.elder_view import is_elder_view
from portal.web.people import BorrowerPerson, StaffPerson, first_endpoint

_LONGEST_PAGE = 200


def init_context(app: Flask) -> None:
    @app.context_processor
    def _shared() -> dict[str, Any]:
        person = current_user._get_current_object() if current_user else None  # noqa: SLF001
        return {
            **support_and_language(),
            "time_left": sessions.time_left,
            "read_only_reason": g.get("read_only_reason"),
            "is_demo": writes.portal().config.demo,
            "product_creditor": None,
            "check_url": _url(app, "public.check"),
            "message_check_url": _url(app, "public.message_check"),
            "privacy_url": _url(app, "public.privacy"),
            "agencies_url": _url(app, "public.agencies"),
            "here": _here(),
            "is_wechat": "MicroMessenger" in request.user_agent.string,
            **_urls(app, person),
        }


def support_and_language() -> dict[str, Any]:
    """What even a page about a failure may use: it asks neither session nor database."""
    config = writes.portal().config
    return {
        "lang": "en" if current_locale() == "en" else "zh-CN",
        "support_phone": config.support_phone,
        "support_hours": config.support_hours,
        "elder_view": None if request.path.startswith("/desk") else is_elder_view(),
    }


def _here() -> str:
    """The present page's path, to come back to; the first page where this address only takes what a form sends."""
    rule = request.url_rule
    if rule is not None and "GET" not in (rule.methods or ()):
        return "/desk" if request.path.startswith("/desk") else "/"
    path = request.full_path if request.query_string else request.path
    return path.replace("\0", "")


def _urls(app: Flask, person: object) -> dict[str, Any]:
    if isinstance(person, StaffPerson):
        return {
            "person": person,
            "home_url": _url(app, first_endpoint(person)),
            "complaint_url": None,
            "record_url": None,
            "sign_out_url": _url(app, "review.sign_out"),
        }
    is_borrower = isinstance(person, BorrowerPerson)
    is_at_desk = sessions.current().audience == "staff"
    return {
        "person": person if is_borrower else None,
        "home_url": _url(app, "review.sign_in" if is_at_desk else "borrower.home") or "/",
        "complaint_url": _complaint_url(app, is_borrower=is_borrower, is_at_desk=is_at_desk),
        "record_url": _url(app, "borrower.record") if is_borrower else None,
        "sign_out_url": _url(app, "borrower.sign_out") if is_borrower else None,
    }


def _complaint_url(app: Flask, *, is_borrower: bool, is_at_desk: bool) -> str | None:
    """One tap from every page but the desk's; the page that it is begun on goes along."""
    endpoint = "borrower.complain" if is_borrower else "public.complain"
    if is_at_desk or endpoint not in app.view_functions:
        return None
    begun_on = request.args.get("page", "") if request.endpoint == endpoint else _here()
    return url_for(endpoint, page=begun_on[:_LONGEST_PAGE])


def _url(app: Flask, endpoint: str) -> str | None:
    return address_of(endpoint) if endpoint in app.view_functions else None
