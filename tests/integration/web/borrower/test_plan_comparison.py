"""Plans side by side with doing nothing: figures, pictures and tables that say the same, limits before they are asked."""

import re
from typing import Any

import html5lib

from tests.integration.web.borrower.conftest import NewWalk
from tests.plan_walks import MONTHLY, PAUSE, Walk, page_of, shown_text


def parsed(page: str) -> Any:
    return html5lib.parse(page, namespaceHTMLElements=False)


def local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def bars_of(figure: Any) -> list[Any]:
    return [part for part in figure.iter() if local(part) == "rect"]


def at_plans(walk: Walk, monthly: str = "1500") -> Walk:
    walk.start()
    walk.say_reason()
    walk.say_need({**MONTHLY, "monthly": monthly})
    return walk


def test_every_plan_and_doing_nothing_have_a_picture_of_what_is_paid_when(walk: Walk) -> None:
    page = page_of(at_plans(walk).client.get(walk.url("plans")))
    plans = page.count('name="plan"')
    assert page.count("<figure") == plans + 1
    for part in ("style=", "fill=", "<style"):
        assert part not in page.split("<main", 1)[1].split("</main>")[0]


def test_a_picture_has_one_bar_for_each_line_of_its_table_and_all_lie_within_it(walk: Walk) -> None:
    page = parsed(page_of(at_plans(walk).client.get(walk.url("plans"))))
    figures, tables = list(page.iter("figure")), page.findall(".//table[@class='days']")
    assert len(figures) == len(tables) >= 2
    for figure, table in zip(figures, tables, strict=True):
        svg = next(part for part in figure if local(part) == "svg")
        bars = bars_of(figure)
        assert len(bars) == len(table.findall("./tbody/tr"))
        left, top, width, height = map(int, svg.get("viewBox").split())
        for bar in bars:
            x, y, wide, high = (int(bar.get(name)) for name in ("x", "y", "width", "height"))
            assert left <= x
            assert x + wide <= left + width
            assert top <= y
            assert y + high <= top + height


def test_pictures_of_one_page_share_one_scale(walk: Walk) -> None:
    page = parsed(page_of(at_plans(walk).client.get(walk.url("plans"))))
    heights: dict[str, set[int]] = {}
    for figure, table in zip(page.iter("figure"), page.findall(".//table[@class='days']"), strict=True):
        for bar, row in zip(bars_of(figure), table.findall("./tbody/tr"), strict=True):
            heights.setdefault("".join(row.find("td").itertext()), set()).add(int(bar.get("height")))
    assert all(len(found) == 1 for found in heights.values())


def test_the_table_adds_up_to_what_the_card_says(walk: Walk) -> None:
    walk.to_check(own={"kind": "reschedule", "installments": "12"})
    text = shown_text(walk.client.get(walk.url("check")))
    total = re.findall(r"方案合计\s*([\d,.]+ 元)", text)[0]
    page = parsed(page_of(walk.client.get(walk.url("check"))))
    sums = ["".join(table.find("tfoot").itertext()) for table in page.findall(".//table[@class='days']")]
    assert total in sums[0]
    assert re.findall(r"到那时一共欠\s*([\d,.]+ 元)", text)[0] in sums[1]


def test_limits_are_told_before_they_are_asked(walk: Walk) -> None:
    text = shown_text(at_plans(walk).client.get(walk.url("plans")))
    for part in (
        "当场批准：金额不超过 30,000.00 元，逾期不超过 90 天，最多 12 期",
        "最长可以算到 60 个月",
        "最多推后 1 期",
    ):
        assert part in text


def test_a_person_can_be_asked_on_every_page_of_the_journey(walk: Walk) -> None:
    talk = f'href="/loans/{walk.loan.public_id}/talk"'
    assert talk in page_of(walk.client.get(f"/loans/{walk.loan.public_id}/plan"))
    walk.to_sign()
    for step in ("reason", "need", "plans", "own", "check", "disclosure", "terms", "sign"):
        assert talk in page_of(walk.client.get(walk.url(step))), step


def test_a_pause_is_compared_too(new_walk: NewWalk) -> None:
    walk = new_walk(late_days=5)
    walk.start()
    walk.say_reason()
    walk.say_need(PAUSE)
    page = page_of(walk.client.get(walk.url("plans")))
    assert page.count("<figure") == page.count('name="plan"') + 1 >= 2


def test_a_plan_that_takes_long_is_drawn_as_well(new_walk: NewWalk) -> None:
    walk = new_walk(installments=60, principal=6_000_000)
    walk.to_check(own={"kind": "reschedule", "installments": "60"})
    assert page_of(walk.client.get(walk.url("check"))).count("<rect") >= 60


def test_a_card_tells_by_how_much_it_asks_for_more_than_was_said(walk: Walk) -> None:
    text = shown_text(at_plans(walk, "600").client.get(walk.url("plans")))
    assert "每期最多 571.14 元" in text
    said = re.findall(
        r"每期最多 ([\d.]+) 元[^选]*每次最多要比您说的多付 ([\d.]+) 元",
        text.split("每期最多 571.14 元", 1)[1],
    )
    assert said == [("619.55", "19.55"), ("677.64", "77.64")]


def test_what_runs_beside_a_plan_counts_into_more_than_was_said(walk: Walk) -> None:
    text = shown_text(at_plans(walk, "1500").client.get(walk.url("plans")))
    assert "每次最多要比您说的多付 18.08 元" in text
    assert "1,518.08 元" in text


def test_payments_that_are_meant_to_rise_are_no_more_than_was_said(walk: Walk) -> None:
    walk.start()
    walk.say_reason()
    walk.say_need({**MONTHLY, "need": "step_up", "monthly": "600"})
    page = page_of(walk.client.get(walk.url("plans")))
    assert 'name="plan"' in page
    assert "比您说的多付" not in page
