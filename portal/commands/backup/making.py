"""Making a backup: checkpoints first, then keys, then the database.

In this order no checkpoint signs for more than the copied database holds, and every checkpoint's key is there. Documents and files lie
in the database itself, so that what its rows name is in the same snapshot.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, text

from portal.adapters.checkpoint_files import CheckpointFolder
from portal.adapters.database_copies import copy_database, kind_of, sees_all_rows
from portal.adapters.record_keys import record_key_path
from portal.adapters.seal_keys import seal_key_path
from portal.clock import Clock
from portal.commands.backup.manifest import NAME, Manifest, files_in
from portal.config import Config
from portal.db import transaction
from portal.domain.permissions import SYSTEM
from portal.services.backups import FinishedBackup, note_backup

CHECKPOINTS = "checkpoints"
DATA = "data"


@dataclass(frozen=True, slots=True)
class Places:
    """Where an installation keeps what is not in its database. Private ones are for its eyes alone."""

    checkpoints: Path
    public: Sequence[Path]
    private: Sequence[Path]


def places_of(config: Config) -> Places:
    record_key, seal_key = record_key_path(config), seal_key_path(config)
    return Places(
        checkpoints=config.data_dir / CHECKPOINTS,
        public=(
            record_key.with_suffix(".keys"),
            seal_key.with_suffix(".crt"),
            seal_key.with_suffix(".compromised"),
        ),
        private=(
            record_key,
            seal_key,
            config.data_dir / "secret.key",
            *([config.data_keys] if config.data_keys else []),
        ),
    )


def make_backup(config: Config, engine: Engine, clock: Clock, folder: Path, *, with_keys: bool) -> Manifest:
    """Write it into a folder of its own that is not there yet. What was acknowledged before the call is in it.

    Raises ``CopyFailedError`` and ``OSError``, and leaves nothing behind; a backup without a manifest is none.
    """
    folder.mkdir(parents=True, mode=0o700)
    try:
        return _made_in(folder, config, engine, clock, with_keys=with_keys)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _made_in(folder: Path, config: Config, engine: Engine, clock: Clock, *, with_keys: bool) -> Manifest:
    began_at, migration, places = clock.now(), _migration(engine), places_of(config)
    data = folder / DATA
    data.mkdir()
    # Nobody signs or changes a key meanwhile, so that "newest" names a note that is copied, and keys are those that signed.
    with CheckpointFolder(places.checkpoints).turn():
        shutil.copytree(places.checkpoints, data / CHECKPOINTS, ignore=shutil.ignore_patterns(".*", "*.new"))
        for path in (*places.public, *(places.private if with_keys else ())):
            if path.exists():
                shutil.copy2(path, data / path.name)
    copy_database(config.database_url, folder, sees_all=sees_all_rows(engine))
    manifest = Manifest(
        kind=kind_of(config.database_url),
        migration=migration,
        began_at=began_at,
        finished_at=clock.now(),
        has_keys=with_keys,
        files=files_in(folder),
    )
    _write(folder / NAME, manifest.text())
    return manifest


def _migration(engine: Engine) -> str:
    with transaction(engine, writes=False) as session:
        return str(session.scalar(text("SELECT version_num FROM alembic_version")))


def _write(path: Path, body: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def remember(engine: Engine, manifest: Manifest) -> None:
    """In the database that goes on."""
    backup = FinishedBackup(
        began_at=manifest.began_at,
        finished_at=manifest.finished_at,
        size=manifest.size,
        manifest_sha256=manifest.digest,
    )
    with transaction(engine) as session:
        note_backup(session, SYSTEM, backup=backup)
