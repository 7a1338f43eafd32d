"""Forms of accounts: their shape only; what may be is asked of the domain."""

from collections.abc import Sequence

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, SelectMultipleField, StringField

from portal.domain.errors import DomainError
from portal.domain.permissions import Role
from portal.domain.staff_relations import Closeness
from portal.role_names import STAFF_ROLES
from portal.web.review.staff.words import CLOSENESS, STATES
from portal.web.typed import shown_again


def role_choices() -> list[tuple[str, object]]:
    return [(role.value, text) for role, text in STAFF_ROLES.items()]


class RolesForm(FlaskForm):
    roles = SelectMultipleField(lazy_gettext("Roles"), choices=role_choices, validate_choice=False)

    def chosen(self) -> frozenset[Role]:
        """Raises ``roles_missing`` where a role is none."""
        try:
            return frozenset(Role(value) for value in self.roles.data or ())
        except ValueError:
            raise DomainError("roles_missing", field="roles") from None


class InviteForm(RolesForm):
    """Who is to get an account."""

    name = StringField(lazy_gettext("Name, shown to colleagues"), filters=[shown_again])
    number = StringField(lazy_gettext("Staff number, shown to borrowers"), filters=[shown_again])
    login = StringField(lazy_gettext("Login"), filters=[shown_again])
    agency = SelectField(lazy_gettext("Agency"), validate_choice=False)

    def offer(self, agencies: Sequence[tuple[str, str]]) -> None:
        """(public id, name) of those under contract."""
        self.agency.choices = [("", lazy_gettext("None: not an agency's staff")), *agencies]


class AccountFilterForm(FlaskForm):
    """Stands in the address: no token."""

    class Meta:
        csrf = False

    role = SelectField(lazy_gettext("Role"), validate_choice=False)
    state = SelectField(lazy_gettext("State"), validate_choice=False)
    words = StringField(lazy_gettext("Name, login or number"), filters=[shown_again])

    def offer(self) -> None:
        self.role.choices = [("", lazy_gettext("All")), *role_choices()]
        self.state.choices = [("", lazy_gettext("All")), *STATES.items()]


class JoinForm(FlaskForm):
    """What the invited person sets."""

    password = PasswordField(lazy_gettext("New password"))
    again = PasswordField(lazy_gettext("The same password again"))
    code = StringField(lazy_gettext("Code of your authenticator app"))
    id_number = StringField(lazy_gettext("Your own ID number"), filters=[shown_again])


class RelationForm(FlaskForm):
    """Somebody one is close to: by ID number or by a number of theirs."""

    kind = SelectField(
        lazy_gettext("Who is it?"),
        choices=lambda: [
            ("", lazy_gettext("Choose…")),
            *((each.value, text) for each, text in CLOSENESS.items()),
        ],
        validate_choice=False,
    )
    id_number = StringField(lazy_gettext("Their ID number"), filters=[shown_again])
    number = StringField(
        lazy_gettext("Or the number of a loan, a plan or a case of theirs"), filters=[shown_again]
    )

    def chosen(self) -> Closeness:
        try:
            return Closeness(self.kind.data or "")
        except ValueError:
            raise DomainError("closeness_missing", field="kind") from None
