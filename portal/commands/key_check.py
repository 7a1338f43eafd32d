"""What is asked of the keys before pages are served, work is done and commands begin."""

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.adapters.data_keys import keyring_of
from portal.adapters.database_copies import is_empty
from portal.config import Config, ConfigError
from portal.db import fits_program, make_engine, transaction
from portal.models.keyring import SealBrokenError
from portal.queries.hashed_numbers import were_hashed_otherwise
from portal.queries.key_uses import KeyUse, newest_shut, newest_unfindable


def refuse_other_keys(config: Config) -> None:
    """As ``refuse_keys_other_than``, where nothing is open yet. A database that cannot be asked now is asked by ``/readyz`` later."""
    ring = keyring_of(config)
    engine = make_engine(config.database_url, pool_size=1, keys=lambda: ring)
    try:
        if not is_empty(engine):
            refuse_keys_other_than(engine, config)
    except (SQLAlchemyError, OSError):
        return
    finally:
        engine.dispose()


def refuse_keys_other_than(engine: Engine, config: Config) -> bool:
    """Raises ``ConfigError`` where the keys cannot be read, or are others than people stand under now; False where nothing could be
    tried, for the tables are not those of this program.

    Only the newest rows are tried, so that it costs nothing. ``engine`` was given the keys of ``config``.
    """
    keyring_of(config)
    with transaction(engine, writes=False) as session:
        if not fits_program(session):
            return False
        shut, unfindable = newest_shut(session), newest_unfindable(session)
        is_other_hash = _is_other_hash(session, config)
    if shut:
        raise ConfigError(_of_shut(shut))
    if unfindable:
        raise ConfigError(
            f"the newest rows of {unfindable.table} are found by the index key {unfindable.name}, which is not the present one:"
            " put it back, or run `portal keys rotate` before pages and workers start"
        )
    if is_other_hash:
        raise ConfigError(
            "numbers stand in the database under hashes of another key, and stopped numbers would be written to: put the"
            " PORTAL_SECRET_KEY of that time into PORTAL_HASH_KEY (where it is lost for good, a newly drawn key: what was stopped"
            " is not found any more then)"
        )
    return True


def _is_other_hash(session: Session, config: Config) -> bool:
    """A key of hashes that was named is one that somebody chose: where the old secret is lost for good there is no other."""
    if config.hash_key != config.secret_key:
        return False
    try:
        return were_hashed_otherwise(session, config.hash_key)
    except SealBrokenError:
        return False


def _of_shut(use: KeyUse) -> str:
    why = "made of another PORTAL_SECRET_KEY" if use.is_of_secret else "which is not here"
    return f"the newest rows of {use.table} stand under the key {use.name}, {why}: put that one back (`portal keys status` says more)"
