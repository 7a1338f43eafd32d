"""What borrowers attach stands sealed under its row's own key, and no longer under a key made of the deployment's secret.

Some rows at a time in Python, for the keys lie outside of the database, and in their place. Nothing of it stood there in the clear;
SQLite overwrites what it lets go of meanwhile, so that the secret of before opens nothing any more.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from alembic import op
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.config import from_environment
from portal.models.keyring import SealBrokenError, keys_of
from portal.models.sealing import RowKey, key_place

revision = "0060"
down_revision = "0059"

AT_ONCE: Final = 5
"""Each may have ten megabytes."""
NAMED_AT_MOST: Final = 5
NONCE_BYTES: Final = 12
ATTACHMENT: Final = "attachment"
KEPT: Final = sa.table(
    ATTACHMENT,
    sa.column("id"),
    sa.column("public_id", sa.String()),
    sa.column("data_key", sa.String()),
    sa.column("name_sealed", sa.Text()),
    sa.column("body_sealed", sa.LargeBinary()),
)
CHANGED: Final = ("data_key", "name_sealed", "body_sealed")
UPDATE: Final = (
    sa.update(KEPT)
    .where(KEPT.c.id == sa.bindparam("of_id"))
    .values({name: sa.bindparam(name, type_=KEPT.c[name].type) for name in CHANGED})
)
Change = Callable[[sa.Row[Any]], Mapping[str, Any]]


def upgrade() -> None:
    _overwrite_what_goes()
    _refuse_other_keys()
    # First, so that whoever uses the table is met at once, and not after thousands of rows were sealed.
    op.alter_column(ATTACHMENT, "body", new_column_name="body_sealed")
    _fill(_under_the_row)


def downgrade() -> None:
    _overwrite_what_goes()
    _fill(_under_the_secret)
    op.alter_column(ATTACHMENT, "body_sealed", new_column_name="body")


def _overwrite_what_goes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.get_bind().connection.cursor().execute("PRAGMA secure_delete = ON")


def _refuse_other_keys() -> None:
    """A shell without the service's settings would seal them under a key that nobody keeps."""
    people = sa.table("borrower", *map(sa.column, ("id", "public_id", "data_key")))
    newest = sa.select(people).where(people.c.data_key.is_not(None)).order_by(people.c.id.desc()).limit(3)
    ring = keys_of(op.get_bind().dialect)
    rows = op.get_bind().execute(newest).all()
    if rows and not any(
        RowKey.loaded(row.data_key, ring).is_openable(key_place("borrower", row.public_id)) for row in rows
    ):
        raise RuntimeError(
            "names and numbers stand sealed under a data key that is not here: nothing was changed. Run it with the settings of"
            " the service (PORTAL_DATA_KEYS, PORTAL_SECRET_KEY, PORTAL_DATA_DIR)."
        )


def _fill(change: Change) -> None:
    """Row by row, some at a time. All are looked at before it is refused, so that one run names what is wrong."""
    broken: list[str] = []
    for rows in _rows():
        changed = []
        for row in rows:
            try:
                changed.append({"of_id": row.id, **change(row)})
            except (InvalidTag, ValueError, SealBrokenError):
                broken.append(row.public_id)
        if changed and not broken:
            op.get_bind().execute(UPDATE, changed)
    if broken:
        raise RuntimeError(_refusal(broken))


def _refusal(broken: Sequence[str]) -> str:
    more = f" and {len(broken) - NAMED_AT_MOST} more" if len(broken) > NAMED_AT_MOST else ""
    return (
        f"files that borrowers attached do not open, {len(broken)} of them: nothing was changed. Run it with the settings of the"
        " service, PORTAL_SECRET_KEY (or secret.key in PORTAL_DATA_DIR) and PORTAL_DATA_KEYS as they were when the files were kept."
        f" They are: {', '.join(broken[:NAMED_AT_MOST])}{more}. Where that cannot be had again, docs/operations.md says how to go on"
        " without them."
    )


def _rows() -> Iterator[Sequence[sa.Row[Any]]]:
    after = 0
    while rows := (
        op.get_bind()
        .execute(sa.select(*KEPT.c).where(KEPT.c.id > after).order_by(KEPT.c.id).limit(AT_ONCE))
        .all()
    ):
        yield rows
        after = rows[-1].id


def _under_the_row(row: sa.Row[Any]) -> Mapping[str, Any]:
    """What was erased keeps no key either. A file without a key gets one, and a name that stood under the lost one goes."""
    if row.body_sealed is None:
        return dict.fromkeys(CHANGED)
    body, name = _opened(row), row.name_sealed
    ring = keys_of(op.get_bind().dialect)
    if row.data_key is None:
        key, name = RowKey.fresh(key_place(ATTACHMENT, row.public_id)), None
    else:
        key = RowKey.loaded(row.data_key, ring)
    sealed = key.seal_bytes((ATTACHMENT, "body", row.public_id), body)
    return {
        "data_key": row.data_key or key.kept_under(ring),
        "name_sealed": name,
        "body_sealed": sealed,
    }


def _under_the_secret(row: sa.Row[Any]) -> Mapping[str, Any]:
    kept = {"data_key": row.data_key, "name_sealed": row.name_sealed}
    if row.body_sealed is None:
        return {**kept, "body_sealed": None}
    if row.data_key is None:
        raise SealBrokenError(f"{ATTACHMENT}:body:{row.public_id} has no key")
    key = RowKey.loaded(row.data_key, keys_of(op.get_bind().dialect))
    body = key.open_bytes((ATTACHMENT, "body", row.public_id), row.body_sealed)
    nonce = os.urandom(NONCE_BYTES)
    return {**kept, "body_sealed": nonce + _of_secret().encrypt(nonce, body, _place(row))}


def _opened(row: sa.Row[Any]) -> bytes:
    return _of_secret().decrypt(row.body_sealed[:NONCE_BYTES], row.body_sealed[NONCE_BYTES:], _place(row))


def _of_secret() -> AESGCM:
    """Asked for where there is a file: whoever has none needs no secret, and one that nobody keeps would shut them for good."""
    config = from_environment(makes_secret=False)
    if not (os.environ.get("PORTAL_SECRET_KEY") or (config.data_dir / "secret.key").exists()):
        raise RuntimeError(
            "there is neither PORTAL_SECRET_KEY nor secret.key in PORTAL_DATA_DIR: nothing was changed. Run it with the settings of"
            " the service."
        )
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"portal attachments 1")
    return AESGCM(derived.derive(config.secret_key.encode()))


def _place(row: sa.Row[Any]) -> bytes:
    return f"{ATTACHMENT}:body:{row.public_id}".encode()
