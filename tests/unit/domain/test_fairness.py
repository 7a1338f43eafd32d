"""Which groups are compared, which are too few to say, and when a gap is told."""

import pytest

from portal.domain.fairness import AgeBand, Counted, GroupFinding, Sex, age_band, compare_groups, sex_of
from portal.domain.intervals import Share, chance_of_gap, for_many, score_interval


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (2009, AgeBand.UNKNOWN), (2008, AgeBand.TO_24), (2002, AgeBand.TO_24), (2001, AgeBand.TO_34), (1991, AgeBand.TO_44),
        (1962, AgeBand.TO_64), (1961, AgeBand.FROM_65), (1900, AgeBand.FROM_65), (None, AgeBand.UNKNOWN),
    ],
)  # fmt: skip
def test_the_age_is_that_of_the_year(born: int | None, band: AgeBand) -> None:
    assert age_band(born, in_year=2026) is band


def test_what_a_book_does_not_say_is_unknown() -> None:
    assert [sex_of(each) for each in ("female", "male", None, "x")] == [
        Sex.FEMALE, Sex.MALE, Sex.UNKNOWN, Sex.UNKNOWN,
    ]  # fmt: skip


def test_a_gap_beyond_chance_is_told_and_an_even_hand_is_not() -> None:
    uneven = compare_groups({"a": Counted(90, 10), "b": Counted(60, 40)}, order="ab")
    even = compare_groups({"a": Counted(90, 10), "b": Counted(88, 12)}, order="ab")
    assert [finding.is_beyond_chance for finding in uneven] == [True, True]
    assert [round(finding.gap or 0, 2) for finding in uneven] == [0.3, -0.3]
    assert [finding.is_beyond_chance for finding in even] == [False, False]


def test_nine_are_too_few_to_say_and_ten_are_not() -> None:
    few, enough, rest = compare_groups(
        {"few": Counted(0, 9), "enough": Counted(0, 10), "rest": Counted(200, 20)},
        order=("few", "enough", "rest"),
    )
    assert few.is_too_few
    assert (few.approved_share, few.interval, few.chance) == (None, None, None)
    assert (enough.is_beyond_chance, enough.is_too_few) == (True, False)
    assert rest.chance is not None


def test_the_unknown_belong_to_no_side() -> None:
    """However they fared, the gap between those who are known stays what it is."""
    known = {"a": Counted(50, 50), "b": Counted(50, 50)}
    findings = compare_groups({**known, "unknown": Counted(0, 500)}, order=("a", "b", "unknown"))
    assert [finding.gap for finding in findings] == [0, 0, None]
    assert findings[2].approved_share == 0


def test_who_looks_at_many_groups_is_not_told_of_every_accident() -> None:
    """The same gap, told between two, is chance among six."""
    two = compare_groups({"a": Counted(40, 10), "b": Counted(150, 90)}, order="ab")
    crowd = {f"n{n}": Counted(30, 18) for n in range(5)}
    six = compare_groups({"a": Counted(40, 10), **crowd}, order=("a", *crowd))
    assert two[0].is_beyond_chance
    assert not six[0].is_beyond_chance


def test_one_group_alone_is_compared_with_nobody() -> None:
    (only,) = compare_groups({"a": Counted(30, 10)}, order="a")
    assert only.approved_share == 0.75
    assert only.chance is None


def test_a_group_that_nothing_was_decided_of_is_told_with_nothing() -> None:
    _, nobody = compare_groups({"a": Counted(30, 10)}, order=("a", "nobody"))
    assert (nobody.group, nobody.counted) == ("nobody", Counted())


@pytest.mark.parametrize(
    ("age", "band"),
    [(17, "unknown"), (18, "18-24"), (24, "18-24"), (25, "25-34"), (34, "25-34"), (35, "35-44"), (44, "35-44"), (45, "45-54"),
     (54, "45-54"), (55, "55-64"), (64, "55-64"), (65, "65+")],
)  # fmt: skip
def test_bands_of_age_meet_without_a_gap(age: int, band: str) -> None:
    assert age_band(2026 - age, in_year=2026).value == band


@pytest.mark.parametrize(("decided", "is_asked"), [(9, False), (10, True)])
def test_the_others_have_to_be_enough_together_as_well(decided: int, *, is_asked: bool) -> None:
    others = {"b": Counted(4, 1), "c": Counted(decided - 5, 0)}
    (finding, *_) = compare_groups({"a": Counted(30, 10), **others}, order="abc")
    assert (finding.gap is not None, finding.chance is not None) == (is_asked, is_asked)
    assert finding.approved_share == 0.75


def test_a_group_is_told_with_its_share_its_interval_and_the_gap_to_all_the_others() -> None:
    """Of a 30 of 40 were approved, of the others 15 and 5 of 20 each: 20 of 40."""
    a, b, c = compare_groups({"a": Counted(30, 10), "b": Counted(15, 5), "c": Counted(5, 15)}, order="abc")
    assert (a.counted.decided, a.approved_share, a.gap) == (40, 0.75, 0.25)
    assert b.gap == pytest.approx(15 / 20 - 35 / 60)
    assert c.gap == pytest.approx(5 / 20 - 45 / 60)
    assert a.interval == score_interval(Share(30, 40))
    sides = (30, 40, 20, 40), (15, 20, 35, 60), (5, 20, 45, 60)
    by_itself = [chance_of_gap(Share(*side[:2]), Share(*side[2:])) for side in sides]
    assert [a.chance, b.chance, c.chance] == pytest.approx(for_many(by_itself))


def test_what_was_counted_is_added_by_what_became_of_it() -> None:
    assert Counted(1, 20) + Counted(300, 4000) == Counted(301, 4020)


@pytest.mark.parametrize(("chance", "is_told"), [(None, False), (0.0499, True), (0.0501, False)])
def test_a_gap_is_told_where_chance_makes_it_in_less_than_one_of_twenty(
    chance: float | None, *, is_told: bool
) -> None:
    assert GroupFinding("a", Counted(5, 5), 0.5, None, 0.1, chance).is_beyond_chance is is_told
    assert not GroupFinding("a", Counted(5, 5)).is_too_few
    assert GroupFinding("a", Counted(5, 4)).is_too_few
