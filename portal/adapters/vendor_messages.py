"""Text messages through a vendor: ``SendSms`` of Alibaba Cloud's short message service (version 2017-05-25), signed with ACS3.

The vendor keeps the words: each template was registered there, word for word as in ``portal/texts/messages``, under a code of its own. It
knows no idempotence; ``OutId`` carries our key, so that what went out twice can be told from its receipts.
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from portal.adapters.acs3 import AccessKey, Act, signed_headers
from portal.adapters.message_words import MessageWriter
from portal.adapters.outside_calls import OutsideCallError, post
from portal.clock import Clock
from portal.services.ports import MessageNotSentError, SentMessage

ACTION: Final = "SendSms"
VERSION: Final = "2017-05-25"
SECONDS: Final = 10.0
LARGEST: Final = 64 << 10
UNREADABLE: Final = "answer_unreadable"
_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_FINAL: Final = frozenset(
    {"isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_COUNT_OVER_LIMIT", "isv.PRODUCT_UNSUBSCRIBE"}
)
"""What the vendor will say again however often it is asked about this number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorAccount:
    """``sign_name`` was registered with the vendor, ``number`` is what telephones show; ``templates`` by locale and our name."""

    url: str
    key: AccessKey
    sign_name: str
    number: str
    templates: Mapping[str, Mapping[str, str]]


class VendorMessages:
    """See ``portal.services.ports.MessageSender``. Raises ``MessageNotSentError``: the worker comes again."""

    def __init__(
        self, account: VendorAccount, writer: MessageWriter, clock: Clock, *, seconds: float = SECONDS
    ) -> None:
        self._account, self._writer, self._clock, self._seconds = account, writer, clock, seconds

    def send(
        self, mobile: str, template: str, values: Mapping[str, str | int], locale: str, *, key: str
    ) -> SentMessage:
        named = {**values, "creditor": self._account.sign_name}
        words = self._writer.write(template, named, locale)
        asked = {
            "PhoneNumbers": mobile,
            "SignName": self._account.sign_name,
            "TemplateCode": self._code(_registered(template, values), locale),
            "TemplateParam": _params({**words.written, **_agency(values)}),
            "OutId": key,
        }
        self._ask(asked, self._clock.now())
        return self.write(template, values, locale)

    def write(self, template: str, values: Mapping[str, str | int], locale: str) -> SentMessage:
        named = {**values, "creditor": self._account.sign_name}
        kept = self._writer.write_hidden(template, named, locale)
        return SentMessage(version=kept.version, text=kept.text, number=self._account.number)

    def _code(self, template: str, locale: str) -> str:
        try:
            return self._account.templates[locale][template]
        except KeyError:
            raise MessageNotSentError(f"no template for {template} in {locale}", is_certain=True) from None

    def _ask(self, query: Mapping[str, str], at: datetime) -> None:
        host = urlsplit(self._account.url).netloc
        act = Act(host=host, action=ACTION, version=VERSION, query=query, at=at, nonce=secrets.token_hex(16))
        try:
            body = post(
                f"{self._account.url.rstrip('/')}/?{act.canonical_query}",
                b"",
                sends="application/x-www-form-urlencoded",
                takes="application/json",
                seconds=self._seconds,
                most_bytes=LARGEST,
                headers=signed_headers(act, self._account.key),
            )
        except OutsideCallError as error:
            raise MessageNotSentError(str(error)) from error
        said = _code_in(body)
        if said != "OK":
            raise MessageNotSentError(said, is_certain=said != UNREADABLE, is_final=said in _FINAL)


def _registered(template: str, values: Mapping[str, str | int]) -> str:
    """The signature names the lender alone: of a loan that an agency handles, words are registered that name the agency too (rule C12).
    Where nobody has registered them, nothing goes out.
    """
    return f"{template}.agency" if "placed_with" in values else template


def _agency(values: Mapping[str, str | int]) -> Mapping[str, str]:
    return {"agency": str(values["placed_with"])} if "placed_with" in values else {}


def _params(written: Mapping[str, str]) -> str:
    """The vendor writes its own signature before the text."""
    return json.dumps({name: text for name, text in written.items() if name != "sender"}, ensure_ascii=False)


def _code_in(body: bytes) -> str:
    try:
        answer: Any = json.loads(body)
        code = str(answer["Code"])
    except (ValueError, KeyError, TypeError):
        return UNREADABLE
    return code if _CODE.fullmatch(code) else UNREADABLE


def load_templates(path: Path, names: Mapping[str, frozenset[str]]) -> Mapping[str, Mapping[str, str]]:
    """The vendor's codes by locale and our name. ``names``: what must be there. Raises ``ValueError`` saying what is missing."""
    try:
        kept: Any = json.loads(path.read_text(encoding="utf-8"))
        codes = {
            str(locale): {str(name): str(code) for name, code in each.items()}
            for locale, each in kept.items()
        }
    except (OSError, ValueError, AttributeError) as error:
        raise ValueError(f"{path} cannot be read") from error
    missing = [
        f"{locale}.{name}"
        for locale, wanted in names.items()
        for name in sorted(wanted)
        if not codes.get(locale, {}).get(name)
    ]
    if missing:
        raise ValueError(f"{path} has no code for {', '.join(missing)}")
    return codes
