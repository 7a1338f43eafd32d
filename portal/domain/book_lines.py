"""Lines of a book's file as they stand there: most are told apart and compared without splitting their cells."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import groupby
from operator import methodcaller
from typing import Final, NamedTuple

from portal.domain.book_columns import BookRow, Layout

MOST_ROWS: Final = 5000
"""Rows of one file that one loan may have; what comes after is not held in memory."""

CELL: Final = "\x1f"
"""What stands between two cells in a digest."""

_HELD: Final = MOST_ROWS + 1
_COMMAS: Final = methodcaller("count", ",")


class Block(NamedTuple):
    """Lines that follow each other, without the blank ones; ``numbers`` say where they stand, the header is line 1."""

    numbers: Sequence[int]
    texts: Sequence[str]
    has_quotes: bool

    @classmethod
    def of(cls, numbers: Sequence[int], texts: Sequence[str]) -> "Block":
        return cls(numbers, texts, any('"' in text for text in texts))

    @classmethod
    def read(cls, first: int, text: str) -> "tuple[Block, int]":
        """Of whole lines, the first of which has this number; and the number of the line after them."""
        texts = text.split("\n")
        if not texts[-1]:
            texts.pop()
        if "\r" in text:
            texts = [each.rstrip("\r") for each in texts]
        numbers: Sequence[int] = range(first, first + len(texts))
        after = first + len(texts)
        if not all(texts):
            numbers = [number for number, each in zip(numbers, texts, strict=True) if each]
            texts = [each for each in texts if each]
        return cls(numbers, texts, '"' in text), after

    def keys(self, layout: Layout) -> list[str]:
        """The key of each line; a line that is too short to have one has a blank."""
        at = layout.key_at
        if not self.has_quotes:
            try:
                return [text.split(",", at + 1)[at] for text in self.texts]
            except IndexError:
                pass
        return [layout.key(row_of(layout, 0, text)) for text in self.texts]


class Lines:
    """Lines of one file that share a key; MOST_ROWS and one more at most."""

    def __init__(self, layout: Layout, key: str, numbers: Sequence[int], texts: Sequence[str]) -> None:
        self.layout = layout
        self.key = key
        self.numbers = numbers[:_HELD]
        self.texts = texts[:_HELD]

    def __len__(self) -> int:
        return len(self.texts)

    def with_more(self, numbers: Sequence[int], texts: Sequence[str]) -> "Lines":
        return Lines(self.layout, self.key, [*self.numbers, *numbers], [*self.texts, *texts])

    @cached_property
    def rows(self) -> Sequence[BookRow]:
        """Cell by cell, whatever a line looks like."""
        pairs = zip(self.numbers, self.texts, strict=True)
        return [row_of(self.layout, number, text) for number, text in pairs]

    @cached_property
    def are_plain(self) -> bool:
        """Whether each comma parts two cells, and each line has the width of its file."""
        return set(map(_COMMAS, self.texts)) == {self.layout.width - 1} and '"' not in "".join(self.texts)

    def columns(self) -> Sequence[Sequence[str]]:
        """The cells of plain lines by column, in the order of ``COLUMNS``: what ``rows`` have, turned over."""
        cells, width, blanks = ",".join(self.texts).split(","), self.layout.width, [""] * len(self.texts)
        return [cells[at::width] if at >= 0 else blanks for at in self.layout.positions]

    def spelt(self) -> list[str]:
        """What a digest is taken of: a text for each line, however its file arranges the columns."""
        if not self.are_plain:
            return [CELL.join(row.cells) + ("" if row.is_whole else "?") for row in self.rows]
        if not self.layout.is_usual:
            return [CELL.join(cells) for cells in zip(*self.columns(), strict=True)]
        missing = CELL * (len(self.layout.positions) - self.layout.width)
        return [text + missing for text in "\n".join(self.texts).replace(",", CELL).split("\n")]

    def count_different(self) -> int:
        """How many lines say something that no line before them said."""
        return len(set(self.texts) if self.are_plain else {row.cells for row in self.rows})


def row_of(layout: Layout, number: int, text: str) -> BookRow:
    """One line is one row: a quoted cell may hold commas, never a line break."""
    if '"' not in text:
        return layout.row(number, text.split(","))
    try:
        cells = next(csv.reader([text], strict=True))
    except csv.Error:
        return layout.row(number, text.split(","), is_whole=False)
    return layout.row(number, cells)


def lines_by_key(layout: Layout, blocks: Iterable[Block]) -> Iterator[Lines]:
    """Neighbours with the same key together, over the ends of blocks too."""
    held: Lines | None = None
    for block in blocks:
        start = 0
        for key, same in groupby(block.keys(layout)):
            end = start + len(list(same))
            numbers, texts = block.numbers[start:end], block.texts[start:end]
            start = end
            if held is not None and held.key == key:
                held = held.with_more(numbers, texts)
                continue
            if held is not None:
                yield held
            held = Lines(layout, key, numbers, texts)
    if held is not None:
        yield held
