"""By which ways a message may go to a borrower."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from portal.domain.contact_wishes import Channel
from portal.models import Borrower
from portal.queries.email_addresses import find_confirmed_email
from portal.services.contact_attempts import Way


def ways_to(session: Session, borrower: Borrower) -> Sequence[Way]:
    """By text message; where that is not wanted, or stopped, by e-mail to the address that they confirmed themselves; to nobody whose
    data was erased.
    """
    email = find_confirmed_email(session, borrower.id)
    ways = [
        Way(Channel.SMS, borrower.mobile),
        *([] if email is None else [Way(Channel.EMAIL, email.address)]),
    ]
    return [way for way in ways if way.address]
