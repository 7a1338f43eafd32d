"""The signing code: its message names the document and the sum."""

from datetime import datetime

from flask import flash
from flask_babel import gettext

from portal.i18n import InstantFormats
from portal.models import ProposalVersion
from portal.services.one_time_codes import send_code
from portal.services.signing_codes import signing_code_order
from portal.web import writes
from portal.web.doors import code_door, code_lifetime
from portal.web.journeys import Journey
from portal.web.people import BorrowerPerson


def send_signing_code(person: BorrowerPerson, journey: Journey, version: ProposalVersion) -> None:
    """A code bound to the version's content hash; says so where it is too early for another."""
    sending = send_code(
        writes.database(),
        person.actor,
        order=signing_code_order(
            proposal=journey.proposal,
            version=version,
            mobile=person.mobile,
            locale=person.locale,
            lifetime=code_lifetime(),
        ),
        door=code_door(),
        now=writes.now(),
    )
    if sending.code_id is None:
        flash(
            gettext(
                "A code was sent a moment ago. You can ask for another from %(moment)s.",
                moment=clock_time(sending.again_at),
            ),
            "warning",
        )


def clock_time(instant: datetime) -> str:
    return InstantFormats(writes.clock().zone).time(instant)
