"""The supervisor's figures as supervisors and auditors meet them: page, pictures, files and reports."""

import csv
import io
from typing import Any

import html5lib
import pytest
from sqlalchemy import select

from portal.domain.fairness import Sex
from portal.models import Event, FigureReport, OutboxItem
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.databases import Database
from tests.figure_history import NOW, write_history
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import StaffClient, events_of
from tests.people import Cast

OCTOBER = "span=dates&first=2026-10-01&last=2026-10-31"
SVG = "{http://www.w3.org/2000/svg}"
SECTIONS = [
    "waiting", "stays", "promises", "decisions", "overturns", "counters", "plans", "complaints", "refusals", "hours", "agencies",
    "fairness",
]  # fmt: skip


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """The counts are held on both databases where they are counted."""
    return sqlite_database


@pytest.fixture
def wu_yan(staff_client: StaffClient, cast: Cast) -> CheckedClient:
    return staff_client(cast.wu_yan)


@pytest.fixture
def history(writing: Writing, cast: Cast, clock: HandClock) -> None:
    with writing() as session:
        write_history(session, cast)
    clock.move_on(seconds=(NOW - clock.now()).total_seconds())


def tree_of(client: CheckedClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200
    return html5lib.parse(answer.text, namespaceHTMLElements=False)


def words_of(node: Any) -> str:
    return " ".join("".join(node.itertext()).split())


def test_with_nothing_to_count_every_part_says_so(wu_yan: CheckedClient) -> None:
    page = tree_of(wu_yan, "/desk/figures")
    parts = [node for node in page.iter("section") if "figures-part" in node.get("class", "")]
    assert [part.get("id") for part in parts] == SECTIONS
    assert [part.get("id") for part in parts if list(part.iter("table")) or list(part.iter("figure"))] == []
    assert "没有等待的件" in words_of(parts[0])
    assert "本期没有投诉" in words_of(parts[7])


@pytest.mark.usefixtures("history")
def test_each_picture_is_named_and_has_its_numbers_in_the_table_beneath(
    staff_client: StaffClient, cast: Cast
) -> None:
    page = tree_of(staff_client(cast.zheng_hao), f"/desk/figures?{OCTOBER}")
    ids = {node.get("id") for node in page.iter() if node.get("id")}
    pictured = [
        node
        for node in page.iter("div")
        if "figures-table" in node.get("class", "") and list(node.iter("figure"))
    ]
    assert len(pictured) >= 12
    for node in pictured:
        svg = next(node.iter(f"{SVG}svg"))
        assert svg.get("role") == "img"
        named_by = svg.get("aria-labelledby", "").split()
        assert len(named_by) == 2
        assert set(named_by) <= ids
        (table,) = node.iter("table")
        cells = {words_of(cell) for cell in table.iter("td")} | {words_of(cell) for cell in table.iter("th")}
        sums = " ".join(cells)
        told = [words_of(text).split()[-1] for text in svg.iter(f"{SVG}text") if words_of(text)]
        numbers = [each for each in told if each.isdigit() and "hours" not in named_by[0]]
        assert all(number in sums for number in numbers), words_of(svg)


@pytest.mark.usefixtures("history")
def test_a_file_has_the_numbers_of_the_page_and_stands_on_the_record(
    wu_yan: CheckedClient, writing: Writing, cast: Cast
) -> None:
    page = tree_of(wu_yan, f"/desk/figures?{OCTOBER}")
    links = [node.get("href", "") for node in page.iter("a") if ".csv" in node.get("href", "")]
    assert len(links) >= 14
    told = [node for node in page.iter("div") if "figures-table" in node.get("class", "")]
    for table in told[::4]:
        link = next(node.get("href") for node in table.iter("a"))
        answer = wu_yan.get(link)
        assert answer.mimetype == "text/csv"
        assert "attachment" in answer.headers["Content-Disposition"]
        body = answer.data
        assert body.startswith(b"\xef\xbb\xbf")
        header, *lines = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))
        shown = [[words_of(cell) for cell in row] for row in table.iter("tr")]
        assert len(lines) == len(shown) - 1
        assert len(header) == len(shown[0])
        for line, row in zip(lines, shown[1:], strict=True):
            whole = [(a, b.replace(",", "")) for a, b in zip(line, row, strict=True) if a.isdigit()]
            assert [a for a, _ in whole] == [b for _, b in whole]
    exported = events_of(writing, "figures:exported")
    assert exported[0] == {"table": "waiting_bucket", "first_on": "2026-10-01", "last_on": "2026-10-31"}
    with writing() as session:
        who = session.scalars(select(Event.actor_id).where(Event.name == "figures:exported")).all()
    assert set(who) == {cast.wu_yan.id}


