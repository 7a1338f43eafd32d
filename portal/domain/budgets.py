"""A household's month: what comes in, what goes out, and how much of what is left a plan may take (rule P16)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Income(StrEnum):
    """What comes in, a month after tax."""

    WAGES = "wages"
    BENEFITS = "benefits"
    OTHER_INCOME = "other_income"


class Outgoing(StrEnum):
    """What goes out a month, the loan in question not counted."""

    HOUSING = "housing"
    UTILITIES = "utilities"
    FOOD = "food"
    TRANSPORT = "transport"
    PHONE = "phone"
    HEALTH = "health"
    CHILDREN = "children"
    FAMILY = "family"
    OTHER_LOANS = "other_loans"
    OTHER_SPENDING = "other_spending"


_LIVING: Final = frozenset(
    {
        Outgoing.UTILITIES,
        Outgoing.FOOD,
        Outgoing.TRANSPORT,
        Outgoing.PHONE,
        Outgoing.HEALTH,
        Outgoing.CHILDREN,
        Outgoing.OTHER_SPENDING,
    }
)
"""What the living floor is there for; the rest is owed to somebody."""

MOST_PEOPLE: Final = 9


@dataclass(frozen=True, slots=True)
class BudgetRules:
    """When policy asks for a budget, and what it measures it by.

    ``asked_for`` are reasons for a person (codes of ``Referral``) that make a budget worth its trouble; ``asked_above_minor`` the sum
    a month from which it is asked for though the plan is within the band (None: never). ``living_floor_minor`` is what a household of
    one, two, … people must have to live on a month; the last holds for all larger ones.
    """

    asked_for: frozenset[str]
    asked_above_minor: int | None
    income_share_pct: int
    living_floor_minor: Sequence[int]

    @classmethod
    def from_data(cls, body: Mapping[str, Any]) -> "BudgetRules":
        above = body["asked_above_minor"]
        return cls(
            asked_for=frozenset(map(str, body["asked_for"])),
            asked_above_minor=None if above is None else int(above),
            income_share_pct=int(body["income_share_pct"]),
            living_floor_minor=tuple(map(int, body["living_floor_minor"])),
        )

    def floor_for(self, people: int) -> int:
        return self.living_floor_minor[min(people, len(self.living_floor_minor)) - 1]


@dataclass(frozen=True, slots=True)
class Budget:
    """Sums a month in minor units; what is not named is 0. ``people`` live on it."""

    people: int
    incomes: Mapping[Income, int]
    outgoings: Mapping[Outgoing, int]

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> "Budget":
        """What ``as_answer`` gave, also after a way through JSON."""
        return cls(
            people=int(answer["people"]),
            incomes={Income(name): int(minor) for name, minor in answer["incomes"].items()},
            outgoings={Outgoing(name): int(minor) for name, minor in answer["outgoings"].items()},
        )

    def as_answer(self) -> dict[str, Any]:
        return {
            "people": self.people,
            "incomes": {each.value: self.incomes[each] for each in Income if self.incomes.get(each)},
            "outgoings": {each.value: self.outgoings[each] for each in Outgoing if self.outgoings.get(each)},
        }

    @property
    def income(self) -> int:
        return sum(self.incomes.values())

    @property
    def spent(self) -> int:
        return sum(self.outgoings.values())

    @property
    def left(self) -> int:
        """May be below zero."""
        return self.income - self.spent

    @property
    def manageable(self) -> int:
        """The measure: half of what is left, so that the other half meets what nobody foresaw."""
        return max(0, self.left) // 2

    @property
    def living(self) -> int:
        return sum(minor for each, minor in self.outgoings.items() if each in _LIVING)


@dataclass(frozen=True, slots=True)
class Affordability:
    """A payment a month held against a budget; minor units."""

    budget: Budget
    payment: int
    floor: int
    income_share_pct: int

    @property
    def to_live_on(self) -> int:
        """Income less what is owed elsewhere and this payment: what food and daily life are paid from."""
        return self.budget.left - self.payment + self.budget.living

    @property
    def is_above_half(self) -> bool:
        return self.payment > self.budget.manageable

    @property
    def is_above_share(self) -> bool:
        """Worth a warning: more than the policy's share of income."""
        return self.payment * 100 > self.budget.income * self.income_share_pct

    @property
    def is_below_floor(self) -> bool:
        """A person decides: the payment is more than what is left, or daily life would fall below the floor."""
        return self.payment > self.budget.left or self.to_live_on < self.floor


def affordability(budget: Budget, payment: int, rules: BudgetRules) -> Affordability:
    return Affordability(budget, payment, rules.floor_for(budget.people), rules.income_share_pct)


def is_budget_asked(rules: BudgetRules | None, *, reasons: Sequence[str], payment: int) -> bool:
    """Whether policy wants a budget for a plan with these reasons for a person and this most in a month."""
    if rules is None:
        return False
    is_large = rules.asked_above_minor is not None and payment > rules.asked_above_minor
    return is_large or not rules.asked_for.isdisjoint(reasons)
