"""What a table of figures is made of. Cells know how they read on a page and what they are in a file."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask_babel import gettext, ngettext

from portal.figure_tables.pictures import Picture
from portal.i18n import format_count


@dataclass(frozen=True, slots=True)
class Duration:
    """Whole seconds; a file gets hours with two decimals."""

    seconds: int

    def __str__(self) -> str:
        minutes = self.seconds // 60
        days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
        if days:
            text = ngettext("%(num)s day %(hours)s h", "%(num)s days %(hours)s h", days, hours=hours)
        elif hours:
            text = gettext("%(hours)s h %(minutes)s min", hours=hours, minutes=rest)
        elif minutes:
            text = gettext("%(minutes)s min", minutes=rest)
        else:
            text = gettext("under a minute")
        return str(text)

    @property
    def plain(self) -> float:
        return round(self.seconds / 3600, 2)


@dataclass(frozen=True, slots=True)
class Percent:
    """A share between -1 and 1, told with one decimal."""

    share: float
    is_signed: bool = False

    def __str__(self) -> str:
        return f"{self.plain:+.1f}%" if self.is_signed else f"{self.plain:.1f}%"

    @property
    def plain(self) -> float:
        found = round(self.share * 100, 1)
        return found or 0.0


Cell = str | int | Duration | Percent


def shown(cell: Cell) -> str:
    """On a page."""
    return format_count(cell) if isinstance(cell, int) else str(cell)


def plain(cell: Cell) -> str | int | float:
    """In a file."""
    return cell.plain if isinstance(cell, Duration | Percent) else cell


@dataclass(frozen=True, slots=True)
class Column:
    """``in_files`` names the unit where the page needs none."""

    text: str
    is_number: bool = True
    in_files: str = ""

    @property
    def file_text(self) -> str:
        return self.in_files or self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table and, where it has any figure, its picture. ``total`` is a last row of sums; empty where sums mean nothing.

    ``none`` is what is said where there is no row.
    """

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    none: str
    total: Sequence[Cell] = ()
    picture: Picture | None = None

    @property
    def lines(self) -> Sequence[Sequence[Cell]]:
        """Rows and the total, as a file has them."""
        return [*self.rows, *([self.total] if self.total and self.rows else [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page, found by ``key`` in its address. ``about`` says what is counted; ``warnings`` what somebody has to look at."""

    key: str
    title: str
    about: str
    tables: Sequence[Table]
    warnings: Sequence[str] = field(default=())


def names(first: str, *numbers: str) -> Sequence[Column]:
    """A column of words, then columns of numbers."""
    return [Column(first, is_number=False), *map(Column, numbers)]


def share_of(count: int, of: int) -> Cell:
    """A dash where there is nothing to be a share of."""
    return Percent(count / of) if of else "–"


def numbers_below() -> str:
    """What a picture says to whoever does not see it."""
    return str(gettext("The table below has the same numbers."))


def sum_of(rows: Sequence[Sequence[Cell]], place: int) -> int:
    """Of a column of counts."""
    return sum(cell for row in rows if isinstance(cell := row[place], int))
