"""A form that is sent again with other words, or after somebody else's: what stands is shown, and what was typed is given back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from flask import render_template
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField

from portal.domain.errors import Conflict

Typed = Mapping[str, str]
"""Label to text."""


@dataclass(frozen=True, slots=True)
class Onward:
    """Where the page leads."""

    text: str
    url: str


def typed_in(form: FlaskForm, *names: str) -> Typed:
    """What was written into a form, or into these fields of it; nothing that was chosen, and no secret."""
    return {
        str(field.label.text): field.data
        for field in form
        if isinstance(field, StringField)
        and not isinstance(field, HiddenField | PasswordField)
        and (not names or field.short_name in names)
        and (field.data or "").strip()
    }


def is_all_there(typed: Typed, kept: Collection[str]) -> bool:
    """Whether all that was typed stands already: then the form was simply sent twice."""
    return {_plain(text) for text in typed.values()} <= {_plain(text) for text in kept}


def unsent_page(
    message: str, typed: Typed, *, stands: Typed | None = None, onward: Onward, status: int = Conflict.status
) -> tuple[str, int]:
    """``stands``: label to text, of what was taken before."""
    body = render_template(
        "unsent.html",
        message=message,
        typed=typed,
        stands={label: text for label, text in (stands or {}).items() if text},
        onward=onward,
    )
    return body, status


def _plain(text: str) -> str:
    return " ".join(text.split())
