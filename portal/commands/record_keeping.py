"""Keeping the record: events get their places, and what stands is signed for outside of the database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from portal.adapters.checkpoint_copies import checkpoint_store
from portal.adapters.record_keys import (
    RecordKey,
    load_record_key,
    load_trusted_keys,
    open_record_key,
    record_key_path,
    record_origin,
)
from portal.config import Config
from portal.db import transaction
from portal.domain.checkpoints import Checkpoint, Unusable
from portal.domain.merkle_trees import GrowingTree
from portal.domain.record_keys import TrustedKey
from portal.domain.signed_notes import SignedNote
from portal.queries.record_rows import leaves
from portal.services.ports import CheckpointStore
from portal.services.sequencing import BATCH, has_waiting, place_events


class RecordBrokenError(Exception):
    """The record is not what a checkpoint signed for; the message names it. Nothing is signed until somebody has looked."""


@dataclass(frozen=True, slots=True)
class Kept:
    """``placed`` events got their places just now; the newest checkpoint signs for ``size``."""

    placed: int
    size: int


class RecordKeeper:
    """One process's view of the tree: at first read whole and held against every checkpoint, added to after that.

    Any number may keep one record: places are given one turn at a time, and who comes second to a checkpoint leaves the first.
    ``open_key`` and ``trusted`` are asked at each turn, for the key may have been changed meanwhile.
    """

    def __init__(
        self,
        engine: Engine,
        store: CheckpointStore,
        open_key: Callable[[], RecordKey],
        trusted: Callable[[], Sequence[TrustedKey]],
    ) -> None:
        self.store = store
        self._engine, self._open_key, self._trusted = engine, open_key, trusted
        self._tree: GrowingTree | None = None
        self.signed = 0
        """The size of the newest checkpoint that this process knows of."""

    def keep(self) -> Kept:
        """Place what waits and sign for what stands. Raises ``RecordBrokenError``."""
        placed = self.place()
        self.sign()
        return Kept(placed, self.signed)

    def place(self) -> int:
        """Give places to what waits; how many there were. Raises ``RecordBrokenError`` at the first look over the whole."""
        is_first = self._tree is None
        placed = self._place(is_sweep=is_first)
        tree = self._tree or self._read_whole()
        self._tree = tree
        with transaction(self._engine, writes=False) as session:
            for leaf in leaves(session, tree.size):
                tree.append(leaf)
        return placed

    @property
    def has_news(self) -> bool:
        """Whether something stands that no checkpoint of which this process knows covers."""
        return self._tree is not None and self._tree.size > self.signed

    def sign(self) -> None:
        """Sign for what has its place, where something of it is new."""
        if self.has_news:
            with self.store.turn():
                self.sign_with(self._open_key())

    def sign_with(self, *keys: RecordKey) -> None:
        """Sign in a turn that the caller holds; several keys sign one checkpoint where one hands over to the next."""
        tree = self._tree or self._read_whole()
        text = str(Checkpoint(keys[0].public.name, tree.size, tree.root()))
        signatures = [signature for key in keys for signature in key.sign(text).signatures]
        self.store.keep(str(SignedNote(text, signatures)), tree.size)
        self.signed = tree.size

    def _place(self, *, is_sweep: bool) -> int:
        # Looked at first without the write lock: a quiet record must not make SQLite's writers wait.
        with transaction(self._engine, writes=False) as session:
            if not has_waiting(session, is_sweep=is_sweep):
                return 0
        placed = 0
        while True:
            with transaction(self._engine) as session:
                some = place_events(session, is_sweep=is_sweep)
            placed += some
            if some < BATCH:
                return placed

    def _read_whole(self) -> GrowingTree:
        """The tree of every leaf, which passes each checkpoint's root on its way."""
        tree, met = GrowingTree(), self._checkpoints()
        _meet(tree, met)
        with transaction(self._engine, writes=False) as session:
            for leaf in leaves(session):
                tree.append(leaf)
                _meet(tree, met)
        if met:
            raise RecordBrokenError(f"{met[-1].size} places were signed for, and there are {tree.size}")
        return tree

    def _checkpoints(self) -> list[Checkpoint]:
        """The largest first. One that no key of ours signed says that somebody was at the folder."""
        found: list[Checkpoint] = []
        for each in self.store.read(self._trusted()):
            if isinstance(each, Unusable):
                raise RecordBrokenError(f"checkpoint {each.name} is {each.reason}")
            found.append(each)
        self.signed = found[-1].size if found else 0
        return list(reversed(found))


def keeper_of(config: Config, engine: Engine) -> RecordKeeper:
    """Demo and test make a key where there is none; elsewhere ``record_key_unusable`` is raised where it is missing."""
    path = record_key_path(config)
    may_make = config.demo or config.testing
    if may_make:
        open_record_key(path, record_origin(config))
    load_record_key(path)
    return RecordKeeper(
        engine, checkpoint_store(config), lambda: load_record_key(path), lambda: load_trusted_keys(path)
    )


def _meet(tree: GrowingTree, checkpoints: list[Checkpoint]) -> None:
    while checkpoints and checkpoints[-1].size == tree.size:
        if checkpoints.pop().root != tree.root():
            raise RecordBrokenError(f"the first {tree.size} places are not what was signed for")
