"""What the pages of incidents say for closed sets."""

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from portal.domain.incidents import Audience, DataKind, Item, NoticeState

KINDS: Mapping[DataKind, LazyString] = {
    DataKind.IDENTITY: lazy_gettext("name and identity"),
    DataKind.CONTACT: lazy_gettext("telephone, address, e-mail"),
    DataKind.LOAN: lazy_gettext("loans and arrears"),
    DataKind.PAYMENT: lazy_gettext("payments and accounts"),
    DataKind.HARDSHIP: lazy_gettext("hardship and health (sensitive)"),
    DataKind.CREDENTIALS: lazy_gettext("passwords and codes"),
    DataKind.CORRESPONDENCE: lazy_gettext("messages and files"),
}
AUDIENCES: Mapping[Audience, LazyString] = {
    Audience.PEOPLE: lazy_gettext("To the people concerned"),
    Audience.AUTHORITY: lazy_gettext("To the authority"),
    Audience.NOBODY: lazy_gettext("Why people are not told"),
}
STATES: Mapping[NoticeState, LazyString] = {
    NoticeState.DRAFTED: lazy_gettext("Draft, waits for a second person"),
    NoticeState.ISSUED: lazy_gettext("Issued"),
    NoticeState.REFUSED: lazy_gettext("Not agreed to"),
}
ITEMS: Mapping[Item, LazyString] = {
    Item.CAUSE: lazy_gettext("Cause: how it came about"),
    Item.HARM: lazy_gettext("What harm may come of it"),
    Item.MEASURES: lazy_gettext("What we have done"),
    Item.SELF_HELP: lazy_gettext("What people can do themselves"),
    Item.CONTACT: lazy_gettext("How to reach us about it"),
}
LANGUAGES: Mapping[str, str] = {"zh_CN": "中文", "en": "English"}
