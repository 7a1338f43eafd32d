import pytest

from portal.domain.errors import AccessRefused
from portal.domain.four_eyes import Involved, refuse_first, refuse_involved, refuse_related

ME, OTHER = 7, 8


@pytest.mark.parametrize(
    ("involved", "code"),
    [
        (Involved(ME, (), ()), "drafted_by_oneself"),
        (Involved(None, (OTHER, ME), ()), "decided_before_by_oneself"),
        (Involved(None, (), (ME,)), "related_case"),
        (Involved(ME, (ME,), (ME,)), "related_case"),
    ],
)
def test_who_had_a_part_in_it_does_not_decide_it(involved: Involved, code: str) -> None:
    with pytest.raises(AccessRefused) as refused:
        refuse_involved(ME, involved)
    assert (refused.value.code, refused.value.rule) == (code, "P18")


def test_what_others_did_stands_in_nobodys_way() -> None:
    refuse_involved(ME, Involved(OTHER, (OTHER,), (OTHER,)))


def test_a_drafter_may_look() -> None:
    refuse_related(ME, Involved(ME, (ME,), ()))


def test_nobody_is_their_own_second_approver() -> None:
    with pytest.raises(AccessRefused) as refused:
        refuse_first(ME, Involved(None, (), (), first_id=ME))
    assert (refused.value.code, refused.value.rule) == ("decided_first_by_oneself", "P18")
    refuse_first(ME, Involved(ME, (ME,), (ME,), first_id=OTHER))
    refuse_first(ME, Involved(ME, (), ()))
