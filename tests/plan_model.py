"""The life of a plan as the design tells it (`proposal.md`, "States and moves", "Claim and race"), written a second time: who may do what
when, and what stands afterwards. Knows nothing of the portal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

APPROVERS = frozenset({"zhou_min", "wu_yan"})
OTHERS = frozenset({"chen_chen", "zheng_hao", "sun_hao", "he_jing", "lin_yue"})
"""Agent, auditor, administrator, collector, caller: they decide nothing."""
BORROWERS = frozenset({"li_na", "wang_qiang"})
"""李娜 owes; 王强 is a stranger to it."""
EVERYBODY = tuple(sorted(APPROVERS | OTHERS | BORROWERS))
CLOCK = "clock"

OF_BORROWERS = (
    "sign",
    "sign_for_policy",
    "sign_for_two",
    "discard",
    "withdraw",
    "reply",
    "refuse_counter",
    "ask_a_person",
    "change",
)
OF_STAFF = (
    "claim",
    "release",
    "approve",
    "decline",
    "counter",
    "counter_for_two",
    "ask",
    "undo",
    "second",
    "second_refuses",
    "reinstate",
    "tell_of_end",
    "terminate",
)
OF_THE_CLOCK = ("lapse", "send_out", "facts_moved", "expire", "seal", "miss", "pay", "break", "complete")

_WAITING = ("in_review", "info_requested", "countered")
_BEFORE_AN_END = (*_WAITING, "declined")
_SENT = {"decline": "declined", "counter": "countered", "ask": "info_requested"}
_SIGNED_FOR_A_PERSON = {
    "draft": "in_review",
    "needs_resign": "in_review",
    "info_requested": "in_review",
    "countered": "approved",
}
_MOVES = {
    **{("sign", status): after for status, after in _SIGNED_FOR_A_PERSON.items()},
    **{("sign_for_two", status): after for status, after in _SIGNED_FOR_A_PERSON.items()},
    ("sign_for_policy", "draft"): "approved",
    ("sign_for_policy", "needs_resign"): "approved",
    ("sign_for_policy", "info_requested"): "in_review",
    ("sign_for_policy", "countered"): "approved",
    ("discard", "draft"): "discarded",
    **{("withdraw", status): "withdrawn" for status in (*_WAITING, "needs_resign")},
    ("reply", "info_requested"): "in_review",
    ("refuse_counter", "countered"): "in_review",
    ("ask_a_person", "declined"): "in_review",
    **{("change", status): "superseded" for status in ("approved", "active", "missed")},
    **{("facts_moved", status): "needs_resign" for status in _WAITING},
    **{("expire", status): "expired" for status in ("draft", "needs_resign", *_WAITING)},
    ("seal", "approved"): "active",
    ("miss", "active"): "missed",
    ("break", "active"): "broken",
    ("break", "missed"): "broken",
    ("pay", "missed"): "active",
    ("complete", "active"): "completed",
    ("complete", "missed"): "completed",
}
"""What borrowers and the clock do, where it hangs on nothing but where the plan is."""


@dataclass(frozen=True, slots=True)
class Model:
    """``pending`` is a decision that reached nobody yet; ``deciders`` those of earlier rounds, ``decliners`` who declined in this one.
    ``wants_two``: of what was signed last, one approver alone may not approve it.
    """

    status: str
    holder: str | None = None
    pending: str | None = None
    waits_for: str | None = None
    """The second, or the minute."""
    first: str | None = None
    second: str | None = None
    deciders: frozenset[str] = frozenset()
    decliners: frozenset[str] = frozenset()
    declines: int = 0
    is_told: bool = False
    was_reinstated: bool = False
    wants_two: bool = False
    is_sealed: bool = False

    def after(self, verb: str, who: str) -> "Model":
        """Unchanged where it is refused."""
        if verb in OF_BORROWERS:
            return self._of_borrower(verb) if who == "li_na" else self
        if verb in OF_THE_CLOCK:
            return self._of_clock(verb)
        if who not in APPROVERS or who in self.deciders:
            return self
        return {"broken": self._of_broken, "in_review": self._at_desk}.get(self.status, self._nothing)(
            verb, who
        )

    def _nothing(self, _verb: str, _who: str) -> "Model":
        return self

    def _to(self, status: str | None) -> "Model":
        """Whatever waited is over; where there is no such move, nothing is."""
        if status is None:
            return self
        return replace(
            self,
            status=status,
            holder=None,
            pending=None,
            waits_for=None,
            first=None,
            second=None,
            wants_two=self.wants_two and status in _BEFORE_AN_END,
        )

    def _of_borrower(self, verb: str) -> "Model":
        if verb == "change" and self.was_reinstated:
            return self  # broken in the last twelve months: no machine says yes to it, and the old plan stands meanwhile
        after = self._to(_MOVES.get((verb, self.status)))
        if verb.startswith("sign") and after.status == "in_review" != self.status:
            return replace(after, wants_two=verb == "sign_for_two")
        if verb != "ask_a_person":
            return after
        if self.declines > 1:
            return self
        return self if after == self else replace(after, deciders=self.deciders | self.decliners)

    def _at_desk(self, verb: str, who: str) -> "Model":
        after = self
        if verb == "undo" and self.pending is not None and who in {self.first, self.second}:
            after = replace(self._to("in_review"), holder=who)
        elif verb == "release" and self.holder == who:
            after = replace(self, holder=None)
        elif self.waits_for == "minute" or (self.waits_for == "second" and self.first == who):
            after = self
        elif verb == "claim" and self.holder in {None, who}:
            after = replace(self, holder=who)
        elif self.holder == who:
            after = self._seconded(verb, who) if self.waits_for else self._decided(verb, who)
        return after

    def _seconded(self, verb: str, who: str) -> "Model":
        if verb == "second" and self.pending == "approve":
            return self._to("approved")
        if verb == "second":
            return replace(self, waits_for="minute", second=who, holder=None)
        return self._to("in_review") if verb == "second_refuses" else self

    def _decided(self, verb: str, who: str) -> "Model":
        if verb == "approve" and not self.wants_two:
            return self._to("approved")
        if verb in {"approve", "counter_for_two"}:
            pending = "approve" if verb == "approve" else "counter"
            return replace(self, pending=pending, waits_for="second", first=who, holder=None)
        if verb in _SENT:
            return replace(self, pending=verb, waits_for="minute", first=who, holder=None)
        return self

    def _of_broken(self, verb: str, _who: str) -> "Model":
        if verb == "reinstate" and not self.was_reinstated:
            return replace(self, status="active", was_reinstated=True, is_told=False)
        if verb == "tell_of_end":
            return replace(self, is_told=True)
        return replace(self, status="terminated") if verb == "terminate" and self.is_told else self

    def _of_clock(self, verb: str) -> "Model":
        if verb == "lapse":
            return replace(self, holder=None)
        if verb == "seal" and self.status in {"approved", "superseded"}:
            return replace(self._to(_MOVES.get((verb, self.status))), is_sealed=True)
        if verb != "send_out":
            return self._to(_MOVES.get((verb, self.status)))
        if self.waits_for != "minute" or self.pending is None:
            return self
        sent = self._to(_SENT[self.pending])
        by = frozenset(each for each in (self.first, self.second) if each)
        return replace(sent, declines=self.declines + 1, decliners=by) if self.pending == "decline" else sent


Way = tuple[str, str]
"""A verb and who takes it."""
DOERS: Final[Sequence[Way]] = (
    *((verb, "li_na") for verb in OF_BORROWERS),
    *((verb, who) for verb in OF_STAFF for who in sorted(APPROVERS, reverse=True)),
    *((verb, CLOCK) for verb in OF_THE_CLOCK),
)
"""Whoever changes anything at all; 周敏 first, whose number in her table is that of 王强 in his."""
BEGINNINGS: Final = (Model("draft"), Model("in_review"), Model("active", is_sealed=True))


@dataclass(frozen=True, slots=True)
class Road:
    """The shortest way to somewhere, from one of ``BEGINNINGS``."""

    begins: Model
    ways: Sequence[Way] = ()

    def on(self, way: Way) -> "Road":
        return Road(self.begins, (*self.ways, way))


def roads_everywhere() -> Mapping[Model, Road]:
    """To each place that a plan can be at, the nearest first."""
    roads = {model: Road(model) for model in BEGINNINGS}
    places = list(roads)
    for place in places:
        for way in DOERS:
            after = place.after(*way)
            if after not in roads:
                roads[after] = roads[place].on(way)
                places.append(after)
    return roads


def roads_over_each_line() -> Sequence[Road]:
    """One that ends with each line of the model: a verb that changes something where a plan is at, with what waits there."""
    lines: dict[tuple[str | bool | None, ...], Road] = {}
    for place, road in roads_everywhere().items():
        for verb, who in DOERS:
            after = place.after(verb, who)
            if after != place:
                before = (place.status, place.waits_for, place.pending, place.was_reinstated)
                line = (*before, verb, after.status, after.waits_for)
                lines.setdefault(line, road.on((verb, who)))
    return tuple(lines.values())
