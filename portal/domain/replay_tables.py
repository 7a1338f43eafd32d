"""What a replay comes to: how many go where before and after, why, for what sums and at what cost, and who is touched."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, Final

from portal.domain.policy_replay import LeftOut, Outcome, ReplayAnswer, Touched

GROUPS: Final = ("bucket", "kind", "sum_band", "age_band")


class ReplayTable:
    """Counts answers as they come; ``as_data`` is the result, the same whatever the order they came in."""

    def __init__(self) -> None:
        self._moves: Counter[tuple[str, str, str]] = Counter()
        self._sums: Counter[tuple[str, str, str]] = Counter()
        self._reasons: dict[str, Counter[str]] = {"before": Counter(), "after": Counter()}
        self._money: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._groups: dict[str, defaultdict[str, Counter[str]]] = {
            name: defaultdict(Counter) for name in GROUPS
        }
        self._left_out: Counter[str] = Counter()
        self._answered_otherwise = 0

    def add(
        self,
        who: Touched,
        *,
        amount: int,
        before: ReplayAnswer,
        after: ReplayAnswer,
        answered: Outcome | None = None,
    ) -> None:
        """One case: ``amount`` is the sum of its plan; ``answered`` what was really said to it at the time."""
        key = before.outcome.value, after.outcome.value, who.currency
        self._moves[key] += 1
        self._sums[key] += amount
        self._reasons["before"].update(before.reasons)
        self._reasons["after"].update(after.reasons)
        self._answered_otherwise += answered is not None and answered is not before.outcome
        self._add_money(who.currency, amount, before, after)
        self._add_groups(who, before, after)

    def leave_out(self, because: LeftOut, count: int = 1) -> None:
        self._left_out[because.value] += count

    def _add_money(self, currency: str, amount: int, before: ReplayAnswer, after: ReplayAnswer) -> None:
        money = self._money[currency]
        money["amount"] += amount
        for name, answer in (("before", before), ("after", after)):
            if answer.outcome is Outcome.AT_ONCE:
                money[f"at_once_{name}"] += amount
        if before.cost is None or after.cost is None or before.paid is None or after.paid is None:
            money["not_comparable"] += 1
            return
        money["cost_before"] += before.cost
        money["cost_after"] += after.cost
        money["paid_before"] += before.paid
        money["paid_after"] += after.paid
        money["dearer"] += after.cost > before.cost
        money["cheaper"] += after.cost < before.cost

    def _add_groups(self, who: Touched, before: ReplayAnswer, after: ReplayAnswer) -> None:
        is_touched = before.outcome is not after.outcome or before.cost != after.cost
        for name in GROUPS:
            group = self._groups[name][getattr(who, name)]
            group["count"] += 1
            group["touched"] += is_touched
            group[f"before_{before.outcome.value}"] += 1
            group[f"after_{after.outcome.value}"] += 1

    def as_data(self) -> dict[str, Any]:
        """JSON-safe, keys sorted within each group; see `docs/operations.md` for what stands where."""
        return {
            "replayed": sum(self._moves.values()),
            "left_out": _plain(self._left_out),
            "answered_otherwise": self._answered_otherwise,
            "outcomes": {
                "before": self._outcomes(0),
                "after": self._outcomes(1),
            },
            "moves": [
                {
                    "before": before,
                    "after": after,
                    "currency": currency,
                    "count": count,
                    "amount": self._sums[before, after, currency],
                }
                for (before, after, currency), count in sorted(self._moves.items())
            ],
            "reasons": {side: _plain(counts) for side, counts in self._reasons.items()},
            "money": {currency: _plain(money) for currency, money in sorted(self._money.items())},
            "groups": {
                name: {key: _plain(counts) for key, counts in sorted(group.items())}
                for name, group in self._groups.items()
            },
        }

    def _outcomes(self, place: int) -> Mapping[str, int]:
        counts = dict.fromkeys((outcome.value for outcome in Outcome), 0)
        for key, count in self._moves.items():
            counts[key[place]] += count
        return counts


def _plain(counts: Mapping[str, int]) -> dict[str, int]:
    """Without what was never counted, so that equal tables are equal data."""
    return {name: counts[name] for name in sorted(counts) if counts[name]}