@pytest.mark.usefixtures("history")
def test_the_header_is_in_the_readers_language(wu_yan: CheckedClient) -> None:
    address = f"/desk/figures/stays.csv?{OCTOBER}"
    assert header_of(wu_yan, address) == ["状态", "结束的停留", "p50，小时", "p90，小时"]
    wu_yan.submit("/desk/figures", {"language": "en"}, action="/desk/language")
    assert header_of(wu_yan, address) == ["State", "Stays that ended", "p50, hours", "p90, hours"]


def header_of(client: CheckedClient, address: str) -> list[str]:
    return next(csv.reader(io.StringIO(client.get(address).data.decode("utf-8-sig"))))


@pytest.mark.parametrize("path", ["/desk/figures/secrets.csv", "/desk/figures/stays.csv?span=dates&first=x"])
def test_there_is_no_file_of_what_there_is_not(wu_yan: CheckedClient, writing: Writing, path: str) -> None:
    assert wu_yan.get(path).status_code == 404
    assert events_of(writing, "figures:exported") == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("span=dates&first=2026-10-09&last=2026-10-01", "截止日早于起始日"),
        ("span=dates&first=gestern&last=2026-10-01", "2026-01-05"),
        ("span=dates&last=2026-10-01", "请填写起始日"),
        ("span=dates&first=2026-10-01", "请填写截止日"),
        ("span=dates&first=0001-01-01&last=9999-12-31", "起始日不能早于"),
        ("span=dates&first=2020-01-01&last=9999-12-31", "一次最多选择"),
        ("span=month&month=2026-99", "月份请写成"),
    ],
)
def test_days_that_make_no_sense_are_told_and_kept(wu_yan: CheckedClient, asked: str, said: str) -> None:
    answer = wu_yan.get(f"/desk/figures?{asked}")
    assert answer.status_code == 422
    assert said in answer.text
    for pair in asked.split("&"):
        name, value = pair.split("=")
        if name != "span":
            assert f'value="{value}"' in answer.text


@pytest.mark.parametrize(
    "asked", ["", "span=nonsense", "span=month&month=2026-10", "span=quarter", "span=last_30", "span=year"]
)
def test_every_choice_opens(wu_yan: CheckedClient, asked: str) -> None:
    assert wu_yan.get(f"/desk/figures?{asked}").status_code == 200


def test_a_gap_larger_than_chance_is_warned_of_and_told_in_words(
    staff_client: StaffClient, writing: Writing, cast: Cast, clock: HandClock
) -> None:
    with writing() as session:
        write_history(session, cast, proposals=100, unfair_to=Sex.FEMALE)
    clock.move_on(seconds=(NOW - clock.now()).total_seconds())
    page = tree_of(staff_client(cast.zheng_hao), "/desk/figures?span=year")
    (fairness,) = (node for node in page.iter("section") if node.get("id") == "fairness")
    warned = [words_of(node) for node in fairness.iter("p") if "warning-line" in node.get("class", "")]
    assert any("按性别，全部决定，女" in line for line in warned)
    assert "超出偶然波动" in words_of(fairness)


def test_a_report_is_asked_for_drawn_once_and_opened(
    wu_yan: CheckedClient, staff_client: StaffClient, writing: Writing, cast: Cast
) -> None:
    with writing() as session:
        write_history(session, cast, proposals=30)
    for _ in range(2):
        asked = {"kind": "month", "month": "2026-10", "locale": "en"}
        assert wu_yan.submit("/desk/figures/reports", asked).status_code == 303
    assert "正在生成" in wu_yan.get("/desk/figures/reports").text
    with writing() as session:
        (report,) = session.scalars(select(FigureReport)).all()
        (item,) = session.scalars(select(OutboxItem).where(OutboxItem.kind == "figures:report")).all()
        assert item.payload == {"report_id": report.id}
        assert report.made_at is None
        public_id = report.public_id
    assert wu_yan.get(f"/desk/figures/reports/{public_id}.pdf").status_code == 404
    assert len(events_of(writing, "figures:report_asked")) == 1


@pytest.mark.parametrize(
    ("month", "said"), [("2026-13", "月份请写成"), ("2099-01", "还没有到"), ("", "月份请写成")]
)
def test_a_month_that_is_none_is_told_and_kept(wu_yan: CheckedClient, month: str, said: str) -> None:
    answer = wu_yan.submit("/desk/figures/reports", {"month": month, "kind": "year"})
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{month}"' in answer.text
