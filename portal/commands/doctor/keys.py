"""Are the keys there, are they of the right kind, and can nobody else read them?"""

import os
from collections.abc import Iterator
from pathlib import Path

from flask_babel import gettext

from portal.adapters.data_keys import keyring_of
from portal.adapters.record_keys import load_record_key, load_trusted_keys, record_key_path
from portal.adapters.seal_keys import load_certificates, load_seal_key, seal_key_path
from portal.commands.doctor.findings import Finding, fault, warning
from portal.commands.doctor.patient import Patient
from portal.commands.shut_rows import lines_of_shut
from portal.config import ConfigError
from portal.db import transaction
from portal.domain.errors import DomainError
from portal.i18n import format_count
from portal.messages import text_of
from portal.models.keyring import SealBrokenError
from portal.queries.hashed_numbers import are_hashed_otherwise, were_hashed_otherwise
from portal.queries.key_uses import count_stale, shut_uses, unfindable_uses


def seal_key(patient: Patient) -> Iterator[Finding]:
    """Without it workers seal nothing."""
    path = seal_key_path(patient.config)
    if patient.is_trial and not path.exists():
        return
    try:
        key = load_seal_key(path)
        known = {each.fingerprint: each for each in load_certificates(path)}
    except DomainError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            yield fault(_gone(path, f"portal seal create-key {path}"))
        else:
            yield fault(gettext("The seal's key (%(file)s): %(why)s", file=path, why=text_of(error)))
        return
    own = known.get(key.fingerprint)
    if own is None:
        yield fault(
            gettext(
                "The seal's certificate is missing in %(file)s, so that our own seals look foreign.",
                file=path.with_suffix(".crt"),
            )
        )
    elif own.compromised_at:
        yield fault(
            gettext(
                "The seal's key counts as compromised and still seals: %(command)s.",
                command="portal seal change-key",
            )
        )
    if key.certificate.not_valid_after_utc <= patient.now:
        yield fault(
            gettext("The seal's certificate has expired: %(command)s.", command="portal seal change-key")
        )


def record_key(patient: Patient) -> Iterator[Finding]:
    """It signs the record's checkpoints."""
    path = record_key_path(patient.config)
    if patient.is_trial and not path.exists():
        return
    try:
        key = load_record_key(path)
    except DomainError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            had_one = path.with_suffix(".keys").exists()
            command = "portal record change-key --why lost" if had_one else "portal record create-key"
            yield fault(_gone(path, command))
        else:
            yield fault(gettext("The record's key (%(file)s): %(why)s", file=path, why=text_of(error)))
        return
    try:
        public = [each.key for each in load_trusted_keys(path)]
    except DomainError as error:
        yield fault(
            gettext(
                "The record's public keys (%(file)s): %(why)s",
                file=path.with_suffix(".keys"),
                why=text_of(error),
            )
        )
        return
    if key.public not in public:
        yield fault(
            gettext(
                "%(file)s does not name the key that signs, so that nobody can check the record's checkpoints.",
                file=path.with_suffix(".keys"),
            )
        )


def _gone(path: Path, command: str) -> str:
    said: str = gettext(
        "The key %(file)s is not there: put it back from where you keep it, or make another one with %(command)s.",
        file=path,
        command=command,
    )
    return said


def data_keys(patient: Patient) -> Iterator[Finding]:
    """Without them nobody's name or number can be read."""
    path = patient.config.data_keys
    if path is None:
        if not patient.is_trial:
            yield warning(
                gettext(
                    "Personal data stands under a key made of PORTAL_SECRET_KEY, so that this cannot be changed: name a file in "
                    "PORTAL_DATA_KEYS."
                )
            )
        return
    try:
        keyring_of(patient.config)
    except ConfigError as error:
        yield fault(gettext("The data keys cannot be used: %(why)s", why=error))
        return
    if path.stat().st_mode & 0o077:
        yield fault(gettext("%(file)s can be read by others: chmod 600.", file=path))


def unreadable_people(patient: Patient) -> Iterator[Finding]:
    """Rows whose key is not here, that nobody finds, or that wait for the present key."""
    with transaction(patient.engine, writes=False) as session:
        shut, unfindable, stale = shut_uses(session), unfindable_uses(session), count_stale(session)
    for line in lines_of_shut(shut, unfindable):
        yield fault(line)
    if stale and not shut and not unfindable:
        yield warning(
            gettext(
                "%(count)s rows stand under earlier keys: run %(command)s before you take those away.",
                count=format_count(stale),
                command="portal keys rotate",
            )
        )


def number_hashes(patient: Patient) -> Iterator[Finding]:
    """Under another key nobody finds that contact at a number was stopped."""
    key = patient.config.hash_key
    try:
        with transaction(patient.engine, writes=False) as session:
            were, are = were_hashed_otherwise(session, key), are_hashed_otherwise(session, key)
    except SealBrokenError:  # told by ``unreadable_people``
        return
    if were:
        yield fault(
            gettext(
                "Numbers stand in the database under hashes of another key, so stopped numbers are written to: put the PORTAL_SECRET_KEY "
                "of that time into PORTAL_HASH_KEY."
            )
        )
    elif are:
        yield warning(
            gettext(
                "For some time numbers were hashed with another key than before and now: what was stopped in that time is not found. "
                "Leave PORTAL_HASH_KEY as it is."
            )
        )


def checkpoint_copies(patient: Patient) -> Iterator[Finding]:
    """What lies beside the database proves nothing against whoever owns it."""
    config = patient.config
    if not patient.is_trial and not (config.checkpoint_copies or config.checkpoint_bucket):
        yield warning(
            gettext(
                "The record's checkpoints lie on this machine alone: set PORTAL_CHECKPOINT_COPIES or PORTAL_CHECKPOINT_BUCKET."
            )
        )
    for folder in config.checkpoint_copies:
        if not folder.is_dir():
            yield fault(
                gettext("The folder for copies of checkpoints is not there: %(folder)s.", folder=folder)
            )
        elif not os.access(folder, os.W_OK | os.X_OK) or os.statvfs(folder).f_flag & os.ST_RDONLY:
            yield fault(
                gettext(
                    "Copies of checkpoints cannot be kept in %(folder)s: the portal may not write there, or the disk is read-only.",
                    folder=folder,
                )
            )
