"""Decisions and their reasons, second looks, counter-offers, and what became of plans."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from flask_babel import LazyString, gettext, lazy_gettext

from portal.desk_words import DECISION_REASONS, DECISIONS
from portal.domain.decisions import DecisionKind
from portal.domain.figures import DecisionLine, Figures, Looked, MadeBy, PlanLine
from portal.domain.intervals import Share, score_interval
from portal.domain.plans import PlanKind
from portal.figure_tables.parts import Cell, Percent, Section, Table, names, numbers_below, share_of, sum_of
from portal.figure_tables.pictures import BarRow, bar, bars
from portal.policy_words import PLAN_KINDS

BY_POLICY: LazyString = lazy_gettext("Within the policy")
LOOKS: Mapping[Looked, LazyString] = {
    Looked.SECOND_APPROVER: lazy_gettext("Second approver, before it went out"),
    Looked.AFTER_DECLINE: lazy_gettext("Another person, after a plan was not accepted"),
    Looked.AFTER_CASE: lazy_gettext("Another person, after a case was decided"),
}
MADE_BY: Mapping[MadeBy, LazyString] = {
    MadeBy.ALONE: lazy_gettext("The borrower alone"),
    MadeBy.WITH_AGENT: lazy_gettext("With an agent"),
}


def decisions_section(figures: Figures) -> Section:
    title = gettext("Decisions and their reasons")
    counts = defaultdict[tuple[DecisionKind, str], list[int]](lambda: [0, 0])
    for line in figures.decisions:
        counts[DecisionKind(line.kind), line.reason_code][line.by_policy] += line.count
    rows = [row for kind in DecisionKind for row in _rows_of(kind, counts)]
    sums = [sum(each[place] for each in counts.values()) for place in (0, 1)]
    columns = names(gettext("Decision"), gettext("By people"), gettext("By policy"), gettext("All"))
    table = Table(
        key="decisions",
        title=title,
        columns=[columns[0], *names(gettext("Reason")), *columns[1:]],
        rows=rows,
        none=gettext("Nothing was decided in this time."),
        total=[gettext("All"), "", *sums, sum(sums)],
        picture=bars(
            "decisions",
            title,
            numbers_below(),
            _bars_of_kinds(figures.decisions),
            (gettext("By people"), gettext("By policy")),
        ),
    )
    return Section(
        key="decisions",
        title=title,
        about=gettext("Decisions that took effect in this time, each once. Policy only ever approves."),
        tables=[table],
    )


def overturns_section(figures: Figures) -> Section:
    title = gettext("Second looks")
    rows: list[Sequence[Cell]] = [
        [
            str(LOOKS[line.looked]),
            line.count,
            line.count - line.overturned,
            line.overturned,
            share_of(line.overturned, line.count),
        ]
        for line in figures.overturns
        if line.count
    ]
    told = [line for line in figures.overturns if line.count]
    pictured = [
        BarRow(
            str(LOOKS[line.looked]),
            (line.count - line.overturned, line.overturned),
            _told_of(line.count, line.overturned),
        )
        for line in told
    ]
    table = Table(
        key="overturns",
        title=title,
        columns=names(
            gettext("Who looked"),
            gettext("Second looks"),
            gettext("The same"),
            gettext("Overturned"),
            gettext("Overturned, %"),
        ),
        rows=rows,
        none=gettext("Nobody looked a second time."),
        picture=bars(
            "overturns", title, numbers_below(), pictured, (gettext("The same"), gettext("Overturned"))
        ),
    )
    return Section(
        key="overturns",
        title=title,
        about=gettext(
            "Second looks of this time, and how many came to something else: a second approver did not agree, or another person did not "
            "decline again or found another outcome of a case."
        ),
        tables=[table],
    )


def counters_section(figures: Figures) -> Section:
    counters, title = figures.counters, gettext("Counter-offers")
    counts = [
        (gettext("Accepted"), counters.accepted),
        (gettext("Refused by the borrower"), counters.refused),
        (gettext("Lapsed or withdrawn"), counters.lapsed),
        (gettext("Not answered yet"), counters.open),
    ]
    rows: list[Sequence[Cell]] = [[name, count, share_of(count, counters.made)] for name, count in counts]
    table = Table(
        key="counters",
        title=title,
        columns=names(gettext("What became of it"), gettext("Counter-offers"), gettext("Of all, %")),
        rows=rows if counters.made else [],
        none=gettext("No counter-offer was made in this time."),
        total=[gettext("All"), counters.made, share_of(counters.made, counters.made)],
        picture=bars("counters", title, numbers_below(), [bar(*each) for each in counts], ("",)),
    )
    return Section(
        key="counters",
        title=title,
        about=gettext("Counter-offers that took effect in this time, and what became of them until now."),
        tables=[table],
    )


def plans_section(figures: Figures) -> Section:
    title = gettext("Plans kept and broken")
    rows = [_plan(line) for line in figures.plans]
    kept, broken = (sum_of(rows, place) for place in (3, 4))
    total = [*(sum_of(rows, place) for place in (2, 3, 4, 5, 6)), *_broken_of(kept, broken)]
    words = names(
        gettext("Kind of plan"),
        gettext("Came into force"),
        gettext("Kept"),
        gettext("Broken"),
        gettext("Replaced by a changed plan"),
        gettext("In force at the end"),
        gettext("Broken of those that ended, %"),
        gettext("from, %"),
        gettext("to, %"),
    )
    table = Table(
        key="plans",
        title=title,
        columns=[words[0], *names(gettext("Made by")), *words[1:]],
        rows=rows,
        none=gettext("No plan was in force in this time."),
        total=[gettext("All"), "", *total],
        picture=bars(
            "plans",
            title,
            numbers_below(),
            _bars_of_plans(figures.plans),
            (gettext("Kept"), gettext("Broken")),
        ),
    )
    return Section(
        key="plans",
        title=title,
        about=gettext(
            "Plans by kind and by who made them. Kept: every payment came, the last in this time. Broken: a payment was not made good in "
            "its ten days. With an agent: staff filled it in. From and to is where the share lies at 95 percent."
        ),
        tables=[table],
    )


def _rows_of(
    kind: DecisionKind, counts: Mapping[tuple[DecisionKind, str], Sequence[int]]
) -> Sequence[Sequence[Cell]]:
    """Its reasons, the most frequent first, and above them all of them."""
    of_kind = {reason: pair for (each, reason), pair in counts.items() if each is kind}
    if not of_kind:
        return []
    sums = [sum(pair[place] for pair in of_kind.values()) for place in (0, 1)]
    order = sorted(of_kind, key=lambda reason: (-sum(of_kind[reason]), reason))
    return [
        [_kind(kind), gettext("All reasons"), *sums, sum(sums)],
        *([_kind(kind), _reason(kind, reason), *of_kind[reason], sum(of_kind[reason])] for reason in order),
    ]


def _kind(kind: DecisionKind) -> str:
    return str(DECISIONS[kind])


def _reason(kind: DecisionKind, code: str) -> str:
    if code == "within_policy":
        return str(BY_POLICY)
    found = {reason.value: text for reason, text in DECISION_REASONS[kind].items()}
    return str(found.get(code, code))


def _bars_of_kinds(lines: Sequence[DecisionLine]) -> Sequence[BarRow]:
    return [
        BarRow(
            _kind(kind),
            pair := tuple(
                sum(line.count for line in lines if line.kind == kind and line.by_policy is by_policy)
                for by_policy in (False, True)
            ),
            (f"{gettext('By people')} {pair[0]}", f"{gettext('By policy')} {pair[1]}"),
        )
        for kind in DecisionKind
    ]


def _bars_of_plans(lines: Sequence[PlanLine]) -> Sequence[BarRow]:
    """Those that ended one way or the other."""
    return [
        BarRow(
            f"{PLAN_KINDS[PlanKind(line.kind)]} · {MADE_BY[line.made_by]}",
            (line.kept, line.broken),
            (f"{gettext('Kept')} {line.kept}", f"{gettext('Broken')} {line.broken}"),
        )
        for line in lines
        if line.kept or line.broken
    ]


def _told_of(count: int, overturned: int) -> Sequence[str]:
    same, other = gettext("The same"), gettext("Overturned")
    return (f"{same} {count - overturned}", f"{other} {overturned}")


def _plan(line: PlanLine) -> Sequence[Cell]:
    return [
        str(PLAN_KINDS[PlanKind(line.kind)]),
        str(MADE_BY[line.made_by]),
        line.begun,
        line.kept,
        line.broken,
        line.replaced,
        line.running,
        *_broken_of(line.kept, line.broken),
    ]


def _broken_of(kept: int, broken: int) -> Sequence[Cell]:
    """The share that broke, and its interval."""
    if not kept + broken:
        return ["–", "–", "–"]
    interval = score_interval(Share(broken, kept + broken))
    return [share_of(broken, kept + broken), Percent(interval.low), Percent(interval.high)]
