"""An invented incident, and what a notice of it is filled with."""

from datetime import date, timedelta
from typing import Any

from portal.domain.incidents import DataKind, IncidentFacts
from tests.people import NOW

WRITTEN = {
    "cause": "一封邮件发给了错误的收件人。",
    "harm": "他人可能得知联系方式。",
    "measures": "已要求收件人删除，并更改了发送流程。",
    "self_help": "请留意陌生来电。",
    "contact": "请拨打 400-000-0000。",
}
NOTICE_VALUES = {
    "creditor": "安心消费金融有限公司",
    "found_at": "2026年11月2日 10:00",
    "happened_on": "2026年11月1日",
    "kinds": "电话、地址、邮箱",
    "people": "12",
}


def incident_facts(**known: Any) -> IncidentFacts:
    return IncidentFacts(
        **{
            "found_at": NOW - timedelta(hours=1),
            "happened_on": date(2026, 11, 1),
            "kinds": {DataKind.CONTACT},
            "people": 12,
            "texts": {"zh_CN": dict(WRITTEN), "en": {}},
            **known,
        }
    )
