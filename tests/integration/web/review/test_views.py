from sqlalchemy import select

from portal.models import SavedView
from portal.services.saved_views import MOST_VIEWS
from tests.checked_client import CheckedClient
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import Case, StaffClient, events_of, post_to
from tests.people import NOW, Cast

LATE = "/desk?bucket=M3&sort=dpd"


def keep(client: CheckedClient, name: str, url: str = LATE) -> int:
    return client.submit(url, {"name": name}, action="/desk/views").status_code


def kept(writing: Writing) -> list[tuple[str, dict[str, str], bool]]:
    with writing() as session:
        rows = session.scalars(select(SavedView).order_by(SavedView.name))
        return [(row.name, row.choices, row.is_default) for row in rows]


def test_what_the_queue_shows_is_kept_under_a_name_and_found_again(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    client = staff_client(cast.zhou_min)
    assert keep(client, " 久拖 ") == 303
    assert kept(writing) == [("久拖", {"bucket": "M3", "sort": "dpd"}, False)]
    assert 'href="/desk?bucket=M3&amp;sort=dpd"' in client.get("/desk").text
    assert keep(client, "久拖") == 422
    assert keep(client, "") == 422
    assert "久拖" not in staff_client(cast.wu_yan).get("/desk").text
    assert len(events_of(writing, "view:kept")) == 1


def test_a_view_is_renamed_made_the_default_and_deleted_by_its_owner_alone(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    client, other = staff_client(cast.zhou_min), staff_client(cast.wu_yan)
    keep(client, "久拖")
    with writing() as session:
        number = str(session.scalars(select(SavedView.id)).one())
    for act in ("rename", "default", "delete"):
        post_to(other, f"/desk/views/{act}", {"view": number, f"view-{number}-name": "别人的"})
    assert kept(writing) == [("久拖", {"bucket": "M3", "sort": "dpd"}, False)]
    rename = {f"view-{number}-name": "拖得久的"}
    assert client.submit("/desk/views", rename, action="/desk/views/rename").status_code == 303
    post_to(client, "/desk/views/default", {"view": number})
    assert kept(writing) == [("拖得久的", {"bucket": "M3", "sort": "dpd"}, True)]
    assert client.get("/desk").location == "/desk?bucket=M3&sort=dpd"
    assert client.get("/desk?whose=all").status_code == 200
    post_to(client, "/desk/views/default")
    assert client.get("/desk").status_code == 200
    for _ in range(2):
        assert post_to(client, "/desk/views/delete", {"view": number}).status_code == 303
    assert kept(writing) == []
    assert len(events_of(writing, "view:deleted")) == 1


def test_there_are_a_dozen_at_most_and_old_choices_break_nothing(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    with writing() as session:
        session.add_all(
            SavedView(
                staff_member_id=cast.zhou_min.id,
                name=f"{number}",
                choices={"bucket": "gone", "risk": "7"},
                is_default=number == 0,
                made_at=NOW,
            )
            for number in range(MOST_VIEWS)
        )
    client = staff_client(cast.zhou_min)
    assert client.get("/desk").location == "/desk?whose=all"
    assert keep(client, "再一个") == 422
    assert len(kept(writing)) == MOST_VIEWS


def test_whoever_reads_the_queue_keeps_views_too(cast: Cast, case: Case, staff_client: StaffClient) -> None:
    assert keep(staff_client(cast.zheng_hao), "审计") == 303
