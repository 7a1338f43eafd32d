"""Files: what they are called, and how long they are kept."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.attachments import ENDINGS, FileType, kept_until, shown_name

ENDED = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("诊断证明.heic", FileType.JPEG, "诊断证明.jpg"),
        ("医院 收据 2026.11.pdf", FileType.PDF, "医院 收据 2026.11.pdf"),
        ("../../etc/passwd", FileType.PNG, "passwd.png"),
        ("C:\\Users\\李娜\\工资条.png", FileType.PNG, "工资条.png"),
        ("photo\u202egpj.exe", FileType.JPEG, "photogpj.jpg"),
        ("a\x00b\r\nc.jpg", FileType.JPEG, "ab c.jpg"),
        ('"><script>.pdf', FileType.PDF, "script.pdf"),
        (".htaccess", FileType.PDF, "htaccess.pdf"),
        ("", FileType.PDF, "document.pdf"),
        ("...", FileType.JPEG, "photo.jpg"),
        ("长" * 500 + ".pdf", FileType.PDF, "长" * 60 + ".pdf"),
    ],
)
def test_a_name_is_shown_true_without_what_could_mislead(name: str, kind: FileType, shown: str) -> None:
    assert shown_name(name, kind) == shown


@given(st.text(max_size=300), st.sampled_from(FileType))
def test_every_name_is_one_line_without_a_path_and_ends_as_what_it_is(name: str, kind: FileType) -> None:
    shown = shown_name(name, kind)
    assert shown.endswith(ENDINGS[kind])
    assert not set(shown) & set('/\\"<>\r\n\0')
    assert len(ENDINGS[kind]) < len(shown) <= 64
    assert shown_name(shown, kind) == shown


def test_files_are_kept_ninety_days_after_the_end() -> None:
    assert kept_until(ended_on=ENDED, is_signed=False) == ENDED + timedelta(days=90)


def test_what_is_open_or_signed_has_no_last_day() -> None:
    assert kept_until(ended_on=None, is_signed=False) is None
    assert kept_until(ended_on=None, is_signed=True) is None
    assert kept_until(ended_on=ENDED, is_signed=True) == ENDED
    assert kept_until(ended_on=ENDED, is_signed=True, may_resume=True) == ENDED + timedelta(days=90)
