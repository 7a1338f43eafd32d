"""What people type, read in one form or refused: ID numbers, e-mail addresses, pairing numbers, recordings; and what roles go together."""

from collections.abc import Callable, Collection

import pytest

from portal.domain.document_changes import ChangeKind, DocumentChange, compare_bytes
from portal.domain.email_addresses import parse_email
from portal.domain.errors import DomainError
from portal.domain.permissions import Role
from portal.domain.queue_choices import Sort, SumBand
from portal.domain.staff_relations import parse_id_number, parse_loan_number
from portal.domain.staff_roles import needs_second, refuse_oneself, refuse_roles, refuse_second_of_change
from portal.domain.support_calls import pairing_number, parse_pairing_number
from portal.domain.support_wrap_ups import checked_recording


def answer(read: Callable[[str], str], text: str) -> str | tuple[str, str | None]:
    try:
        return read(text)
    except DomainError as error:
        return error.code, error.field


def refusal(act: Callable[[], None]) -> tuple[str, str | None] | None:
    try:
        act()
    except DomainError as error:
        return error.code, error.field
    return None


UNCLEAR = ("id_number_unclear", "id_number")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("11010519491231002X", "11010519491231002X"),
        (" 110105 19491231-002x ", "11010519491231002X"),
        ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ("110105194912310021", UNCLEAR),
        ("X1234", UNCLEAR),
        ("X12345", "X12345"),
        ("X" * 16 + "1", "X" * 16 + "1"),
        ("X" * 17 + "1", UNCLEAR),
        ("ABCDEF", UNCLEAR),
        (" - ", ("id_number_missing", "id_number")),
    ],
)
def test_id_numbers(text: str, read: object) -> None:
    assert answer(parse_id_number, text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (" Ｌ-1 ", "L-1"),
        ("9" * 64, "9" * 64),
        ("9" * 65, ("loan_number_missing", "loan")),
        ("  ", ("loan_number_missing", "loan")),
    ],
)
def test_loan_numbers(text: str, read: object) -> None:
    assert answer(parse_loan_number, text) == read


MAIL = ("email_unclear", "email")
LABELS = ".".join(["d" * 61] * 3)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", ("email_missing", "email")),
        (" \t", ("email_missing", "email")),
        (" Li.Na @Example.COM ", "Li.Na@example.com"),
        ("ｌｉ＠example.com", "li@example.com"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
        ("a" * 65 + "@example.com", MAIL),
        ("a" * 64 + f"@{LABELS}.com", "a" * 64 + f"@{LABELS}.com"),
        ("a" * 64 + f"@{LABELS}.comm", MAIL),
        ("li@example", MAIL),
        ("li@@example.com", MAIL),
        (".li@example.com", MAIL),
    ],
)
def test_email_addresses(text: str, read: object) -> None:
    assert answer(parse_email, text) == read


PAIRING = ("pairing_unclear", "number")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1234 5678", "12345678"),
        ("１２３４－5678", "12345678"),
        ("1234567", PAIRING),
        ("123456789", PAIRING),
        (" - ", ("pairing_missing", "number")),
        ("12345678" + " " * 24, "12345678"),
        ("12345678" + " " * 25, PAIRING),
    ],
)
def test_pairing_numbers(text: str, read: object) -> None:
    assert answer(parse_pairing_number, text) == read


def test_a_pairing_number_belongs_to_its_seed_and_key() -> None:
    made = [pairing_number(f"seed {n}", "key") for n in range(50)]
    assert {len(number) for number in made} == {8}
    assert all(parse_pairing_number(number) == number for number in made)
    assert len({*made, pairing_number("seed 0", "another")}) == 51


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (" REC:2026/03 ", "REC:2026/03"),
        ("abc", ("recording_unclear", "recording")),
        ("abcd", "abcd"),
        ("a" * 60, "a" * 60),
        ("a" * 61, ("recording_unclear", "recording")),
        (" ", ("recording_missing", "recording")),
    ],
)
def test_recordings(text: str, read: object) -> None:
    assert answer(checked_recording, text) == read


@pytest.mark.parametrize(
    ("roles", "has_agency", "refused"),
    [
        ((), False, ("roles_missing", "roles")),
        ((Role.COLLECTOR,), True, None),
        ((Role.COLLECTOR,), False, ("agency_missing", "agency")),
        ((Role.AUDITOR,), False, None),
        ((Role.AUDITOR, Role.AGENT), False, ("roles_not_together", "roles")),
        ((Role.APPROVER,), True, ("agency_not_for_role", "agency")),
        ((Role.ADMINISTRATOR, Role.APPROVER), False, ("roles_not_together", "roles")),
        ((Role.ADMINISTRATOR, Role.AGENT), False, None),
        ((Role.SUPERVISOR, Role.APPROVER), False, None),
    ],
)
def test_roles_that_go_together(
    roles: Collection[Role], has_agency: bool, refused: tuple[str, str] | None
) -> None:
    assert refusal(lambda: refuse_roles(roles, has_agency=has_agency)) == refused


def test_what_decides_is_given_by_two_and_taken_by_one() -> None:
    assert needs_second([Role.AGENT], [Role.AGENT, Role.APPROVER])
    assert not needs_second([Role.APPROVER], [Role.APPROVER, Role.AGENT])
    assert not needs_second([Role.APPROVER], [])


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda: refuse_oneself(1, 1), "staff_oneself"),
        (lambda: refuse_oneself(1, 2), None),
        (lambda: refuse_second_of_change(1, asked_by=1, member_id=3), "staff_change_by_oneself"),
        (lambda: refuse_second_of_change(3, asked_by=1, member_id=3), "staff_change_by_oneself"),
        (lambda: refuse_second_of_change(2, asked_by=1, member_id=3), None),
    ],
)
def test_nobody_changes_their_own_rights_or_is_their_own_second(
    act: Callable[[], None], code: str | None
) -> None:
    assert refusal(act) == (code and (code, None))


def test_sums_of_the_queue_are_bounded_and_compared_within_one_currency() -> None:
    assert [band.bounds("CNY") for band in SumBand] == [
        (0, 500_000),
        (500_000, 2_000_000),
        (2_000_000, 5_000_000),
        (5_000_000, None),
    ]
    assert {sort for sort in Sort if sort.needs_currency} == {Sort.SUM, Sort.SUM_UP}
    assert {sort for sort in Sort if sort.is_descending} == {Sort.SUM, Sort.DPD}


PAPER = bytes(range(256)) * 40


@pytest.mark.parametrize(
    ("given", "changes"),
    [
        (PAPER, ()),
        (PAPER + b"abc", (DocumentChange(ChangeKind.APPENDED, count=3),)),
        (PAPER[:-3], (DocumentChange(ChangeKind.CUT, count=3),)),
        (PAPER[:-3] + b"abcd", ()),
        (b"\xff" + PAPER[1:], (DocumentChange(ChangeKind.BYTES, count=1, first=1),)),
        (
            PAPER[:4095] + b"\0\1" + PAPER[4097:-1] + b"\0",
            (DocumentChange(ChangeKind.BYTES, count=3, first=4096),),
        ),
    ],
)
def test_bytes_that_differ_are_counted_and_placed_from_one(
    given: bytes, changes: tuple[DocumentChange, ...]
) -> None:
    assert compare_bytes(PAPER, given) == changes
