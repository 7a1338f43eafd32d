"""A rule's refusal, put on the field it belongs to."""

from flask_wtf import FlaskForm

from portal.domain.errors import Conflict, DomainError
from portal.messages import text_of


def put_on_form(form: FlaskForm, error: DomainError) -> None:
    """Show the refusal on its field, or above the form where it has none there. Conflicts have pages of their own."""
    if isinstance(error, Conflict):
        raise error
    field = getattr(form, error.field, None) if error.field else None
    if field is not None and hasattr(field, "errors"):
        field.errors = [*field.errors, text_of(error)]
    else:
        form.form_errors.append(text_of(error))
