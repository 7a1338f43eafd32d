"""Somebody was first with a version of the policy: what was typed about it is given back."""

from flask import url_for
from flask_babel import gettext

from portal.domain.errors import Conflict
from portal.messages import text_of
from portal.web.unsent import Onward, Typed, unsent_page


def policy_moved_on(version: str, error: Conflict, typed: Typed) -> tuple[str, int]:
    onward = Onward(gettext("To the version"), url_for("review.policy_version", version=version))
    return unsent_page(text_of(error), typed, onward=onward, status=error.status)
