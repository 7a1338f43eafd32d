import pytest

from portal.domain.errors import DomainError
from portal.domain.reasons import LONGEST_TEXT, DeclineReason, refuse_too_long, refuse_unexplained
from tests.unit.domain.refusals import refusal


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_other_says_nothing_by_itself(text: str) -> None:
    refused = refusal(lambda: refuse_unexplained(DeclineReason.OTHER, text))
    assert refused == ("reason_text_missing", "reason_text", None)


def test_other_is_explained_in_words() -> None:
    refuse_unexplained(DeclineReason.OTHER, "Paid elsewhere.")


def test_every_other_reason_speaks_for_itself() -> None:
    for reason in set(DeclineReason) - {DeclineReason.OTHER}:
        refuse_unexplained(reason, "")


def test_a_text_may_be_as_long_as_the_page_says() -> None:
    refuse_too_long("长" * LONGEST_TEXT, field="note")
    with pytest.raises(DomainError) as refused:
        refuse_too_long("长" * (LONGEST_TEXT + 1), field="note")
    assert (refused.value.code, refused.value.field) == ("text_too_long", "note")
    assert refused.value.details == {"most": 1000}
