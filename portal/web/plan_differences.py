"""What an offer changes of the plan that was signed, in words: the same lines for the borrower and at the desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import LazyString, gettext, lazy_gettext, ngettext

from portal.domain.plan_differences import Figure, FigureChange, PaymentChange, PlanDifference
from portal.domain.plans import PlanKind, PlanRow
from portal.i18n import format_date, format_money, format_percent
from portal.web.labels import PLAN_KINDS

_NAMES: Mapping[Figure, LazyString] = {
    Figure.KIND: lazy_gettext("Kind of plan"),
    Figure.PAYMENTS: lazy_gettext("Number of payments"),
    Figure.LARGEST: lazy_gettext("At most at a time, usual installments included"),
    Figure.FIRST_ON: lazy_gettext("First payment"),
    Figure.ENDS_ON: lazy_gettext("Last payment"),
    Figure.TOTAL: lazy_gettext("All payments, usual installments included"),
    Figure.BEYOND_PRINCIPAL: lazy_gettext("Of it beyond principal"),
    Figure.ANNUAL_COST: lazy_gettext("All-in cost a year"),
    Figure.WAIVED: lazy_gettext("Waived once this is paid"),
}
_SUMS = frozenset({Figure.LARGEST, Figure.TOTAL, Figure.BEYOND_PRINCIPAL, Figure.WAIVED})


@dataclass(frozen=True, slots=True)
class Line:
    """One figure, or one payment, of both plans; ``words`` says what the change comes to, empty where there is none."""

    name: str
    before: str
    after: str
    words: str
    is_changed: bool


def figure_lines(difference: PlanDifference, currency: str) -> Sequence[Line]:
    """Every figure that people compare, changed or not."""
    return [_figure_line(change, currency) for change in difference.figures]


def payment_lines(difference: PlanDifference, currency: str) -> Sequence[Line]:
    """Every payment with its date and sum, in both plans."""
    return [_payment_line(change, currency) for change in difference.payments]


def _figure_line(change: FigureChange, currency: str) -> Line:
    return Line(
        name=str(_NAMES[change.figure]),
        before=_shown(change.figure, change.before, currency),
        after=_shown(change.figure, change.after, currency),
        words=_words(change, currency) if change.is_changed else "",
        is_changed=change.is_changed,
    )


def _shown(figure: Figure, value: object, currency: str) -> str:
    match value:
        case date():
            return format_date(value)
        case int() if figure in _SUMS:
            return format_money(value, currency)
        case str() if figure is Figure.KIND:
            return str(PLAN_KINDS[PlanKind(value)])
        case str():
            return format_percent(value)
        case None:
            return "–"
        case _:
            return str(value)


def _words(change: FigureChange, currency: str) -> str:
    if change.figure in _SUMS:
        return _sum_words(change.by, currency)
    if isinstance(change.before, date):
        return _day_words(change.by)
    if change.figure is Figure.PAYMENTS and change.by > 0:
        return str(ngettext("%(num)s more", "%(num)s more", change.by))
    if change.figure is Figure.PAYMENTS:
        return str(ngettext("%(num)s fewer", "%(num)s fewer", -change.by))
    return str(gettext("changed"))


def _sum_words(by: int, currency: str) -> str:
    if by > 0:
        return str(gettext("%(sum)s more", sum=format_money(by, currency)))
    return str(gettext("%(sum)s less", sum=format_money(-by, currency)))


def _day_words(by: int) -> str:
    if by > 0:
        return str(ngettext("%(num)s day later", "%(num)s days later", by))
    return str(ngettext("%(num)s day earlier", "%(num)s days earlier", -by))


def _payment_line(change: PaymentChange, currency: str) -> Line:
    return Line(
        name=str(change.number),
        before=_row(change.before, currency),
        after=_row(change.after, currency),
        words=_payment_words(change, currency),
        is_changed=change.is_changed,
    )


def _row(row: PlanRow | None, currency: str) -> str:
    if row is None:
        return "–"
    return str(
        gettext("%(date)s: %(sum)s", date=format_date(row.due_on), sum=format_money(row.due, currency))
    )


def _payment_words(change: PaymentChange, currency: str) -> str:
    if change.before is None:
        return str(gettext("new"))
    if change.after is None:
        return str(gettext("falls away"))
    said = []
    if by := change.after.due - change.before.due:
        said.append(_sum_words(by, currency))
    if days := (change.after.due_on - change.before.due_on).days:
        said.append(_day_words(days))
    return str(gettext(", ").join(said))
