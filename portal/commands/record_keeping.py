"""Keeping the record: events get their places, and what stands is signed for outside of the database."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from portal.adapters.checkpoint_files import CheckpointFolder, Unusable, checkpoint_folder
from portal.adapters.record_keys import (
    RecordKey,
    load_public_keys,
    load_record_key,
    open_record_key,
    record_key_path,
    record_origin,
)
from portal.config import Config
from portal.db import transaction
from portal.domain.checkpoints import Checkpoint
from portal.domain.merkle_trees import GrowingTree
from portal.queries.record_rows import leaves
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
    """

    def __init__(self, engine: Engine, key: RecordKey, folder: CheckpointFolder, key_path: Path) -> None:
        self._engine, self._key, self._folder, self._key_path = engine, key, folder, key_path
        self._tree: GrowingTree | None = None
        self._signed = 0

    def keep(self) -> Kept:
        """Place what waits and sign for what stands. Raises ``RecordBrokenError``."""
        is_first = self._tree is None
        placed = self._place(is_sweep=is_first)
        tree = self._tree or self._read_whole()
        self._tree = tree
        with transaction(self._engine, writes=False) as session:
            for leaf in leaves(session, tree.size):
                tree.append(leaf)
        if tree.size > self._signed:
            checkpoint = Checkpoint(self._key.public.name, tree.size, tree.root())
            self._folder.keep(self._key.sign(str(checkpoint)), tree.size)
            self._signed = tree.size
        return Kept(placed, self._signed)

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
        for each in self._folder.read(load_public_keys(self._key_path)):
            if isinstance(each, Unusable):
                raise RecordBrokenError(f"checkpoint {each.name} is {each.reason}")
            found.append(each)
        self._signed = found[-1].size if found else 0
        return list(reversed(found))


def keeper_of(config: Config, engine: Engine) -> RecordKeeper:
    """Demo and test make a key where there is none; elsewhere ``record_key_unusable`` is raised where it is missing."""
    path = record_key_path(config)
    may_make = config.demo or config.testing
    key = open_record_key(path, record_origin(config)) if may_make else load_record_key(path)
    return RecordKeeper(engine, key, checkpoint_folder(config), path)


def _meet(tree: GrowingTree, checkpoints: list[Checkpoint]) -> None:
    while checkpoints and checkpoints[-1].size == tree.size:
        if checkpoints.pop().root != tree.root():
            raise RecordBrokenError(f"the first {tree.size} places are not what was signed for")
