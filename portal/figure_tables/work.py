"""What waits, how long things take, and whether promised times are kept."""

from collections import Counter
from collections.abc import Mapping, Sequence

from flask_babel import LazyString, gettext, lazy_gettext

from portal.desk_words import BUCKETS, STATUSES, SUMS
from portal.domain.figures import Figures, StayFigures, WaitAge, WaitingCell
from portal.domain.proposals import ProposalStatus
from portal.figure_tables.parts import (
    Cell,
    Column,
    Duration,
    Section,
    Table,
    names,
    numbers_below,
    share_of,
    sum_of,
)
from portal.figure_tables.pictures import BarRow, bar, bars

AGES: Mapping[WaitAge, LazyString] = {
    WaitAge.TO_4_HOURS: lazy_gettext("Under 4 hours"),
    WaitAge.TO_1_DAY: lazy_gettext("4 to 24 hours"),
    WaitAge.TO_3_DAYS: lazy_gettext("1 to 3 days"),
    WaitAge.TO_7_DAYS: lazy_gettext("3 to 7 days"),
    WaitAge.FROM_7_DAYS: lazy_gettext("7 days and more"),
}


def waiting_section(figures: Figures) -> Section:
    by_bucket = [(cell.bucket, cell) for cell in figures.waiting]
    by_band = [(cell.band, cell) for cell in figures.waiting]
    return Section(
        key="waiting",
        title=gettext("Waiting now"),
        about=gettext(
            "Cases that wait for a first or a second approver at this moment, by how long they have waited this time. "
            "What is decided and goes out within the minute waits no more."
        ),
        tables=[
            _waiting("waiting_bucket", gettext("By age and days past due"), BUCKETS, by_bucket, figures),
            _waiting(
                "waiting_sum",
                gettext("By age and sum under the plan"),
                {band.value: text for band, text in SUMS.items()},
                by_band,
                figures,
            ),
        ],
    )


def stays_section(figures: Figures) -> Section:
    title = gettext("Time in each state")
    rows = [
        BarRow(
            str(STATUSES[ProposalStatus(stay.state)]),
            (stay.p50, stay.p90),
            (f"p50 {Duration(stay.p50)}", f"p90 {Duration(stay.p90)}"),
        )
        for stay in figures.stays
    ]
    table = Table(
        key="stays",
        title=title,
        columns=[
            *names(gettext("State"), gettext("Stays that ended")),
            Column("p50", in_files=gettext("p50, hours")),
            Column("p90", in_files=gettext("p90, hours")),
        ],
        rows=[_stay(stay) for stay in figures.stays],
        none=gettext("Nothing moved in this time."),
        picture=bars("stays", title, numbers_below(), rows, ("p50", "p90")),
    )
    return Section(
        key="stays",
        title=title,
        about=gettext(
            "How long proposals stood in a state before their next move, of stays that ended in this time: half took no longer than p50, "
            "nine of ten no longer than p90 (nearest rank)."
        ),
        tables=[table],
    )


def promises_section(figures: Figures) -> Section:
    promises, title = figures.promises, gettext("Promised times")
    counts = [
        (gettext("Kept in time"), promises.kept),
        (gettext("Broken: not decided in time"), promises.broken),
        (gettext("Ended before by the borrower, the book or the clock"), promises.ended_before),
        (gettext("Still ahead"), promises.open),
    ]
    told = [(name, count) for name, count in counts if any(count for _, count in counts)]
    rows: list[Sequence[Cell]] = [
        [name, count, share_of(count, promises.decided) if place < 2 else "–"]
        for place, (name, count) in enumerate(told)
    ]
    table = Table(
        key="promises",
        title=title,
        columns=names(
            gettext("What became of it"), gettext("Promised times"), gettext("Of those kept or broken, %")
        ),
        rows=rows,
        none=gettext("No promised time lies in this time."),
        total=[gettext("All"), sum(count for _, count in told), "–"],
        picture=bars("promises", title, numbers_below(), [bar(name, count) for name, count in told], ("",)),
    )
    return Section(
        key="promises",
        title=title,
        about=gettext(
            "Times by which an answer was promised and that lie in this time. Kept: all who had to decide had decided by then. "
            "Broken: it passed without."
        ),
        tables=[table],
    )


def _waiting(
    key: str,
    title: str,
    groups: Mapping[str, LazyString],
    cells: Sequence[tuple[str, WaitingCell]],
    figures: Figures,
) -> Table:
    counts = Counter[tuple[WaitAge, str]]()
    for group, cell in cells:
        counts[cell.age, group] += cell.count
    rows = [_of_age(age, counts, groups, figures) for age in AGES] if figures.waiting else []
    bar_rows = _bars_of_groups(counts, groups) if key == "waiting_sum" else _bars_of_ages(counts)
    sums = [sum_of(rows, place) for place in range(1, len(groups) + 4)]
    return Table(
        key=key,
        title=title,
        columns=names(
            gettext("Waiting for"),
            *map(str, groups.values()),
            gettext("All"),
            gettext("Of these for a second approver"),
            gettext("Of these past the promised time"),
        ),
        rows=rows,
        none=gettext("Nothing waits."),
        total=[gettext("All"), *sums],
        picture=bars(key, title, numbers_below(), bar_rows, ("",)),
    )


def _of_age(
    age: WaitAge, counts: Counter[tuple[WaitAge, str]], groups: Mapping[str, LazyString], figures: Figures
) -> Sequence[Cell]:
    of_age = [cell for cell in figures.waiting if cell.age is age]
    return [
        str(AGES[age]),
        *(counts[age, group] for group in groups),
        sum(cell.count for cell in of_age),
        sum(cell.count for cell in of_age if cell.stage == "second"),
        sum(cell.overdue for cell in of_age),
    ]


def _bars_of_ages(counts: Counter[tuple[WaitAge, str]]) -> Sequence[BarRow]:
    return [
        bar(str(text), sum(n for (each, _), n in counts.items() if each is age)) for age, text in AGES.items()
    ]


def _bars_of_groups(
    counts: Counter[tuple[WaitAge, str]], groups: Mapping[str, LazyString]
) -> Sequence[BarRow]:
    return [
        bar(str(text), sum(n for (_, each), n in counts.items() if each == group))
        for group, text in groups.items()
    ]


def _stay(stay: StayFigures) -> Sequence[Cell]:
    state = str(STATUSES[ProposalStatus(stay.state)])
    return [state, stay.count, Duration(stay.p50), Duration(stay.p90)]
