"""Does the authority that was named stamp the record's checkpoints?"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from flask_babel import gettext

from portal.adapters.checkpoint_files import CheckpointFolder
from portal.adapters.time_stamps.configured import time_stamp_trust
from portal.commands.doctor.findings import Finding, fault, warning
from portal.commands.doctor.patient import Patient
from portal.commands.record_stamping import stamped_at
from portal.domain.errors import DomainError
from portal.i18n import format_date
from portal.messages import text_of

STAMPED_AFTER: Final = timedelta(days=2)
"""A worker has one made each day."""


def time_stamps(patient: Patient) -> Iterator[Finding]:
    """It answers no question of this check: the newest stamp tells when it last did."""
    config = patient.config
    if patient.is_trial or not config.time_stamp_url:
        return
    try:
        trust = time_stamp_trust(config)
    except DomainError as error:
        yield fault(
            gettext(
                "PORTAL_TIME_STAMP_TRUST (%(file)s): %(why)s",
                file=config.time_stamp_trust,
                why=text_of(error),
            )
        )
        return
    store = CheckpointFolder(config.data_dir / "checkpoints")
    sizes = store.stamped()
    if not sizes:
        if store.latest() is not None:
            yield warning(
                gettext(
                    "No checkpoint of the record was ever stamped: %(command)s asks the authority of PORTAL_TIME_STAMP_URL and says why "
                    "it does not.",
                    command="portal record stamp",
                )
            )
        return
    try:
        newest = stamped_at(store.stamp(sizes[-1]) or b"", store.note(sizes[-1]) or "", trust)
    except DomainError as error:
        yield fault(
            gettext(
                "The newest time stamp of the record does not hold by the certificates of PORTAL_TIME_STAMP_TRUST: %(why)s",
                why=text_of(error),
            )
        )
        return
    if patient.now - newest > STAMPED_AFTER:
        yield warning(
            gettext(
                "The record was last stamped on %(day)s: %(command)s asks the authority of PORTAL_TIME_STAMP_URL and says why it does not.",
                day=format_date(newest.astimezone(patient.zone).date()),
                command="portal record stamp",
            )
        )
