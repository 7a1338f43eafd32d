"""Unit-periods of 12 CFR 1026 Appendix J (b)(3)-(5): which one a transaction has, and time counted in it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Final

from portal.domain.cash_flows import CashFlows
from portal.domain.month_counting import is_on_anchor, months_and_rest, whole_months

MONTHS_IN_YEAR: Final = 12
_DAYS_IN_YEAR: Final = 365
_WEEKS_IN_YEAR: Final = 52
_DAYS_IN_MONTH: Final = 30
_DAYS_IN_SEMIMONTH: Final = 15
_DAYS_IN_WEEK: Final = 7
_SEMIMONTH_GAPS: Final = range(13, 19)


@dataclass(frozen=True, slots=True)
class UnitPeriod:
    """``months`` whole months, or ``days`` days; neither: a semimonth."""

    months: int = 0
    days: int = 0

    @property
    def per_year(self) -> Fraction:
        """(b)(5): 12 months, 52 weeks, 24 semimonths or 365 days, divided by how many make one unit-period."""
        if self.months:
            return Fraction(MONTHS_IN_YEAR, self.months)
        if self.days % _DAYS_IN_WEEK:
            return Fraction(_DAYS_IN_YEAR, self.days)
        return Fraction(_WEEKS_IN_YEAR, self.days // _DAYS_IN_WEEK) if self.days else Fraction(24)

    @property
    def nominal_days(self) -> int:
        """Length for comparing periods; months are equal, of 30 days, and a year has 365."""
        if self.months == MONTHS_IN_YEAR:
            return _DAYS_IN_YEAR
        return self.months * _DAYS_IN_MONTH or self.days or _DAYS_IN_SEMIMONTH

    @property
    def is_standard(self) -> bool:
        """(b)(3)(iii): a day, week, semimonth, month, or a multiple of a week or a month up to a year."""
        return self.days in {0, 1} or self.days % _DAYS_IN_WEEK == 0


SEMIMONTH: Final = UnitPeriod()
YEAR: Final = UnitPeriod(months=MONTHS_IN_YEAR)
_STANDARD: Final = (
    UnitPeriod(days=1),
    SEMIMONTH,
    *(UnitPeriod(days=_DAYS_IN_WEEK * n) for n in range(1, _WEEKS_IN_YEAR + 1)),
    *(UnitPeriod(months=n) for n in range(1, MONTHS_IN_YEAR + 1)),
)


def unit_period_of(flows: CashFlows) -> UnitPeriod:
    """The period that occurs most often, the smaller of two as frequent; else the average of all, rounded.

    Not for one advance and one payment, where the term itself is the unit-period (b)(4)(ii).
    """
    series = _series(flows)
    counts = Counter(period for dates in series for period in _periods(dates))
    common = [(period, count) for period, count in counts.items() if count > 1]
    if not common:
        return _average([pair for dates in series for pair in pairwise(dates)])
    return min(common, key=lambda item: (-item[1], not item[0].is_standard, item[0].nominal_days))[0]


def _series(flows: CashFlows) -> Sequence[Sequence[date]]:
    """(b)(3)(i): the times between advances, and between payments, each with the time before the first."""
    start = flows.start
    later = ([on for on in dates if on > start] for dates in (flows.advance_dates, flows.payment_dates))
    return [[start, *dates] for dates in later if dates]


def _periods(dates: Sequence[date]) -> Iterator[UnitPeriod]:
    """Every name that each gap could bear: so many months, so many days, a semimonth."""
    in_semimonths = semimonthly_gaps(dates)
    for number, (earlier, later) in enumerate(pairwise(dates)):
        days, months = (later - earlier).days, whole_months(earlier, later)
        names = {YEAR if days > _DAYS_IN_YEAR else UnitPeriod(days=days)}
        if months:
            names.add(UnitPeriod(months=min(months, MONTHS_IN_YEAR)))
        if number in in_semimonths:
            names.add(SEMIMONTH)
        yield from names


def semimonthly_gaps(dates: Sequence[date]) -> set[int]:
    """Gaps of about half a month of which two in a row make exactly one month."""
    found: set[int] = set()
    for number, (first, middle, last) in enumerate(zip(dates, dates[1:], dates[2:], strict=False)):
        halves = {(middle - first).days, (last - middle).days}
        if whole_months(first, last) == 1 and halves <= set(_SEMIMONTH_GAPS):
            found |= {number, number + 1}
    return found


def _average(gaps: Sequence[tuple[date, date]]) -> UnitPeriod:
    """(b)(4)(i)(B): the average period rounded to the nearest standard interval, the lower where two are
    near.

    Periods of whole months are averaged in months, others in days.
    """
    months = [whole_months(earlier, later) for earlier, later in gaps]
    if all(months):
        average = Fraction(sum(count or 0 for count in months), len(months))
        return min(
            (UnitPeriod(months=n) for n in range(1, MONTHS_IN_YEAR + 1)),
            key=lambda u: abs(u.months - average),
        )
    days = Fraction(sum((later - earlier).days for earlier, later in gaps), len(gaps))
    return min(_STANDARD, key=lambda unit: (abs(unit.nominal_days - days), unit.nominal_days))


@dataclass(frozen=True, slots=True)
class UnitTime:
    """Full unit-periods and the fraction of one more."""

    whole: int
    odd: Fraction


def unit_time(start: date, end: date, unit: UnitPeriod, anchor: int | None = None) -> UnitTime:
    """(b)(5)(ii)-(v): time from ``start`` to ``end``; ``anchor`` is the day of the month of the end's
    series.
    """
    if unit.days:
        whole, rest = divmod((end - start).days, unit.days)
        return UnitTime(whole, Fraction(rest, unit.days))
    months, reached = months_and_rest(start, end, anchor)
    rest = (reached - start).days
    if unit == YEAR:
        return _years(start, end, months, rest)
    if unit.months == 1:
        return UnitTime(months, Fraction(rest, _DAYS_IN_MONTH))
    whole, days = divmod(months * _DAYS_IN_MONTH + rest, unit.nominal_days)
    return UnitTime(whole, Fraction(days, unit.nominal_days))


def _years(start: date, end: date, months: int, rest: int) -> UnitTime:
    """(b)(5)(v): what remains of a year is months over 12 where they are whole, else days over 365."""
    years, over = divmod(months, MONTHS_IN_YEAR)
    if not rest:
        return UnitTime(years, Fraction(over, MONTHS_IN_YEAR))
    anniversary = date(end.year - years, end.month, min(end.day, 28))
    days = (anniversary - start).days + end.day - min(end.day, 28)
    return UnitTime(years, Fraction(days, _DAYS_IN_YEAR))


def anchors(dates: Sequence[date]) -> dict[date, int]:
    """(b)(3)(iv): the day of the month that a series keeps to, so that months count from month end to month
    end.

    A semimonthly series has two; a series without such a day is left out.
    """
    is_semimonthly = len(semimonthly_gaps(dates)) == len(dates) - 1
    found: dict[date, int] = {}
    for series in (dates[::2], dates[1::2]) if is_semimonthly else (dates,):
        anchor = max((on.day for on in series), default=0)
        if all(is_on_anchor(on, anchor) for on in series):
            found |= dict.fromkeys(series, anchor)
    return found
