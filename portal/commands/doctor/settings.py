"""Is what this installation was told fit for people whom it is about?"""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.database_copies import is_empty
from portal.adapters.password_hashes import PasswordHashes
from portal.adapters.sms import vendor_templates
from portal.clock import Clock
from portal.commands.doctor.findings import Finding, fault, note, warning
from portal.commands.doctor.patient import Patient
from portal.config import IN_A_FILE, ConfigError
from portal.db import is_newest, transaction
from portal.domain.message_budgets import Mark, alarms
from portal.models import DemoMessage
from portal.queries.demo import is_seeded
from portal.queries.key_uses import holds_rows
from portal.queries.message_spending import spent_in_month_of, spent_on

LEAST_DIFFERENT: Final = 12
"""So many different characters a secret key has that was drawn and not thought up."""
_THOUGHT_UP: Final = ("secret", "changeme", "change-me", "password", "example", "portal", "test")
_OFF: Final = {
    "FLASK_DEBUG": {"", "0", "false", "no"},
    "PYTHONASYNCIODEBUG": {""},
    "PYTHONINSPECT": {""},
}
"""What Flask and Python take for "off"."""
_HERE: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def secret_key(patient: Patient) -> Iterator[Finding]:
    """Whoever guesses it makes codes and sessions."""
    key, kept = patient.config.secret_key, patient.config.data_dir / "secret.key"
    environ = patient.machine.environ
    is_set = bool(environ.get("PORTAL_SECRET_KEY") or environ.get(f"PORTAL_SECRET_KEY{IN_A_FILE}"))
    if not is_set and not kept.exists():
        yield note(
            gettext("There is no secret key yet: it is made at the first start, in %(file)s.", file=kept)
        )
    if patient.is_trial:
        return
    if len(set(key)) < LEAST_DIFFERENT or any(word in key.lower() for word in _THOUGHT_UP):
        yield fault(_guessed(patient))
    if kept.exists() and kept.stat().st_mode & 0o077:
        yield fault(gettext("%(file)s can be read by others: chmod 600.", file=kept))
    if not is_set and not patient.config.is_sqlite:
        yield warning(
            gettext(
                "PORTAL_SECRET_KEY is not set, so each machine makes its own key: what one signs another "
                "refuses."
            )
        )


def _guessed(patient: Patient) -> str:
    """Nobody is told to simply draw another one where people's data may stand under this one."""
    said: str
    if _may_hold_people(patient):
        said = gettext(
            "PORTAL_SECRET_KEY can be guessed, and people's data may stand under it. Change it in the order of %(guide)s, "
            "so that nothing is lost.",
            guide="docs/operations.md (Changing the secret)",
        )
    else:
        said = gettext(
            "PORTAL_SECRET_KEY can be guessed: draw a new one, for instance with `openssl rand -base64 48`."
        )
    return said


def _may_hold_people(patient: Patient) -> bool:
    """A database that cannot be asked may."""
    try:
        if is_empty(patient.engine):
            return False
        if not is_newest(patient.engine):
            return True
        with transaction(patient.engine, writes=False) as session:
            return holds_rows(session)
    except (SQLAlchemyError, OSError):
        return True


def trusted_hosts(patient: Patient) -> Iterator[Finding]:
    """Addresses in messages and pages are built from the host that a request names."""
    hosts, own = patient.config.trusted_hosts, urlsplit(patient.config.base_url).hostname or ""
    wide = [host for host in hosts if "*" in host or host.startswith(".")]
    if wide:
        yield fault(
            gettext("PORTAL_TRUSTED_HOSTS lets in more than it names: %(hosts)s.", hosts=", ".join(wide))
        )
    if own not in {host.partition(":")[0] for host in hosts}:
        yield fault(
            gettext(
                "PORTAL_BASE_URL leads to %(host)s, and PORTAL_TRUSTED_HOSTS does not name it.",
                host=own or "–",
            )
        )


def https(patient: Patient) -> Iterator[Finding]:
    """Cookies and codes go over the network."""
    config, address = patient.config, urlsplit(patient.config.base_url)
    is_here = address.hostname in _HERE
    if config.live and is_here:
        yield fault(
            gettext(
                "Messages really go out, and PORTAL_BASE_URL (%(url)s) leads to the receiver's own machine.",
                url=config.base_url,
            )
        )
    elif address.scheme != "https" and not is_here:
        yield fault(gettext("PORTAL_BASE_URL (%(url)s) is not https.", url=config.base_url))


def trusted_proxies(patient: Patient) -> Iterator[Finding]:
    """Somebody else ends TLS, and every visitor comes from there."""
    config = patient.config
    if urlsplit(config.base_url).scheme == "https" and not config.trusted_proxies:
        yield warning(
            gettext(
                "PORTAL_TRUSTED_PROXIES names no proxy: all visitors behind one count as one, and share the limits of one "
                "address."
            )
        )


