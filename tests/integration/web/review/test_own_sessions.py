"""Where one is signed in, and ending it there; nobody else's."""

import re

from sqlalchemy import select

from portal.models import WebSession
from portal.web.browsers import browser_words
from tests.clocks import HandClock
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import StaffClient, events_of, post_to
from tests.people import Cast

END = "/desk/me/sessions/end"


def handles(page: str) -> list[str]:
    return re.findall(r'name="session" value="(\w+)"', page)


def test_one_sees_all_of_them_and_ends_another(
    cast: Cast, staff_client: StaffClient, writing: Writing
) -> None:
    first, second = staff_client(cast.zhou_min), staff_client(cast.zhou_min)
    page = second.get("/desk/me").text
    assert page.count("最近活动") == 2
    (other,) = handles(page)
    assert post_to(second, END, {"session": other}).status_code == 303
    assert first.get("/desk/me").location.startswith("/desk/sign-in")
    assert second.get("/desk/me").status_code == 200
    assert events_of(writing, "session:ended") == [{"audience": "staff", "reason": "ended_elsewhere"}]
    post_to(second, END, {"session": other})
    assert "此前已结束" in second.get("/desk/me").text


def test_all_others_end_and_this_one_stays(cast: Cast, staff_client: StaffClient) -> None:
    others = [staff_client(cast.zhou_min) for _ in range(2)]
    here = staff_client(cast.zhou_min)
    assert post_to(here, "/desk/me/sessions/end-others").status_code == 303
    assert here.get("/desk/me").status_code == 200
    assert all(other.get("/desk/me").location.startswith("/desk/sign-in") for other in others)


def test_a_fourth_sign_in_ends_the_first_and_says_so_before(
    cast: Cast, staff_client: StaffClient, writing: Writing
) -> None:
    clients = [staff_client(cast.zhou_min) for _ in range(3)]
    assert "最多同时在 3 处登录" in clients[0].get("/desk/me").text
    assert events_of(writing, "session:ended") == []
    clients.append(staff_client(cast.zhou_min))
    assert [client.get("/desk/me").status_code for client in clients] == [303, 200, 200, 200]
    assert events_of(writing, "session:ended") == [{"audience": "staff", "reason": "too_many"}]


def test_nobody_ends_somebody_elses(cast: Cast, staff_client: StaffClient, writing: Writing) -> None:
    theirs, mine = staff_client(cast.zhou_min), staff_client(cast.wu_yan)
    with writing() as session:
        hashed = session.scalars(
            select(WebSession.token_hash).where(WebSession.person_id == cast.zhou_min.id)
        ).one()
    for handle in (hashed[:32], hashed, "%", "_", ""):
        post_to(mine, END, {"session": handle})
    post_to(mine, "/desk/me/sessions/end-others")
    assert theirs.get("/desk/me").status_code == 200


def test_what_nobody_has_used_for_long_is_not_listed(
    cast: Cast, staff_client: StaffClient, clock: HandClock
) -> None:
    staff_client(cast.zhou_min)
    clock.move_on(seconds=16 * 60)
    assert staff_client(cast.zhou_min).get("/desk/me").text.count("最近活动") == 1


def test_a_browser_is_named_as_its_owner_knows_it() -> None:
    assert (
        browser_words("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/130 Safari/537 Edg/130")
        == "Edge · Windows"
    )
    assert (
        browser_words("Mozilla/5.0 (iPhone; CPU iPhone OS 17 like Mac OS X) MicroMessenger/8")
        == "WeChat · iPhone"
    )
    assert browser_words("curl/8") == ""
