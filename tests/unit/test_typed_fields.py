"""What somebody typed comes back on the page as it may be shown: in every field whose text a page shows again."""

import importlib
import pkgutil
from collections.abc import Iterator

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.fields.core import UnboundField

import portal.web
from portal.web.typed import shown_again

NEVER_SHOWN = {"code", "proof_code"}
"""Codes: pages leave their boxes empty."""
COMPARED = {"login"}
"""Looked for as it is; the box knows letters and digits alone."""


def test_every_text_field_shows_what_was_typed_as_it_may_be_shown() -> None:
    bare = {
        (form.__qualname__, name)
        for form in _forms(FlaskForm)
        for name, field in vars(form).items()
        if isinstance(field, UnboundField)
        and issubclass(field.field_class, StringField)
        and not issubclass(field.field_class, HiddenField | PasswordField)
        and shown_again not in field.kwargs.get("filters", ())
    }
    assert {each for each in bare if each[1] not in NEVER_SHOWN | COMPARED} == set()


def _forms(base: type[FlaskForm]) -> Iterator[type[FlaskForm]]:
    for module in pkgutil.walk_packages(portal.web.__path__, "portal.web."):
        importlib.import_module(module.name)
    waiting = [base]
    while waiting:
        made = waiting.pop().__subclasses__()
        yield from made
        waiting += made
