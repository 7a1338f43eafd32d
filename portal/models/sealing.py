"""Columns of personal data: each row has a key of its own, kept wrapped under a key from outside, and texts stand sealed under it.

A text is bound to its table, column and row. Erasing a row's key leaves its texts unreadable for good.
"""

import json
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, ClassVar, Final, Generic, Self, TypeVar, overload

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Dialect, String, TypeDecorator
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from portal.domain.canonical_json import spelt
from portal.models.keyring import (
    Keyring,
    SealBrokenError,
    keys_of,
    opened,
    opened_bytes,
    sealed,
    sealed_bytes,
)

_KEY_BITS: Final = 256
T = TypeVar("T")


class RowKey:
    """The key of one row. What was loaded is unwrapped with the first text that is read, so that a row costs nothing until then."""

    __slots__ = ("_cipher", "_kept", "_place", "_plain", "_ring")

    def __init__(
        self, *, plain: bytes = b"", place: str = "", kept: str = "", ring: Keyring | None = None
    ) -> None:
        self._plain, self._place, self._kept, self._ring = plain, place, kept, ring
        self._cipher: AESGCM | None = AESGCM(plain) if plain else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RowKey) and self._kept != "" and self._kept == other._kept

    def __hash__(self) -> int:
        return hash(self._kept)

    def __repr__(self) -> str:
        return f"RowKey(under {self.is_under!r})"

    @classmethod
    def fresh(cls, place: str) -> Self:
        """A new one for the row at ``place`` (``table:data_key:row``)."""
        return cls(plain=AESGCM.generate_key(_KEY_BITS), place=place)

    @classmethod
    def loaded(cls, kept: str, ring: Keyring) -> Self:
        return cls(kept=kept, ring=ring)

    def kept_under(self, ring: Keyring) -> str:
        """As it stands in the database: wrapped, bound to its row."""
        if not self._kept:
            self._kept = ring.seal(self._place, self._plain)
        return self._kept

    @property
    def is_under(self) -> str:
        """The name of the key that it is wrapped under; "" while it is new."""
        return self._kept.partition(".")[0]

    def wrapped_anew(self, place: str, ring: Keyring) -> "RowKey":
        """The same key under the ring's current one. Raises ``SealBrokenError``."""
        return RowKey(plain=ring.open(place, self._kept), place=place)

    def is_openable(self, place: str) -> bool:
        """Whether the key that it is wrapped under is here, and is the one that wrapped it."""
        if self._ring is None:
            return bool(self._plain)
        try:
            self._ring.open(place, self._kept)
        except SealBrokenError:
            return False
        return True

    def seal(self, at: tuple[str, str, str], plain: str | bytes) -> str:
        """``at`` is table, column and row."""
        body = plain.encode() if isinstance(plain, str) else plain
        return sealed(self._opened(at), ":".join(at), body)

    def open(self, at: tuple[str, str, str], kept: str) -> bytes:
        """Raises ``SealBrokenError``."""
        return opened(self._opened(at), ":".join(at), kept)

    def seal_bytes(self, at: tuple[str, str, str], plain: bytes) -> bytes:
        """As ``seal``, for a column of bytes."""
        return sealed_bytes(self._opened(at), ":".join(at), plain)

    def open_bytes(self, at: tuple[str, str, str], kept: bytes) -> bytes:
        """Raises ``SealBrokenError``."""
        return opened_bytes(self._opened(at), ":".join(at), kept)

    def _opened(self, at: tuple[str, str, str]) -> AESGCM:
        if self._cipher is None:
            if self._ring is None:
                raise SealBrokenError(f"{':'.join(at)} has no key")
            self._cipher = AESGCM(self._ring.open(key_place(at[0], at[2]), self._kept))
        return self._cipher


def key_place(table: str, row: str) -> str:
    return f"{table}:data_key:{row}"


def moment(at: datetime) -> str:
    """A moment as part of a row's name, the same in whichever zone it is given."""
    return at.astimezone(UTC).isoformat()


class WrappedKey(TypeDecorator[RowKey]):
    """A row's key: wrapped in the database, ready for use outside."""

    impl = String(160)
    cache_ok = True

    def process_bind_param(self, value: RowKey | None, dialect: Dialect) -> str | None:
        return None if value is None else value.kept_under(keys_of(dialect))

    def process_result_value(self, value: str | None, dialect: Dialect) -> RowKey | None:
        return None if value is None else RowKey.loaded(value, keys_of(dialect))


class Digest(str):
    """What stands in a column of ``BlindIndex``; it is not hashed a second time."""

    __slots__ = ()