def slow_senders(patient: Patient) -> Iterator[Finding]:
    """The server hangs up on slow heads, and has no limit for bodies: a thread waits as long as the sender likes."""
    if patient.config.live and not patient.config.trusted_proxies:
        yield warning(
            gettext(
                "No proxy is named that reads requests whole: four visitors who send a form slowly hold a web process. "
                "Put one before it and name it in PORTAL_TRUSTED_PROXIES."
            )
        )


def cookies(patient: Patient) -> Iterator[Finding]:
    if not patient.config.secure_cookies and urlsplit(patient.config.base_url).hostname not in _HERE:
        yield fault(
            gettext("PORTAL_SECURE_COOKIES is off: sessions go over the network where anybody can read them.")
        )


def breached_passwords(patient: Patient) -> Iterator[Finding]:
    """Where the file cannot be read or is in another order, what stands in it is not found and may be chosen."""
    path = patient.config.breached_passwords
    if path is None:
        if patient.config.live:
            yield note(
                gettext(
                    "PORTAL_BREACHED_PASSWORDS names no file: staff may choose passwords that are known from breaches."
                )
            )
        return
    try:
        PasswordHashes(path).refuse_other()
    except (OSError, ValueError) as error:
        yield fault(
            gettext(
                "Passwords known from breaches are not found, for %(file)s cannot be used: %(why)s",
                file=path,
                why=error.strerror if isinstance(error, OSError) else str(error),
            )
        )


def demo_switches(patient: Patient) -> Iterator[Finding]:
    """A demo shows everybody the codes that it sends, and its staff have one known password."""
    config = patient.config
    others = set(config.trusted_hosts) - _HERE
    if config.demo and others:
        yield fault(
            gettext(
                "PORTAL_DEMO is set, and the portal answers to %(hosts)s: the demo shows sign-in codes and "
                "has a known password.",
                hosts=", ".join(sorted(others)),
            )
        )
    if config.business_date is not None and others:
        yield fault(gettext("BUSINESS_DATE fixes the date to %(day)s.", day=config.business_date.isoformat()))


def demo_people(patient: Patient) -> Iterator[Finding]:
    if patient.is_trial:
        return
    with transaction(patient.engine, writes=False) as session:
        if is_seeded(session):
            yield fault(
                gettext(
                    "The demo's people are in this database: their password is known. Begin with an empty "
                    "one."
                )
            )


def debug_codes(patient: Patient) -> Iterator[Finding]:
    """What shows the inside to strangers."""
    environ = patient.machine.environ
    on = [name for name, off in _OFF.items() if environ.get(name, "").lower() not in off]
    if on:
        yield fault(gettext("Debugging is on: take %(names)s away.", names=", ".join(on)))
    if patient.is_trial:
        return
    with transaction(patient.engine, writes=False) as session:
        kept = session.scalar(select(func.count(DemoMessage.id))) or 0
    if kept:
        yield warning(
            gettext(
                "%(count)s messages with codes and numbers lie in the table of the demo's messages: delete "
                "them. They were not sent.",
                count=kept,
            )
        )


def text_messages(patient: Patient) -> Iterator[Finding]:
    config = patient.config
    if patient.is_trial:
        return
    if not config.live:
        yield warning(
            gettext(
                "PORTAL_LIVE is not set: no message leaves, and nobody can sign in with a code on their "
                "telephone."
            )
        )
    elif not config.sms_url:
        yield fault(gettext("PORTAL_LIVE is set and PORTAL_SMS_URL is not: workers do not start."))
    else:
        try:
            vendor_templates(config, PackagedTexts(), Clock(patient.zone).today())
        except (ConfigError, OSError) as error:
            yield fault(gettext("The vendor's templates cannot be used: %(why)s", why=str(error)))


def message_budget(patient: Patient) -> Iterator[Finding]:
    config, budget = patient.config, patient.config.message_budget
    limits = (budget.messages_a_day, budget.messages_a_month, budget.cost_a_day, budget.cost_a_month)
    if config.live and all(limit is None for limit in limits):
        yield warning(
            gettext("Messages have no budget: set PORTAL_MESSAGES_A_DAY or PORTAL_MESSAGE_COST_A_MONTH.")
        )
    with transaction(patient.engine, writes=False) as session:
        raised = list(
            alarms(budget, spent_on(session, patient.today), spent_in_month_of(session, patient.today))
        )
    if any(alarm.mark is Mark.REACHED for alarm in raised):
        yield fault(gettext("The budget for messages is used up: no message that asks for money goes out."))
    elif raised:
        yield warning(gettext("The budget for messages is nearly used up."))
