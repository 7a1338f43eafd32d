"""Going through a record: the first thing that is not as it was recorded is named, and an honest record is left in peace."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.checkpoints import Checkpoint
from portal.domain.merkle_trees import EMPTY_ROOT, leaf_hash, root_of
from portal.domain.record_checks import Fault, Finding, Line, RecordCheck, Verdict, part_of
from portal.domain.record_leaves import RecordedEvent, erased, leaf_of

AT = datetime(2026, 11, 2, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
SIZE = 12


def event(at: int, name: str = "plan:frozen", /, **fields: object) -> RecordedEvent:
    return RecordedEvent(100 + at, name, AT + at * HOUR, "system", None, None, None, None, None, fields)


def line(place: int, of: RecordedEvent | None = None) -> Line:
    of, salt = of or event(place, number=place), bytes([place]) * 16
    return Line(place, leaf_of(of, salt, place), salt, of.canonical(place))


RECORD = tuple(map(line, range(SIZE)))


def signed(lines: Sequence[Line], size: int) -> Checkpoint:
    return Checkpoint("example.org/record", size, root_of(each.leaf for each in lines[:size]))


FOUR_AND_NINE = (signed(RECORD, 4), signed(RECORD, 9))


def changed(place: int, to: Line) -> list[Line]:
    return [*RECORD[:place], to, *RECORD[place + 1 :]]


def checked(lines: Sequence[Line], checkpoints: Sequence[Checkpoint] = (), *, at_once: int = SIZE) -> Verdict:
    check = RecordCheck(checkpoints)
    for start in range(0, len(lines), at_once):
        check.take(lines[start : start + at_once])
    return check.verdict()


# honest


@pytest.mark.parametrize("at_once", [1, 3, 4, 5, 12])
def test_an_honest_record_has_its_root_and_tells_how_far_it_is_signed_for(at_once: int) -> None:
    root = root_of(each.leaf for each in RECORD)
    assert checked(RECORD, FOUR_AND_NINE, at_once=at_once) == Verdict(SIZE, root, covered=9, finding=None)


def test_checkpoints_may_come_in_any_order_and_more_than_once() -> None:
    four, nine = FOUR_AND_NINE
    assert checked(RECORD, (nine, four, nine, signed(RECORD, SIZE))).covered == SIZE
    assert checked(RECORD, (nine, four, nine)).finding is None


def test_without_checkpoints_nothing_is_signed_for() -> None:
    assert (checked(RECORD).covered, checked(RECORD).finding) == (0, None)


def test_a_record_without_events_is_sound_and_so_is_a_checkpoint_of_nothing() -> None:
    assert checked([]) == Verdict(0, EMPTY_ROOT, 0, None)
    assert checked([], [signed([], 0)]).finding is None


def test_lines_that_are_as_they_were_recorded_are_not_looked_at_closely() -> None:
    part = part_of(RECORD[3:6], 3)
    assert (part.start, part.leaves, part.odd) == (3, [each.leaf for each in RECORD[3:6]], [])


# events and their leaves


@pytest.mark.parametrize("place", [0, 3, 4, 8, 11])
@pytest.mark.parametrize("at_once", [1, 5, 12])
def test_an_event_that_says_something_else_is_found_at_its_place(place: int, at_once: int) -> None:
    other = RECORD[place]._replace(event=event(place, number=99).canonical(place))
    assert checked(changed(place, other), FOUR_AND_NINE, at_once=at_once).finding == Finding(
        Fault.EVENT_CHANGED, place
    )


def test_another_salt_is_no_salt_of_this_event() -> None:
    other = RECORD[5]._replace(salt=bytes(16))
    assert checked(changed(5, other)).finding == Finding(Fault.EVENT_CHANGED, 5)


def test_another_leaf_is_found_at_its_place_before_the_checkpoint_that_it_breaks() -> None:
    other = RECORD[5]._replace(leaf=leaf_hash(b"other"))
    assert checked(changed(5, other), FOUR_AND_NINE).finding == Finding(Fault.EVENT_CHANGED, 5)


@pytest.mark.parametrize("garbage", [b"", b"no JSON", b"\xff\xfe"])
def test_bytes_that_this_program_does_not_write_are_a_changed_event(garbage: bytes) -> None:
    assert checked(changed(5, RECORD[5]._replace(event=garbage))).finding == Finding(Fault.EVENT_CHANGED, 5)


def test_an_event_that_is_gone_is_missing() -> None:
    assert checked(changed(5, RECORD[5]._replace(event=None))).finding == Finding(Fault.EVENT_MISSING, 5)


@pytest.mark.parametrize("at_once", [1, 12])
def test_of_two_bad_places_the_first_is_told(at_once: int) -> None:
    lines = changed(5, RECORD[5]._replace(event=None))
    lines[7] = lines[7]._replace(salt=bytes(16))
    assert checked(lines, FOUR_AND_NINE, at_once=at_once).finding == Finding(Fault.EVENT_MISSING, 5)


# places


@pytest.mark.parametrize("place", [0, 5, 10])
@pytest.mark.parametrize("at_once", [1, 5, 12])
def test_a_place_that_is_missing_is_a_gap_where_it_should_be(place: int, at_once: int) -> None:
    lines = [*RECORD[:place], *RECORD[place + 1 :]]
    assert checked(lines, at_once=at_once).finding == Finding(Fault.GAP, place)


@pytest.mark.parametrize("at_once", [1, 5, 13])
def test_a_place_that_stands_twice_is_a_gap_after_the_first(at_once: int) -> None:
    lines = [*RECORD[:6], RECORD[5], *RECORD[6:]]
    assert checked(lines, at_once=at_once).finding == Finding(Fault.GAP, 6)


def test_a_part_that_begins_elsewhere_is_a_gap() -> None:
    check = RecordCheck([])
    check.take_part(part_of(RECORD[:4], 0))
    check.take_part(part_of(RECORD[5:], 5))
    assert check.verdict().finding == Finding(Fault.GAP, 4)
    assert check.verdict().size == SIZE - 1


def test_an_empty_part_is_no_gap_wherever_it_is_said_to_begin() -> None:
    check = RecordCheck([])
    check.take_part(part_of(RECORD, 0))
    check.take_part(part_of([], 99))
    assert check.verdict().finding is None


# checkpoints


def rewritten(place: int) -> list[Line]:
    """All fits together, and is not what it was."""
    return changed(place, line(place, event(place, number=99)))


@pytest.mark.parametrize("at_once", [1, 5, 12])
@pytest.mark.parametrize(("place", "told", "covered"), [(0, 0, 0), (3, 0, 0), (4, 4, 4), (8, 4, 4)])
def test_what_was_rewritten_is_found_by_the_checkpoint_that_covers_it(
    place: int, told: int, covered: int, at_once: int
) -> None:
    """The checkpoints of 4 and 9 leaves cover places 0 to 3 and 4 to 8. The place that is told is the first that the one before
    did not cover.
    """
    found = checked(rewritten(place), FOUR_AND_NINE, at_once=at_once)
    assert (found.finding, found.covered) == (Finding(Fault.REWRITTEN, told), covered)


def test_what_no_checkpoint_covers_can_be_rewritten_unseen() -> None:
    assert checked(rewritten(9), FOUR_AND_NINE).finding is None


def test_two_checkpoints_of_one_size_must_both_have_its_root() -> None:
    """The place that is told is one that they cover."""
    four = FOUR_AND_NINE[0]
    forged = replace(four, root=bytes(32))
    assert checked(RECORD, (four, forged)).finding == Finding(Fault.REWRITTEN, 0)
    assert checked(RECORD, (forged, four)).finding == Finding(Fault.REWRITTEN, 3)


def test_a_checkpoint_of_nothing_has_the_root_of_nothing() -> None:
    assert checked(RECORD, [Checkpoint("example.org/record", 0, bytes(32))]).finding == Finding(
        Fault.REWRITTEN, 0
    )


def test_the_place_told_of_two_checkpoints_of_one_event_is_that_event() -> None:
    one = signed(RECORD, 1)
    forged = replace(one, root=bytes(32))
    assert checked(RECORD, (forged, one)).finding == Finding(Fault.REWRITTEN, 0)
    assert checked(RECORD, (one, forged)).finding == Finding(Fault.REWRITTEN, 0)


@pytest.mark.parametrize("at_once", [1, 5, 12])
@pytest.mark.parametrize("place", [4, 5, 11])
def test_a_checkpoint_that_fails_is_told_before_a_bad_place_behind_it(place: int, at_once: int) -> None:
    lines = rewritten(2)
    lines[place] = lines[place]._replace(event=None)
    found = checked(lines, FOUR_AND_NINE, at_once=at_once)
    assert (found.finding, found.covered) == (Finding(Fault.REWRITTEN, 0), 0)


@pytest.mark.parametrize("at_once", [1, 5, 12])
def test_a_bad_place_before_a_checkpoint_that_fails_is_told_before_it(at_once: int) -> None:
    lines = rewritten(5)
    lines[8] = lines[8]._replace(event=None)
    assert checked(lines, FOUR_AND_NINE, at_once=at_once).finding == Finding(Fault.EVENT_MISSING, 8)


@pytest.mark.parametrize(("left", "finding"), [(9, None), (8, Finding(Fault.SHORTENED, 8))])
def test_a_record_is_at_least_as_long_as_was_signed(left: int, finding: Finding | None) -> None:
    found = checked(RECORD[:left], FOUR_AND_NINE)
    assert (found.size, found.covered, found.finding) == (left, 9 if left == 9 else 4, finding)


def test_what_is_bad_within_a_shortened_record_comes_first() -> None:
    lines = changed(2, RECORD[2]._replace(event=None))[:8]
    assert checked(lines, FOUR_AND_NINE).finding == Finding(Fault.EVENT_MISSING, 2)


# erasing

EMPTIED_AT = AT + 30 * HOUR


def emptied(place: int, at: datetime = EMPTIED_AT) -> Line:
    """The leaf stays; event and salt are gone."""
    left = erased(100 + place, at)
    return RECORD[place]._replace(salt=b"", event=left.canonical(place))


def telling(place: int, of: int, at: datetime = EMPTIED_AT, name: str = "record:erased") -> Line:
    return line(place, replace(event(place, name, place=of, reason="order"), at=at))


def erased_record(place: int = 2, told_at: int = 8) -> list[Line]:
    lines = changed(place, emptied(place))
    lines[told_at] = telling(told_at, place)
    return lines


@pytest.mark.parametrize("at_once", [1, 5, 12])
def test_an_erased_event_that_a_later_one_tells_of_is_sound_and_counted(at_once: int) -> None:
    lines = erased_record()
    found = checked(lines, [signed(lines, 4), signed(lines, 9)], at_once=at_once)
    assert (found.finding, found.covered, found.erased) == (None, 9, 1)


def test_an_honest_record_counts_none_erased() -> None:
    assert checked(RECORD).erased == 0


def test_an_erased_event_that_nobody_tells_of_is_found() -> None:
    found = checked(changed(2, emptied(2)))
    assert (found.finding, found.erased) == (Finding(Fault.ERASED_UNTOLD, 2), 1)


def test_telling_of_another_moment_or_place_is_no_telling() -> None:
    lines = changed(2, emptied(2, EMPTIED_AT + HOUR))
    lines[8] = telling(8, 2)
    assert checked(lines).finding == Finding(Fault.ERASED_UNTOLD, 2)
    lines = changed(2, emptied(2))
    lines[8] = telling(8, 3)
    assert checked(lines).finding == Finding(Fault.ERASED_UNTOLD, 2)


def test_an_event_that_only_quotes_the_name_tells_of_nothing() -> None:
    """``"name":"record:erased"`` stands among its fields; its own name is another."""
    lines = changed(2, emptied(2))
    quoting = replace(event(8, "case:noted", name="record:erased", place=2), at=EMPTIED_AT)
    lines[8] = line(8, quoting)
    assert checked(lines).finding == Finding(Fault.ERASED_UNTOLD, 2)


def test_a_telling_that_was_changed_is_not_believed() -> None:
    lines = erased_record()
    lines[8] = lines[8]._replace(leaf=RECORD[8].leaf)
    assert checked(lines).finding == Finding(Fault.ERASED_UNTOLD, 2)
    lines[8] = Line(8, RECORD[8].leaf, b"", b'"name":"record:erased"')
    assert checked(lines).finding == Finding(Fault.ERASED_UNTOLD, 2)


def test_a_telling_behind_a_bad_place_is_heard() -> None:
    """Or what was erased before it would seem bad, too: the bad place stays what is told."""
    lines = erased_record()
    lines[5] = lines[5]._replace(event=None)
    assert checked(lines).finding == Finding(Fault.EVENT_MISSING, 5)
    lines[5] = RECORD[5]
    lines[7] = RECORD[6]
    assert checked(lines).finding == Finding(Fault.GAP, 7)


def test_of_an_untold_place_and_another_fault_the_first_place_is_told() -> None:
    lines = changed(2, emptied(2))
    lines[5] = lines[5]._replace(event=None)
    assert checked(lines).finding == Finding(Fault.ERASED_UNTOLD, 2)
    lines = changed(5, emptied(5))
    lines[2] = lines[2]._replace(event=None)
    assert checked(lines).finding == Finding(Fault.EVENT_MISSING, 2)


def test_under_a_failing_checkpoint_the_fault_that_it_names_stays_at_the_same_place() -> None:
    lines = changed(4, emptied(4))
    lines[8] = line(8, event(8, number=99))
    assert checked(lines, FOUR_AND_NINE).finding == Finding(Fault.REWRITTEN, 4)


@pytest.mark.parametrize(
    "left",
    [
        emptied(2)._replace(salt=bytes(16)),
        emptied(2)._replace(event=replace(erased(102, EMPTIED_AT), loan_id=3).canonical(2)),
        emptied(2)._replace(event=erased(102, EMPTIED_AT).canonical(3)),
    ],
    ids=["with its salt", "with a loan", "with another place"],
)
def test_an_erased_event_of_which_something_is_left_was_changed(left: Line) -> None:
    lines = erased_record()
    lines[2] = left
    assert checked(lines).finding == Finding(Fault.EVENT_CHANGED, 2)


def test_tellings_count_in_the_part_in_which_they_come() -> None:
    """A part that was looked at elsewhere hands on every telling, sound as it is."""
    part = part_of(erased_record()[6:], 6)
    assert [(offset, each.place) for offset, each in part.odd] == [(2, 8)]
