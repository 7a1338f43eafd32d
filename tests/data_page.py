"""``docs/data.md`` as the code says it: ``python -m tests.data_page > docs/data.md``."""

import sys
from collections.abc import Iterator

from portal.domain.data_classes import RULES, STAYS_LONGER, Protection
from portal.domain.data_columns import COLUMNS

_TITLES = {
    Protection.OPENS: "Opens",
    Protection.SEALED: "Sealed",
    Protection.FOUND_BY: "Found by",
    Protection.ABOUT: "About a borrower",
    Protection.COURSE: "Course",
    Protection.RECORD: "Record",
    Protection.STAFF: "Staff",
    Protection.HOUSE: "House",
    Protection.PUBLIC: "Public",
}
_BEGINNING = """\
# Classes of data
Every column of every table has a class by how much protection it needs; each class has its rules. All that says something of a borrower
is sensitive in the sense of PIPL 28, for it is about money owed. How long things are kept is said by `portal/domain/retention.py`, what
goes with a person by `portal/domain/erasure.py`, how numbers and names are masked by `portal/domain/masking.py`, keys by
[security.md](security.md). This page is made by `python -m tests.data_page > docs/data.md` from `portal/domain/data_classes.py` and
`portal/domain/data_columns.py`; change those. `tests/integration/services/test_data_classes.py` holds them against the models, the
sealed tables, what is erased, the fields of logs and events, the borrower's own copy and the rights of agencies' staff.

Backups hold everything as it stands, the sealed sealed: they are as secret as the database, and the data keys lie elsewhere
([operations.md](operations.md))."""


def page() -> str:
    """The whole page, ending with a line's end."""
    return f"{_BEGINNING}\n\n{_rules()}\n\n{_longer()}\n\n{_columns()}\n"


def _rules() -> str:
    head = ("class", "what", "how it stands", "who sees it", "where it goes", "how long")
    rows = (
        (f"**{_TITLES[each]}**", rule.what, rule.stands, rule.seen_by, rule.leaves, rule.kept)
        for each, rule in RULES.items()
    )
    return "## Rules\n" + "\n".join(_table(head, rows))


def _longer() -> str:
    rows = ((f"`{name}`", why) for name, why in STAYS_LONGER.items())
    return "## What goes with no person\n" + "\n".join(_table(("column or table", "why"), rows))


def _columns() -> str:
    rows = (
        (f"`{table}`", f"{_TITLES[each]}", " ".join(f"`{name}`" for name in names.split()))
        for table, classes in COLUMNS.items()
        for each, names in classes.items()
    )
    return "## Columns\n" + "\n".join(_table(("table", "class", "columns"), rows))


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    yield from (f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    sys.stdout.write(page())
