"""The class of each column is told once."""

import pytest

from portal.domain import data_columns
from portal.domain.data_classes import Protection
from portal.domain.data_columns import protection_of


def test_a_column_is_told_by_its_table_and_name(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = {
        "borrower": {Protection.SEALED: "name_sealed mobile_sealed", Protection.COURSE: "id"},
        "agency": {Protection.PUBLIC: "id name"},
    }
    monkeypatch.setattr(data_columns, "COLUMNS", columns)
    assert protection_of() == {
        "borrower.name_sealed": Protection.SEALED,
        "borrower.mobile_sealed": Protection.SEALED,
        "borrower.id": Protection.COURSE,
        "agency.id": Protection.PUBLIC,
        "agency.name": Protection.PUBLIC,
    }


def test_a_column_of_two_classes_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = {"borrower": {Protection.SEALED: "name_sealed", Protection.PUBLIC: "id name_sealed"}}
    monkeypatch.setattr(data_columns, "COLUMNS", columns)
    with pytest.raises(ValueError, match=r"^borrower\.name_sealed has two classes$"):
        protection_of()


def test_what_is_known_of_a_person_is_not_for_everybody() -> None:
    found = protection_of()
    assert found["borrower.mobile_sealed"] is Protection.SEALED
    assert found["borrower.is_vulnerable"] is Protection.ABOUT
    assert found["borrower.data_key"] is Protection.OPENS
