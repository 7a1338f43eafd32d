"""Acts that give power ask once more who is there: a code of the authenticator app, or a security key, at most ten minutes ago.

The page that asks carries everything that was typed, so that nothing is lost and the act goes on with the proof.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from flask import render_template, request
from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import StringField

from portal.queries.staff_keys import keys_of
from portal.services.staff_keys import prove_by_key
from portal.services.staff_sign_in import SignInRefusal, prove_again
from portal.web import asked_keys, sessions, writes
from portal.web.people import StaffPerson

PROVEN_FOR: Final = timedelta(minutes=10)
_AT: Final = "proven_at"


class ProofForm(FlaskForm):
    """Its field's name is nobody else's: it travels with the fields of the act."""

    class Meta:
        csrf = False  # the act's own token is checked before any view

    proof_code = StringField()


class ProofNeeded(Exception):
    """Who is signed in has to show it again. ``refusal``: why what they showed would not do; None where nothing was shown."""

    def __init__(self, staff_id: int, refusal: SignInRefusal | None = None) -> None:
        super().__init__(refusal)
        self.staff_id, self.refusal = staff_id, refusal


def note_proof() -> None:
    """Whoever sits there has just shown who they are."""
    sessions.current()[_AT] = writes.now().isoformat()


def is_proven() -> bool:
    said = sessions.current().get(_AT)
    return said is not None and datetime.fromisoformat(said) + PROVEN_FOR > writes.now()


def demand_proof(person: StaffPerson) -> None:
    """Raises ``ProofNeeded`` unless there was a proof lately or one comes with the request."""
    if is_proven():
        return
    code, key = request.form.get("proof_code", ""), request.form.get("proof_key", "")
    if not code and not key:
        raise ProofNeeded(person.id)
    refusal = _by_key(person, key) if key else _by_code(person, code)
    if refusal is not None:
        raise ProofNeeded(person.id, refusal)
    note_proof()


def _by_code(person: StaffPerson, code: str) -> SignInRefusal | None:
    return prove_again(
        writes.database(), person.actor, time_codes=writes.portal().time_codes, code=code, now=writes.now()
    )


def _by_key(person: StaffPerson, said: str) -> SignInRefusal | None:
    answer = asked_keys.answer(said, asked_keys.Purpose.PROVE)
    if answer is None:
        return SignInRefusal.KEY
    return prove_by_key(
        writes.database(), person.actor, keys=writes.portal().security_keys, answer=answer, now=writes.now()
    )


def ask_for_proof(needed: ProofNeeded) -> tuple[str, int]:
    """The page that asks; it sends the act again, to where it was sent."""
    form = ProofForm(formdata=None)
    status = 403
    if needed.refusal is SignInRefusal.TOO_MANY:
        form.form_errors.append(gettext("Too many tries. Wait 15 minutes and try again."))
        status = 429
    elif needed.refusal is not None:
        form.form_errors.append(gettext("That did not match. A code works once, so wait for the next."))
        status = 422
    has_keys = asked_keys.can_be_asked() and bool(keys_of(writes.database(), needed.staff_id))
    body = render_template("review/proof.html", form=form, sent=_sent(), has_keys=has_keys)
    return body, status


def _sent() -> Sequence[tuple[str, str]]:
    """What came with the act, but for tokens and proofs."""
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in {"csrf_token", "proof_code", "proof_key"}
    ]
