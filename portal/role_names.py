"""What the roles of staff are called, on pages and in a terminal."""

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from portal.domain.permissions import Role

STAFF_ROLES: Mapping[Role, LazyString] = {
    Role.AGENT: lazy_gettext("Support agent"),
    Role.APPROVER: lazy_gettext("Approver"),
    Role.SUPERVISOR: lazy_gettext("Supervisor"),
    Role.AUDITOR: lazy_gettext("Auditor"),
    Role.ADMINISTRATOR: lazy_gettext("Administrator"),
    Role.COLLECTOR: lazy_gettext("Agency collector"),
    Role.CALLER: lazy_gettext("Caller of the lender's own team"),
}
