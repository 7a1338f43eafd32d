"""Changes to a schedule that already runs: a longer term, arrears spread over what is left, arrears aged
anew.

As Apache Fineract has them: rows of the past keep only what was paid, equal parts, the last takes the rest.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from portal.domain.amortisation import level_parts
from portal.domain.calendar import Every, due_dates
from portal.domain.errors import DomainError
from portal.domain.loans import Components, InstallmentFacts
from portal.domain.rounding import Rounding
from portal.domain.schedules import Schedule, ScheduleRow, ScheduleTerms, schedule_of


def extend_term(
    schedule: Schedule,
    terms: ScheduleTerms,
    *,
    from_due_on: date,
    extra_installments: int = 0,
    moved_to: date | None = None,
) -> Schedule:
    """The rows before ``from_due_on`` as they were, the principal left split anew over the rest and the extra
    ones.

    ``moved_to`` is the new date of the first row that changes. Raises ``no_row_on_date`` where none falls
    there.
    """
    kept = [row for row in schedule.rows if row.due_on < from_due_on]
    if len(kept) == len(schedule.rows) or schedule.rows[len(kept)].due_on != from_due_on:
        raise DomainError("no_row_on_date", field="from_due_on")
    anew = replace(
        terms,
        principal=schedule.rows[len(kept)].balance + schedule.rows[len(kept)].principal,
        installments=len(schedule.rows) - len(kept) + extra_installments,
        disbursed_on=kept[-1].due_on if kept else terms.disbursed_on,
        first_due_on=moved_to or from_due_on,
    )
    return Schedule([*kept, *_renumbered(schedule_of(anew).rows, len(kept))])


def reamortise(
    installments: Sequence[InstallmentFacts], *, as_of: date, rounding: Rounding, unit: int = 1
) -> list[InstallmentFacts]:
    """What is unpaid up to and including ``as_of`` goes in equal parts on top of the installments after it.

    Raises ``no_installments_left`` where none comes after.
    """
    past, coming = _split(installments, as_of)
    if not coming:
        raise DomainError("no_installments_left")
    shares = _level_components(_unpaid(past), len(coming), rounding, unit)
    pairs = zip(coming, shares, strict=True)
    return [*_settled(past), *(replace(row, due=row.due + share) for row, share in pairs)]


def reage(
    installments: Sequence[InstallmentFacts],
    *,
    as_of: date,
    first_due_on: date,
    every: Every,
    count: int,
    rounding: Rounding,
) -> list[InstallmentFacts]:
    """What is unpaid up to and including ``as_of`` becomes ``count`` installments of its own from a later
    date.

    Raises ``first_date_not_after_start`` where that date is not after ``as_of``, and ``dates_not_rising``
    where installments still to come would lie between the new ones.
    """
    past, coming = _split(installments, as_of)
    if first_due_on <= as_of:
        raise DomainError("first_date_not_after_start", field="first_due_on")
    if coming and coming[-1].due_on >= first_due_on:
        raise DomainError("dates_not_rising", field="first_due_on")
    shares = _level_components(_unpaid(past), count, rounding, 1)
    numbered = enumerate(
        zip(due_dates(first_due_on, every, count), shares, strict=True), start=len(installments) + 1
    )
    new = [InstallmentFacts(number, due_on, share, Components()) for number, (due_on, share) in numbered]
    return [*_settled(past), *coming, *new]


def _renumbered(rows: Sequence[ScheduleRow], before: int) -> list[ScheduleRow]:
    return [row._replace(number=row.number + before) for row in rows]


def _split(
    installments: Sequence[InstallmentFacts], as_of: date
) -> tuple[list[InstallmentFacts], list[InstallmentFacts]]:
    past = [row for row in installments if row.due_on <= as_of]
    return past, [row for row in installments if row.due_on > as_of]


def _unpaid(rows: Sequence[InstallmentFacts]) -> Components:
    return sum((row.outstanding for row in rows), Components())


def _settled(rows: Sequence[InstallmentFacts]) -> list[InstallmentFacts]:
    return [replace(row, due=row.paid) for row in rows]


def _level_components(total: Components, count: int, rounding: Rounding, unit: int) -> list[Components]:
    split = [level_parts(part, count, rounding=rounding, unit=unit) for part in total.as_dict().values()]
    return [Components(*parts) for parts in zip(*split, strict=True)]
