"""``portal record``: the record that nobody has to trust."""

import sys
from collections.abc import Sequence

import click
from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.adapters.checkpoint_files import Unusable, checkpoint_folder
from portal.adapters.record_keys import load_public_keys, make_record_key, record_key_path, record_origin
from portal.commands.database import opened_engine
from portal.commands.json_lines import locale_of_shell
from portal.commands.record_keeping import RecordBrokenError, keeper_of
from portal.config import Config, from_environment
from portal.db import transaction
from portal.domain.checkpoints import Checkpoint
from portal.domain.errors import DomainError
from portal.domain.log_proofs import LogProof
from portal.domain.merkle_trees import inclusion_proof, root_of
from portal.domain.record_checks import Fault, RecordCheck, Verdict
from portal.domain.signed_notes import SignedNote
from portal.i18n import format_count, use_locale
from portal.messages import text_of
from portal.queries.record_rows import leaves, place_of, placed_rows, record_counts

STEP = 1_000


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


@record.command()
def keep() -> None:
    """Give every event its place now and sign for what stands; workers do the same all day."""
    config = from_environment()
    with use_locale(locale_of_shell()), opened_engine(config) as engine:
        try:
            kept = keeper_of(config, engine).keep()
        except DomainError as error:
            raise click.ClickException(text_of(error)) from error
        except RecordBrokenError as error:
            raise click.ClickException(str(error)) from error
        click.echo(
            gettext(
                "%(placed)s events placed; the newest checkpoint signs for %(size)s.",
                placed=format_count(kept.placed),
                size=format_count(kept.size),
            )
        )


@record.command()
def verify() -> None:
    """Go through every event from the first; names the first that is not as it was recorded. Exit status 1 where there is one."""
    config = from_environment()
    with (
        use_locale(locale_of_shell()),
        opened_engine(config) as engine,
        transaction(engine, writes=False) as session,
    ):
        is_whole = _told(session, config)
    if not is_whole:
        sys.exit(1)


@record.command()
@click.argument("event_id", type=click.IntRange(1))
def proof(event_id: int) -> None:
    """Print the proof (tlog-proof@v1) that the event with this number stands in the record."""
    config = from_environment()
    with use_locale(locale_of_shell()), opened_engine(config) as engine:
        with transaction(engine, writes=False) as session:
            place = place_of(session, event_id)
            note = None if place is None else checkpoint_folder(config).first_covering(place + 1)
            if place is None or note is None:
                raise click.ClickException(
                    gettext("No checkpoint signs for this event yet, or there is none.")
                )
            size = Checkpoint.parse(SignedNote.parse(note).text).size
            path = inclusion_proof(place, size, lambda start, end: root_of(leaves(session, start, end)))
        click.echo(str(LogProof(place, tuple(path), note)), nl=False)


def _told(session: Session, config: Config) -> bool:
    """Say how the record stands; True where nothing is wrong."""
    found = list(checkpoint_folder(config).read(load_public_keys(record_key_path(config))))
    unusable = [each for each in found if isinstance(each, Unusable)]
    checkpoints = [each for each in found if isinstance(each, Checkpoint)]
    counts = record_counts(session)
    verdict = _checked(session, checkpoints, counts.placed)
    for each in unusable:
        click.echo(
            gettext("Checkpoint %(name)s cannot be used: %(reason)s.", name=each.name, reason=each.reason)
        )
    for line in _lines(verdict, len(checkpoints), counts.waiting):
        click.echo(line)
    return verdict.finding is None and not unusable


def _checked(session: Session, checkpoints: Sequence[Checkpoint], places: int) -> Verdict:
    check, done = RecordCheck(checkpoints), 0
    with click.progressbar(length=places, label=gettext("Events"), file=sys.stderr) as bar:
        for line in placed_rows(session):
            check.take(line)
            done += 1
            if done % STEP == 0:
                bar.update(STEP)
        bar.update(done % STEP)
    return check.verdict()


def _lines(verdict: Verdict, checkpoints: int, waiting: int) -> list[str]:
    finding = verdict.finding
    said = [
        gettext(
            "%(size)s events, root %(root)s, %(checkpoints)s checkpoints.",
            size=format_count(verdict.size),
            root=verdict.root.hex(),
            checkpoints=format_count(checkpoints),
        )
    ]
    if finding is not None:
        said.append(
            gettext("First bad place: %(place)s. %(why)s", place=finding.place, why=_why(finding.fault))
        )
    else:
        said.append(gettext("Every event is as it was recorded."))
    uncovered = verdict.size - verdict.covered + waiting
    said.append(gettext("Covered by no checkpoint yet: the newest %(count)s.", count=format_count(uncovered)))
    return said


def _why(fault: Fault) -> str:
    said = {
        Fault.GAP: gettext("A place is missing, or stands twice."),
        Fault.EVENT_MISSING: gettext("Its event is gone."),
        Fault.EVENT_CHANGED: gettext("Its event is not the one that was recorded."),
        Fault.REWRITTEN: gettext(
            "From here on, before the next checkpoint, the record is not the one that was signed for."
        ),
        Fault.SHORTENED: gettext("A checkpoint signs for more events than there are."),
    }
    return str(said[fault])
