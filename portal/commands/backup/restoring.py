"""Putting a backup back where nothing is, and asking whether all of it is as it was."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePath

from flask_babel import gettext
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.adapters.checkpoint_files import CheckpointFolder
from portal.adapters.data_keys import keyring_of
from portal.adapters.database_copies import NAMES, check_copy, is_empty, kind_of, left_beside, put_back
from portal.adapters.record_keys import load_trusted_keys, record_key_path
from portal.adapters.seal_keys import seal_key_path
from portal.adapters.time_stamps.configured import time_stamp_trust
from portal.commands.backup.making import CHECKPOINTS, DATA, places_of
from portal.commands.backup.manifest import BackupUnusableError, Manifest, differences
from portal.commands.record_examination import examine
from portal.commands.record_findings import Examined, lines_of
from portal.commands.shut_rows import lines_of_shut
from portal.config import Config
from portal.db import is_newest, newest_migration, transaction
from portal.domain.permissions import SYSTEM
from portal.i18n import format_count
from portal.models import Attachment, Document
from portal.queries.key_uses import KeyUse, shut_uses, unfindable_uses
from portal.queries.wholeness import (
    broken_promises,
    changed_attachments,
    changed_documents,
    count_attachments,
    count_documents,
    held_without_work,
    unsealed_without_work,
)
from portal.services.record import record


@dataclass(frozen=True, slots=True)
class Proof:
    """What was asked of a restored installation."""

    documents: int
    """Without those that nobody can open here."""
    changed: tuple[str, ...]
    files: int | None
    """Those that borrowers attached, likewise; None where this program cannot look into them before ``portal migrate``."""
    changed_files: tuple[str, ...]
    broken: tuple[tuple[str, int], ...]
    shut: tuple[KeyUse, ...]
    unfindable: tuple[KeyUse, ...]
    record: Examined

    @property
    def is_whole(self) -> bool:
        odd = self.changed or self.changed_files or self.broken or self.shut or self.unfindable
        return not odd and self.record.is_whole


def verify_files(folder: Path, digest: str | None = None) -> Manifest:
    """Each file is as it was written, and the database can be read; ``digest`` is what the manifest's has to be.

    Raises ``BackupUnusableError`` and ``CopyFailedError``.
    """
    manifest = Manifest.read(folder)
    if digest is not None and digest.lower() != manifest.digest:
        raise BackupUnusableError(
            gettext("the SHA-256 of its manifest is %(digest)s", digest=manifest.digest)
        )
    wrong = [f"{path} ({how})" for path, how in differences(manifest, folder)]
    if wrong:
        raise BackupUnusableError(", ".join(wrong[:5]))
    check_copy(folder / NAMES[manifest.kind], manifest.kind)
    return manifest


def refuse_target(config: Config, engine: Engine, manifest: Manifest) -> None:
    """Nothing is ever written over. Raises ``BackupUnusableError``, and ``ConfigError`` where no data keys can be read."""
    if kind_of(config.database_url) != manifest.kind:
        raise BackupUnusableError(
            gettext("the backup is of %(kind)s, and PORTAL_DATABASE_URL is not", kind=manifest.kind)
        )
    if manifest.migration > newest_migration():
        raise BackupUnusableError(
            gettext(
                "the backup stands at %(found)s, newer than this program (%(wanted)s)",
                found=manifest.migration,
                wanted=newest_migration(),
            )
        )
    if not is_empty(engine):
        raise BackupUnusableError(gettext("the database is not empty: name another in PORTAL_DATABASE_URL"))
    engine.dispose()  # what looking made beside the file goes with it
    if beside := left_beside(config.database_url):
        raise BackupUnusableError(
            gettext(
                "%(file)s is left of another database: name another in PORTAL_DATABASE_URL", file=beside[0]
            )
        )
    _refuse_homeless(config, manifest)
    if config.data_keys and (config.data_keys.exists() or not _brings(manifest, config.data_keys.name)):
        keyring_of(config)
    # A kept secret may have been made just now, by reading the settings: with an empty database nothing hangs on it.
    # The data keys may have been put where they belong beforehand.
    taken = [
        path
        for path in _targets(config)
        if path.exists() and path.name != "secret.key" and path != config.data_keys
    ]
    if taken:
        raise BackupUnusableError(
            gettext("%(file)s is there already: name another folder in PORTAL_DATA_DIR", file=taken[0])
        )


def _refuse_homeless(config: Config, manifest: Manifest) -> None:
    kept = [PurePath(file.path).parts for file in manifest.files]
    known = {path.name for path in _targets(config)}
    for name in (parts[1] for parts in kept if parts[0] == DATA):
        if name not in known:
            raise BackupUnusableError(
                gettext(
                    "no setting says where %(file)s belongs: name PORTAL_SEAL_KEY and PORTAL_DATA_KEYS as they were",
                    file=name,
                )
            )


def _brings(manifest: Manifest, name: str) -> bool:
    return any(PurePath(file.path).parts == (DATA, name) for file in manifest.files)


def restore(config: Config, folder: Path, manifest: Manifest) -> None:
    """Data first, the database last: an installation without its database is an empty one.

    Raises ``CopyFailedError`` and ``OSError``; what was copied is gone then, so that it can be done again.
    """
    config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o750)
    targets = {path.name: path for path in _targets(config)}
    with ExitStack() as undo:
        for source in sorted((folder / DATA).iterdir()):
            target = targets[source.name]
            if target == config.data_keys and target.exists():
                continue
            undo.callback(_remove, target)
            if source.is_dir():
                shutil.copytree(source, target)
            else:
                shutil.copy2(source, target)
        put_back(folder / NAMES[manifest.kind], config.database_url)
        undo.pop_all()


def prove(config: Config, engine: Engine, now: datetime) -> Proof:
    """Go through every document, every file that was attached, every event and what must hold between them."""
    with transaction(engine, writes=False) as session:
        is_known = is_newest(engine)
        shut = tuple(shut_uses(session)) if is_known else ()
        unfindable = tuple(unfindable_uses(session)) if is_known else ()
        documents = count_documents(session) - _unread(shut, Document)
        changed = tuple(changed_documents(session, shut))
        files, changed_files = _files(session, shut)
        broken = list(broken_promises(session))
        if unsealed := unsealed_without_work(session):
            broken.append(("unsealed_without_work", unsealed))
        if held := held_without_work(session):
            broken.append(("held_without_work", held))
    found = examine(
        engine,
        CheckpointFolder(config.data_dir / CHECKPOINTS),
        load_trusted_keys(record_key_path(config)),
        most=config.record_lag_seconds,
        now=now,
        stamp_trust=time_stamp_trust(config),
    )
    return Proof(documents, changed, files, changed_files, tuple(broken), shut, unfindable, found)


def _files(session: Session, shut: Sequence[KeyUse]) -> tuple[int | None, tuple[str, ...]]:
    count = count_attachments(session)
    if count is None:
        return None, ()
    return count - _unread(shut, Attachment), tuple(changed_attachments(session, shut))


def _unread(shut: Sequence[KeyUse], model: type[Document | Attachment]) -> int:
    return sum(use.rows for use in shut if use.table == model.__tablename__)


def tell_of_restoring(engine: Engine, manifest: Manifest, now: datetime) -> None:
    with transaction(engine) as session:
        record(
            session,
            SYSTEM,
            "backup:restored",
            now=now,
            manifest_sha256=manifest.digest,
            began_at=manifest.began_at.isoformat(),
        )


def lines_of_proof(proof: Proof) -> Iterator[str]:
    yield gettext(
        "%(count)s documents, each with the hash that it was kept under.",
        count=format_count(proof.documents - len(proof.changed)),
    )
    for digest in proof.changed:
        yield gettext("A document is not the one that was kept: %(digest)s.", digest=digest)
    yield from _lines_of_files(proof)
    for name, count in proof.broken:
        yield gettext("%(name)s: %(count)s rows do not fit together.", name=name, count=format_count(count))
    yield from lines_of_shut(proof.shut, proof.unfindable)
    if not proof.broken:
        yield gettext("Proposals, agreements, documents, events and waiting work fit together.")
    yield from lines_of(proof.record)


def _lines_of_files(proof: Proof) -> Iterator[str]:
    if proof.files is None:
        yield gettext(
            "Borrowers' files stand as before migration 0060 and were not opened: %(command)s opens each.",
            command="portal migrate",
        )
        return
    yield gettext(
        "%(count)s files from borrowers, each with the hash that it was kept under.",
        count=format_count(proof.files - len(proof.changed_files)),
    )
    for digest in proof.changed_files:
        yield gettext("A file from a borrower is not the one that was kept: %(digest)s.", digest=digest)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _targets(config: Config) -> list[Path]:
    places = places_of(config)
    seal = seal_key_path(config)
    return [places.checkpoints, *places.public, *places.private, seal.with_suffix(".crt")]
