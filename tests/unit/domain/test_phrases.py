"""Letters without threats (rule C13)."""

import pytest

from portal.domain.errors import DomainError
from portal.domain.phrases import FORBIDDEN, refuse_forbidden


@pytest.mark.parametrize("phrase", [phrase for phrases in FORBIDDEN.values() for phrase in phrases])
def test_every_forbidden_phrase_is_found_in_a_sentence(phrase: str) -> None:
    with pytest.raises(DomainError, match="forbidden_phrase") as refused:
        refuse_forbidden(f"If not: {phrase} .", field="letter")
    assert (refused.value.field, refused.value.rule) == ("letter", "C13")


@pytest.mark.parametrize("text", ["上 门", "上·门", "ＰＯＬＩＣＥ", "Go to  COURT", "we will sue\nyou"])
def test_no_disguise_helps(text: str) -> None:
    with pytest.raises(DomainError, match="forbidden_phrase"):
        refuse_forbidden(text, field="letter")


@pytest.mark.parametrize(
    "text", ["", "We issue you a courteous letter.", "您可以今天重新提出方案。", "The policy of the lender"]
)
def test_a_calm_letter_passes(text: str) -> None:
    refuse_forbidden(text, field="letter")
