"""How rules, queries and services refuse: each code with its status, the field that it belongs to, its rule and what its text is told.

``refusals.txt`` has them in that order: ``*`` is a field that whoever asks names, ``-`` is none. What a test meets must stand there as
it is, whether the test looks at it or not.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from portal.domain.errors import DomainError
from portal.domain.incidents import TEXTS

Refusal = tuple[str, str, str, str, str]
"""Code, status, field, rule, names of details."""
TABLE: Final = Path(__file__).with_name("refusals.txt")
REFUSALS: Final[frozenset[Refusal]] = frozenset(
    (code, status, field, rule, details)
    for line in TABLE.read_text().splitlines()
    for code, status, field, rule, details in [line.split(" ")]
)
NAMED_BY_CALLERS: Final = frozenset(
    {
        "answer",
        "body",
        "explanation",
        "ending",
        "code",
        "loan",
        "message",
        "id_number",
        "every",
        "currency",
        "email",
        "loans",
        "offers",
        "number",
        "amount",
        "should_be",
        "is_wrong",
        "mobile",
        "phone",
        "registration_number",
        "speaker_contact",
        "speaker_name",
        "text",
        "says_zh_cn",
        "says_en",
        "avoids_zh_cn",
        "avoids_en",
        "told",
    }
)
"""Fields that services name for rules that read texts of every kind; others stand in the table."""
OF_NOTICES: Final = frozenset(f"{item.value}_{locale}" for item in TEXTS for locale in ("zh_CN", "en"))
FIELDS: Final = NAMED_BY_CALLERS | OF_NOTICES | {field for _, _, field, _, _ in REFUSALS} - {"-", "*"}
_HELD: Final = tuple(f"/portal/{package}/" for package in ("domain", "queries", "services"))
MAY_BE_NONE: Final = frozenset({("already_decided", "by")})
"""What a refusal does not have in each case: policy decides too, and is nobody."""
OF_BOOKS: Final = ("book_rows.py", "book_values.py")
"""What is wrong with a book is told by its own columns."""


@contextmanager
def refusals_held() -> Iterator[None]:
    """Within it each refusal of a rule, a query or a service that is made is one of the table."""
    made: list[DomainError] = []
    init = DomainError.__init__

    def noted(self: DomainError, code: str, **said: Any) -> None:
        init(self, code, **said)
        file = sys._getframe(1).f_code.co_filename
        if any(folder in file for folder in _HELD) and not file.endswith(OF_BOOKS):
            made.append(self)

    with patch.object(DomainError, "__init__", noted):
        yield
    unknown = sorted({form for each in made if not _is_known(form := form_of(each))})
    unsaid = sorted(
        {(each.code, name) for each in made for name, said in each.details.items() if said is None}
        - MAY_BE_NONE
    )
    assert not unknown, unknown
    assert not unsaid, unsaid


def form_of(error: DomainError) -> Refusal:
    details = ",".join(sorted(error.details)) or "-"
    return str(error.code), str(error.status), str(error.field or "-"), str(error.rule or "-"), details


def _is_known(form: Refusal) -> bool:
    """``*`` stands for a field of ``FIELDS``, or for the rule that a guard named."""
    code, status, field, rule, details = form
    fields = {field, "*"} if field in FIELDS else {field}
    rules = {rule} if rule == "-" else {rule, "*"}
    return any((code, status, each, which, details) in REFUSALS for each in fields for which in rules)
