"""All checks in their order, by what has to be well before they can be made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from flask_babel import gettext

from portal.commands.doctor import database, keys, machine, network, settings, time_stamps, work
from portal.commands.doctor.findings import Check, Finding, Severity, fault
from portal.commands.doctor.patient import Patient

OF_NO_DATABASE: Final[Sequence[Check]] = (
    settings.secret_key,
    settings.trusted_hosts,
    settings.https,
    network.public_certificate,
    settings.trusted_proxies,
    settings.slow_senders,
    settings.cookies,
    settings.breached_passwords,
    settings.demo_switches,
    machine.encoding,
    machine.data_folder,
    machine.free_space,
    machine.documents,
    keys.seal_key,
    keys.record_key,
    keys.data_keys,
    keys.checkpoint_copies,
    time_stamps.time_stamps,
    settings.text_messages,
    network.database_transport,
)
REACHING: Final[Check] = database.database_reachable
OF_A_DATABASE: Final[Sequence[Check]] = (
    database.database_version,
    database.database_encoding,
    database.time_zone,
    database.clock,
    database.connections,
    database.durability,
)
HAVING_TABLES: Final[Check] = database.migrations
OF_OUR_TABLES: Final[Sequence[Check]] = (
    database.record_guards,
    database.row_security,
    database.account,
    database.agencies,
    keys.unreadable_people,
    keys.number_hashes,
    settings.demo_people,
    settings.debug_codes,
    settings.message_budget,
    work.workers,
    work.backlog,
    work.shared_limits,
    work.tried_accounts,
    work.unplaced_events,
    work.checkpoint,
    work.backup,
    work.day_run,
    work.retention,
    work.calendar,
    work.policy,
    work.prime_rate,
    work.read_only,
)


@dataclass(frozen=True, slots=True)
class Examined:
    """``findings`` is None where the check could not be made."""

    check: str
    findings: Sequence[Finding] | None


def examine(patient: Patient, *, outside: Sequence[Check] = OF_NO_DATABASE) -> Iterator[Examined]:
    """Each check as it is made. What needs a database, or its tables, is left out where there is none."""
    for check in outside:
        yield made(patient, check)
    can_go_on = True
    for first, then in ((REACHING, OF_A_DATABASE), (HAVING_TABLES, OF_OUR_TABLES)):
        if can_go_on:
            found = made(patient, first)
            can_go_on = found.findings is not None and not any(
                each.severity is Severity.FAULT for each in found.findings
            )
            yield found
        else:
            yield Examined(first.__name__, None)
        for check in then:
            yield made(patient, check) if can_go_on else Examined(check.__name__, None)


def made(patient: Patient, check: Check) -> Examined:
    """A check that falls over is a finding, too: what it looks at is in no state that anybody thought of."""
    try:
        return Examined(check.__name__, list(check(patient)))
    except Exception as error:  # noqa: BLE001 - whatever it meets, the other checks are to be made
        said = gettext("This could not be looked at: %(why)s", why=type(error).__name__)
        return Examined(check.__name__, [fault(said)])
