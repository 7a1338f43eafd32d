"""Every code's text says that nobody is to be told, our staff included: in each language, each way of sending, and beside each field."""

import pytest

from portal.adapters.business_texts import PackagedTexts
from portal.config import ROOT
from portal.domain.message_lint import CODES
from portal.domain.one_time_codes import CodePurpose
from tests.people import TODAY

SAYS = {"zh_CN": "请勿告诉任何人，包括我们的工作人员", "en": "Never tell it to anybody, our staff included"}
FIELDS = (
    "plans/sign.html",
    "sign_in/code.html",
    "sign_in/new_number_code.html",
    "record/email_code.html",
)


@pytest.mark.parametrize("locale", SAYS)
def test_each_message_with_a_code_says_so(locale: str) -> None:
    found = set()
    for kind in ("messages", "emails"):
        for section in PackagedTexts().load(kind, locale, TODAY).sections:
            text = " ".join(section.paragraphs)
            if "{code}" in text:
                found.add(section.code)
                assert SAYS[locale] in text, section.code
    assert found == {purpose.value for purpose in CodePurpose} == CODES


@pytest.mark.parametrize("page", FIELDS)
def test_each_field_for_a_code_says_so(page: str) -> None:
    words = (ROOT / "portal" / "templates" / "borrower" / page).read_text()
    assert "our staff included" in words


def test_no_field_for_a_code_is_forgotten() -> None:
    templates = ROOT / "portal" / "templates"
    asking = {
        str(path.relative_to(templates / "borrower"))
        for path in (templates / "borrower").rglob("*.html")
        if "field_code(" in path.read_text()
    }
    assert asking == set(FIELDS)