class BlindIndex(TypeDecorator[str]):
    """A keyed hash of a text, to look for exactly that text: whoever writes or compares gives the text itself."""

    impl = String(64)
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or isinstance(value, Digest):
            return value
        return keys_of(dialect).digest(self.place, value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else Digest(value)


class Sealed(Generic[T]):
    """An attribute that stands sealed in ``<name>_sealed``. Where the row's key was erased it reads as ``erased``.

    ``index`` makes of the text what ``<name>_index`` finds it by.
    """

    def __init__(self, erased: T, *, index: Callable[[Any], str] | None = None) -> None:
        self._erased, self._index = erased, index

    def __set_name__(self, owner: type, name: str) -> None:
        self.name, self.column = name, f"{name}_sealed"

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...
    @overload
    def __get__(self, row: "SealedRow", owner: type) -> T: ...
    def __get__(self, row: "SealedRow | None", owner: type) -> Self | T:
        return self if row is None else self.of(row, type(row))

    def __set__(self, row: "SealedRow", text: T) -> None:
        for column, value in self.columns(row, text).items():
            setattr(row, column, value)

    def columns(self, row: Any, text: T) -> Mapping[str, Any]:
        """What stands in the row for this text, by column."""
        found: dict[str, Any] = {self.column: self.kept(row, text)}
        if self._index is not None:
            found[f"{self.name}_index"] = None if text is None else self._index(text)
        return found

    def kept(self, row: Any, text: T) -> str | bytes | None:
        """As it stands in this row, whose key was not erased."""
        if row.data_key is None:
            raise SealBrokenError(f"{row.__tablename__}:{self.name}: the row's key was erased")
        if text is None:
            return None
        return self._seal(row.data_key, (row.__tablename__, self.name, row.row_name(row)), text)

    def of(self, row: Any, model: "type[SealedRow]") -> T:
        """From anything that has ``data_key``, the sealed column and what names the row. Raises ``SealBrokenError``."""
        kept, key = getattr(row, self.column), row.data_key
        if kept is None or key is None:
            return self._erased
        return self._open(key, (model.__tablename__, self.name, model.row_name(row)), kept)

    def _seal(self, key: RowKey, at: tuple[str, str, str], value: T) -> str | bytes:
        return key.seal(at, self._written(value))

    def _open(self, key: RowKey, at: tuple[str, str, str], kept: Any) -> T:
        return self._read(key.open(at, kept))

    def _written(self, value: Any) -> bytes:
        plain: str = value
        return plain.encode()

    def _read(self, plain: bytes) -> T:
        text: Any = plain.decode()
        found: T = text
        return found

    def looked_for(self, row: "SealedRow") -> str | None:
        """What the row's text is found by, before it is hashed."""
        text = self.__get__(row, type(row))
        return None if text is None or self._index is None else self._index(text)


class Words(Sealed[str]):
    """What somebody wrote; "" where nobody did, and then there is nothing in the column either."""

    def __init__(self) -> None:
        super().__init__("")

    def kept(self, row: Any, text: str) -> str | bytes | None:
        return super().kept(row, text) if text else None


class SealedBytes(Sealed[bytes]):
    """Bytes that stand as bytes; none, and those whose key was erased, read as b""."""

    def __init__(self) -> None:
        super().__init__(b"")

    def _seal(self, key: RowKey, at: tuple[str, str, str], value: bytes) -> bytes:
        return key.seal_bytes(at, value)

    def _open(self, key: RowKey, at: tuple[str, str, str], kept: Any) -> bytes:
        return key.open_bytes(at, kept)


class SealedJson(Sealed[dict[str, Any]]):
    """JSON, made small before it is sealed. What was read once is kept for the row: nobody changes it in place."""

    def of(self, row: Any, model: "type[SealedRow]") -> dict[str, Any]:
        kept, known = getattr(row, self.column), vars(row).get(f"_{self.name}_read")
        if known is None or known[0] is not kept:
            known = kept, super().of(row, model)
            vars(row)[f"_{self.name}_read"] = known
        found: dict[str, Any] = known[1]
        return found

    def _written(self, value: Any) -> bytes:
        return zlib.compress(spelt(value).encode(), 1)

    def _read(self, plain: bytes) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(zlib.decompress(plain))
        return found


class SealedRow:
    """A mixin for a table with sealed texts. A row is named before the database numbers it, for its texts are bound to the name."""

    __tablename__: str
    SEALED: ClassVar[tuple[str, ...]] = ()
    """Names of the sealed texts."""

    @declared_attr
    def data_key(self) -> Mapped[RowKey | None]:
        return mapped_column(WrappedKey)

    def __init_subclass__(cls, **how: Any) -> None:
        cls.SEALED = tuple(name for name, value in vars(cls).items() if isinstance(value, Sealed))
        super().__init_subclass__(**how)

    def __init__(self, **values: Any) -> None:
        texts = {name: values.pop(name) for name in self.SEALED if name in values}
        super().__init__(**values)
        self.data_key = RowKey.fresh(key_place(self.__tablename__, self.row_name(self)))
        for name, text in texts.items():
            setattr(self, name, text)

    @classmethod
    def row_name(cls, row: Any) -> str:
        """Of anything that has the columns which make it; where a table says nothing else, its public id."""
        return str(row.public_id)

    def texts(self) -> Mapping[str, Any]:
        """All of them, opened. Raises ``SealBrokenError``."""
        return {name: getattr(self, name) for name in self.SEALED}

    def changed(self, **texts: Any) -> Mapping[str, Any]:
        """What an update by statement sets for these texts: nothing where the row's key was erased, and with it whom it was about."""
        if self.data_key is None:
            return {f"{name}_sealed": None for name in texts}
        return {f"{name}_sealed": getattr(type(self), name).kept(self, text) for name, text in texts.items()}

    @classmethod
    def insertable(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """A row for a bulk insert: texts sealed under a key of the row's own. What ``cls(**values)`` would hold, without its making."""
        found = {name: value for name, value in values.items() if name not in cls.SEALED}
        row = _RowToBe(cls, found)
        found["data_key"] = row.data_key
        for name in cls.SEALED:
            if name in values:
                found.update(getattr(cls, name).columns(row, values[name]))
        return found


class _RowToBe(SimpleNamespace):
    """As much of a row as sealing its texts asks for."""

    def __init__(self, model: type[SealedRow], values: Mapping[str, Any]) -> None:
        super().__init__(**values)
        self.__tablename__ = model.__tablename__
        self.row_name = model.row_name
        self.data_key = RowKey.fresh(key_place(model.__tablename__, model.row_name(self)))
