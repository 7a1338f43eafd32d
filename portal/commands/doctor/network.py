"""Can others on the network read along, or stand in for somebody?"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from flask_babel import gettext

from portal.adapters.database_copies import CopyFailedError, libpq_environment
from portal.adapters.public_certificates import (
    CertificateRefusedError,
    NotReachedError,
    Refusal,
    end_of_certificate,
)
from portal.commands.doctor.findings import Finding, fault, note, warning
from portal.commands.doctor.patient import Patient
from portal.i18n import format_date

SECONDS: Final = 5.0
ENDS_SOON: Final = timedelta(days=14)
_HERE: Final = ("127.", "::1", "localhost", "/")
"""How names of this machine begin, and folders of sockets."""


def public_certificate(patient: Patient) -> Iterator[Finding]:
    """As visitors see it. Whether a proxy can be reached from here says nothing of them: that it cannot is only told."""
    address = urlsplit(patient.config.base_url)
    if address.scheme != "https" or not address.hostname:
        return
    host = address.hostname
    try:
        end = end_of_certificate(host, address.port or 443, seconds=SECONDS)
    except NotReachedError as error:
        yield note(
            gettext(
                "The certificate of %(host)s could not be looked at from here (%(why)s). See from outside whether browsers trust it.",
                host=host,
                why=str(error),
            )
        )
    except CertificateRefusedError as error:
        yield fault(_refused(error, host))
    else:
        if end < patient.clock.now() + ENDS_SOON:
            on = format_date(end.astimezone(patient.zone).date())
            yield warning(
                gettext(
                    "The certificate of %(host)s ends on %(day)s: renew it, or see why that has not happened by itself.",
                    host=host,
                    day=on,
                )
            )


def _refused(error: CertificateRefusedError, host: str) -> str:
    said: str
    match error.refusal:
        case Refusal.OTHER_NAME:
            said = gettext(
                "Browsers warn of %(host)s: its certificate is for other names. Get one that names it.",
                host=host,
            )
        case Refusal.OTHER_TIME:
            said = gettext(
                "Browsers warn of %(host)s: its certificate has ended or is not valid yet. Renew it, and look at the machine's clock.",
                host=host,
            )
        case Refusal.UNTRUSTED:
            said = gettext(
                "Browsers warn of %(host)s: whoever issued its certificate is not trusted here (%(why)s). Get one from an authority that "
                "browsers trust, and have the proxy send those in between along.",
                host=host,
                why=str(error),
            )
    return said


def database_transport(patient: Patient) -> Iterator[Finding]:
    """Anything less than ``verify-full`` takes whoever answers for the database."""
    if patient.config.is_sqlite:
        return
    try:
        told = {**patient.machine.environ, **libpq_environment(patient.config.database_url)}
    except CopyFailedError:
        return
    hosts = (told.get("PGHOSTADDR") or told.get("PGHOST") or "").split(",")
    away = [host for host in hosts if host and not host.startswith(_HERE)]
    if away and told.get("PGSSLMODE") != "verify-full":
        yield note(
            gettext(
                "The database is on another machine (%(host)s), and nothing proves that it is the right one: add sslmode=verify-full and "
                "sslrootcert to PORTAL_DATABASE_URL, unless the network between is yours alone.",
                host=", ".join(away),
            )
        )
