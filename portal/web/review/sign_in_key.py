"""Signing in with a security key, which is two factors by itself: it is there, and it was told a PIN or felt a finger."""

from flask import render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.services.rate_limits import Limit, count_tries
from portal.services.shared_limits import KEY_QUESTIONS, shared
from portal.services.staff_keys import sign_in_by_key
from portal.services.staff_sign_in import WINDOW, SignInRefusal, refuse_further
from portal.web import asked_keys, writes
from portal.web.access import public_page
from portal.web.asked_keys import Purpose
from portal.web.doors import place
from portal.web.review.blueprint import blueprint
from portal.web.review.sign_in import SignInForm, address_key, enter
from portal.web.signed_in import visitor
from portal.web.waiting import come_back_words

Page = Response | tuple[str, int]


@blueprint.post("/sign-in/key/ask")
@public_page
def ask_key_at_sign_in() -> Response | tuple[dict[str, str], int]:
    """The same question for everybody: it names nobody. An office asks often behind one address, a program without end."""
    here = Limit(f"key:address:{address_key()}", 120, WINDOW)
    limits = (here, *shared(KEY_QUESTIONS, place(), writes.portal().config.hash_key))
    full = count_tries(writes.database(), limits, now=writes.now())
    if full is not None:
        refuse_further(writes.database(), visitor(), full, now=writes.now())
        return come_back_words(full.again_at)
    return asked_keys.asked(writes.portal().security_keys.ask_shown(asked_keys.site()), Purpose.ENTER)


@blueprint.post("/sign-in/key")
@public_page
def send_key_at_sign_in() -> Page:
    answer = asked_keys.answer(request.form.get("answer", ""), Purpose.ENTER)
    found: int | SignInRefusal = SignInRefusal.KEY
    if answer is not None:
        found = sign_in_by_key(
            writes.database(),
            visitor(),
            keys=writes.portal().security_keys,
            answer=answer,
            address_key=address_key(),
            now=writes.now(),
        )
    if not isinstance(found, SignInRefusal):
        return enter(found)
    form, is_over = SignInForm(formdata=None), found is SignInRefusal.TOO_MANY
    form.form_errors.append(
        gettext("Too many tries. Wait 15 minutes and try again.")
        if is_over
        else gettext("The key did not open the desk. Try again, or use password and code.")
    )
    body = render_template("review/sign_in.html", form=form, can_key_be_asked=asked_keys.can_be_asked())
    return body, 429 if is_over else 422
