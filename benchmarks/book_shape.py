"""The shape of a real loan book, as figures: what the synthetic book draws its loans from.

Read off a lender's book of 30,000 loans (credit cards, six months of statements; I. Yeh 2009, doi 10.24432/C55S3H, CC BY 4.0) as of
2026-11-01. That book has one loan a borrower, one product, one rate, one creditor, and a statement on the twentieth of each month: so
has this one. Sums are yuan; a table of quantiles gives the values at ``SHARES`` of the way up, and between two of them values lie evenly.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from random import Random
from typing import Final

AS_OF: Final = date(2026, 11, 1)
DISBURSED_ON: Final = date(2026, 4, 20)
FIRST_DUE_ON: Final = date(2026, 5, 20)
PAST, AHEAD = 6, 12
"""Months that have fallen due for a loan that began with the book, and those to come."""
PRODUCT: Final = "credit_card"
CREDITOR: Final = "示范消费金融公司"
LENDER_TYPE: Final = "consumer_finance"
RATE_PCT, PENALTY_PCT = "15.00", "22.50"

SHARES: Final = (0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1)
Quantiles = Sequence[float]


@dataclass(frozen=True, slots=True)
class Weighed:
    """Outcomes with how often each of them came in the real book."""

    outcomes: Sequence[int]
    bounds: Sequence[int]

    @classmethod
    def of(cls, counts: Mapping[int, int]) -> "Weighed":
        return cls(list(counts), list(accumulate(counts.values())))

    def drawn(self, random: Random) -> int:
        return self.outcomes[bisect_right(self.bounds, random.random() * self.bounds[-1])]


STATUS: Final = Weighed.of({0: 966, 1: 1632, 2: 27402})
"""0: closed without a statement; 1: closed with some; 2: active."""
CLOSED_STATEMENTS: Final = Weighed.of({1: 344, 2: 334, 3: 316, 4: 320, 5: 318})
STATEMENTS: Final = Weighed.of({6: 22384, 5: 2051, 4: 1148, 3: 784, 2: 595, 1: 440})
"""Fallen due, of an active loan."""
UNPAID: Final[Mapping[int, Weighed]] = {
    1: Weighed.of({0: 393, 1: 47}),
    2: Weighed.of({0: 533, 1: 36, 2: 26}),
    3: Weighed.of({0: 711, 1: 43, 2: 27, 3: 3}),
    4: Weighed.of({0: 1038, 1: 57, 2: 48, 3: 4, 4: 1}),
    5: Weighed.of({0: 1832, 1: 123, 2: 87, 3: 7, 4: 1, 5: 1}),
    6: Weighed.of({0: 17767, 1: 1755, 2: 2429, 3: 296, 4: 73, 5: 26, 6: 38}),
}
"""How many of the newest of so many statements are unpaid: how late the loan is."""

ON_TIME_PRINCIPAL: Final[Quantiles] = (
    18, 507, 1210, 2679, 7401, 14850, 26359, 41727, 64578, 88948, 137900, 227409, 316161, 530430, 1490899,
)  # fmt: skip
LATE_PRINCIPAL: Final[Quantiles] = (
    53, 534, 2500, 6320, 15643, 24783, 34295, 44242, 62381, 83161, 121002, 196501, 270594, 494398, 785418,
)  # fmt: skip
CLOSED_PRINCIPAL: Final[Quantiles] = (
    4, 15, 45, 82, 156, 253, 428, 642, 1049, 1800, 3340, 7572, 15659, 52347, 127657,
)  # fmt: skip
PAYMENT: Final[Quantiles] = (
    1, 52, 353, 600, 1001, 1500, 2000, 2516, 3362, 5000, 6656, 11461, 20449, 83959, 1684259,
)  # fmt: skip
BIRTH_YEAR: Final[Quantiles] = (
    1947, 1966, 1973, 1977, 1983, 1986, 1989, 1992, 1995, 1997, 1999, 2001, 2003, 2004, 2005,
)  # fmt: skip

FEW_SHARES: Final = (0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1)
FALLEN_DUE: Final[Mapping[int, Quantiles]] = {
    1: (0.088, 0.091, 0.091, 0.091, 0.091, 0.091, 0.1, 0.1, 0.101),
    2: (0.091, 0.096, 0.1, 0.125, 0.167, 0.196, 0.316, 0.477, 0.938),
    3: (0.091, 0.109, 0.126, 0.168, 0.225, 0.3, 0.499, 0.733, 0.992),
    4: (0.092, 0.131, 0.154, 0.204, 0.278, 0.375, 0.634, 0.792, 0.995),
    5: (0.094, 0.163, 0.188, 0.248, 0.332, 0.456, 0.723, 0.852, 0.998),
    6: (0.094, 0.233, 0.271, 0.327, 0.377, 0.429, 0.528, 0.683, 0.999),
}
"""Share of the principal in the statements that have fallen due, at ``FEW_SHARES``, by their number."""
LATE_FALLEN_DUE: Final[Quantiles] = (0.104, 0.305, 0.34, 0.39, 0.423, 0.448, 0.484, 0.536, 0.996)
"""The same of late loans with six."""
STATEMENT_WEIGHT: Final[Quantiles] = (0.02, 0.27, 0.51, 0.84, 1.0, 1.1, 1.41, 1.69, 5.88)
"""A statement beside the mean of its loan's statements."""

PAYMENTS: Final[Mapping[str, Weighed]] = {
    "empty": Weighed.of({0: 890, 1: 97, 2: 5, 3: 3, 5: 2, 6: 3}),
    "closed": Weighed.of({1: 162, 2: 200, 3: 189, 4: 173, 5: 148, 6: 128}),
    "on time": Weighed.of({0: 16, 1: 23, 2: 34, 3: 48, 4: 87, 5: 162, 6: 630}),
    "late": Weighed.of({0: 42, 1: 27, 2: 44, 3: 109, 4: 229, 5: 316, 6: 233}),
}
"""In the six months; history, which need not add up to what is paid."""

SURNAMES: Final = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜范江傅钟卢汪戴崔任"
GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国志文春海燕晓婷宇子欣思宁博萱怡飞远鹏雪俊涵佳梓然浩"
TWO_CHARACTERS: Final = 0.752
"""How often a given name has two."""


def drawn(random: Random, table: Quantiles, shares: Sequence[float] = SHARES) -> float:
    """A value of a table of quantiles."""
    at = random.random()
    place = bisect_right(shares, at) - 1
    low, high = table[place], table[place + 1]
    return low + (high - low) * (at - shares[place]) / (shares[place + 1] - shares[place])
