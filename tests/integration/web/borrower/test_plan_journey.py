"""The whole journey, for each kind of plan, to where it is in force or with a person."""

from sqlalchemy import select

from portal.models import Hold
from tests.integration.web.borrower.conftest import NewWalk
from tests.integration.web.conftest import Writing
from tests.plan_walks import PAUSE, Walk, page_of, shown_text


def test_a_ready_plan_is_approved_the_second_it_is_signed(walk: Walk, writing: Writing) -> None:
    walk.to_sent()
    assert walk.status == "approved"
    page = walk.client.get(walk.url())
    assert "您的方案已生效" in page_of(page)
    assert "文件正在生成" in shown_text(page)
    walk.work()
    assert walk.status == "active"
    assert "文件正在生成" not in shown_text(walk.client.get(walk.url()))
