"""Who handles a late loan: onward, never onward, and back."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.collection_cadence import demand_owed, occasions_of
from portal.domain.loans import Stage
from portal.domain.occasions import Occasion
from portal.domain.stage_packs import PACKS, StagePack, stage_pack_on
from portal.domain.stages import Basis, StageFacts, StageMove, next_step, stage_move

DAY = date(2026, 11, 4)
PACK = stage_pack_on("CN", DAY)
STOPS = ("is_held", "is_under_plan", "is_time_barred")
ORDER: Sequence[Stage | None] = (None, *Stage)


def facts(days: int, stage: Stage | None = None, **known: Any) -> StageFacts:
    basis = None if stage is None else Basis.DAYS
    return StageFacts(on=DAY, **{"is_late": True, "days": days, "stage": stage, "basis": basis, **known})


def move(days: int, stage: Stage | None = None, **known: Any) -> StageMove | None:
    return stage_move(facts(days, stage, **known), PACK)


def ago(*days: int) -> list[date]:
    return [DAY - timedelta(days=each) for each in days]


@pytest.mark.parametrize(
    ("days", "stage", "known", "after", "basis"),
    [
        (1, None, {}, Stage.REMINDER, Basis.DAYS),
        (31, Stage.REMINDER, {}, Stage.INTERNAL, Basis.DAYS),
        (120, None, {}, Stage.INTERNAL, Basis.DAYS),
        (91, Stage.INTERNAL, {"notices": ago(10)}, Stage.AGENCY, Basis.NOTICE),
        (181, Stage.INTERNAL, {"demands": ago(40, 10)}, Stage.LEGAL, Basis.DEMANDS),
        (181, Stage.AGENCY, {"demands": ago(70, 40, 10)}, Stage.LEGAL, Basis.DEMANDS),
        (181, Stage.AGENCY, {"demands": ago(40, 30, 10)}, Stage.LEGAL, Basis.DEMANDS),
        (31, Stage.REMINDER, {"book": Stage.LEGAL}, Stage.LEGAL, Basis.BOOK),
        (40, Stage.INTERNAL, {"book": Stage.INTERNAL}, Stage.INTERNAL, Basis.BOOK),
        (10, Stage.INTERNAL, {}, Stage.REMINDER, Basis.PAID_DOWN),
        (120, Stage.LEGAL, {}, Stage.INTERNAL, Basis.PAID_DOWN),
        (0, Stage.REMINDER, {}, None, Basis.PAID_DOWN),
        (90, Stage.AGENCY, {}, Stage.INTERNAL, Basis.PAID_DOWN),
        (31, Stage.AGENCY, {}, Stage.INTERNAL, Basis.PAID_DOWN),
        (30, Stage.AGENCY, {}, Stage.REMINDER, Basis.PAID_DOWN),
        (180, Stage.LEGAL, {}, Stage.INTERNAL, Basis.PAID_DOWN),
        (1, Stage.INTERNAL, {}, Stage.REMINDER, Basis.PAID_DOWN),
        (10, Stage.INTERNAL, {"is_held": True, "is_time_barred": True}, Stage.REMINDER, Basis.PAID_DOWN),
        (95, Stage.INTERNAL, {"notices": ago(10, 2)}, Stage.AGENCY, Basis.NOTICE),
        (120, Stage.AGENCY, {"is_under_plan": True}, Stage.INTERNAL, Basis.PLAN),
        (200, Stage.LEGAL, {"is_under_plan": True, "is_held": True}, Stage.INTERNAL, Basis.PLAN),
        (0, Stage.LEGAL, {"is_late": False}, None, Basis.CURED),
        (0, Stage.LEGAL, {"is_late": False, "book": Stage.LEGAL}, None, Basis.CURED),
    ],
)
def test_it_moves_on_what_the_pack_asks_for(
    days: int, stage: Stage | None, known: dict[str, Any], after: Stage | None, basis: Basis
) -> None:
    assert move(days, stage, **known) == StageMove(stage, after, basis)


@pytest.mark.parametrize(
    ("days", "stage", "known"),
    [
        (0, None, {}),
        (30, Stage.REMINDER, {}),
        (200, Stage.INTERNAL, {}),
        (91, Stage.INTERNAL, {"notices": ago(9)}),
        (90, Stage.INTERNAL, {"notices": ago(30)}),
        (200, Stage.INTERNAL, {"demands": ago(40)}),
        (200, Stage.INTERNAL, {"demands": ago(39, 10)}),
        (180, Stage.INTERNAL, {"demands": ago(60, 10)}),
        (200, Stage.INTERNAL, {"demands": ago(60, 10), "counts_from": DAY - timedelta(days=30)}),
        (200, Stage.INTERNAL, {"notices": ago(60), "counts_from": DAY - timedelta(days=30)}),
        (100, Stage.INTERNAL, {"notices": ago(-1)}),
        (20, Stage.INTERNAL, {"is_under_plan": True}),
        (120, Stage.LEGAL, {"book": Stage.LEGAL, "basis": Basis.BOOK}),
    ],
)
def test_it_stays_where_one_thing_is_missing(days: int, stage: Stage | None, known: dict[str, Any]) -> None:
    assert move(days, stage, **known) is None


@pytest.mark.parametrize(
    ("days", "stage", "known"),
    [
        (40, Stage.REMINDER, {"is_under_plan": True}),
        (40, Stage.INTERNAL, {"is_under_plan": True}),
        (120, Stage.AGENCY, {}),
        (91, Stage.AGENCY, {}),
        (200, Stage.LEGAL, {}),
        (181, Stage.LEGAL, {}),
        (31, Stage.INTERNAL, {}),
        (1, Stage.REMINDER, {}),
        (0, None, {"is_late": False}),
        (0, None, {"is_late": False, "book": Stage.LEGAL}),
    ],
)
def test_what_led_to_a_stage_need_not_last_and_inside_a_plan_moves_nothing(
    days: int, stage: Stage | None, known: dict[str, Any]
) -> None:
    assert move(days, stage, **known) is None


def test_what_arrived_counts_from_the_first_day_of_this_delinquency_to_today() -> None:
    known = facts(100, Stage.INTERNAL, counts_from=DAY - timedelta(days=30))
    assert list(known.counted([*ago(0, 30, 5, 31), DAY + timedelta(days=1)])) == ago(30, 5, 0)
    assert list(facts(100).counted(ago(400))) == ago(400)


@pytest.mark.parametrize(
    ("basis", "counted"),
    [(Basis.PLAN, ago(10, 2)), (Basis.PAID_DOWN, ago(10, 2)), (Basis.DAYS, ago(11, 10, 2))],
)
def test_after_a_way_back_what_arrived_before_counts_no_more(basis: Basis, counted: list[date]) -> None:
    known = facts(100, Stage.INTERNAL, basis=basis, since=DAY - timedelta(days=10))
    assert list(known.counted(ago(2, 10, 11))) == counted


def test_of_the_last_plan_and_the_way_back_the_later_day_counts() -> None:
    for counts_from, since in ((10, 20), (20, 10)):
        known = facts(
            100,
            Stage.INTERNAL,
            basis=Basis.PLAN,
            counts_from=DAY - timedelta(days=counts_from),
            since=DAY - timedelta(days=since),
        )
        assert list(known.counted(ago(2, 10, 11, 20))) == ago(10, 2)


def test_what_the_book_says_of_a_stage_that_the_rules_had_reached_is_recorded_and_so_is_its_end() -> None:
    said = move(40, Stage.INTERNAL, book=Stage.INTERNAL)
    assert said == StageMove(Stage.INTERNAL, Stage.INTERNAL, Basis.BOOK)
    assert move(40, Stage.INTERNAL, basis=Basis.BOOK, book=Stage.INTERNAL) is None


def test_of_a_stage_that_the_pack_does_not_know_there_is_no_way_back_by_days() -> None:
    without = StagePack.from_data({**PACKS[0], "entries": PACKS[0]["entries"][:2]})
    assert stage_move(facts(40, Stage.AGENCY, is_held=True), without) is None
    under_plan = stage_move(facts(40, Stage.AGENCY, is_under_plan=True), without)
    assert under_plan == StageMove(Stage.AGENCY, Stage.INTERNAL, Basis.PLAN)


def test_once_the_book_says_nothing_the_rules_begin_anew() -> None:
    from_book = {"basis": Basis.BOOK}
    assert move(120, Stage.LEGAL, **from_book) == StageMove(Stage.LEGAL, Stage.INTERNAL, Basis.DAYS)
    assert move(120, Stage.LEGAL, **from_book, is_held=True) == StageMove(Stage.LEGAL, None, Basis.DAYS)
    assert move(40, Stage.INTERNAL, **from_book) == StageMove(Stage.INTERNAL, Stage.INTERNAL, Basis.DAYS)


@given(
    days=st.integers(1, 400),
    stage=st.sampled_from(ORDER),
    stop=st.sampled_from(STOPS),
    notices=st.lists(st.dates(date(2026, 1, 1), DAY), max_size=3),
    demands=st.lists(st.dates(date(2026, 1, 1), DAY), max_size=3),
)
def test_never_onward_on_hold_under_a_plan_or_after_the_period(
    days: int, stage: Stage | None, stop: str, notices: list[date], demands: list[date]
) -> None:
    moved = move(days, stage, notices=notices, demands=demands, **{stop: True})
    assert moved is None or ORDER.index(moved.after) < ORDER.index(stage)


@given(
    days=st.integers(0, 400),
    stage=st.sampled_from(ORDER),
    notices=st.lists(st.dates(date(2026, 1, 1), DAY - timedelta(days=1)), max_size=3),
    demands=st.lists(st.dates(date(2026, 1, 1), DAY - timedelta(days=1)), max_size=3),
    held=st.booleans(),
)
def test_where_a_move_led_to_the_same_day_leads_no_further(
    days: int, stage: Stage | None, notices: list[date], demands: list[date], held: bool
) -> None:
    known = {"notices": notices, "demands": demands, "is_held": held, "is_late": days > 0}
    moved = move(days, stage, **known)
    if moved is not None:
        assert move(days, moved.after, **known, basis=moved.basis, since=DAY) is None


def test_the_next_step_is_told_only_once_a_notice_arrived() -> None:
    assert next_step(facts(80, Stage.INTERNAL), PACK) is None
    told = next_step(facts(80, Stage.INTERNAL, notices=ago(2)), PACK)
    assert told is not None
    assert (told.stage, told.on, told.notice_on) == (
        Stage.AGENCY,
        DAY + timedelta(days=11),
        DAY - timedelta(days=2),
    )
    assert next_step(facts(100, Stage.INTERNAL, notices=ago(2)), PACK).on == DAY + timedelta(days=8)  # type: ignore[union-attr]
    assert next_step(facts(80, Stage.INTERNAL, notices=ago(2), is_held=True), PACK) is None
    assert next_step(facts(80, Stage.INTERNAL, notices=ago(2), book=Stage.INTERNAL), PACK) is None


@pytest.mark.parametrize("stop", STOPS)
def test_no_step_is_told_on_hold_under_a_plan_after_the_period_or_where_nothing_is_late(stop: str) -> None:
    noticed: dict[str, Any] = {"notices": ago(2)}
    assert next_step(facts(80, Stage.INTERNAL, **noticed, **{stop: True}), PACK) is None
    assert next_step(facts(0, Stage.INTERNAL, **noticed, is_late=False), PACK) is None
    assert next_step(facts(80, Stage.INTERNAL, **noticed), PACK) is not None


def test_of_two_notices_the_first_that_counts_decides() -> None:
    step = next_step(facts(95, Stage.INTERNAL, notices=ago(2, 8)), PACK)
    assert step is not None
    assert (step.on, step.notice_on) == (DAY + timedelta(days=2), *ago(8))


def test_what_only_the_book_said_is_no_stage_to_go_on_from() -> None:
    """It had the loan with an agency, and says so no more: a notice leads there again."""
    step = next_step(facts(80, Stage.AGENCY, basis=Basis.BOOK, notices=ago(2)), PACK)
    assert step is not None
    assert step.stage is Stage.AGENCY
    assert next_step(facts(95, Stage.AGENCY, notices=ago(2)), PACK) is None


def test_a_step_leads_onward_from_where_the_loan_is() -> None:
    """Ten days after the notice, and not before the 91st day late."""
    for stage in (Stage.REMINDER, Stage.INTERNAL):
        step = next_step(facts(80, stage, notices=ago(3)), PACK)
        assert step is not None
        assert (step.stage, step.on, step.notice_on) == (Stage.AGENCY, DAY + timedelta(days=11), *ago(3))
    today = next_step(facts(95, Stage.INTERNAL, notices=ago(10)), PACK)
    assert today is not None
    assert today.on == DAY
    assert next_step(facts(95, Stage.AGENCY, notices=ago(10)), PACK) is None
    over = facts(95, Stage.INTERNAL, notices=ago(10), counts_from=DAY - timedelta(days=9))
    assert next_step(over, PACK) is None


def asked(days: int, stage: Stage | None, *, before: int | None = None, **known: Any) -> Sequence[Occasion]:
    has_agency = known.pop("has_agency", False)
    days_before = days - 1 if before is None else before
    return occasions_of(facts(days, stage, **known), PACK, days_before=days_before, has_agency=has_agency)


def test_a_message_is_asked_for_on_the_days_of_the_pack() -> None:
    assert [day for day in range(1, 31) if asked(day, Stage.REMINDER)] == list(PACK.reminder_days)
    assert [day for day in range(31, 200) if asked(day, Stage.INTERNAL)] == [35, 66, 97, 128, 159, 190]
    assert asked(81, Stage.INTERNAL, has_agency=True) == (Occasion.AGENCY_NOTICE,)
    assert asked(81, Stage.INTERNAL, has_agency=True, notices=ago(5)) == ()


def test_of_an_agency_that_the_book_names_notice_is_asked_for_beside_the_demands() -> None:
    by_book: dict[str, Any] = {"basis": Basis.BOOK, "book": Stage.AGENCY, "has_agency": True}
    assert asked(120, Stage.AGENCY, since=DAY, **by_book) == (Occasion.AGENCY_NOTICE,)
    assert asked(128, Stage.AGENCY, since=DAY, **by_book) == (Occasion.AGENCY_NOTICE, Occasion.DEMAND)
    asked_on = {day: asked(day, Stage.AGENCY, since=None, **by_book) for day in range(1, 500)}
    notices = [day for day, occasions in asked_on.items() if Occasion.AGENCY_NOTICE in occasions]
    assert notices == list(PACK.notice_days)
    demands = [day for day, occasions in asked_on.items() if Occasion.DEMAND in occasions]
    assert demands == list(PACK.demand_days)
    assert asked(111, Stage.AGENCY, **by_book, notices=ago(30)) == ()
    assert asked(111, Stage.AGENCY, has_agency=True) == ()
    assert asked(111, Stage.AGENCY, **by_book | {"has_agency": False}) == ()


def test_a_demand_that_is_owed_of_a_loan_with_an_agency_of_the_book_is_made_up_for() -> None:
    by_book: dict[str, Any] = {"basis": Basis.BOOK, "book": Stage.AGENCY}
    day = DAY - timedelta(days=4)
    assert owed(101, Stage.AGENCY, **by_book, is_held=True, since=day) == day
    untold = facts(101, Stage.AGENCY, **by_book)
    made_up = occasions_of(untold, PACK, days_before=100, has_agency=True, owed_on=day)
    assert made_up == (Occasion.DEMAND,)


def test_a_day_that_was_skipped_is_caught_up_once() -> None:
    assert asked(37, Stage.INTERNAL, before=33) == (Occasion.DEMAND,)
    assert asked(120, Stage.INTERNAL, before=0) == (Occasion.DEMAND,)
    assert asked(10, Stage.REMINDER, before=40) == ()


@pytest.mark.parametrize("stop", STOPS)
def test_nobody_is_asked_to_pay_on_hold_under_a_plan_or_after_the_period(stop: str) -> None:
    assert asked(35, Stage.INTERNAL, **{stop: True}) == ()


def owed(days: int, stage: Stage | None, *, since: date | None = None, **known: Any) -> date | None:
    return demand_owed(facts(days, stage, **known), PACK, days_before=days - 1, owed_on=since)


def test_a_demand_whose_day_a_hold_took_is_owed_until_the_hold_ends() -> None:
    day = DAY - timedelta(days=4)
    assert owed(35, Stage.INTERNAL, is_held=True) == DAY
    assert owed(39, Stage.INTERNAL, is_held=True, since=day) == day
    assert owed(39, Stage.INTERNAL, since=day) is None
    assert occasions_of(facts(39, Stage.INTERNAL), PACK, days_before=38, owed_on=day) == (Occasion.DEMAND,)
    assert occasions_of(facts(39, Stage.INTERNAL, is_held=True), PACK, days_before=38, owed_on=day) == ()


def test_one_that_is_owed_and_one_of_the_day_are_one() -> None:
    asked_for = occasions_of(
        facts(66, Stage.INTERNAL), PACK, days_before=65, owed_on=DAY - timedelta(days=31)
    )
    assert asked_for == (Occasion.DEMAND,)


@pytest.mark.parametrize(
    "ends", [{"is_under_plan": True}, {"is_time_barred": True}, {"stage": Stage.REMINDER}]
)
def test_nothing_is_owed_of_what_is_over(ends: dict[str, Any]) -> None:
    known: dict[str, Any] = {
        "stage": Stage.INTERNAL,
        "is_held": True,
        "since": DAY - timedelta(days=4),
    } | ends
    assert owed(39, known.pop("stage"), **known) is None


def test_a_pack_is_data_with_a_day_from_which_it_holds() -> None:
    assert [StagePack.from_data(data).code for data in PACKS] == ["CN"]
    assert [entry.from_days for entry in PACK.entries] == sorted(entry.from_days for entry in PACK.entries)
    with pytest.raises(LookupError):
        stage_pack_on("CN", date(2020, 1, 1))
    with pytest.raises(LookupError):
        stage_pack_on("XX", DAY)
    with pytest.raises(LookupError):
        stage_pack_on("CN", date(2023, 12, 31))
    assert stage_pack_on("CN", date(2024, 1, 1)) == PACK


def test_a_pack_tells_each_stage_and_what_lies_beyond_it() -> None:
    agency = PACK.entry_of(Stage.AGENCY)
    assert agency is not None
    assert (agency.from_days, agency.notice_days) == (91, 10)
    assert [entry.stage for entry in PACK.beyond(Stage.INTERNAL)] == [Stage.AGENCY, Stage.LEGAL]
    assert list(PACK.beyond(Stage.LEGAL)) == []
    assert PACK.beyond(None) == PACK.entries
    without = StagePack.from_data({**PACKS[0], "entries": PACKS[0]["entries"][:2]})
    assert without.entry_of(Stage.AGENCY) is None
    assert without.beyond(Stage.AGENCY) == without.entries


def test_what_is_no_pack_is_not_read_as_one() -> None:
    for lacking in PACKS[0]:
        if lacking != "effective_on":
            with pytest.raises(KeyError):
                StagePack.from_data({name: value for name, value in PACKS[0].items() if name != lacking})
