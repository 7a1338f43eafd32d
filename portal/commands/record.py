"""``portal record``: the record that nobody has to trust."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from flask_babel import gettext
from sqlalchemy import Engine

from portal.adapters.checkpoint_copies import checkpoint_store
from portal.adapters.checkpoint_files import CheckpointFolder
from portal.adapters.record_keys import (
    load_trusted_keys,
    make_record_key,
    read_trusted_keys,
    record_key_path,
    record_origin,
)
from portal.adapters.time_stamps.configured import time_stamp_trust
from portal.clock import Clock
from portal.commands.database import opened_under_any_keys
from portal.commands.json_lines import locale_of_shell
from portal.commands.record_examination import examine
from portal.commands.record_findings import lines_of
from portal.commands.record_keeping import RecordBrokenError, keeper_of
from portal.commands.record_key_change import KeyChange, change_key
from portal.commands.record_proofs import find_proof
from portal.commands.record_stamping import stamping_of
from portal.config import Config, from_environment
from portal.db import transaction
from portal.domain.errors import DomainError
from portal.domain.log_proofs import GrowthProof, LogProof
from portal.domain.permissions import SYSTEM
from portal.domain.range_hashes import proofs_at_once
from portal.domain.reasons import EraseReason
from portal.i18n import format_count, use_locale
from portal.messages import text_of
from portal.queries.record_rows import leaves, place_of
from portal.services.record_erasing import erase_event


@click.group()
def record() -> None:
    """The record of every change and every look, checked against checkpoints outside of the database."""


@record.command("create-key")
def create_key() -> None:
    """Make the key that signs checkpoints, mode 0600, and print its public part. Nothing is overwritten."""
    config = from_environment()
    with use_locale(locale_of_shell()):
        try:
            key = make_record_key(record_key_path(config), record_origin(config))
        except DomainError as error:
            raise click.ClickException(text_of(error)) from error
    click.echo(str(key.public))


@record.command("change-key")
@click.option(
    "--why",
    type=click.Choice([each.value for each in KeyChange]),
    required=True,
    help="What became of the key so far.",
)
@click.option(
    "--until",
    type=click.IntRange(0),
    help="For a compromised key: the largest checkpoint, by its size, that you know from elsewhere. Larger ones are set aside.",
)
def change(why: str, until: int | None) -> None:
    """Let another key sign from now on, and print its public part. What the old one signed up to then stays signed."""
    if (why == KeyChange.COMPROMISED) != (until is not None):
        raise click.UsageError("--until goes with --why compromised, and has to be given there")
    config = from_environment()
    with use_locale(locale_of_shell()), opened_under_any_keys(config) as engine:
        try:
            changed = change_key(config, engine, why=KeyChange(why), until=until, now=_now(config))
        except (DomainError, RecordBrokenError) as error:
            raise click.ClickException(_said(error)) from error
        click.echo(str(changed.new))
        click.echo(
            gettext(
                "The old key is believed up to %(until)s events; %(aside)s checkpoints were set aside.",
                until=format_count(changed.until),
                aside=format_count(changed.set_aside),
            ),
            err=True,
        )


@record.command()
def keep() -> None:
    """Give every event its place now and sign for what stands; workers do the same all day."""
    config = from_environment()
    with use_locale(locale_of_shell()), opened_under_any_keys(config) as engine:
        try:
            kept = keeper_of(config, engine).keep()
        except (DomainError, RecordBrokenError) as error:
            raise click.ClickException(_said(error)) from error
        click.echo(
            gettext(
                "%(placed)s events placed; the newest checkpoint signs for %(size)s.",
                placed=format_count(kept.placed),
                size=format_count(kept.size),
            )
        )


@record.command()
@click.option(
    "--checkpoints",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Hold the record against the checkpoints of this folder, a copy of your own, instead of the deployment's.",
)
@click.option(
    "--keys",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Believe the public keys of this file, one of your own.",
)
def verify(checkpoints: Path | None, keys: Path | None) -> None:
    """Go through every event from the first; names the first that is not as it was recorded.

    Exit status 0: all is as it was recorded. 1: it is not. 3: it is, and the newest events wait too long for a checkpoint.
    """
    config = from_environment()
    store = checkpoint_store(config) if checkpoints is None else CheckpointFolder(checkpoints)
    with use_locale(locale_of_shell()), opened_under_any_keys(config) as engine:
        try:
            trusted = load_trusted_keys(record_key_path(config)) if keys is None else read_trusted_keys(keys)
        except DomainError as error:
            raise click.ClickException(_said(error)) from error
        found = examine(
            engine,
            store,
            trusted,
            most=config.record_lag_seconds,
            now=_now(config),
            stamp_trust=time_stamp_trust(config),
        )
        for line in lines_of(found):
            click.echo(line)
    if not found.is_whole:
        sys.exit(1)
    if found.is_late:
        sys.exit(3)


@record.command()
@click.argument("event_id", type=click.IntRange(1))
def proof(event_id: int) -> None:
    """Print the proof (tlog-proof@v1) that the event with this number stands in the record."""
    config = from_environment()
    with use_locale(locale_of_shell()), opened_under_any_keys(config) as engine:
        found = _proof(engine, config, event_id)
        if found is None:
            raise click.ClickException(gettext("No checkpoint signs for this event yet, or there is none."))
    click.echo(str(found), nl=False)


@record.command()
@click.argument("old", type=click.IntRange(1))
@click.argument("new", type=click.IntRange(1), required=False)
def growth(old: int, new: int | None) -> None:
    """Print the proof that the record of NEW events (the newest checkpoint) begins with that of OLD: for who holds a checkpoint of OLD."""
    config = from_environment()
    store = checkpoint_store(config)
    with use_locale(locale_of_shell()), opened_under_any_keys(config) as engine:
        later = max(store.sizes(), default=0) if new is None else new
        note = store.note(later)
        if note is None or old > later:
            raise click.ClickException(gettext("There is no such later checkpoint."))
        with transaction(engine, writes=False) as session:
            _, paths = proofs_at_once(leaves(session, 0, later), indexes=[], sizes=[old, later])
    click.echo(str(GrowthProof(old, paths[old], note)), nl=False)


@record.command()
def stamp() -> None:
    """Have the newest checkpoint stamped by the time stamping authority now; workers do it once a day."""
    config = from_environment()
    with use_locale(locale_of_shell()):
        try:
            stamping = stamping_of(config, _clock(config), checkpoint_store(config))
            if stamping is None:
                raise click.ClickException(gettext("No time stamping authority is configured."))
            size = stamping.stamp_newest()
        except DomainError as error:
            raise click.ClickException(_said(error)) from error
        if size is None:
            click.echo(gettext("The newest checkpoint is stamped already, or there is none."))
        else:
            click.echo(gettext("The checkpoint of %(size)s events is stamped.", size=format_count(size)))


@record.command()
@click.argument("event_ids", type=click.IntRange(1), nargs=-1, required=True)
@click.option(
    "--why",
    type=click.Choice([each.value for each in EraseReason]),
    required=True,
    help="Why it goes, as the record tells it.",
)
def erase(event_ids: Sequence[int], why: str) -> None:
    """Erase what events with these numbers say, and whom of; their places stay, and every proof holds. That is an event itself."""
    config = from_environment()
    with use_locale(locale_of_shell()), opened_under_any_keys(config) as engine:
        try:
            with transaction(engine) as session:
                for event_id in event_ids:
                    erase_event(session, SYSTEM, event_id=event_id, reason=EraseReason(why), now=_now(config))
        except DomainError as error:
            raise click.ClickException(_said(error)) from error
        click.echo(gettext("Erased: %(count)s.", count=format_count(len(event_ids))))


def _proof(engine: Engine, config: Config, event_id: int) -> LogProof | None:
    with transaction(engine, writes=False) as session:
        place = place_of(session, event_id)
        return None if place is None else find_proof(session, config, place)


def _clock(config: Config) -> Clock:
    return Clock(ZoneInfo(config.timezone), config.business_date)


def _now(config: Config) -> datetime:
    return _clock(config).now()


def _said(error: DomainError | RecordBrokenError) -> str:
    return text_of(error) if isinstance(error, DomainError) else str(error)
