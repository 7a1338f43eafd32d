"""What the demo says in the terminal: where to go, who can sign in, and with what."""

from collections.abc import Iterator

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.adapters.time_codes import PyotpTimeCodes
from portal.clock import Clock
from portal.commands.demo_people import LI_NA, WANG_QIANG
from portal.config import DEMO_PASSWORD, Config
from portal.domain.permissions import Role
from portal.i18n import format_date
from portal.queries.demo import demo_staff
from portal.role_names import STAFF_ROLES


def guide(session: Session, config: Config, clock: Clock) -> Iterator[str]:
    """Lines for a terminal, in the running language."""
    yield ""
    yield gettext("Repayment portal, demo of %(day)s", day=format_date(clock.today()))
    yield from _addresses(config.base_url)
    yield ""
    yield gettext("Borrowers sign in with their number; the code stands on the messages page:")
    for borrower in (LI_NA, WANG_QIANG):
        yield gettext(
            "  %(name)s  mobile %(mobile)s  last four of the ID %(ending)s",
            name=borrower.name,
            mobile=borrower.mobile.removeprefix("+86"),
            ending=borrower.id_last4,
        )
    yield ""
    yield gettext("Staff sign in with the password “%(password)s” and a code:", password=DEMO_PASSWORD)
    codes = PyotpTimeCodes()
    for member in demo_staff(session):
        yield gettext(
            "  %(name)s  login %(login)s  code now %(code)s  (%(roles)s)",
            name=member.name,
            login=member.login,
            code=codes.code_at(member.totp_secret or "", clock.now()),
            roles=gettext(", ").join(str(STAFF_ROLES[Role(role)]) for role in member.roles),
        )
    yield gettext(
        "A code lasts half a minute: %(url)s shows fresh ones.", url=f"{config.base_url}/demo/people"
    )
    yield ""


def _addresses(base: str) -> Iterator[str]:
    places = {
        gettext("Borrowers"): "/",
        gettext("Staff"): "/desk/",
        gettext("Check a document"): "/check",
        gettext("Text messages"): "/demo/messages",
        gettext("Everybody"): "/demo/people",
    }
    for name, path in places.items():
        yield f"  {base}{path}  {name}"
